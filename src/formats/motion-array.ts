/** From an array of numbers to a motion: what its shape means, and what does not fit. */
import { checkMotion } from "../core/motion/checks.js";
import { CLEAN_LEG_LENGTH, legLength } from "../core/motion/clean-features.js";
import { jointsFromVectors, vectorsLookStandardised, VECTOR_SIZES } from "../core/motion/humanml-vectors.js";
import type { LoadedMotion, Motion, SkeletonName } from "../core/motion/motion.js";
import { SKELETONS } from "../core/motion/skeletons.js";
import { MotionFileError } from "./errors.js";
import { formatShape, type NumberArray } from "./npy.js";

export interface MotionArrayOptions {
  /** Frame rate of files that do not say theirs, in place of the assumed one (20 for 22 joints, 12.5 for 21). */
  readonly fps?: number;
  /** Keep KIT-ML's own units instead of scaling 21-joint motions to a leg of 0.83 m. */
  readonly keepUnits?: boolean;
}

interface Layout {
  readonly skeleton: SkeletonName;
  readonly kind: "joints" | "flat joints" | "vectors";
  readonly name: string;
}

export const FITTING_SHAPES =
  "(frames, 22, 3), (frames, 66) or (frames, 263) for HumanML3D, (frames, 21, 3), (frames, 63) or (frames, 251) for KIT-ML";

/** What an array of this shape is, or undefined when it is no motion. */
export function layoutOf(shape: readonly number[]): Layout | undefined {
  for (const skeleton of ["humanml3d22", "kit21"] as const) {
    const joints = SKELETONS[skeleton].joints.length;
    const dataset = skeleton === "kit21" ? "KIT-ML" : "HumanML3D";
    if (shape.length === 3 && shape[1] === joints && shape[2] === 3) {
      return { skeleton, kind: "joints", name: `positions of ${joints} joints` };
    }
    if (shape.length === 2 && shape[1] === joints * 3) {
      return { skeleton, kind: "flat joints", name: `flattened positions of ${joints} joints` };
    }
    if (shape.length === 2 && shape[1] === VECTOR_SIZES[skeleton]) {
      return { skeleton, kind: "vectors", name: `${dataset} feature vectors` };
    }
  }
  return undefined;
}

/** What a person may do about a shape that is close to a fitting one. */
function shapeHint(shape: readonly number[]): string {
  const [first, second, third] = shape;
  if (shape.length === 2 && (first === 22 || first === 21) && second === 3)
    return " This is one pose without a time axis.";
  if (shape.length === 3 && second === 24 && third === 3)
    return " SMPL's 24 joints fit without the two hands: array[:, :22].";
  if (shape.length === 3 && second === 3 && (third === 22 || third === 21)) return " The last two axes are exchanged.";
  if (shape.length === 3 && third === 3 && (first === 22 || first === 21)) return " Time must be the first axis.";
  if (shape.length === 4) return " Several motions in one array: save each one by itself.";
  return "";
}

/**
 * @param file named in errors.
 * @throws MotionFileError when the array is not a motion.
 */
export function motionFromArray(
  file: string,
  format: string,
  array: NumberArray,
  options: MotionArrayOptions = {},
): LoadedMotion {
  const layout = layoutOf(array.shape);
  if (layout === undefined) {
    throw new MotionFileError(
      file,
      `The array has shape ${formatShape(array.shape)} (dtype ${array.dtype}), which is not a motion. What fits: ` +
        `${FITTING_SHAPES}.${shapeHint(array.shape)}`,
    );
  }
  const frames = array.shape[0]!;
  if (frames === 0) throw new MotionFileError(file, "The motion has no frames.");
  const skeleton = SKELETONS[layout.skeleton];
  const warnings: string[] = [];
  if (array.integers) warnings.push(`Whole numbers (${array.dtype}) are taken as they are, as metres.`);

  let joints = array.values;
  if (layout.kind === "vectors") {
    refuseNonFinite(file, array.values, (at) => {
      const size = VECTOR_SIZES[layout.skeleton];
      return `frame ${Math.floor(at / size)}, column ${at % size}`;
    });
    if (vectorsLookStandardised(array.values, frames, layout.skeleton)) {
      warnings.push(
        "The feature vectors look standardised (foot contacts are not 0 or 1): multiply by Std.npy and add Mean.npy, " +
          "or the positions are wrong.",
      );
    }
    joints = jointsFromVectors(array.values, frames, layout.skeleton);
  }
  refuseNonFinite(file, joints, (at) => {
    const joint = Math.floor(at / 3) % skeleton.joints.length;
    return `frame ${Math.floor(at / 3 / skeleton.joints.length)}, joint ${joint} (${skeleton.joints[joint]})`;
  });

  const fps = options.fps ?? skeleton.assumedFps;
  if (options.fps === undefined) {
    warnings.push(
      `The file does not say its frame rate: ${skeleton.joints.length} joints are taken as ${fps} frames per second. ` +
        "Another rate can be set.",
    );
  }
  let motion: Motion = { joints, frames, fps, skeleton: layout.skeleton };
  if (layout.skeleton === "kit21" && !options.keepUnits) motion = scaleToBody(file, motion, warnings);
  warnings.push(...checkMotion(motion));
  return { motion, info: { format, layout: layout.name, shape: array.shape, dtype: array.dtype, warnings } };
}

function refuseNonFinite(file: string, values: Float32Array, place: (at: number) => string): void {
  const at = values.findIndex((value) => !Number.isFinite(value));
  if (at < 0) return;
  const what = Number.isNaN(values[at]) ? "not a number (NaN)" : "infinite or too large for a position";
  throw new MotionFileError(file, `A value is ${what}: first at ${place(at)}.`);
}

/** KIT-ML's positions are not in metres; a leg of 0.83 m makes them comparable with HumanML3D's. */
function scaleToBody(file: string, motion: Motion, warnings: string[]): Motion {
  const leg = legLength(motion);
  const factor = CLEAN_LEG_LENGTH / leg;
  if (!(leg > 1e-6) || !Number.isFinite(factor)) return motion;
  warnings.push(
    `KIT-ML's units are scaled by ${Number(factor.toPrecision(4))}, so that hip to knee to ankle is ${CLEAN_LEG_LENGTH} m. ` +
      "The file's own units can be kept.",
  );
  const joints = motion.joints.map((value) => value * factor);
  refuseNonFinite(file, joints, (at) => `number ${at} after scaling`);
  return { ...motion, joints };
}
