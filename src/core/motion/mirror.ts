import { CLEAN_COLUMNS, CLEAN_MIRROR_SIGNS, CLEAN_MIRROR_SOURCE } from "./clean-columns.js";
import type { Motion } from "./motion.js";
import { SKELETONS } from "./skeletons.js";

/** The motion seen in a mirror: x negated, left and right joints exchanged. Mirroring twice gives the motion back. */
export function mirrorMotion(motion: Motion): Motion {
  const { mirror } = SKELETONS[motion.skeleton];
  const joints = new Float32Array(motion.joints.length);
  for (let frame = 0; frame < motion.frames; frame++) {
    mirror.forEach((source, joint) => {
      const from = (frame * mirror.length + source) * 3;
      const to = (frame * mirror.length + joint) * 3;
      joints[to] = -motion.joints[from]!;
      joints[to + 1] = motion.joints[from + 1]!;
      joints[to + 2] = motion.joints[from + 2]!;
    });
  }
  return { ...motion, joints };
}

/**
 * The `clean` features of the mirrored motion, made from those of the motion (rows of 94 columns, not yet
 * standardised): left and right bands exchanged, marked columns negated (docs/motion-image.md). Exact.
 */
export function mirrorCleanImage(image: Float32Array): Float32Array {
  const mirrored = new Float32Array(image.length);
  for (let row = 0; row < image.length; row += CLEAN_COLUMNS) {
    for (let column = 0; column < CLEAN_COLUMNS; column++) {
      mirrored[row + column] = CLEAN_MIRROR_SIGNS[column]! * image[row + CLEAN_MIRROR_SOURCE[column]!]!;
    }
  }
  return mirrored;
}
