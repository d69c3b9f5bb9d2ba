import { CLEAN_COLUMNS } from "./clean-columns.js";
import { cleanFrames, type CleanFrame } from "./clean-frames.js";
import type { Motion } from "./motion.js";
import { resampleMotion } from "./resample.js";
import { type BodyJoints, SKELETONS } from "./skeletons.js";
import { angleBetween, distance, dot, jointAt, norm, subtract, unit, type Vec3 } from "./vec3.js";

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

/** Hip to knee to ankle of the body that positions are scaled to, metres. */
export const CLEAN_LEG_LENGTH = 0.83;

/** A direction shorter than this is undefined. */
const SHORTEST = 1e-8;

/** Mean over frames and both sides of |hip - knee| + |knee - ankle|, in the motion's units. */
export function legLength(motion: Motion): number {
  const { body, joints } = SKELETONS[motion.skeleton];
  const legs = [
    [body.leftHip, body.leftKnee, body.leftAnkle],
    [body.rightHip, body.rightKnee, body.rightAnkle],
  ] as const;
  let sum = 0;
  for (let frame = 0; frame < motion.frames; frame++) {
    for (const [hip, knee, ankle] of legs) {
      const middle = jointAt(motion.joints, joints.length, frame, knee);
      sum += distance(jointAt(motion.joints, joints.length, frame, hip), middle);
      sum += distance(middle, jointAt(motion.joints, joints.length, frame, ankle));
    }
  }
  return sum / (motion.frames * legs.length);
}

/** Positions scaled to the common body and set on the floor (docs/motion-image.md, "Preparation"), in float64. */
function prepare(motion: Motion): Float64Array {
  const { body, joints } = SKELETONS[motion.skeleton];
  const leg = legLength(motion);
  // A body without legs has no size to scale to.
  const factor = leg > SHORTEST ? CLEAN_LEG_LENGTH / leg : 1;
  const positions = Float64Array.from(motion.joints, (value) => value * factor);
  let floor = Infinity;
  for (let frame = 0; frame < motion.frames; frame++) {
    for (const joint of [body.leftAnkle, body.rightAnkle, body.leftFoot, body.rightFoot]) {
      floor = Math.min(floor, positions[(frame * joints.length + joint) * 3 + 1]!);
    }
  }
  for (let at = 1; at < positions.length; at += 3) positions[at]! -= floor;
  return positions;
}

/** Rate of change per second of a value per frame: central differences, one-sided at the ends. */
function rates<T>(values: readonly T[], change: (from: T, to: T) => T, over: (change: T, seconds: number) => T): T[] {
  const last = values.length - 1;
  return values.map((_, frame) => {
    const before = Math.max(0, frame - 1);
    const after = Math.min(last, frame + 1);
    // A single frame: no change, over any time.
    const seconds = Math.max(1, after - before) / CLEAN_FPS;
    return over(change(values[before]!, values[after]!), seconds);
  });
}

/** Wraps an angle to (-pi, pi]. */
function wrap(angle: number): number {
  return angle - 2 * Math.PI * Math.ceil((angle - Math.PI) / (2 * Math.PI));
}

/** Unit vectors from one joint to another; where they coincide, the previous frame's (at frame 0: `fallback`). */
function directions(from: readonly Vec3[], to: readonly Vec3[], fallback: Vec3): Vec3[] {
  let last = fallback;
  return from.map((start, frame) => {
    const v = subtract(to[frame]!, start);
    if (norm(v) >= SHORTEST) last = unit(v);
    return last;
  });
}

type Axes = readonly [Vec3, Vec3, Vec3];

/** Components of a vector along three axes. */
function along(axes: Axes, v: Vec3): number[] {
  return axes.map((axis) => dot(v, axis));
}

const UP: Vec3 = [0, 1, 0];
const DOWN: Vec3 = [0, -1, 0];
const AHEAD: Vec3 = [0, 0, 1];

/**
 * The 94 numbers per frame of the `clean` motion image, as docs/motion-image.md defines them. Computed in
 * float64, stored as float32. A limb without length keeps its direction of the frame before (at frame 0: legs and
 * arms down, feet ahead, head up).
 *
 * @throws RangeError for a motion without frames.
 */
export function cleanFeatures(motion: Motion): CleanFeatures {
  if (motion.frames < 1) throw new RangeError("A motion without frames has no motion image.");
  const at20 = resampleMotion(motion, CLEAN_FPS);
  const { body, joints } = SKELETONS[at20.skeleton];
  const positions = prepare(at20);
  const frames = Array.from({ length: at20.frames }, (_, frame) => frame);
  const track = (joint: number): Vec3[] => frames.map((frame) => jointAt(positions, joints.length, frame, joint));
  const tracks = Object.fromEntries(
    Object.entries(body).map(([name, joint]) => [name, track(joint as number)]),
  ) as Record<keyof BodyJoints, Vec3[]>;

  const velocity = (path: readonly Vec3[]): Vec3[] =>
    rates<Vec3>(
      path,
      (from, to) => subtract(to, from),
      (change, seconds) => [change[0] / seconds, change[1] / seconds, change[2] / seconds],
    );
  const axes = cleanFrames(tracks);
  const headings = axes.map((frame) => frame.angle);
  const turning = rates(
    headings,
    (from, to) => wrap(to - from),
    (change, seconds) => change / seconds,
  );
  const moving: Moving = {
    pelvis: velocity(tracks.pelvis),
    rightAnkle: velocity(tracks.rightAnkle),
    leftAnkle: velocity(tracks.leftAnkle),
    rightFoot: velocity(tracks.rightFoot),
    leftFoot: velocity(tracks.leftFoot),
    rightWrist: velocity(tracks.rightWrist),
    leftWrist: velocity(tracks.leftWrist),
  };

  const segments: Segments = {
    rightThigh: directions(tracks.rightHip, tracks.rightKnee, DOWN),
    leftThigh: directions(tracks.leftHip, tracks.leftKnee, DOWN),
    rightShank: directions(tracks.rightKnee, tracks.rightAnkle, DOWN),
    leftShank: directions(tracks.leftKnee, tracks.leftAnkle, DOWN),
    rightSole: directions(tracks.rightAnkle, tracks.rightFoot, AHEAD),
    leftSole: directions(tracks.leftAnkle, tracks.leftFoot, AHEAD),
    head: directions(tracks.neck, tracks.head, UP),
    rightUpperArm: directions(tracks.rightShoulder, tracks.rightElbow, DOWN),
    leftUpperArm: directions(tracks.leftShoulder, tracks.leftElbow, DOWN),
    rightForearm: directions(tracks.rightElbow, tracks.rightWrist, DOWN),
    leftForearm: directions(tracks.leftElbow, tracks.leftWrist, DOWN),
  };

  const features = new Float32Array(at20.frames * CLEAN_COLUMNS);
  for (const frame of frames) {
    const joint = (name: keyof BodyJoints): Vec3 => tracks[name][frame]!;
    const speed = (name: keyof Moving): Vec3 => moving[name][frame]!;
    const segment = (name: keyof Segments): Vec3 => segments[name][frame]!;
    const body = { joint, speed, segment, axes: axes[frame]!, turning: turning[frame]! };
    const row = frameRow(body, axes[0]!, tracks.pelvis[0]!);
    features.set(row, frame * CLEAN_COLUMNS);
  }
  return { frames: at20.frames, features };
}

type Moving = Record<
  "pelvis" | "rightAnkle" | "leftAnkle" | "rightFoot" | "leftFoot" | "rightWrist" | "leftWrist",
  Vec3[]
>;

type Segments = Record<"head" | `${"left" | "right"}${"Thigh" | "Shank" | "Sole" | "UpperArm" | "Forearm"}`, Vec3[]>;

/** What is known of the body in one frame. */
interface BodyState {
  readonly joint: (name: keyof BodyJoints) => Vec3;
  /** Velocity, metres per second. */
  readonly speed: (name: keyof Moving) => Vec3;
  /** Direction of a limb, a unit vector. */
  readonly segment: (name: keyof Segments) => Vec3;
  readonly axes: CleanFrame;
  /** Rate of the heading, radians per second. */
  readonly turning: number;
}

/** The columns of one frame, in the order of the table in docs/motion-image.md. */
function frameRow(state: BodyState, first: CleanFrame, start: Vec3): number[] {
  const { joint, speed, segment, turning } = state;
  const { pelvis, trunk, heading } = state.axes;
  const root = joint("pelvis");
  const moved = subtract(root, start);
  const rootVelocity = along(heading, speed("pelvis"));
  const turned = state.axes.angle - first.angle;

  const hip = (side: "left" | "right"): number[] => [
    ...along(pelvis, segment(`${side}Thigh`)),
    joint(`${side}Knee`)[1],
  ];
  const knee = (side: "left" | "right"): number[] => [
    ...along(pelvis, segment(`${side}Shank`)),
    angleBetween(segment(`${side}Thigh`), segment(`${side}Shank`)),
    joint(`${side}Ankle`)[1],
    ...along(heading, speed(`${side}Ankle`)),
  ];
  const ankle = (side: "left" | "right"): number[] => [
    ...along(heading, segment(`${side}Sole`)),
    joint(`${side}Foot`)[1],
    norm(speed(`${side}Foot`)),
  ];
  const shoulder = (side: "left" | "right"): number[] => [
    ...along(trunk, segment(`${side}UpperArm`)),
    joint(`${side}Elbow`)[1],
  ];
  const elbow = (side: "left" | "right"): number[] => {
    const wrist = joint(`${side}Wrist`);
    return [
      ...along(trunk, segment(`${side}Forearm`)),
      angleBetween(segment(`${side}UpperArm`), segment(`${side}Forearm`)),
      wrist[1],
      ...along(trunk, subtract(wrist, joint("neck"))),
      ...along(heading, subtract(speed(`${side}Wrist`), speed("pelvis"))),
    ];
  };

  const [trunkLeft, trunkUp] = trunk;
  return [
    // global
    dot(moved, first.heading[0]),
    root[1],
    dot(moved, first.heading[2]),
    ...rootVelocity,
    Math.sin(turned),
    Math.cos(turned),
    turning,
    // pelvis
    ...along(pelvis, UP),
    root[1],
    ...rootVelocity,
    turning,
    ...hip("right"),
    ...hip("left"),
    ...knee("right"),
    ...knee("left"),
    ...ankle("right"),
    ...ankle("left"),
    // lumbar
    ...along(pelvis, trunkUp),
    ...along(pelvis, trunkLeft),
    ...along(trunk, UP),
    // neck
    ...along(trunk, segment("head")),
    joint("head")[1],
    ...shoulder("right"),
    ...shoulder("left"),
    ...elbow("right"),
    ...elbow("left"),
  ];
}
