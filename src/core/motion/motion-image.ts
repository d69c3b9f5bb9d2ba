import type { Range } from "../range.js";
import { CLEAN_COLUMNS, CLEAN_FPS, cleanFeatures } from "./clean-features.js";
import type { Motion } from "./motion.js";
import { FRAMES_PER_PATCH } from "./parts.js";

/** How a model wants its image: from `model.json`. */
export interface Standardisation {
  /** One per column. */
  readonly mean: ArrayLike<number>;
  /** One per column, positive. */
  readonly std: ArrayLike<number>;
  /** Standardised values are clamped to [-clamp, clamp]. */
  readonly clamp: number;
}

export interface MotionImage {
  /** `16 * times * 94`, row-major: standardised, clamped, the last patch filled by repeating the last row. */
  readonly image: Float32Array;
  /** Patches over time. */
  readonly times: number;
  /** Half-open range of each patch in the motion's own frames; together they cover the motion. */
  readonly frameRanges: readonly Range[];
}

/**
 * The encoder's input for a motion (docs/motion-image.md).
 *
 * @throws RangeError for a motion without frames, or statistics that do not have one entry per column.
 */
export function motionImage(motion: Motion, standardisation: Standardisation): MotionImage {
  const { mean, std, clamp } = standardisation;
  if (mean.length !== CLEAN_COLUMNS || std.length !== CLEAN_COLUMNS) {
    throw new RangeError(`Expected ${CLEAN_COLUMNS} means and deviations, found ${mean.length} and ${std.length}.`);
  }
  const { frames, features } = cleanFeatures(motion);
  const times = Math.ceil(frames / FRAMES_PER_PATCH);
  const rows = times * FRAMES_PER_PATCH;
  const image = new Float32Array(rows * CLEAN_COLUMNS);
  for (let row = 0; row < rows; row++) {
    const source = Math.min(row, frames - 1);
    for (let column = 0; column < CLEAN_COLUMNS; column++) {
      const value = (features[source * CLEAN_COLUMNS + column]! - mean[column]!) / std[column]!;
      image[row * CLEAN_COLUMNS + column] = Math.max(-clamp, Math.min(clamp, value));
    }
  }
  return { image, times, frameRanges: patchFrameRanges(motion.frames, motion.fps, times) };
}

/**
 * Which of the motion's own frames each patch stands for. Patch t starts at frame 16 t of the image (of `imageFps`); a frame belongs to the
 * patch in whose time it is shown, the last patch ends with the motion. At frame rates so low that a patch
 * holds no frame of its own, its range is the frame shown at its start.
 */
export function patchFrameRanges(frames: number, fps: number, times: number, imageFps = CLEAN_FPS): Range[] {
  const boundary = (time: number): number =>
    Math.max(0, Math.min(frames, Math.ceil(((time * FRAMES_PER_PATCH) / imageFps) * fps - 1e-6)));
  return Array.from({ length: times }, (_, time) => {
    const end = time === times - 1 ? frames : boundary(time + 1);
    const start = boundary(time);
    return start < end ? [start, end] : [Math.max(0, end - 1), Math.max(1, end)];
  });
}
