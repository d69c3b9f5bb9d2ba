import type { Motion } from "./motion.js";

/**
 * What looks wrong about a motion, in the user's words; empty when nothing does. These are warnings: the
 * motion is used as it is.
 */
export function checkMotion(motion: Motion): string[] {
  throw new Error(`not there yet: ${motion.frames}`);
}
