/**
 * An index made by several processes or machines: each writes the motions whose path falls to it into a folder of its
 * own, and the next ordinary run takes their segments into the index.
 */
import { createHash } from "node:crypto";
import { copyFile, link, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import type { DatasetScan } from "../dataset/scan.js";
import type { Log } from "../encoders/runtime.js";
import { makeFolder } from "./files.js";
import { readManifest } from "./manifest.js";

export interface Shard {
  /** Counts from 1. */
  readonly index: number;
  readonly count: number;
}

const SHARDS = "shards";

/** Where a shard of an index is written. */
export function shardFolder(indexFolder: string, { index, count }: Shard): string {
  return join(indexFolder, SHARDS, `${index}-of-${count}`);
}

/** The part of a dataset that falls to a shard, by the hash of each motion's path: the parts have nothing in common. */
export function shardOf(scan: DatasetScan, shard: Shard): DatasetScan {
  const motions = scan.motions.filter(({ path }) => belongs(path, shard));
  const kept = new Set(motions);
  return {
    ...scan,
    motions,
    byPath: new Map(motions.map((motion) => [motion.path, motion])),
    byCaptionPath: new Map([...scan.byCaptionPath].filter(([, motion]) => kept.has(motion))),
  };
}

function belongs(path: string, { index, count }: Shard): boolean {
  return createHash("sha256").update(path).digest().readUInt32LE() % count === index - 1;
}

/**
 * Puts the segments of all shards that were written into the index folder, where the next writer takes them over, and
 * removes those shards. One that is not finished stays.
 *
 * @returns how many were taken.
 */
export async function collectShards(indexFolder: string, modelKey: string, log: Log): Promise<number> {
  const root = join(indexFolder, SHARDS);
  const names = await readdir(root).catch(() => []);
  let collected = 0;
  for (const name of names) {
    const folder = join(root, name);
    const found = await readManifest(folder, modelKey);
    if (found.state !== "found") {
      log("warn", `${folder} is no shard that can be used; its motions are encoded again`);
      continue;
    }
    if (!found.manifest.complete) {
      // Its process may be at work.
      log("warn", `${folder} is not finished and left as it is; its motions are encoded here`);
      continue;
    }
    await makeFolder(indexFolder);
    for (const { file } of found.manifest.segments) {
      const [from, to] = [join(folder, file), join(indexFolder, file)];
      await link(from, to).catch((error: NodeJS.ErrnoException) =>
        error.code === "EEXIST" ? undefined : copyFile(from, to),
      );
    }
    await rm(folder, { recursive: true, force: true });
    collected++;
    log("info", `${folder}: ${found.manifest.segments.length} segments are taken into the index`);
  }
  return collected;
}
