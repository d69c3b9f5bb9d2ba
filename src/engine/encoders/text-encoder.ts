import type { Range } from "../../core/range.js";
import { quantiseTextItem } from "../../core/retrieval/quantise.js";
import type { ItemVectors } from "../../core/retrieval/vectors.js";
import { EngineError } from "../../protocol/errors.js";
import { shapeOfModel, type ModelManifest } from "./model-package.js";
import type { Output, Session } from "./runtime.js";
import { scoredTokens, type TextTokenizer } from "./tokenizer.js";

/** A text as it is scored. */
export interface EncodedText {
  readonly text: string;
  /** The scored tokens, in the order of the text. */
  readonly tokens: readonly string[];
  /** Where each token stands in the text, in code points. */
  readonly chars: readonly Range[];
  /** As stored: one vector per token, and one for the whole. */
  readonly vectors: ItemVectors;
  /** Share of the score that the tokens' own vectors make up: evidence is read from these. */
  readonly share: number;
}

/** What a model makes of a text, before it is stored. */
export interface RawText extends Pick<EncodedText, "tokens" | "chars"> {
  /** `count * gridDim` numbers: the scored tokens. */
  readonly rows: Float32Array;
  readonly count: number;
  /** `wholeDim` numbers; undefined for a text without a token. */
  readonly whole: Float32Array | undefined;
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
    const { gridShare: share = 1 } = this.manifest;
    const { rows, count, whole, tokens, chars } = await this.run(text);
    const vectors = quantiseTextItem(rows, count, whole, shapeOfModel(this.manifest));
    return { text, tokens, chars, vectors, share };
  }

  async run(text: string): Promise<RawText> {
    const { dim, kind, text: rules } = this.manifest;
    const { ids, tokens } = this.tokenizer.tokenise(text);
    const kept = scoredTokens(tokens, rules);
    const inputs = { type: "int64" as const, data: BigInt64Array.from(ids, BigInt), dims: [1, ids.length] };
    const outputs = await this.session.run({ input_ids: inputs });
    const none = new Float32Array(0);
    if (kept.length === 0) return { tokens: [], chars: [], rows: none, count: 0, whole: undefined };
    if (kind === "global") {
      const whole = vectorsOf(rules.file, outputs, "global", 1, dim);
      return { ...this.words(text), rows: none, count: 0, whole };
    }
    const { gridDim } = shapeOfModel(this.manifest);
    const all = vectorsOf(rules.file, outputs, "tokens", ids.length, dim);
    const rows = new Float32Array(kept.length * gridDim);
    kept.forEach((index, row) => rows.set(all.subarray(index * dim, index * dim + gridDim), row * gridDim));
    // What stands behind a token's own numbers is the same for all tokens.
    const whole = all.subarray(kept[0]! * dim + gridDim, (kept[0]! + 1) * dim);
    return { ...this.words(text), rows, count: kept.length, whole };
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
