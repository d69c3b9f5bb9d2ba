/**
 * BVH motion capture files, read by three's loader and turned into the 22 joints by the names of their bones.
 */
import { Matrix4, Quaternion, Vector3, type Bone, type QuaternionKeyframeTrack, type VectorKeyframeTrack } from "three";
import { BVHLoader } from "three/addons/loaders/BVHLoader.js";
import { checkMotion } from "../core/motion/checks.js";
import { CLEAN_FPS, CLEAN_LEG_LENGTH, legLength } from "../core/motion/clean-features.js";
import type { LoadedMotion, Motion } from "../core/motion/motion.js";
import { resampleMotion } from "../core/motion/resample.js";
import { jointCount, SKELETONS } from "../core/motion/skeletons.js";
import { jointAt, subtract } from "../core/motion/vec3.js";
import { BvhError, scanBvh, type BvhText } from "./bvh-text.js";
import { mapBones, type JointRecipe } from "./bvh-names.js";
import { MotionFileError } from "./errors.js";

/** The loader keeps several objects per bone and frame; longer files are given to it piece by piece. */
const FRAMES_PER_PIECE = 256;

/** Units that motion capture files come in, most likely first, as metres. */
const UNITS = [
  { name: "metres", metres: 1 },
  { name: "centimetres", metres: 0.01 },
  { name: "millimetres", metres: 0.001 },
  { name: "inches", metres: 0.0254 },
  { name: "units of the CMU database (1/0.45 inch)", metres: 0.0254 / 0.45 },
] as const;
const PLAUSIBLE_LEG = { least: 0.6, most: 1.15 };

export interface BvhOptions {
  /** Ignored: a BVH file says its frame rate. */
  readonly fps?: number;
}

/**
 * @param file named in errors.
 * @returns the motion with 22 joints in metres, y up, at 20 frames per second.
 * @throws MotionFileError when the bytes are no BVH file, or its skeleton cannot be mapped to the 22 joints.
 */
export function motionFromBvh(file: string, bytes: Uint8Array, _options: BvhOptions = {}): LoadedMotion {
  try {
    const text = scanBvh(new TextDecoder("latin1").decode(bytes));
    const warnings: string[] = [];
    const mapping = mapBones(text.bones);
    if ("missing" in mapping) {
      throw new MotionFileError(
        file,
        `The skeleton cannot be read as a human body: no bone found for ${mapping.missing.join(", ")}. ` +
          `Bones of the file: ${text.bones
            .filter((bone) => !bone.endSite)
            .map((bone) => bone.name)
            .join(", ")}.`,
      );
    }
    const joints = bodyPositions(text, mapping.recipes);
    const at = joints.findIndex((value) => !Number.isFinite(value));
    if (at >= 0) throw new MotionFileError(file, `A position is not finite: first at frame ${Math.floor(at / 66)}.`);

    let motion: Motion = { joints, frames: text.frames, fps: 1 / text.frameTime, skeleton: "humanml3d22" };
    motion = turnUp(scaleToMetres(motion, warnings), warnings);
    const own = `${text.frames} frames at ${Number((1 / text.frameTime).toPrecision(4))} per second`;
    motion = resampleMotion(motion, CLEAN_FPS);
    warnings.push(`The file has ${own}; it is read at ${CLEAN_FPS} per second, and frames are counted at that rate.`);
    const broken = motion.joints.findIndex((value) => !Number.isFinite(value));
    if (broken >= 0) throw new MotionFileError(file, "Positions are too large.");
    warnings.push(...checkMotion(motion));
    return {
      motion,
      info: {
        format: "bvh",
        layout: "skeleton with bone rotations, mapped to 22 joints",
        shape: [text.frames, text.bones.filter((bone) => !bone.endSite).length],
        dtype: "text",
        warnings,
      },
    };
  } catch (error) {
    if (error instanceof BvhError) throw new MotionFileError(file, error.message, { cause: error });
    throw error;
  }
}

/** World positions of the 22 joints in the units and axes of the file: `frames * 22 * 3`. */
function bodyPositions(text: BvhText, recipes: readonly JointRecipe[]): Float32Array {
  const joints = new Float32Array(text.frames * recipes.length * 3);
  for (let first = 0; first < text.frames; first += FRAMES_PER_PIECE) {
    const lines = text.frameLines.slice(first, first + FRAMES_PER_PIECE);
    const piece = `${text.hierarchy}\nMOTION\nFrames: ${lines.length}\nFrame Time: ${text.frameTime}\n${lines.join("\n")}\n`;
    const { skeleton, clip } = new BVHLoader().parse(piece);
    const bones = skeleton.bones;
    // Two tracks, position and rotation, for each bone that is no end site, in the order of the bones.
    const animated = text.bones.flatMap((bone, index) => (bone.endSite ? [] : [index]));
    if (bones.length !== text.bones.length || clip.tracks.length !== 2 * animated.length) {
      throw new BvhError("The skeleton is damaged.");
    }
    const positions = clip.tracks.filter((_, index) => index % 2 === 0) as VectorKeyframeTrack[];
    const rotations = clip.tracks.filter((_, index) => index % 2 === 1) as QuaternionKeyframeTrack[];
    const worlds: Matrix4[] = bones.map(() => new Matrix4());
    const trackOf = new Map(animated.map((bone, track) => [bone, track]));
    for (let frame = 0; frame < lines.length; frame++) {
      bones.forEach((bone, index) => {
        const local = localMatrix(bone, text, index, trackOf.get(index), positions, rotations, frame);
        const parent = text.bones[index]!.parent;
        worlds[index]!.copy(parent < 0 ? local : local.premultiply(worlds[parent]!));
      });
      const world = (bone: number): Vector3 => new Vector3().setFromMatrixPosition(worlds[bone]!);
      recipes.forEach((recipe, joint) => {
        const place = placeJoint(recipe, world);
        joints.set([place.x, place.y, place.z], ((first + frame) * recipes.length + joint) * 3);
      });
    }
  }
  return joints;
}

const UNIT_SCALE = new Vector3(1, 1, 1);

function localMatrix(
  bone: Bone,
  text: BvhText,
  index: number,
  track: number | undefined,
  positions: readonly VectorKeyframeTrack[],
  rotations: readonly QuaternionKeyframeTrack[],
  frame: number,
): Matrix4 {
  if (track === undefined) return new Matrix4().setPosition(bone.position);
  const position = new Vector3().fromArray(positions[track]!.values, frame * 3);
  // The loader adds the offset to every position; where the file's positions hold it already, take it off again.
  if (text.bones[index]!.positionsHoldOffset) position.sub(bone.position);
  const rotation = new Quaternion().fromArray(rotations[track]!.values, frame * 4);
  return new Matrix4().compose(position, rotation, UNIT_SCALE);
}

function placeJoint(recipe: JointRecipe, world: (bone: number) => Vector3): Vector3 {
  if (recipe.kind === "bone") return world(recipe.bone);
  if (recipe.kind === "between") return world(recipe.from).lerp(world(recipe.to), recipe.share);
  // Along a chain of bones, by its length.
  const points = recipe.bones.map(world);
  const lengths = points.slice(1).map((point, index) => point.distanceTo(points[index]!));
  let left = recipe.share * lengths.reduce((sum, length) => sum + length, 0);
  for (let index = 0; index < lengths.length; index++) {
    if (left <= lengths[index]! && lengths[index]! > 0)
      return points[index]!.clone().lerp(points[index + 1]!, left / lengths[index]!);
    left -= lengths[index]!;
  }
  return points.at(-1)!;
}

function scaleToMetres(motion: Motion, warnings: string[]): Motion {
  const leg = legLength(motion);
  if (!(leg > 1e-9)) return motion;
  const unit = UNITS.find(({ metres }) => leg * metres >= PLAUSIBLE_LEG.least && leg * metres <= PLAUSIBLE_LEG.most);
  const factor = unit?.metres ?? CLEAN_LEG_LENGTH / leg;
  warnings.push(
    unit
      ? `The file does not say its units: ${unit.name} are assumed, which makes a leg ${(leg * factor).toFixed(2)} m long.`
      : `The file's units are unknown: it is scaled by ${Number(factor.toPrecision(4))}, so that a leg is ${CLEAN_LEG_LENGTH} m long.`,
  );
  return factor === 1 ? motion : { ...motion, joints: motion.joints.map((value) => value * factor) };
}

/** Turns a motion whose bodies stand along z so that they stand along y. */
function turnUp(motion: Motion, warnings: string[]): Motion {
  const { neck, leftAnkle, rightAnkle } = SKELETONS[motion.skeleton].body;
  const count = jointCount(motion.skeleton);
  let y = 0;
  let z = 0;
  for (let frame = 0; frame < motion.frames; frame++) {
    for (const ankle of [leftAnkle, rightAnkle]) {
      const up = subtract(jointAt(motion.joints, count, frame, neck), jointAt(motion.joints, count, frame, ankle));
      y += up[1];
      z += up[2];
    }
  }
  if (!(z > 3 * Math.abs(y))) return motion;
  warnings.push("The body stands along z: z is taken as the up axis and turned to y.");
  const joints = new Float32Array(motion.joints.length);
  for (let at = 0; at < joints.length; at += 3) {
    joints.set([motion.joints[at]!, motion.joints[at + 2]!, -motion.joints[at + 1]!], at);
  }
  return { ...motion, joints };
}
