/**
 * HumanML3D's 263 numbers a frame from joint positions, as the published files have them: the way back from
 * `humanml-vectors.ts`, where the layout of a row is described. The definition, with its sources, is
 * models/training/motion_lens_training/features263.py; both are held together by `compat angles-parity`.
 */
import type { Motion } from "./motion.js";
import { resampleMotion } from "./resample.js";
import { jointCount } from "./skeletons.js";
import { jointAt, subtract, type Vec3 } from "./vec3.js";
import { VECTOR_SIZES } from "./humanml-vectors.js";
import { rotationColumns } from "./humanml-rotations.js";

export const HUMANML_COLUMNS = VECTOR_SIZES.humanml3d22;
export const HUMANML_FPS = 20;

/** Standard deviation, in frames, of the smoothing of the heading; the filter ends at four of them. */
const HEADING_SIGMA = 20;
/** Squared movement of a foot joint, m^2 a frame, below which it counts as standing. */
const CONTACT_THRESHOLD = 0.002;
/** Left ankle and foot, right ankle and foot. */
const CONTACT_JOINTS = [7, 10, 8, 11];
const SHORTEST = 1e-12;
const [LEFT_HIP, RIGHT_HIP, LEFT_SHOULDER, RIGHT_SHOULDER] = [1, 2, 16, 17];

/**
 * The features of a motion of 22 joints at 20 frames a second: one row less than frames, since a row also speaks of the
 * next frame. Computed in float64, stored as float32. The motion keeps its proportions.
 *
 * @throws RangeError for another skeleton, or for fewer than two frames.
 */
export function humanmlFeatures(motion: Motion): Float32Array {
  if (motion.skeleton !== "humanml3d22") {
    throw new RangeError(
      `The ${HUMANML_COLUMNS} features of HumanML3D are made of 22 joints; this motion has ${jointCount(motion.skeleton)}.`,
    );
  }
  const { joints, frames } = resampleMotion(motion, HUMANML_FPS);
  if (frames < 2) throw new RangeError("The features of HumanML3D need two frames at least.");
  const count = jointCount("humanml3d22");
  const places = canonical(joints, frames, count);
  const at = (frame: number, joint: number): Vec3 => jointAt(places, count, frame, joint);
  const yaw = smoothHeading(frames, at);
  const features = new Float32Array((frames - 1) * HUMANML_COLUMNS);
  for (let frame = 0; frame < frames - 1; frame++) {
    const root = at(frame, 0);
    const heading = yaw[frame]!;
    const steps = Array.from({ length: count }, (_, joint) => subtract(at(frame + 1, joint), at(frame, joint)));
    const velocity = turned(steps[0]!, -yaw[frame + 1]!);
    const row = [-wrap(yaw[frame + 1]! - heading) / 2, velocity[0], velocity[2], root[1]];
    for (let joint = 1; joint < count; joint++) {
      const [x, y, z] = at(frame, joint);
      row.push(...turned([x - root[0], y, z - root[2]], -heading));
    }
    row.push(...rotationColumns((joint) => at(frame, joint), heading));
    for (const step of steps) row.push(...turned(step, -heading));
    for (const joint of CONTACT_JOINTS) {
      const [x, y, z] = steps[joint]!;
      row.push(x * x + y * y + z * z < CONTACT_THRESHOLD ? 1 : 0);
    }
    features.set(row, frame * HUMANML_COLUMNS);
  }
  return features;
}

/** The motion with its lowest point at y = 0, the first root over the origin and the first frame facing +z. */
function canonical(joints: Float32Array, frames: number, count: number): Float64Array {
  let lowest = Infinity;
  for (let at = 1; at < frames * count * 3; at += 3) lowest = Math.min(lowest, joints[at]!);
  const [x, , z] = jointAt(joints, count, 0, 0);
  const across = acrossBody((joint) => jointAt(joints, count, 0, joint), 1);
  const heading = Math.atan2(-across[2], across[0]);
  const places = new Float64Array(frames * count * 3);
  for (let at = 0; at < places.length; at += 3) {
    places.set(turned([joints[at]! - x, joints[at + 1]! - lowest, joints[at + 2]! - z], -heading), at);
  }
  return places;
}

/**
 * Heading of every frame in radians (0 facing +z, positive to the left), smoothed over time; that of the first frame
 * counts as 0. The published files subtract the hips from the shoulders here, where they were meant to be added.
 */
function smoothHeading(frames: number, at: (frame: number, joint: number) => Vec3): Float64Array {
  const reach = 4 * HEADING_SIGMA;
  const kernel = Array.from({ length: 2 * reach + 1 }, (_, k) => Math.exp(-0.5 * ((k - reach) / HEADING_SIGMA) ** 2));
  const forward = Array.from({ length: frames }, (_, frame) => {
    const across = acrossBody((joint) => at(frame, joint), -1);
    return [-across[2], across[0]] as const;
  });
  const yaw = Float64Array.from({ length: frames }, (_, frame) => {
    let [x, z] = [0, 0];
    kernel.forEach((weight, k) => {
      const [dx, dz] = forward[Math.max(0, Math.min(frames - 1, frame + k - reach))]!;
      x += weight * dx;
      z += weight * dz;
    });
    return Math.atan2(x, z);
  });
  yaw[0] = 0;
  return yaw;
}

/** Direction from the right side of the body to the left, of the shoulders and `hips` times the hips. */
function acrossBody(at: (joint: number) => Vec3, hips: number): Vec3 {
  const shoulders = subtract(at(LEFT_SHOULDER), at(RIGHT_SHOULDER));
  const pelvis = subtract(at(LEFT_HIP), at(RIGHT_HIP));
  const sum: Vec3 = [shoulders[0] + hips * pelvis[0], shoulders[1] + hips * pelvis[1], shoulders[2] + hips * pelvis[2]];
  const length = Math.max(Math.hypot(...sum), SHORTEST);
  return [sum[0] / length, sum[1] / length, sum[2] / length];
}

/** A vector turned about the vertical, positive to the left. */
function turned([x, y, z]: Vec3, yaw: number): Vec3 {
  const [c, s] = [Math.cos(yaw), Math.sin(yaw)];
  return [c * x + s * z, y, c * z - s * x];
}

/** Wraps an angle to (-pi, pi]: a heading that passes the back keeps its side. */
function wrap(angle: number): number {
  return angle - 2 * Math.PI * Math.ceil((angle - Math.PI) / (2 * Math.PI));
}
