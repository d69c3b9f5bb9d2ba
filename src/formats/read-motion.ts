import type { LoadedMotion } from "../core/motion/motion.js";

export interface ReadMotionOptions {
  /** Frame rate of the file, in place of the assumed one (20 for 22 joints, 12.5 for 21). */
  readonly fps?: number;
  /** Keep KIT-ML's own units instead of scaling 21-joint motions to a leg of 0.83 m. */
  readonly keepUnits?: boolean;
}

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
  throw new Error(`not there yet: ${path} ${options.fps}`);
}

/**
 * The motion in the bytes of a file.
 *
 * @param name file name; its ending chooses the format, errors name it.
 * @throws MotionFileError when the bytes are not a motion.
 */
export function motionFromBytes(name: string, bytes: Uint8Array, options: ReadMotionOptions = {}): LoadedMotion {
  throw new Error(`not there yet: ${name} ${bytes.length} ${options.fps}`);
}
