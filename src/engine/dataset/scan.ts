/**
 * What a dataset folder holds, from file names alone: motions, their caption files and splits. No motion and no
 * caption is read, so that 30,000 files take moments.
 */
import { realpath, stat } from "node:fs/promises";
import { isMotionFileName } from "../../formats/read-motion.js";
import { EngineError } from "../../protocol/errors.js";
import { isHumanMl3dFolder, scanHumanMl3d } from "./humanml3d.js";
import { compareCodeUnits, listSome, toAbsolute, withoutExtension } from "./paths.js";
import { walkFolders, type FolderEntries } from "./walk.js";

export interface ScannedMotion {
  /** Relative to the folder. */
  readonly path: string;
  /** The id of split lists and caption files; for loose files the path without its ending. */
  readonly id: string;
  readonly splits: readonly string[];
  /** A mirrored copy made by HumanML3D's tools (`M000001`). */
  readonly mirrored: boolean;
  /** Relative to the folder. */
  readonly captionPath?: string;
}

/** What one layout finds below one folder; paths are relative to the dataset folder. */
export interface FoundMotions {
  readonly motions: readonly ScannedMotion[];
  readonly warnings: readonly string[];
  /** Other files that hold the same motion: their path -> the path it is reported under. */
  readonly aliases: ReadonlyMap<string, string>;
}

export interface DatasetScan {
  /** Absolute real path. */
  readonly folder: string;
  readonly layout: "humanml3d" | "loose";
  /** In the order of their paths. */
  readonly motions: readonly ScannedMotion[];
  readonly byPath: ReadonlyMap<string, ScannedMotion>;
  readonly byCaptionPath: ReadonlyMap<string, ScannedMotion>;
  readonly aliases: ReadonlyMap<string, string>;
  /** Motions in each split. */
  readonly splits: Readonly<Record<string, number>>;
  readonly warnings: readonly string[];
}

/**
 * Scans a folder: the HumanML3D layout where `new_joints` or `new_joint_vecs` stand in it (or in a folder below),
 * else motion files anywhere below it with a caption file of the same name beside them.
 *
 * @throws EngineError `DatasetError` when the folder is missing, unreadable or holds no motion.
 */
export async function scanDataset(folder: string, signal?: AbortSignal): Promise<DatasetScan> {
  const root = await realFolder(folder);
  const motions: ScannedMotion[] = [];
  const warnings: string[] = [];
  const aliases = new Map<string, string>();
  let layout: DatasetScan["layout"] = "loose";
  const visit = async (relative: string, entries: FolderEntries) => {
    const inLayout = isHumanMl3dFolder(entries);
    if (inLayout && relative === "") layout = "humanml3d";
    const found = inLayout ? await scanHumanMl3d(root, relative, entries, signal) : looseMotions(relative, entries);
    motions.push(...found.motions);
    warnings.push(...found.warnings);
    for (const [alias, path] of found.aliases) aliases.set(alias, path);
    return !inLayout;
  };
  const onError = (relative: string, error: Error) => warnings.push(`${relative} cannot be read: ${error.message}`);
  await walkFolders(root, visit, onError, signal).catch((error: unknown) => {
    if (error instanceof Error && "code" in error) {
      throw new EngineError("DatasetError", `${folder} cannot be read: ${error.message}`);
    }
    throw error;
  });
  if (motions.length === 0) {
    throw new EngineError(
      "DatasetError",
      `${folder} holds no motions: neither new_joints or new_joint_vecs of the HumanML3D layout, nor .npy, .npz or .bvh files`,
    );
  }
  motions.sort((a, b) => compareCodeUnits(a.path, b.path));
  const byCaptionPath = new Map<string, ScannedMotion>();
  for (const motion of motions) {
    if (motion.captionPath !== undefined && !byCaptionPath.has(motion.captionPath)) {
      byCaptionPath.set(motion.captionPath, motion);
    }
  }
  return {
    folder: root,
    layout,
    motions,
    byPath: new Map(motions.map((motion) => [motion.path, motion])),
    byCaptionPath,
    aliases,
    splits: countSplits(motions),
    warnings,
  };
}

async function realFolder(folder: string): Promise<string> {
  const root = await realpath(folder).catch(() => {
    throw new EngineError("DatasetError", `${folder} is not there`);
  });
  if (!(await stat(root)).isDirectory()) throw new EngineError("DatasetError", `${folder} is a file, not a folder`);
  return root;
}

/** Motion files of one folder, each with the text file of the same name. */
function looseMotions(relative: string, { files }: FolderEntries): FoundMotions {
  const prefix = relative === "" ? "" : `${relative}/`;
  const texts = new Set(files.filter((name) => name.toLowerCase().endsWith(".txt")));
  const used = new Set<string>();
  const motions = files.filter(isMotionFileName).map((name): ScannedMotion => {
    const caption = [`${withoutExtension(name)}.txt`, `${withoutExtension(name)}.TXT`].find((text) => texts.has(text));
    if (caption !== undefined) used.add(caption);
    return {
      path: prefix + name,
      id: withoutExtension(prefix + name),
      splits: [],
      mirrored: false,
      ...(caption === undefined ? {} : { captionPath: prefix + caption }),
    };
  });
  const orphans = [...texts].filter((name) => !used.has(name)).map((name) => prefix + name);
  const warnings =
    motions.length > 0 && orphans.length > 0
      ? [`${orphans.length} text files have no motion of the same name beside them: ${listSome(orphans)}`]
      : [];
  return { motions, warnings, aliases: new Map() };
}

function countSplits(motions: readonly ScannedMotion[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const motion of motions) for (const split of motion.splits) counts[split] = (counts[split] ?? 0) + 1;
  return counts;
}

/** Absolute path of a motion of the scan. */
export function motionFile(scan: DatasetScan, motion: ScannedMotion): string {
  return toAbsolute(scan.folder, motion.path);
}
