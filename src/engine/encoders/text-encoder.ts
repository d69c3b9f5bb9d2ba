import type { Range } from "../../core/range.js";
import { quantiseText, quantiseVectors } from "../../core/retrieval/quantise.js";
import { ownNumbers, type TokenVectors } from "../../core/retrieval/vectors.js";
import { EngineError } from "../../protocol/errors.js";
import type { ModelManifest } from "./model-package.js";
import type { Output, Session } from "./runtime.js";
import { scoredTokens, type TextTokenizer } from "./tokenizer.js";

/** A text as it is scored. */
export interface EncodedText {
  readonly text: string;
  /** The scored tokens, in the order of the text. */
  readonly tokens: readonly string[];
  /** Where each token stands in the text, in code points. */
  readonly chars: readonly Range[];
  /** One vector per token, as stored. */
  readonly vectors: TokenVectors;
  /** The part of `vectors` that meets single patches, and the share of the score that it makes up: evidence is read here. */
  readonly grid: { readonly vectors: TokenVectors; readonly share: number };
  /** One vector for the whole text. */
  readonly global: TokenVectors;
}

/** Encodes one text at a time, without padding: its vectors depend on nothing but itself. */
export class TextEncoder {
  constructor(
    private readonly manifest: ModelManifest,
    private readonly tokenizer: TextTokenizer,
    private readonly session: Session,
  ) {}

  /** The scored tokens of a text and where they stand, without its vectors. */
  words(text: string): Pick<EncodedText, "tokens" | "chars"> {
    const { tokens } = this.tokenizer.tokenise(text);
    const kept = scoredTokens(tokens, this.manifest.text);
    if (this.manifest.kind === "global") return { tokens: [text], chars: [[0, [...text].length]] };
    const placed = this.tokenizer.place(text, tokens);
    return { tokens: kept.map((index) => placed[index]!.token), chars: kept.map((index) => placed[index]!.chars) };
  }

  /** A text in which the model finds no token gives no vectors. */
  async encode(text: string): Promise<EncodedText> {
    const { dim, kind, text: rules, gridDim = dim, gridShare: share = 1 } = this.manifest;
    const { ids, tokens } = this.tokenizer.tokenise(text);
    const kept = scoredTokens(tokens, rules);
    const inputs = { type: "int64" as const, data: BigInt64Array.from(ids, BigInt), dims: [1, ids.length] };
    const outputs = await this.session.run({ input_ids: inputs });
    const whole = vectorsOf(rules.file, outputs, "global", 1, dim);
    const global = quantiseVectors(whole, 1, dim);
    if (kept.length === 0) {
      const vectors = quantiseText(new Float32Array(0), 0, dim);
      return { text, tokens: [], chars: [], vectors, grid: { vectors, share }, global };
    }
    if (kind === "global") {
      const vectors = quantiseText(whole, 1, dim);
      const grid = { vectors, share };
      return { text, tokens: [text], chars: [[0, [...text].length]], vectors, grid, global };
    }
    const all = vectorsOf(rules.file, outputs, "tokens", ids.length, dim);
    const rows = new Float32Array(kept.length * dim);
    kept.forEach((index, row) => rows.set(all.subarray(index * dim, (index + 1) * dim), row * dim));
    const vectors = quantiseText(rows, kept.length, dim);
    return {
      text,
      ...this.words(text),
      vectors,
      grid: { vectors: ownNumbers(vectors, gridDim), share },
      global,
    };
  }
}

/** A named output of `count` vectors. @throws EngineError `ModelError` when it is missing, misshapen or not finite. */
export function vectorsOf(
  file: string,
  outputs: Readonly<Record<string, Output>>,
  name: string,
  count: number,
  dim: number,
): Float32Array {
  const output = outputs[name];
  if (output === undefined) throw new EngineError("ModelError", `${file} has no output named ${name}`);
  if (output.data.length !== count * dim) {
    throw new EngineError(
      "ModelError",
      `${file}: output ${name} has shape (${output.dims.join(", ")}), expected ${count} vectors of ${dim} numbers`,
    );
  }
  if (!output.data.every(Number.isFinite)) {
    throw new EngineError("ModelError", `${file}: output ${name} holds numbers that are not finite`);
  }
  return output.data;
}
