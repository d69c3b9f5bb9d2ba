import { Tokenizer } from "@huggingface/tokenizers";
import { EngineError } from "../../protocol/errors.js";

export interface TokenisedText {
  /** Ids as the encoder takes them, special tokens included, at most `maxTokens`. */
  readonly ids: readonly number[];
  readonly tokens: readonly string[];
}

/** The model's WordPiece tokenizer. The library neither cuts nor pads: cutting is done here, padding never. */
export class TextTokenizer {
  readonly #tokenizer: Tokenizer;

  /** @param bytes `tokenizer.json`; `name` is for errors. */
  constructor(
    name: string,
    bytes: Uint8Array,
    private readonly maxTokens: number,
  ) {
    try {
      this.#tokenizer = new Tokenizer(JSON.parse(new TextDecoder().decode(bytes)) as object, {});
    } catch (error) {
      throw new EngineError("ModelError", `${name} is no tokenizer: ${(error as Error).message}`);
    }
  }

  /** Tokens of a text. A longer text keeps its first `maxTokens - 1` tokens and the closing `[SEP]`. */
  tokenise(text: string): TokenisedText {
    const { ids, tokens } = this.#tokenizer.encode(text);
    if (ids.length <= this.maxTokens) return { ids, tokens };
    const kept = this.maxTokens - 1;
    return {
      ids: [...ids.slice(0, kept), ids[ids.length - 1]!],
      tokens: [...tokens.slice(0, kept), tokens[tokens.length - 1]!],
    };
  }
}

/**
 * Indices of the tokens that are scored: `[CLS]` and `[SEP]` never, punctuation only where nothing else is left.
 * Empty when the text holds no token at all.
 */
export function scoredTokens(
  tokens: readonly string[],
  rules: { readonly specialTokens: "drop" | "keep"; readonly punctuation: "drop" | "keep" },
): number[] {
  const all = tokens.map((_, index) => index);
  const words = rules.specialTokens === "keep" ? all : all.filter((index) => !isSpecial(tokens, index));
  if (rules.punctuation === "keep") return words;
  const meaningful = words.filter((index) => !isPunctuation(tokens[index]!));
  return meaningful.length > 0 ? meaningful : words;
}

/** The added tokens stand at the ends; `[CLS]` written in the text itself is text. */
function isSpecial(tokens: readonly string[], index: number): boolean {
  return (index === 0 && tokens[index] === "[CLS]") || (index === tokens.length - 1 && tokens[index] === "[SEP]");
}

function isPunctuation(token: string): boolean {
  return /^[\p{P}\p{S}]+$/u.test(token);
}
