/**
 * HumanML3D's feature vectors (and KIT-ML's of the same make) back to joint positions.
 *
 * Layout of a row for J joints: turning of the root since this frame until the next (half the yaw angle,
 * radians), velocity of the root in its own x and z, height of the root, J - 1 joint positions relative to the
 * root in x and z (height absolute), turned to face +z; then 6 * (J - 1) rotations, 3 * J velocities and 4 foot
 * contacts, which positions do not need.
 */
import type { SkeletonName } from "./motion.js";
import { jointCount } from "./skeletons.js";

/** Numbers per frame of the feature vectors: 263 for 22 joints, 251 for 21. */
export const VECTOR_SIZES: Readonly<Record<SkeletonName, number>> = { humanml3d22: 263, kit21: 251 };

const ROOT_HEIGHT = 3;
const POSITIONS = 4;
const CONTACTS = 4;

/**
 * Joint positions from feature vectors that are not standardised.
 *
 * @param vectors `frames * 263` (22 joints) or `frames * 251` (21 joints), row-major.
 * @returns `frames * joints * 3` positions in the units of the vectors; frame 0 stands at x = z = 0 and
 *   faces +z.
 * @throws RangeError when the length does not fit.
 */
export function jointsFromVectors(vectors: ArrayLike<number>, frames: number, skeleton: SkeletonName): Float32Array {
  const size = VECTOR_SIZES[skeleton];
  const count = jointCount(skeleton);
  if (vectors.length !== frames * size) {
    throw new RangeError(`Expected ${frames} x ${size} = ${frames * size} numbers, found ${vectors.length}.`);
  }
  const joints = new Float32Array(frames * count * 3);
  let halfYaw = 0;
  let rootX = 0;
  let rootZ = 0;
  for (let frame = 0; frame < frames; frame++) {
    const row = frame * size;
    if (frame > 0) halfYaw += vectors[row - size]!;
    // The files keep half angles, as quaternions do.
    const cosine = Math.cos(2 * halfYaw);
    const sine = Math.sin(2 * halfYaw);
    const turnedX = (x: number, z: number): number => cosine * x - sine * z;
    const turnedZ = (x: number, z: number): number => sine * x + cosine * z;
    if (frame > 0) {
      const vx = vectors[row - size + 1]!;
      const vz = vectors[row - size + 2]!;
      rootX += turnedX(vx, vz);
      rootZ += turnedZ(vx, vz);
    }
    joints.set([rootX, vectors[row + ROOT_HEIGHT]!, rootZ], frame * count * 3);
    for (let joint = 1; joint < count; joint++) {
      const from = row + POSITIONS + (joint - 1) * 3;
      const x = vectors[from]!;
      const z = vectors[from + 2]!;
      joints.set([turnedX(x, z) + rootX, vectors[from + 1]!, turnedZ(x, z) + rootZ], (frame * count + joint) * 3);
    }
  }
  return joints;
}

/**
 * Whether feature vectors have had a mean subtracted and been divided by a deviation: the four foot contacts
 * at the end of a row are then no longer 0 or 1. Positions recovered from such vectors are wrong.
 */
export function vectorsLookStandardised(vectors: ArrayLike<number>, frames: number, skeleton: SkeletonName): boolean {
  const size = VECTOR_SIZES[skeleton];
  for (let frame = 0; frame < frames; frame++) {
    for (let at = (frame + 1) * size - CONTACTS; at < (frame + 1) * size; at++) {
      if (vectors[at] !== 0 && vectors[at] !== 1) return true;
    }
  }
  return false;
}
