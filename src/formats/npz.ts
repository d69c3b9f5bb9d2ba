/** `.npz` archives: an array of joint positions among others. */
import type { LoadedMotion } from "../core/motion/motion.js";
import { MotionFileError } from "./errors.js";
import { FITTING_SHAPES, layoutOf, motionFromArray, type MotionArrayOptions } from "./motion-array.js";
import { NpyHeaderError, readNpyHeader } from "./npy-header.js";
import { formatShape, parseNpy } from "./npy.js";
import { readZipEntries, readZipEntry, ZipError, type ZipEntry } from "./zip.js";

/** Largest array that is unpacked. */
const MAX_ARRAY_BYTES = 512 * 1024 * 1024;

/** Names under which joint positions are commonly saved, best first. */
const USUAL_NAMES = [
  "joints",
  "positions",
  "joint_positions",
  "joints3d",
  "joints_3d",
  "keypoints3d",
  "keypoints",
  "motion",
  "jtr",
  "xyz",
  "arr_0",
];

/** Names under which a frame rate is commonly saved. */
const RATE_NAMES = ["mocap_framerate", "mocap_frame_rate", "fps", "framerate", "frame_rate"];

interface NamedArray {
  readonly name: string;
  readonly entry: ZipEntry;
  readonly shape: readonly number[];
  readonly dtype: string;
}

/** @throws MotionFileError */
export function motionFromNpz(file: string, bytes: Uint8Array, options: MotionArrayOptions = {}): LoadedMotion {
  try {
    const arrays = listArrays(bytes);
    const chosen = chooseArray(file, arrays);
    const content = readZipEntry(bytes, chosen.entry, MAX_ARRAY_BYTES);
    const fps = readRate(bytes, arrays) ?? options.fps;
    const loaded = motionFromArray(file, "npz", parseNpy(content), { ...options, fps });
    const { info } = loaded;
    return { ...loaded, info: { ...info, layout: `${info.layout}, array "${chosen.name}"` } };
  } catch (error) {
    if (error instanceof ZipError || error instanceof NpyHeaderError) {
      throw new MotionFileError(file, error.message, { cause: error });
    }
    throw error;
  }
}

/** Names, shapes and dtypes of all arrays; entries that are no `.npy` are left out. */
function listArrays(bytes: Uint8Array): NamedArray[] {
  const entries = readZipEntries(bytes).filter((entry) => entry.name.endsWith(".npy"));
  const total = entries.reduce((sum, entry) => sum + entry.size, 0);
  if (total > 2 * MAX_ARRAY_BYTES) throw new ZipError(`The archive unpacks to ${total} bytes, more than can be read.`);
  return entries.flatMap((entry) => {
    const name = entry.name.slice(0, -".npy".length);
    try {
      const header = readNpyHeader(readZipEntry(bytes, entry, MAX_ARRAY_BYTES));
      return [{ name, entry, shape: header.shape, dtype: header.dtype }];
    } catch (error) {
      // Records with named fields beside the motion do no harm; damage does.
      if (error instanceof NpyHeaderError && error.message.includes("structured")) return [];
      throw error;
    }
  });
}

function chooseArray(file: string, arrays: readonly NamedArray[]): NamedArray {
  if (arrays.length === 0) throw new MotionFileError(file, "The archive holds no NumPy arrays.");
  const fitting = arrays.filter((array) => layoutOf(array.shape) !== undefined);
  for (const usual of USUAL_NAMES) {
    const found = fitting.find((array) => array.name.toLowerCase() === usual);
    if (found) return found;
  }
  if (fitting.length === 1 && !isBodyModel(arrays)) return fitting[0]!;
  const list = arrays.map(({ name, shape }) => `${name} ${formatShape(shape)}`).join(", ");
  if (isBodyModel(arrays)) {
    throw new MotionFileError(
      file,
      "The archive holds pose parameters of a body model (AMASS, SMPL), not joint positions. To turn them into positions the " +
        "body model is needed, which cannot be shipped with this program. HumanML3D's preparation steps make a fitting " +
        `.npy of them. Found: ${list}.`,
    );
  }
  if (fitting.length > 1) {
    throw new MotionFileError(file, `Several arrays could be the motion: ${list}. Name the right one "joints".`);
  }
  throw new MotionFileError(file, `No array of the archive is a motion: ${list}. What fits: ${FITTING_SHAPES}.`);
}

function isBodyModel(arrays: readonly NamedArray[]): boolean {
  const names = new Set(arrays.map((array) => array.name.toLowerCase()));
  const poses = ["poses", "pose_body", "body_pose", "smpl_poses", "root_orient"].some((name) => names.has(name));
  return poses && ["trans", "betas", "transl", "smpl_trans", "gender"].some((name) => names.has(name));
}

function readRate(bytes: Uint8Array, arrays: readonly NamedArray[]): number | undefined {
  for (const name of RATE_NAMES) {
    const array = arrays.find((candidate) => candidate.name.toLowerCase() === name);
    if (array === undefined || array.shape.reduce((product, size) => product * size, 1) !== 1) continue;
    if (!/^[<>=|]?[fiu]\d$/.test(array.dtype)) continue;
    const [rate] = parseNpy(readZipEntry(bytes, array.entry, MAX_ARRAY_BYTES)).values;
    if (rate !== undefined && rate > 0 && rate <= 1000) return rate;
  }
  return undefined;
}
