import { motionImage } from "../../core/motion/motion-image.js";
import type { Motion } from "../../core/motion/motion.js";
import type { Range } from "../../core/range.js";
import { quantiseMotion, quantiseVectors } from "../../core/retrieval/quantise.js";
import type { TokenVectors } from "../../core/retrieval/vectors.js";
import { yieldTurn } from "../tasks.js";
import type { ModelManifest } from "./model-package.js";
import type { CleanMotion } from "./motion-settings.js";
import type { Session } from "./runtime.js";
import { vectorsOf } from "./text-encoder.js";

/** A motion as it is stored and scored. */
export interface EncodedMotion {
  /** Patches: index `times index * parts + part`; one vector in all for a model of kind `global`. */
  readonly vectors: TokenVectors;
  /** One vector for the whole motion. */
  readonly global: TokenVectors;
  /** Half-open frames of each grid row, in the motion's own frames. */
  readonly frameRanges: readonly Range[];
}

/** One run of the encoder over a part of a long motion: patches [from, to) go in, [keepFrom, keepTo) are kept. */
export interface EncoderWindow {
  readonly from: number;
  readonly to: number;
  readonly keepFrom: number;
  readonly keepTo: number;
}

/**
 * Windows over `times` patches: one when they fit, else steps of `window - 2 * halo` with a halo of context at both
 * sides. The encoder looks no further than the halo, so that a patch gets the same vector as in one long run.
 */
export function encoderWindows(times: number, window: number, halo: number): EncoderWindow[] {
  if (times <= window) return [{ from: 0, to: times, keepFrom: 0, keepTo: times }];
  const step = window - 2 * halo;
  return Array.from({ length: Math.ceil(times / step) }, (_, index) => {
    const keepFrom = index * step;
    const keepTo = Math.min(times, keepFrom + step);
    return { from: Math.max(0, keepFrom - halo), to: Math.min(times, keepTo + halo), keepFrom, keepTo };
  });
}

/** What turns motions into vectors, whatever the model's input is. */
export interface MotionEncoding {
  /** Gives up the thread between windows; rejects with `CancelledError` when aborted. */
  encode(motion: Motion, signal?: AbortSignal): Promise<EncodedMotion>;
}

/** Encodes one motion at a time, without padding: its vectors depend on nothing but itself. */
export class MotionEncoder implements MotionEncoding {
  constructor(
    private readonly manifest: Pick<ModelManifest, "dim" | "kind" | "grid">,
    private readonly settings: CleanMotion,
    private readonly session: Session,
  ) {}

  async encode(motion: Motion, signal?: AbortSignal): Promise<EncodedMotion> {
    const { settings } = this;
    const { dim, kind, grid } = this.manifest;
    const parts = grid.parts.length;
    const { image, times, frameRanges } = motionImage(motion, settings);
    const rowLength = settings.framesPerPatch * settings.features;
    const patches = new Float32Array(times * parts * dim);
    const sums = new Float64Array(dim);
    const windows = encoderWindows(times, settings.windowPatches, settings.haloPatches);
    for (const { from, to, keepFrom, keepTo } of windows) {
      if (windows.length > 1) await yieldTurn(signal);
      const data = image.slice(from * rowLength, to * rowLength);
      const dims = [(to - from) * settings.framesPerPatch, settings.features];
      const outputs = await this.session.run({ image: { type: "float32", data, dims } });
      if (kind !== "global") {
        const found = vectorsOf(settings.file, outputs, "patches", (to - from) * parts, dim);
        const kept = found.subarray((keepFrom - from) * parts * dim, (keepTo - from) * parts * dim);
        patches.set(kept, keepFrom * parts * dim);
      }
      const share = (keepTo - keepFrom) / times;
      const whole = vectorsOf(settings.file, outputs, "global", 1, dim);
      for (let k = 0; k < dim; k++) sums[k] = sums[k]! + whole[k]! * share;
    }
    const global = quantiseVectors(unit(sums), 1, dim);
    const vectors = kind === "global" ? global : quantiseMotion(patches, times * parts, dim);
    return { vectors, global, frameRanges };
  }
}

/** A vector brought to length 1; zeros stay zeros. */
export function unit(vector: Float64Array): Float32Array {
  const length = Math.hypot(...vector);
  return Float32Array.from(vector, (value) => (length > 0 ? value / length : 0));
}
