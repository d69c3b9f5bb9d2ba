/**
 * Joint angles of the published joint-angle motion image (MotionColBert, arXiv 2603.09930), its oddities
 * included, so that models trained on those numbers see what they know. For own models use the `clean`
 * features, which are mirror-consistent.
 *
 * Frame of the angles: X forward, Y up, Z to the right, for a person who faces +z of the motion's frame.
 * Degrees throughout.
 */
import type { Motion } from "./motion.js";
import { type BodyJoints, SKELETONS } from "./skeletons.js";
import { angleBetween, combine, cross, dot, midpoint, norm, scale, subtract, unit, type Vec3 } from "./vec3.js";

/** Numbers per frame of `compatAngles`. */
export const COMPAT_COLUMNS = 29;

/** Names of the 29 numbers, in order: part, then what it measures. */
export const COMPAT_NAMES = [
  "global_forward",
  "global_up",
  "global_right",
  "pelvis_tilt",
  "pelvis_list",
  "pelvis_rotation",
  "right_hip_flexion",
  "right_hip_adduction",
  "right_hip_rotation",
  "left_hip_flexion",
  "left_hip_adduction",
  "left_hip_rotation",
  "right_knee_angle",
  "left_knee_angle",
  "right_ankle_angle",
  "left_ankle_angle",
  "lumbar_extension",
  "lumbar_bending",
  "lumbar_rotation",
  "neck_flexion",
  "neck_adduction",
  "right_shoulder_flexion",
  "right_shoulder_adduction",
  "right_shoulder_rotation",
  "left_shoulder_flexion",
  "left_shoulder_adduction",
  "left_shoulder_rotation",
  "right_elbow_angle",
  "left_elbow_angle",
] as const;

/**
 * For each of the 29 numbers, its column in the published system's files of 41 columns. Columns 6 to 17 of
 * those files hold hip and shoulder positions, which the model does not use.
 */
export const COMPAT_FILE_COLUMNS: readonly number[] = [
  3, 4, 5, 0, 1, 2, 18, 19, 20, 23, 24, 25, 21, 26, 22, 27, 28, 29, 30, 39, 40, 31, 32, 33, 34, 35, 36, 37, 38,
];

const DEGREES = 180 / Math.PI;

type Axes = readonly [x: Vec3, y: Vec3, z: Vec3];

/** Elevation of v above the plane of x and y, radians. */
function elevation(v: Vec3, [x, y, z]: Axes): number {
  return Math.atan2(dot(v, z), Math.hypot(dot(v, x), dot(v, y)));
}

/** Swing of v in the plane of x and y from pointing down (-y), forward (+x) positive, radians. */
function downSwing(v: Vec3, [x, y]: Axes): number {
  return Math.atan2(dot(v, x), -dot(v, y));
}

/** Swing of v in the plane of x and y from pointing up (+y), forward positive, radians. */
function upSwing(v: Vec3, [x, y]: Axes): number {
  return Math.atan2(dot(v, x), dot(v, y));
}

/**
 * Out-of-plane angle of the next segment w, seen from axes that v has been swung to; radians, 0 for a
 * straight limb. `s` is the length that the published code leaves on one axis.
 */
function limbTwist(v: Vec3, w: Vec3, axes: Axes, s: number): number {
  const [x, y, z] = axes;
  const phi = downSwing(v, axes);
  const e = elevation(v, axes);
  const x1 = combine(Math.cos(phi), x, Math.sin(phi), y);
  const y1 = combine(-Math.sin(phi), x, Math.cos(phi), y);
  const y2 = combine(Math.cos(e), y1, -Math.sin(e), z);
  const z2 = combine(Math.sin(e), y1, Math.cos(e), z);
  return Math.atan2(dot(w, z2), Math.hypot(dot(w, x1), s * dot(w, y2)));
}

interface Pelvis {
  /** Forward, up, right. */
  readonly axes: Axes;
  /** Length of the up axis before it was made a unit vector; below 1 by how far the pelvis leans off the hip line. */
  readonly s: number;
}

function pelvisFrame(pelvis: Vec3, rightHip: Vec3, leftHip: Vec3): Pelvis {
  const c = unit(subtract(rightHip, leftHip));
  const u0 = unit(subtract(pelvis, midpoint(rightHip, leftHip)));
  const u1 = combine(1, u0, -dot(u0, c), c);
  const s = norm(u1);
  const u = scale(u1, 1 / s);
  const f = unit(cross(u1, c));
  return { axes: [f, u, c], s };
}

interface Trunk {
  readonly extension: number;
  readonly bending: number;
  readonly rotation: number;
  /** Axes that arms and neck are measured on. */
  readonly axes: Axes;
}

/** Only the right shoulder says how far the trunk is turned; hence angles of mirrored motions are not mirrored angles. */
function trunkFrame(pelvis: Vec3, neck: Vec3, rightShoulder: Vec3, [f, u, c]: Axes, s: number): Trunk {
  const t = subtract(neck, pelvis);
  const psi = upSwing(t, [f, u, c]);
  const b = elevation(t, [f, u, c]);
  const x1 = combine(Math.cos(psi), f, -Math.sin(psi), u);
  const y1 = combine(Math.sin(psi), f, Math.cos(psi), u);
  const y2 = combine(Math.cos(b), y1, Math.sin(b), c);
  const z2 = combine(-Math.sin(b), y1, Math.cos(b), c);
  const n = subtract(rightShoulder, neck);
  const r = Math.atan2(dot(n, x1), Math.hypot(s * dot(n, y2), dot(n, z2)));
  const turn = s * r;
  const xs = combine(Math.cos(turn), x1, -Math.sin(turn), z2);
  const zs = combine(Math.sin(turn), x1, Math.cos(turn), z2);
  return { extension: -psi, bending: b, rotation: r, axes: [xs, y2, zs] };
}

/** Swing, elevation and twist of a limb of two segments. */
function limb(v: Vec3, w: Vec3, axes: Axes, s: number): { flexion: number; elevation: number; twist: number } {
  return { flexion: downSwing(v, axes), elevation: elevation(v, axes), twist: limbTwist(v, w, axes, s) };
}

/** (x, y, z) of the motion's frame to forward, up, right. */
function toAngleFrame([x, y, z]: Vec3): Vec3 {
  return [z, y, -x];
}

/**
 * Joint angles of the published joint-angle motion image: `frames * 29` numbers in the order of
 * `COMPAT_NAMES`, degrees, at the motion's own frame rate; the first three of each row are the pelvis position
 * (forward, up, right) in the motion's units.
 *
 * NaN marks an angle that is undefined in a frame: a segment or a hip line of length zero, or a pelvis on the
 * hip line. Nothing is filled in. For 21 joints the pelvis is joint 1, as the published system takes it.
 */
export function compatAngles(motion: Motion): Float64Array {
  const { body, joints } = SKELETONS[motion.skeleton];
  const pelvisJoint = motion.skeleton === "kit21" ? 1 : body.pelvis;
  const angles = new Float64Array(motion.frames * COMPAT_COLUMNS);
  for (let frame = 0; frame < motion.frames; frame++) {
    const position = (joint: number): Vec3 => {
      const at = (frame * joints.length + joint) * 3;
      return toAngleFrame([motion.joints[at]!, motion.joints[at + 1]!, motion.joints[at + 2]!]);
    };
    const row = frameAngles(position(pelvisJoint), (name) => position(body[name]));
    angles.set(row, frame * COMPAT_COLUMNS);
  }
  return angles;
}

function frameAngles(pelvis: Vec3, joint: (name: keyof BodyJoints) => Vec3): number[] {
  const segment = (from: keyof BodyJoints, to: keyof BodyJoints): Vec3 => {
    const v = subtract(joint(to), joint(from));
    // atan2(0, 0) is 0, which would pass for a measured angle.
    return norm(v) > 0 ? v : [NaN, NaN, NaN];
  };
  const { axes, s } = pelvisFrame(pelvis, joint("rightHip"), joint("leftHip"));
  const [f, u, c] = axes;

  const leg = (side: "left" | "right") => {
    const thigh = segment(`${side}Hip`, `${side}Knee`);
    const shank = segment(`${side}Knee`, `${side}Ankle`);
    const foot = segment(`${side}Ankle`, `${side}Foot`);
    return { ...limb(thigh, shank, axes, s), knee: angleBetween(thigh, shank), ankle: angleBetween(shank, foot) };
  };
  const right = leg("right");
  const left = leg("left");
  const trunk = trunkFrame(pelvis, joint("neck"), joint("rightShoulder"), axes, s);
  const arm = (side: "left" | "right") => {
    const upper = segment(`${side}Shoulder`, `${side}Elbow`);
    const fore = segment(`${side}Elbow`, `${side}Wrist`);
    return { ...limb(upper, fore, trunk.axes, s), elbow: angleBetween(upper, fore) };
  };
  const rightArm = arm("right");
  const leftArm = arm("left");
  const neck = segment("neck", "head");

  const degrees = [
    Math.atan2(-u[0], u[1]),
    Math.asin(Math.max(-1, Math.min(1, u[2]))),
    Math.atan2(-f[2], c[2]),
    right.flexion,
    -right.elevation,
    right.twist,
    left.flexion,
    left.elevation,
    -left.twist,
    right.knee,
    left.knee,
    right.ankle - Math.PI / 2,
    left.ankle - Math.PI / 2,
    trunk.extension,
    trunk.bending,
    trunk.rotation,
    upSwing(neck, trunk.axes),
    elevation(neck, trunk.axes),
    rightArm.flexion,
    -rightArm.elevation,
    -rightArm.twist,
    leftArm.flexion,
    leftArm.elevation,
    -leftArm.twist,
    rightArm.elbow,
    leftArm.elbow,
  ].map((angle) => angle * DEGREES);
  return [...pelvis, ...degrees];
}
