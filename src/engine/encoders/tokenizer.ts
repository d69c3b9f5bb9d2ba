import { Tokenizer } from "@huggingface/tokenizers";
import { alignByteTokens } from "../../core/captions/byte-level-alignment.js";
import { alignTokens } from "../../core/captions/token-alignment.js";
import type { Range } from "../../core/range.js";
import { EngineError } from "../../protocol/errors.js";

export interface TokenisedText {
  /** Ids as the encoder takes them, special tokens included, at most `maxTokens`. */
  readonly ids: readonly number[];
  readonly tokens: readonly string[];
}

/** A token as it is shown, and where it stands in the text, in code points. */
export interface PlacedToken {
  readonly token: string;
  readonly chars: Range;
}

interface TokenizerFile {
  readonly model?: { readonly type?: unknown };
}

/**
 * The model's tokenizer: WordPiece as BERT has it, or byte-level BPE as RoBERTa has it. The library neither cuts nor
 * pads: cutting is done here, padding never.
 */
export class TextTokenizer {
  readonly #tokenizer: Tokenizer;
  readonly #byteLevel: boolean;

  /** @param bytes `tokenizer.json`; `name` is for errors. */
  constructor(
    name: string,
    bytes: Uint8Array,
    private readonly maxTokens: number,
  ) {
    try {
      const file = JSON.parse(new TextDecoder().decode(bytes)) as TokenizerFile;
      this.#tokenizer = new Tokenizer(file, {});
      this.#byteLevel = file.model?.type === "BPE";
    } catch (error) {
      throw new EngineError("ModelError", `${name} is no tokenizer: ${(error as Error).message}`);
    }
  }

  /** Tokens of a text. A longer text keeps its first `maxTokens - 1` tokens and the closing special one. */
  tokenise(text: string): TokenisedText {
    const { ids, tokens } = this.#tokenizer.encode(text);
    if (ids.length <= this.maxTokens) return { ids, tokens };
    const kept = this.maxTokens - 1;
    return {
      ids: [...ids.slice(0, kept), ids[ids.length - 1]!],
      tokens: [...tokens.slice(0, kept), tokens[tokens.length - 1]!],
    };
  }

  /** Where the tokens of a text stand. Tokens that spell bytes are shown as the characters they belong to. */
  place(text: string, tokens: readonly string[]): PlacedToken[] {
    if (!this.#byteLevel) {
      return alignTokens(text, tokens).map((chars, index) => ({ token: tokens[index]!, chars }));
    }
    const characters = Array.from(text);
    return alignByteTokens(text, tokens).map((chars, index) => ({
      token: characters.slice(...chars).join("") || tokens[index]!,
      chars,
    }));
  }
}

/**
 * Indices of the tokens that are scored: the added `[CLS]` and `[SEP]`, or `<s>` and `</s>`, never, punctuation only where nothing else is left.
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

const OPENING = new Set(["[CLS]", "<s>"]);
const CLOSING = new Set(["[SEP]", "</s>"]);

/** The added tokens stand at the ends; `[CLS]` written in the text itself is text. */
function isSpecial(tokens: readonly string[], index: number): boolean {
  return (index === 0 && OPENING.has(tokens[index]!)) || (index === tokens.length - 1 && CLOSING.has(tokens[index]!));
}

function isPunctuation(token: string): boolean {
  // A byte-level token writes the space before it as U+0120.
  return /^\u0120?[\p{P}\p{S}]+$/u.test(token);
}
