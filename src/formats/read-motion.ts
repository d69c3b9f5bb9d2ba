import { readFile, stat } from "node:fs/promises";
import type { LoadedMotion } from "../core/motion/motion.js";
import { motionFromBvh } from "./bvh.js";
import { MotionFileError } from "./errors.js";
import { describeFileError } from "./file-errors.js";
import { motionFromArray, type MotionArrayOptions } from "./motion-array.js";
import { NpyHeaderError } from "./npy-header.js";
import { parseNpy } from "./npy.js";
import { motionFromNpz } from "./npz.js";

/** `fps` overrides the assumed frame rate, `keepUnits` leaves KIT-ML's units as they are. */
export type ReadMotionOptions = MotionArrayOptions;

/** Larger files are refused. */
export const MAX_FILE_BYTES = 512 * 1024 * 1024;

/** File name endings that `readMotion` takes, with the dot, lower case. */
export const MOTION_EXTENSIONS: readonly string[] = [".npy", ".npz", ".bvh"];

/** Whether a file's name says that it may be a motion. */
export function isMotionFileName(name: string): boolean {
  return MOTION_EXTENSIONS.some((extension) => name.toLowerCase().endsWith(extension));
}

/**
 * Reads a motion file: `.npy`, `.npz` or `.bvh`.
 *
 * @throws MotionFileError when the file cannot be read or is not a motion.
 */
export async function readMotion(path: string, options: ReadMotionOptions = {}): Promise<LoadedMotion> {
  let bytes: Uint8Array;
  try {
    const found = await stat(path);
    if (found.isDirectory()) throw new MotionFileError(path, "This is a folder, not a motion file.");
    // A pipe or a device could be read for ever.
    if (!found.isFile()) throw new MotionFileError(path, "This is not a regular file.");
    if (found.size > MAX_FILE_BYTES) {
      const size = Math.ceil(found.size / 2 ** 20);
      throw new MotionFileError(
        path,
        `The file is ${size} MB large; at most ${MAX_FILE_BYTES / 2 ** 20} MB can be read.`,
      );
    }
    bytes = await readFile(path);
  } catch (error) {
    if (error instanceof MotionFileError) throw error;
    throw new MotionFileError(path, describeFileError(error), { cause: error });
  }
  return motionFromBytes(path, bytes, options);
}

/**
 * The motion in the bytes of a file.
 *
 * @param name file name; its ending chooses the format, errors name it.
 * @throws MotionFileError when the bytes are not a motion.
 * @throws RangeError when `options.fps` is not a positive number.
 */
export function motionFromBytes(name: string, bytes: Uint8Array, options: ReadMotionOptions = {}): LoadedMotion {
  if (options.fps !== undefined && !(options.fps > 0 && Number.isFinite(options.fps))) {
    throw new RangeError(`Frame rate must be a positive number, not ${options.fps}.`);
  }
  if (!isMotionFileName(name)) {
    throw new MotionFileError(name, `Motions are read from ${MOTION_EXTENSIONS.join(", ")} files.`);
  }
  if (bytes.length === 0) throw new MotionFileError(name, "The file is empty.");
  const lower = name.toLowerCase();
  if (lower.endsWith(".bvh")) return motionFromBvh(name, bytes, options);
  if (lower.endsWith(".npz")) return motionFromNpz(name, bytes, options);
  try {
    return motionFromArray(name, "npy", parseNpy(bytes), options);
  } catch (error) {
    if (error instanceof NpyHeaderError) throw new MotionFileError(name, error.message, { cause: error });
    throw error;
  }
}
