/**
 * Which bone of a motion capture skeleton is which of the 22 joints, by the names in common use: Mixamo,
 * MotionBuilder and LAFAN, CMU (both conversions and ASF names), Bandai Namco, Daz, SMPL, Blender's left and
 * right endings.
 */
import { jointNames } from "../core/motion/skeletons.js";
import type { BvhBone } from "./bvh-text.js";

/** How the place of a joint follows from bones (given by index). */
export type JointRecipe =
  | { readonly kind: "bone"; readonly bone: number }
  | { readonly kind: "between"; readonly from: number; readonly to: number; readonly share: number }
  | { readonly kind: "along"; readonly bones: readonly number[]; readonly share: number };

/** Where spine1, spine2 and spine3 are on the way from pelvis to neck in HumanML3D's skeleton, by length. */
const SPINE_SHARES = { spine1: 0.21, spine2: 0.48, spine3: 0.59 } as const;
/** Where a missing collar is put between spine3 and the shoulder. */
const COLLAR_SHARE = 0.45;

type Side = "left" | "right";

interface SideNames {
  readonly hip: readonly string[];
  readonly knee: readonly string[];
  readonly ankle: readonly string[];
  readonly foot: readonly string[];
  readonly collar: readonly string[];
  readonly shoulder: readonly string[];
  readonly elbow: readonly string[];
  readonly wrist: readonly string[];
}

/** Names without their side, best first. */
const NAMES: SideNames = {
  hip: ["upleg", "upperleg", "thigh", "femur", "hip"],
  knee: ["lowleg", "lowerleg", "shin", "calf", "tibia", "knee", "leg"],
  ankle: ["ankle", "foot"],
  foot: ["toebase", "toe", "toes", "ball", "foot"],
  collar: ["collar", "clavicle", "shoulder"],
  shoulder: ["uparm", "upperarm", "humerus", "shldr", "arm", "shoulder"],
  elbow: ["forearm", "lowarm", "lowerarm", "radius", "elbow"],
  wrist: ["wrist", "hand"],
};

const PELVIS = ["hips", "pelvis", "hip", "root"];
const NECK = ["neck", "upperneck", "neck1", "neck01", "lowerneck"];
const HEAD = ["head"];

interface NamedBone {
  readonly index: number;
  readonly side: Side | undefined;
  /** Lower case letters and digits, without prefix and side. */
  readonly name: string;
}

/** Recipes for all 22 joints, or the joints that have no bone. */
export function mapBones(
  bones: readonly BvhBone[],
): { readonly recipes: readonly JointRecipe[] } | { readonly missing: readonly string[] } {
  const named = bones.flatMap((bone, index) => (bone.endSite ? [] : [readName(bone.name, index)]));
  const found = new Map<string, JointRecipe>();
  const take = (joint: string, names: readonly string[], side?: Side): number | undefined => {
    const used = new Set([...found.values()].map((recipe) => (recipe.kind === "bone" ? recipe.bone : -1)));
    for (const name of names) {
      const match = named.find((bone) => bone.side === side && bone.name === name && !used.has(bone.index));
      if (match === undefined) continue;
      found.set(joint, { kind: "bone", bone: match.index });
      return match.index;
    }
    return undefined;
  };

  const pelvis = take("pelvis", PELVIS);
  const neck = take("neck", NECK);
  take("head", HEAD);
  for (const side of ["left", "right"] as const) {
    for (const joint of ["hip", "knee", "ankle"] as const) take(`${side}_${joint}`, NAMES[joint], side);
    takeFoot(bones, found, take, side);
    // "Shoulder" is the collar bone of some rigs and the upper arm of others: the more telling names come first.
    take(`${side}_shoulder`, NAMES.shoulder, side);
    take(`${side}_collar`, NAMES.collar, side);
    for (const joint of ["elbow", "wrist"] as const) take(`${side}_${joint}`, NAMES[joint], side);
  }
  if (pelvis !== undefined && neck !== undefined) mapSpine(bones, pelvis, neck, found);
  for (const side of ["left", "right"] as const) addCollar(found, side);

  const missing = jointNames("humanml3d22").filter((joint) => !found.has(joint));
  return missing.length > 0 ? { missing } : { recipes: jointNames("humanml3d22").map((joint) => found.get(joint)!) };
}

/** Splits a bone's name into side and meaning: `mixamorig:LeftUpLeg`, `UpperLeg_L`, `lFemur`, `m_avg_L_Hip`, `thigh.L`. */
function readName(written: string, index: number): NamedBone {
  const last = written
    .split(":")
    .at(-1)!
    .replace(/^(?:mixamorig\d*|m_avg|f_avg|bip\d*|b|jnt|joint)[_ ]+/i, "");
  const plain = last.replace(/^mixamorig\d*/i, "");
  for (const [pattern, side] of SIDE_PATTERNS) {
    const match = pattern.exec(plain);
    if (match) return { index, side, name: simplify(match.groups!.rest!) };
  }
  return { index, side: undefined, name: simplify(plain) };
}

const SIDE_PATTERNS: readonly (readonly [RegExp, Side])[] = [
  [/^left[_ .-]?(?<rest>.+)$/i, "left"],
  [/^right[_ .-]?(?<rest>.+)$/i, "right"],
  [/^l(?:[_ .-](?<rest>.+))$/i, "left"],
  [/^r(?:[_ .-](?<rest>.+))$/i, "right"],
  [/^(?<rest>.+)[_ .-](?:left|l)$/i, "left"],
  [/^(?<rest>.+)[_ .-](?:right|r)$/i, "right"],
  // lFemur, LHipJoint: a letter before a capital.
  [/^[lL](?<rest>[A-Z].*)$/, "left"],
  [/^[rR](?<rest>[A-Z].*)$/, "right"],
  [/^l(?<rest>femur|tibia|foot|toes|clavicle|humerus|radius|wrist|hand|thigh|shin|collar|shldr|forearm)$/, "left"],
  [/^r(?<rest>femur|tibia|foot|toes|clavicle|humerus|radius|wrist|hand|thigh|shin|collar|shldr|forearm)$/, "right"],
];

function simplify(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]/g, "");
}

/** The foot joint lies at the toes: a bone of its own, or the end of the ankle's bone. */
function takeFoot(
  bones: readonly BvhBone[],
  found: Map<string, JointRecipe>,
  take: (joint: string, names: readonly string[], side?: Side) => number | undefined,
  side: Side,
): void {
  if (take(`${side}_foot`, NAMES.foot, side) !== undefined) return;
  const ankle = found.get(`${side}_ankle`);
  if (ankle?.kind !== "bone") return;
  const end = bones.findIndex((bone) => bone.parent === ankle.bone);
  if (end >= 0) found.set(`${side}_foot`, { kind: "bone", bone: end });
}

/** Three spine bones apart from each other are the three spine joints; others are divided by length. */
function mapSpine(bones: readonly BvhBone[], pelvis: number, neck: number, found: Map<string, JointRecipe>): void {
  const chain = [neck];
  while (chain[0] !== pelvis) {
    const parent = bones[chain[0]!]!.parent;
    if (parent < 0) return;
    chain.unshift(parent);
  }
  const between = chain.slice(1, -1);
  const apart = between.every((bone) => Math.hypot(...bones[bone]!.offset) > 0);
  (Object.keys(SPINE_SHARES) as (keyof typeof SPINE_SHARES)[]).forEach((joint, index) => {
    found.set(
      joint,
      between.length === 3 && apart
        ? { kind: "bone", bone: between[index]! }
        : { kind: "along", bones: chain, share: SPINE_SHARES[joint] },
    );
  });
}

function addCollar(found: Map<string, JointRecipe>, side: Side): void {
  const shoulder = found.get(`${side}_shoulder`);
  const neck = found.get("neck");
  if (found.has(`${side}_collar`) || shoulder?.kind !== "bone" || neck?.kind !== "bone") return;
  found.set(`${side}_collar`, { kind: "between", from: neck.bone, to: shoulder.bone, share: COLLAR_SHARE });
}
