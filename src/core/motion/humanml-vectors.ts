import type { SkeletonName } from "./motion.js";

/** Feature vectors per frame of HumanML3D (22 joints) and KIT-ML (21 joints). */
export const VECTOR_SIZES: Readonly<Record<SkeletonName, number>> = { humanml3d22: 263, kit21: 251 };

/**
 * Joint positions from HumanML3D-style feature vectors that are not standardised.
 *
 * @param vectors `frames * 263` (22 joints) or `frames * 251` (21 joints).
 * @returns `frames * joints * 3` positions in the units of the vectors; frame 0 stands at x = z = 0.
 */
export function jointsFromVectors(vectors: ArrayLike<number>, frames: number, skeleton: SkeletonName): Float32Array {
  throw new Error(`not there yet: ${vectors.length} ${frames} ${skeleton}`);
}
