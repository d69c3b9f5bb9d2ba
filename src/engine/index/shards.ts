/**
 * An index made by several processes or machines: each writes the motions whose path falls to it into a folder of its
 * own (`<index>/shards/<i>-of-<n>`). Bringing them together links their segments into the index, where the next writer
 * takes them over; the shards are removed only after that, so that it can be stopped at any instant and done again.
 */
import { createHash, randomBytes } from "node:crypto";
import { copyFile, link, readdir, rename, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { EngineError } from "../../protocol/errors.js";
import type { DatasetScan } from "../dataset/scan.js";
import type { Log } from "../encoders/runtime.js";
import { asIndexError, makeFolder, TEMPORARY_ENDING } from "./files.js";
import { WriterLock, type LockOptions } from "./lock.js";
import { readManifest, type SegmentEntry } from "./manifest.js";

export interface Shard {
  /** Counts from 1. */
  readonly index: number;
  readonly count: number;
}

/** A shard on disk. `segments` is undefined when it cannot be used, for the reason given. */
export interface FoundShard extends Shard {
  readonly folder: string;
  readonly segments?: readonly SegmentEntry[];
  readonly reason?: string;
}

const SHARDS = "shards";

/** Where a shard of an index is written. */
export function shardFolder(indexFolder: string, shard: Shard): string {
  return join(indexFolder, SHARDS, `${shard.index}-of-${shard.count}`);
}

/** The part of a dataset that falls to a shard, by the hash of each motion's path: the parts have nothing in common. */
export function shardOf(scan: DatasetScan, shard: Shard): DatasetScan {
  const motions = scan.motions.filter(({ path }) => belongsTo(path, shard));
  const kept = new Set(motions);
  return {
    ...scan,
    motions,
    byPath: new Map(motions.map((motion) => [motion.path, motion])),
    byCaptionPath: new Map([...scan.byCaptionPath].filter(([, motion]) => kept.has(motion))),
  };
}

/** Whether a motion of this path falls to the shard. */
export function belongsTo(path: string, { index, count }: Shard): boolean {
  return createHash("sha256").update(path).digest().readUInt32LE() % count === index - 1;
}

/** The shards of an index, by their number. */
export async function findShards(indexFolder: string, modelKey: string): Promise<FoundShard[]> {
  const root = join(indexFolder, SHARDS);
  const shards: FoundShard[] = [];
  for (const name of await listFolder(root)) {
    const [, index, count] = /^(\d+)-of-(\d+)$/.exec(name) ?? [];
    if (index === undefined || count === undefined) continue;
    const folder = join(root, name);
    shards.push({ folder, index: Number(index), count: Number(count), ...(await stateOf(folder, modelKey)) });
  }
  return shards.sort((a, b) => a.count - b.count || a.index - b.index);
}

async function stateOf(folder: string, modelKey: string): Promise<Pick<FoundShard, "segments" | "reason">> {
  const found = await readManifest(folder, modelKey);
  if (found.state === "damaged") return { reason: found.reason };
  if (found.state === "missing" || !found.manifest.complete) return { reason: "it is not finished" };
  return { segments: found.manifest.segments };
}

/**
 * The shards below the place where another machine kept its indexes (its `--index-dir`), or below one index.
 *
 * @throws EngineError `IndexError` when there are none, or those of more than one dataset.
 */
export async function shardsElsewhere(place: string, modelKey: string): Promise<FoundShard[]> {
  const direct = await findShards(place, modelKey);
  if (direct.length > 0) return direct;
  const holders: FoundShard[][] = [];
  for (const dataset of await listFolder(place)) {
    for (const model of await listFolder(join(place, dataset))) {
      const shards = await findShards(join(place, dataset, model), modelKey);
      if (shards.length > 0) holders.push(shards);
    }
  }
  const sameModel = holders.filter((shards) => shards.some(({ reason }) => reason !== OTHER_MODEL));
  if (sameModel.length > 1) {
    const names = sameModel.map((shards) => join(shards[0]!.folder, "..", ".."));
    throw new EngineError("IndexError", `${place} holds shards of several indexes; name one: ${names.join(", ")}`);
  }
  const shards = sameModel[0] ?? holders[0];
  if (shards === undefined) throw new EngineError("IndexError", `${place} holds no shards`);
  return shards;
}

/** What `readManifest` says of it. */
const OTHER_MODEL = "it belongs to another model";

/**
 * Says what stands against making one index of shards.
 *
 * @param isIndexed whether all motions of a shard are in the index already.
 * @throws EngineError `IndexError` when shards overlap, are missing, not finished or of another model.
 */
export function checkShards(
  dataset: string,
  shards: readonly FoundShard[],
  isIndexed: (shard: Shard) => boolean,
): void {
  const counts = [...new Set(shards.map(({ count }) => count))];
  const fail = (reason: string) => {
    throw new EngineError("IndexError", `${dataset}: ${reason}`);
  };
  if (counts.length > 1) {
    const names = shards.map(({ folder }) => folder).join(", ");
    fail(`shards of ${counts.join(" and of ")} parts overlap; remove those of one kind: ${names}`);
  }
  const unusable = shards.find(({ reason }) => reason !== undefined);
  if (unusable !== undefined) {
    const { index, count, folder, reason } = unusable;
    fail(`shard ${index}/${count} cannot be merged: ${reason} (${folder})`);
  }
  const twice = shards.find(({ index }, at) => shards.findIndex((other) => other.index === index) !== at);
  if (twice !== undefined) fail(`shard ${twice.index}/${twice.count} is there twice: ${twice.folder} is one of them`);
  const count = counts[0] ?? 0;
  const present = new Set(shards.map(({ index }) => index));
  const missing = Array.from({ length: count }, (_, at) => at + 1).filter(
    (index) => !present.has(index) && !isIndexed({ index, count }),
  );
  if (missing.length > 0) {
    const few = missing.slice(0, 10).map((index) => `${index}/${count}`);
    const more = missing.length > few.length ? ` and ${missing.length - few.length} more` : "";
    fail(`shard ${few.join(", ")}${more} is missing: motion-lens index <folder> --shard ${few[0]} makes it`);
  }
}

/**
 * Puts the segments of shards into the index folder, for the next writer to take over. Those that cannot be used are
 * left as they are, and the log says so.
 *
 * @returns the shards that were taken.
 */
export async function linkShards(
  indexFolder: string,
  shards: readonly FoundShard[],
  lock: LockOptions,
  log: Log,
): Promise<FoundShard[]> {
  if (shards.length === 0) return [];
  await makeFolder(indexFolder);
  const held = await WriterLock.acquire(indexFolder, lock);
  const taken: FoundShard[] = [];
  try {
    for (const shard of shards) {
      const { folder, index, count, segments, reason } = shard;
      if (segments === undefined) {
        log("warn", `shard ${index}/${count} is left as it is: ${reason}; its motions are encoded here (${folder})`);
        continue;
      }
      for (const { file } of segments) await linkOrCopy(join(folder, file), join(indexFolder, file));
      taken.push(shard);
      log("info", `shard ${index}/${count}: ${segments.length} segments are taken into the index`);
    }
  } catch (error) {
    throw asIndexError(error, indexFolder);
  } finally {
    await held.release();
  }
  return taken;
}

/** Removes shards whose segments a writer has taken over; those that lie elsewhere are left to whoever made them. */
export async function removeShards(indexFolder: string, shards: readonly FoundShard[]): Promise<void> {
  const root = join(indexFolder, SHARDS);
  for (const { folder } of shards) {
    if (dirname(folder) !== root) continue;
    // Renamed first: half a shard must never look like one.
    const gone = join(root, `${randomBytes(6).toString("hex")}${TEMPORARY_ENDING}`);
    await rename(folder, gone).catch(() => undefined);
  }
  for (const name of await listFolder(root)) {
    if (name.endsWith(TEMPORARY_ENDING)) await rm(join(root, name), { recursive: true, force: true });
  }
}

/** A segment never changes: shard and index can hold the same file. Not every file system can do that. */
async function linkOrCopy(from: string, to: string): Promise<void> {
  if (await stat(to).catch(() => undefined)) return;
  try {
    await link(from, to);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return;
    const copy = `${to}.${randomBytes(6).toString("hex")}${TEMPORARY_ENDING}`;
    try {
      await copyFile(from, copy);
      await rename(copy, to);
    } finally {
      await rm(copy, { force: true });
    }
  }
}

async function listFolder(folder: string): Promise<string[]> {
  return readdir(folder).catch(() => []);
}
