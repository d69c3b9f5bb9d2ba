/**
 * The two skeletons that motions come in: HumanML3D's 22 joints (the SMPL body without hands) and the
 * 21 joints of KIT-ML as HumanML3D's tools lay them out.
 */
import type { SkeletonName } from "./motion.js";
import { PART_NAMES, type PartName } from "./parts.js";

const HUMANML3D_JOINTS = [
  "pelvis",
  "left_hip",
  "right_hip",
  "spine1",
  "left_knee",
  "right_knee",
  "spine2",
  "left_ankle",
  "right_ankle",
  "spine3",
  "left_foot",
  "right_foot",
  "neck",
  "left_collar",
  "right_collar",
  "head",
  "left_shoulder",
  "right_shoulder",
  "left_elbow",
  "right_elbow",
  "left_wrist",
  "right_wrist",
] as const;

const KIT_JOINTS = [
  "root",
  "pelvis",
  "neck",
  "upper_neck",
  "head",
  "right_shoulder",
  "right_elbow",
  "right_wrist",
  "left_shoulder",
  "left_elbow",
  "left_wrist",
  "right_hip",
  "right_knee",
  "right_ankle",
  "right_midfoot",
  "right_foot",
  "left_hip",
  "left_knee",
  "left_ankle",
  "left_midfoot",
  "left_foot",
] as const;

/** Joints that every computation on the body asks for, by their index in the skeleton at hand. */
export interface BodyJoints {
  readonly pelvis: number;
  readonly spine1: number;
  readonly neck: number;
  readonly head: number;
  readonly leftHip: number;
  readonly rightHip: number;
  readonly leftKnee: number;
  readonly rightKnee: number;
  readonly leftAnkle: number;
  readonly rightAnkle: number;
  readonly leftFoot: number;
  readonly rightFoot: number;
  readonly leftShoulder: number;
  readonly rightShoulder: number;
  readonly leftElbow: number;
  readonly rightElbow: number;
  readonly leftWrist: number;
  readonly rightWrist: number;
}

export interface Skeleton {
  readonly name: SkeletonName;
  /** Joint names in file order. */
  readonly joints: readonly string[];
  /** Parent joint of each joint; -1 for the root. */
  readonly parents: readonly number[];
  /** The joint on the other side of the body; midline joints map to themselves. */
  readonly mirror: readonly number[];
  readonly body: BodyJoints;
  /** Frame rate that files of this skeleton have unless something else is said. */
  readonly assumedFps: number;
}

const HUMANML3D_PARENTS = [-1, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 9, 9, 12, 13, 14, 16, 17, 18, 19];
const KIT_PARENTS = [-1, 0, 1, 2, 3, 3, 5, 6, 3, 8, 9, 0, 11, 12, 13, 14, 0, 16, 17, 18, 19];

/** Pairs joints by the words `left` and `right` in their names. */
function mirrorByName(joints: readonly string[]): number[] {
  return joints.map((joint, index) => {
    const other = joint.startsWith("left_")
      ? joint.replace("left_", "right_")
      : joint.startsWith("right_")
        ? joint.replace("right_", "left_")
        : joint;
    const found = joints.indexOf(other);
    return found < 0 ? index : found;
  });
}

export const SKELETONS: Readonly<Record<SkeletonName, Skeleton>> = {
  humanml3d22: {
    name: "humanml3d22",
    joints: HUMANML3D_JOINTS,
    parents: HUMANML3D_PARENTS,
    mirror: mirrorByName(HUMANML3D_JOINTS),
    assumedFps: 20,
    body: {
      pelvis: 0,
      spine1: 3,
      neck: 12,
      head: 15,
      leftHip: 1,
      rightHip: 2,
      leftKnee: 4,
      rightKnee: 5,
      leftAnkle: 7,
      rightAnkle: 8,
      leftFoot: 10,
      rightFoot: 11,
      leftShoulder: 16,
      rightShoulder: 17,
      leftElbow: 18,
      rightElbow: 19,
      leftWrist: 20,
      rightWrist: 21,
    },
  },
  kit21: {
    name: "kit21",
    joints: KIT_JOINTS,
    parents: KIT_PARENTS,
    mirror: mirrorByName(KIT_JOINTS),
    assumedFps: 12.5,
    // The stand-ins of docs/motion-image.md. Note that the joint angles of `compat` mode take joint 1 as pelvis.
    body: {
      pelvis: 0,
      spine1: 1,
      neck: 2,
      head: 4,
      leftHip: 16,
      rightHip: 11,
      leftKnee: 17,
      rightKnee: 12,
      leftAnkle: 18,
      rightAnkle: 13,
      leftFoot: 20,
      rightFoot: 15,
      leftShoulder: 8,
      rightShoulder: 5,
      leftElbow: 9,
      rightElbow: 6,
      leftWrist: 10,
      rightWrist: 7,
    },
  },
};

export function jointNames(skeleton: SkeletonName): readonly string[] {
  return SKELETONS[skeleton].joints;
}

export function jointCount(skeleton: SkeletonName): number {
  return SKELETONS[skeleton].joints.length;
}

/** Every bone as `[parent joint, child joint]`, in the order of the child joints. */
export function bones(skeleton: SkeletonName): readonly (readonly [parent: number, child: number])[] {
  return SKELETONS[skeleton].parents.flatMap((parent, child) => (parent < 0 ? [] : [[parent, child] as const]));
}

type JointsOfParts = Readonly<Record<PartName, readonly number[]>>;

function range(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index);
}

/**
 * The joints to light when a part of the motion image is shown. A limb part is the segment that its angles
 * move: `right_hip` is the right thigh (hip and knee), `right_knee` the shank, `right_ankle` the foot,
 * `right_shoulder` the upper arm, `right_elbow` the forearm. `global` (where the body is and which way it
 * faces) is the whole body.
 */
export const PART_JOINTS: Readonly<Record<SkeletonName, JointsOfParts>> = {
  humanml3d22: {
    global: range(22),
    pelvis: [0, 1, 2],
    right_hip: [2, 5],
    left_hip: [1, 4],
    right_knee: [5, 8],
    left_knee: [4, 7],
    right_ankle: [8, 11],
    left_ankle: [7, 10],
    lumbar: [0, 3, 6, 9, 12, 13, 14],
    neck: [12, 15],
    right_shoulder: [17, 19],
    left_shoulder: [16, 18],
    right_elbow: [19, 21],
    left_elbow: [18, 20],
  },
  kit21: {
    global: range(21),
    pelvis: [0, 11, 16],
    right_hip: [11, 12],
    left_hip: [16, 17],
    right_knee: [12, 13],
    left_knee: [17, 18],
    right_ankle: [13, 14, 15],
    left_ankle: [18, 19, 20],
    lumbar: [0, 1, 2, 3],
    neck: [2, 3, 4],
    right_shoulder: [5, 6],
    left_shoulder: [8, 9],
    right_elbow: [6, 7],
    left_elbow: [9, 10],
  },
};

/** Joints of a part, given by name or by its index in `PART_NAMES`; none for an unknown part. */
export function partJoints(skeleton: SkeletonName, part: PartName | number): readonly number[] {
  const name = typeof part === "number" ? PART_NAMES[part] : part;
  return name === undefined ? [] : (PART_JOINTS[skeleton][name] ?? []);
}

/** Bones of a part: those whose both ends belong to it, as `[parent joint, child joint]`. */
export function partBones(
  skeleton: SkeletonName,
  part: PartName | number,
): readonly (readonly [parent: number, child: number])[] {
  const joints = new Set(partJoints(skeleton, part));
  return bones(skeleton).filter(([parent, child]) => joints.has(parent) && joints.has(child));
}
