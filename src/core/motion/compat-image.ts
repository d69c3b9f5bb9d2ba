/**
 * What the published joint-angle encoder (MotionColBert, arXiv 2603.09930) takes in: windows of 224 standardised rows of
 * 29 joint angles. Its network makes the 224 x 224 image of them.
 */
import type { Range } from "../range.js";
import { legLength } from "./clean-features.js";
import { COMPAT_COLUMNS, COMPAT_NAMES, compatAngles } from "./compat-angles.js";
import { patchFrameRanges } from "./motion-image.js";
import type { Motion } from "./motion.js";
import { FRAMES_PER_PATCH } from "./parts.js";
import { resampleMotion } from "./resample.js";
import { jointCount, SKELETONS } from "./skeletons.js";

/** From `model.json`. */
export interface CompatSettings {
  /** One per column of the angles. */
  readonly mean: ArrayLike<number>;
  readonly std: ArrayLike<number>;
  /** Frame rate of the rows: 20 for HumanML3D, 12.5 for KIT-ML. */
  readonly fps: number;
  /** Rows of a window. */
  readonly frames: number;
  /** Hip to knee to ankle in the units of the model's positions, where these are not metres. */
  readonly legLength?: number | undefined;
  /** Whether patches that lie behind the end of a motion shorter than a window take part, as in the published system. */
  readonly padding: "keep" | "drop";
}

/** One run of the encoder. */
export interface CompatWindow {
  /** `frames * 29`: standardised, filled up with zeros (the mean pose). */
  readonly rows: Float32Array;
  /** Grid rows of the motion that are taken from this run, and the run's own row that the first of them is. */
  readonly keep: Range;
  readonly from: number;
}

export interface CompatImage {
  /** Patches over time. */
  readonly times: number;
  /** Half-open range of each patch in the motion's own frames; a patch behind the end stands for the last frame. */
  readonly frameRanges: readonly Range[];
  readonly windows: readonly CompatWindow[];
}

/** An angle that a frame leaves undefined; the published system leaves such motions out. */
export class UndefinedAngleError extends RangeError {
  constructor(name: string, frame: number) {
    super(
      `The joint angle ${name} is undefined in frame ${frame} (joints that coincide); this model cannot take the motion.`,
    );
  }
}

/** A motion that starts further from the origin (metres) or turned further from +z (radians) is moved there first. */
const FAR = 0.5;
const TURNED = Math.PI / 4;

/**
 * The windows of a motion. One that fits a window is taken as the published system takes it. A longer one, of which
 * that system sees the first window only, is covered by several, each moved to where motions start: pelvis over the
 * origin, facing +z.
 *
 * @throws RangeError for a motion without frames or settings of another size; UndefinedAngleError.
 */
export function compatImage(motion: Motion, settings: CompatSettings): CompatImage {
  const { mean, std, fps, frames } = settings;
  if (mean.length !== COMPAT_COLUMNS || std.length !== COMPAT_COLUMNS) {
    throw new RangeError(`Expected ${COMPAT_COLUMNS} means and deviations, found ${mean.length} and ${std.length}.`);
  }
  if (motion.frames === 0) throw new RangeError("A motion without frames has no image.");
  const resampled = resampleMotion(motion, fps);
  const patches = frames / FRAMES_PER_PATCH;
  const filled = Math.ceil(resampled.frames / FRAMES_PER_PATCH);
  const times = filled <= patches && settings.padding === "keep" ? patches : filled;
  const scale = settings.legLength === undefined ? 1 : settings.legLength / (legLength(motion) || settings.legLength);
  const windows: CompatWindow[] = [];
  for (let done = 0; done < times; done += patches) {
    // The last window ends with the motion, so that it is full.
    const start = Math.max(0, Math.min(done, filled - patches));
    const rows = windowRows(resampled, start * FRAMES_PER_PATCH, scale, settings);
    windows.push({ rows, keep: [done, Math.min(times, done + patches)], from: done - start });
  }
  return { times, frameRanges: patchFrameRanges(motion.frames, motion.fps, times, fps), windows };
}

function windowRows(motion: Motion, start: number, scale: number, { mean, std, frames }: CompatSettings): Float32Array {
  const stride = jointCount(motion.skeleton) * 3;
  const count = Math.min(frames, motion.frames - start);
  const joints = motion.joints.slice(start * stride, (start + count) * stride);
  const angles = compatAngles({ ...motion, joints: scaled(atStart(joints, motion), scale), frames: count });
  const rows = new Float32Array(frames * COMPAT_COLUMNS);
  for (let at = 0; at < count * COMPAT_COLUMNS; at++) {
    const column = at % COMPAT_COLUMNS;
    const value = angles[at]!;
    if (Number.isNaN(value)) {
      throw new UndefinedAngleError(COMPAT_NAMES[column]!, start + Math.floor(at / COMPAT_COLUMNS));
    }
    // As the published system divides.
    rows[at] = (value - mean[column]!) / (std[column]! + 1e-8);
  }
  return rows;
}

function scaled(joints: Float32Array, factor: number): Float32Array {
  return factor === 1 ? joints : joints.map((value) => value * factor);
}

/** The joints as they are where the first frame already stands near the origin and faces about +z, else moved there. */
function atStart(joints: Float32Array, { skeleton }: Motion): Float32Array {
  const { body } = SKELETONS[skeleton];
  const across = (axis: number) =>
    joints[body.leftHip * 3 + axis]! -
    joints[body.rightHip * 3 + axis]! +
    (joints[body.leftShoulder * 3 + axis]! - joints[body.rightShoulder * 3 + axis]!);
  const heading = Math.atan2(-across(2), across(0));
  const [x, z] = [joints[body.pelvis * 3]!, joints[body.pelvis * 3 + 2]!];
  if (Math.hypot(x, z) <= FAR && Math.abs(heading) <= TURNED) return joints;
  const [c, s] = [Math.cos(heading), Math.sin(heading)];
  const moved = new Float32Array(joints.length);
  for (let at = 0; at < joints.length; at += 3) {
    const [dx, dz] = [joints[at]! - x, joints[at + 2]! - z];
    moved[at] = c * dx - s * dz;
    moved[at + 1] = joints[at + 1]!;
    moved[at + 2] = s * dx + c * dz;
  }
  return moved;
}
