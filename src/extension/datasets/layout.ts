/** Which dataset a file belongs to, told from paths alone. */
import * as path from "node:path";

/** Folders of the HumanML3D layout, whose parent is the dataset. */
const LAYOUT_FOLDERS: ReadonlySet<string> = new Set(["new_joints", "new_joint_vecs", "texts"]);

const MOTION_EXTENSIONS: ReadonlySet<string> = new Set([".npy", ".npz", ".bvh"]);

export function isMotionFile(file: string): boolean {
  return MOTION_EXTENSIONS.has(path.extname(file).toLowerCase());
}

/**
 * The dataset folder of a motion or caption file: the innermost known dataset that holds it, else the parent of the
 * layout's own folders, else the folder that it lies in.
 */
export function datasetOfFile(file: string, known: readonly string[]): string {
  const holders = known.filter((folder) => isInside(file, folder)).sort((a, b) => b.length - a.length);
  const parent = path.dirname(file);
  return holders[0] ?? (LAYOUT_FOLDERS.has(path.basename(parent)) ? path.dirname(parent) : parent);
}

/** Whether a path is a folder itself or lies below it. */
export function isInside(file: string, folder: string): boolean {
  const relative = path.relative(folder, file);
  return relative === "" || (relative !== ".." && !relative.startsWith(`..${path.sep}`) && !path.isAbsolute(relative));
}
