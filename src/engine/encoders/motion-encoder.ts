import { motionImage } from "../../core/motion/motion-image.js";
import type { Motion } from "../../core/motion/motion.js";
import type { Range } from "../../core/range.js";
import { quantiseMotionItem } from "../../core/retrieval/quantise.js";
import type { ItemVectors, VectorShape } from "../../core/retrieval/vectors.js";
import { yieldTurn } from "../tasks.js";
import { shapeOfModel, type ModelManifest } from "./model-package.js";
import type { CleanMotion } from "./motion-settings.js";
import type { Session } from "./runtime.js";
import { vectorsOf } from "./text-encoder.js";

/** A motion as it is stored and scored. */
export interface EncodedMotion {
  /** As stored: patches, index `times index * parts + part` (none for a model of kind `global`), and the whole. */
  readonly vectors: ItemVectors;
  /** Half-open frames of each grid row, in the motion's own frames. */
  readonly frameRanges: readonly Range[];
}

/** What a model makes of a motion, before it is stored. */
export interface RawMotion {
  /** `count * gridDim` numbers: patches, index `times index * parts + part`. */
  readonly patches: Float32Array;
  readonly count: number;
  /** `wholeDim` numbers. */
  readonly whole: Float32Array;
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
  run(motion: Motion, signal?: AbortSignal): Promise<RawMotion>;
}

/** The motion as it is stored. */
export function storedMotion({ patches, count, whole, frameRanges }: RawMotion, shape: VectorShape): EncodedMotion {
  return { vectors: quantiseMotionItem(patches, count, whole, shape), frameRanges };
}

/** Encodes one motion at a time, without padding: its vectors depend on nothing but itself. */
export class MotionEncoder implements MotionEncoding {
  constructor(
    private readonly manifest: Pick<ModelManifest, "dim" | "gridDim" | "kind" | "grid">,
    private readonly settings: CleanMotion,
    private readonly session: Session,
  ) {}

  async run(motion: Motion, signal?: AbortSignal): Promise<RawMotion> {
    const { settings } = this;
    const { dim, kind, grid } = this.manifest;
    const { gridDim, wholeDim } = shapeOfModel(this.manifest);
    const parts = grid.parts.length;
    const { image, times, frameRanges } = motionImage(motion, settings);
    const rowLength = settings.framesPerPatch * settings.features;
    const count = gridDim > 0 ? times * parts : 0;
    const patches = new Float32Array(count * gridDim);
    const whole = new WholeMean(wholeDim);
    const windows = encoderWindows(times, settings.windowPatches, settings.haloPatches);
    for (const { from, to, keepFrom, keepTo } of windows) {
      if (windows.length > 1) await yieldTurn(signal);
      const data = image.slice(from * rowLength, to * rowLength);
      const dims = [(to - from) * settings.framesPerPatch, settings.features];
      const outputs = await this.session.run({ image: { type: "float32", data, dims } });
      if (kind === "global") {
        whole.add(vectorsOf(settings.file, outputs, "global", 1, dim), keepTo - keepFrom);
        continue;
      }
      const found = vectorsOf(settings.file, outputs, "patches", (to - from) * parts, dim);
      for (let patch = keepFrom * parts; patch < keepTo * parts; patch++) {
        const at = (patch - from * parts) * dim;
        patches.set(found.subarray(at, at + gridDim), patch * gridDim);
      }
      // What stands behind a patch's own numbers is the same for all patches of a run.
      whole.add(found.subarray(gridDim, dim), keepTo - keepFrom);
    }
    return { patches, count, whole: whole.value, frameRanges };
  }
}

/** The whole of a motion that was encoded in several runs: their mean, as long as the one of the first run. */
class WholeMean {
  readonly #sums: Float64Array;
  #first: Float32Array | undefined;
  #runs = 0;

  constructor(dim: number) {
    this.#sums = new Float64Array(dim);
  }

  add(whole: Float32Array, times: number): void {
    this.#first ??= whole.slice();
    this.#runs++;
    for (let k = 0; k < whole.length; k++) this.#sums[k]! += whole[k]! * times;
  }

  get value(): Float32Array {
    if (this.#runs === 1) return this.#first!;
    const length = Math.hypot(...this.#sums);
    const factor = length > 0 ? Math.hypot(...this.#first!) / length : 0;
    return Float32Array.from(this.#sums, (value) => value * factor);
  }
}
