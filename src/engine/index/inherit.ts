/**
 * What a new index finds beside it: one of the same dataset before it was moved, whose vectors it takes over, and
 * those of other models, whose vectors it cannot use.
 */
import { copyFile, link, readdir, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { toAbsolute } from "../dataset/paths.js";
import { readManifest } from "./manifest.js";
import type { StorePlace } from "./store.js";
import { readFileTable } from "./tables.js";

/** Files that are looked at to tell whether a dataset is the one that was moved. */
const SAMPLE = 32;

/**
 * Called when nothing was ever written at `place`. Segments of the same dataset at an earlier path (gone now, and its
 * files are here) are linked in, for the writer to take over; everything is said in the log.
 */
export async function inheritSegments(place: StorePlace): Promise<void> {
  await sayOtherModels(place);
  const { folder, dataset, modelKey, log } = place;
  const root = dirname(dirname(folder));
  for (const name of await listFolder(root)) {
    const other = join(root, name, basename(folder));
    if (other === folder) continue;
    const found = await readManifest(other, modelKey);
    if (found.state !== "found" || (await exists(found.manifest.folder))) continue;
    if (!(await holdsSameFiles(other, dataset))) continue;
    for (const { file } of found.manifest.segments) await linkOrCopy(join(other, file), join(folder, file));
    log("info", `${dataset} was moved: the index of ${found.manifest.folder}, which is gone, is taken over`);
    return;
  }
}

async function sayOtherModels({ folder, dataset, modelKey, log }: StorePlace): Promise<void> {
  for (const name of await listFolder(dirname(folder))) {
    const { state } = await readManifest(join(dirname(folder), name), modelKey);
    if (name === basename(folder) || state !== "damaged") continue;
    log(
      "warn",
      `${dataset} was indexed with another model, another frame rate or another storage level: its motions are encoded anew`,
    );
    return;
  }
}

/** Whether most of a sample of the files that an index knows stand, unchanged, in a dataset. */
async function holdsSameFiles(index: string, dataset: string): Promise<boolean> {
  const { files } = await readFileTable(index);
  const step = Math.max(1, files.size / SAMPLE);
  const entries = [...files];
  let looked = 0;
  let same = 0;
  for (let at = 0; at < entries.length; at += step) {
    const [path, record] = entries[Math.floor(at)]!;
    const found = await stat(toAbsolute(dataset, path)).catch(() => undefined);
    looked++;
    if (found?.size === record.size && found.mtimeMs === record.mtimeMs) same++;
  }
  return same > looked / 2;
}

/** A segment never changes: both indexes can hold the same file. Not every file system can do that. */
async function linkOrCopy(from: string, to: string): Promise<void> {
  await link(from, to)
    .catch(() => copyFile(from, to))
    // What is missing is encoded again.
    .catch(() => undefined);
}

async function listFolder(folder: string): Promise<string[]> {
  return readdir(folder).catch(() => []);
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
