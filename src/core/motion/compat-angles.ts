import type { Motion } from "./motion.js";

/** Numbers per frame of `compatAngles`. */
export const COMPAT_COLUMNS = 29;

/** Names of the 29 numbers, in order: part and what it measures. */
export const COMPAT_NAMES: readonly string[] = [];

/** For each of the 29 numbers, its column in the 41-column file of the published system. */
export const COMPAT_FILE_COLUMNS: readonly number[] = [];

/**
 * Joint angles of the published joint-angle motion image, its oddities included: `frames * 29`, degrees, the
 * first three of each row are the pelvis position in the motion's units. NaN marks an angle that is undefined
 * in a frame (a segment of length zero); nothing is filled in.
 */
export function compatAngles(motion: Motion): Float64Array {
  throw new Error(`not there yet: ${motion.frames}`);
}
