import { join } from "node:path";
import { isMotionFileName } from "../../formats/read-motion.js";
import { listSome, withoutExtension } from "./paths.js";
import type { FoundMotions, ScannedMotion } from "./scan.js";
import { readSplitLists } from "./split-lists.js";
import { walkFolders, type FolderEntries } from "./walk.js";

/** Folders that hold motions, the preferred one first: a motion in both is reported under the first. */
const MOTION_FOLDERS = ["new_joints", "new_joint_vecs"] as const;
const CAPTION_FOLDER = "texts";

export function isHumanMl3dFolder(entries: FolderEntries): boolean {
  return MOTION_FOLDERS.some((name) => entries.folders.includes(name));
}

/**
 * Motions of a folder in the HumanML3D layout: `new_joints/<id>.npy` and `new_joint_vecs/<id>.npy` (one motion when
 * both are there), `texts/<id>.txt`, split lists beside them. Any of them may be missing.
 *
 * @param relative where the layout stands, relative to the dataset folder `root`.
 */
export async function scanHumanMl3d(
  root: string,
  relative: string,
  entries: FolderEntries,
  signal?: AbortSignal,
): Promise<FoundMotions> {
  const prefix = relative === "" ? "" : `${relative}/`;
  const base = join(root, ...relative.split("/"));
  const warnings: string[] = [];
  const aliases = new Map<string, string>();
  const pathOfId = new Map<string, string>();
  for (const folder of MOTION_FOLDERS) {
    if (!entries.folders.includes(folder)) continue;
    for (const file of await filesBelow(join(base, folder), isMotionFileName, prefix + folder, warnings, signal)) {
      const id = withoutExtension(file);
      const path = `${prefix}${folder}/${file}`;
      const first = pathOfId.get(id);
      if (first === undefined) pathOfId.set(id, path);
      else aliases.set(path, first);
    }
  }

  const captions = new Map<string, string>();
  if (entries.folders.includes(CAPTION_FOLDER)) {
    const isText = (name: string) => name.toLowerCase().endsWith(".txt");
    for (const file of await filesBelow(
      join(base, CAPTION_FOLDER),
      isText,
      prefix + CAPTION_FOLDER,
      warnings,
      signal,
    )) {
      captions.set(withoutExtension(file), `${prefix}${CAPTION_FOLDER}/${file}`);
    }
  }
  const orphans = [...captions].filter(([id]) => !pathOfId.has(id)).map(([, path]) => path);
  if (orphans.length > 0) warnings.push(`${orphans.length} caption files have no motion: ${listSome(orphans)}`);

  const lists = entries.files.filter((name) => name.toLowerCase().endsWith(".txt"));
  const { splitsOf, warnings: listWarnings } = await readSplitLists(base, lists, new Set(pathOfId.keys()));
  warnings.push(...listWarnings.map((warning) => prefix + warning));

  const motions = [...pathOfId].map(([id, path]): ScannedMotion => {
    const captionPath = captions.get(id);
    return {
      path,
      id,
      splits: splitsOf.get(id) ?? [],
      mirrored: /^M\d/.test(id),
      ...(captionPath === undefined ? {} : { captionPath }),
    };
  });
  return { motions, warnings, aliases };
}

/** Files below a folder whose names fit, relative to it. */
async function filesBelow(
  folder: string,
  fits: (name: string) => boolean,
  shownAs: string,
  warnings: string[],
  signal?: AbortSignal,
): Promise<string[]> {
  const found: string[] = [];
  const visit = (relative: string, entries: FolderEntries) => {
    for (const name of entries.files) if (fits(name)) found.push(relative === "" ? name : `${relative}/${name}`);
    return true;
  };
  const onError = (relative: string, error: Error) => {
    warnings.push(`${shownAs}/${relative} cannot be read: ${error.message}`);
  };
  await walkFolders(folder, visit, onError, signal);
  return found;
}
