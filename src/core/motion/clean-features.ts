import type { Motion } from "./motion.js";

export {
  CLEAN_COLUMNS,
  CLEAN_MIRROR_SIGNS,
  CLEAN_MIRROR_SOURCE,
  CLEAN_PART_COLUMNS,
  type ColumnBand,
} from "./clean-columns.js";

export interface CleanFeatures {
  /** Rows, at 20 frames a second. */
  readonly frames: number;
  /** `frames * 94`, row-major, not standardised. */
  readonly features: Float32Array;
}

/** Frame rate of the image; motions at other rates are resampled first. */
export const CLEAN_FPS = 20;

/**
 * The 94 numbers per frame of the `clean` motion image, as docs/motion-image.md defines them. Computed in
 * float64, stored as float32.
 *
 * @throws RangeError for a motion without frames.
 */
export function cleanFeatures(motion: Motion): CleanFeatures {
  throw new Error(`not there yet: ${motion.frames}`);
}
