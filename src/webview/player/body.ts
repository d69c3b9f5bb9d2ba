/** Poses and the few facts about a motion that the picture needs. No three.js, nothing allocated per frame. */
import type { Motion } from "../../core/motion/motion.js";
import { SKELETONS } from "../../core/motion/skeletons.js";

/** Writes the pose at a position in frames into `out`, interpolated between frames; clamped to the motion. */
export function poseAt(motion: Motion, position: number, out: Float32Array): void {
  const stride = out.length;
  const last = motion.frames - 1;
  const clamped = Math.max(0, Math.min(last, position));
  const frame = Math.floor(clamped);
  const weight = clamped - frame;
  const from = frame * stride;
  const to = Math.min(last, frame + 1) * stride;
  const { joints } = motion;
  for (let at = 0; at < stride; at++) {
    const a = joints[from + at]!;
    out[at] = weight === 0 ? a : a + (joints[to + at]! - a) * weight;
  }
}

/**
 * The direction the body faces on the floor as an angle about y, radians: 0 faces +z, positive turns to the
 * person's left. Taken from hips and shoulders; `fallback` where they stand exactly above each other.
 */
export function headingOf(skeleton: Motion["skeleton"], pose: Float32Array, fallback = 0): number {
  const { leftHip, rightHip, leftShoulder, rightShoulder } = SKELETONS[skeleton].body;
  const across = (axis: number) =>
    pose[leftHip * 3 + axis]! -
    pose[rightHip * 3 + axis]! +
    pose[leftShoulder * 3 + axis]! -
    pose[rightShoulder * 3 + axis]!;
  const x = across(0);
  const z = across(2);
  // Left is at +x for a body that faces +z: forward = (-left.z, left.x) on the floor.
  return x * x + z * z < 1e-10 ? fallback : Math.atan2(-z, x);
}

export interface Extent {
  readonly minX: number;
  readonly maxX: number;
  readonly minZ: number;
  readonly maxZ: number;
  /** Lowest point of any joint, where the floor is drawn when the motion floats or sinks. */
  readonly floor: number;
  /** Largest height of any joint above the floor. */
  readonly height: number;
}

/** The box around the whole motion. */
export function extentOf(motion: Motion): Extent {
  let [minX, maxX, minZ, maxZ, minY, maxY] = [Infinity, -Infinity, Infinity, -Infinity, Infinity, -Infinity];
  for (let at = 0; at < motion.joints.length; at += 3) {
    const [x, y, z] = [motion.joints[at]!, motion.joints[at + 1]!, motion.joints[at + 2]!];
    minX = Math.min(minX, x);
    maxX = Math.max(maxX, x);
    minY = Math.min(minY, y);
    maxY = Math.max(maxY, y);
    minZ = Math.min(minZ, z);
    maxZ = Math.max(maxZ, z);
  }
  return { minX, maxX, minZ, maxZ, floor: minY, height: Math.max(0.2, maxY - minY) };
}
