import type { Range } from "../range.js";
import type { Motion } from "./motion.js";

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
  throw new Error(`not there yet: ${motion.frames} ${standardisation.clamp}`);
}
