/** Shards of an index: disjoint, complete, and merged into the index that one run makes, whenever it is stopped. */
import { existsSync } from "node:fs";
import { cp, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { EngineService } from "../../src/engine/service.js";
import { findShards, linkShards, shardFolder, shardOf } from "../../src/engine/index/shards.js";
import { scanDataset } from "../../src/engine/dataset/scan.js";
import { openEngine, smallDataset, temporaryFolder } from "./support.js";

const QUERIES = ["a person kicks with the left leg", "somebody sits down, then waves"];
const MOTIONS = 8;
const SHARDS = 3;

async function answers(service: EngineService, folder: string) {
  const found = [];
  for (const query of QUERIES) {
    for (const filters of [{}, { parts: ["left_knee", "right_elbow"] }, { hasCaption: true }]) {
      found.push((await service.call("search", { folder, query, top: 20, filters })).results);
    }
  }
  const motion = (await service.call("listMotions", { folder }))[0]!.path;
  return [...found, await service.call("describe", { folder, motion, top: 30 })];
}

async function writeShards(folder: string, indexFolder: string, numbers: readonly number[], count = SHARDS) {
  const { service } = await openEngine({ indexFolder });
  const encoded: number[] = [];
  for (const index of numbers) {
    encoded.push((await service.call("index", { folder, shard: { index, count } })).encoded);
  }
  const { location } = await service.call("indexStatus", { folder });
  return { service, encoded, location };
}

const sum = (numbers: readonly number[]) => numbers.reduce((total, value) => total + value, 0);

describe("shards of an index", () => {
  it("are disjoint and cover the dataset, whatever their number", async () => {
    const scan = await scanDataset(await smallDataset(MOTIONS));
    for (const count of [1, 2, 3, 7, 20]) {
      const parts = Array.from({ length: count }, (_, at) => shardOf(scan, { index: at + 1, count }));
      const paths = parts.flatMap(({ motions }) => motions.map(({ path }) => path));
      expect(paths.sort()).toEqual(scan.motions.map(({ path }) => path).sort());
    }
  });

  it("make the index that one run makes, bit for bit, and go away", async () => {
    const folder = await smallDataset(MOTIONS);
    const whole = await openEngine({ indexFolder: temporaryFolder() });
    const { captions } = await whole.service.call("index", { folder });
    const indexFolder = temporaryFolder();
    const { encoded, location } = await writeShards(folder, indexFolder, [1, 2, 3]);
    expect(sum(encoded)).toBe(MOTIONS);
    const merged = await openEngine({ indexFolder });
    const summary = await merged.service.merge(folder, []);
    expect(summary).toMatchObject({ motions: MOTIONS, captions, encoded: 0, failed: [] });
    expect(await answers(merged.service, folder)).toEqual(await answers(whole.service, folder));
    expect(merged.log.filter((line) => line.startsWith("warn"))).toEqual([]);
    expect(await readdir(join(location, "shards"))).toEqual([]);
    // Again: nothing to do.
    expect(await merged.service.merge(folder, [])).toMatchObject({ motions: MOTIONS, encoded: 0 });
  });

  it("may be empty, or hold nothing that can be read", async () => {
    const folder = await smallDataset(2);
    await writeFile(join(folder, "new_joints", "bad.npy"), "nonsense");
    const indexFolder = temporaryFolder();
    const all = Array.from({ length: 12 }, (_, at) => at + 1);
    const { encoded, service } = await writeShards(folder, indexFolder, all, 12);
    expect(sum(encoded)).toBe(2);
    expect(encoded.filter((count) => count === 0).length).toBeGreaterThanOrEqual(10);
    const summary = await service.merge(folder, []);
    expect(summary).toMatchObject({ motions: 2, encoded: 0, failed: [{ path: "new_joints/bad.npy" }] });
  });

  it("are taken in by an ordinary run, which encodes what is missing itself", async () => {
    const folder = await smallDataset(MOTIONS);
    const { encoded, service } = await writeShards(folder, temporaryFolder(), [2]);
    expect(await service.call("index", { folder })).toMatchObject({ motions: MOTIONS, encoded: MOTIONS - encoded[0]! });
  });

  it("that were made on another machine are merged from there, and left there", async () => {
    const folder = await smallDataset(MOTIONS);
    const place = temporaryFolder();
    const elsewhere = join(temporaryFolder(), "a copy of the dataset");
    await cp(folder, elsewhere, { recursive: true });
    await writeShards(elsewhere, place, [2, 3]);
    const { service } = await writeShards(folder, temporaryFolder(), [1]);
    const before = (await readdir(place, { recursive: true })).sort();
    expect(await service.merge(folder, [place])).toMatchObject({ motions: MOTIONS, encoded: 0 });
    expect((await readdir(place, { recursive: true })).sort()).toEqual(before);
    const whole = await openEngine({ indexFolder: temporaryFolder() });
    await whole.service.call("index", { folder });
    expect(await answers(service, folder)).toEqual(await answers(whole.service, folder));
  });
});

describe("a merge that cannot be", () => {
  it("says which shards are missing", async () => {
    const folder = await smallDataset(MOTIONS);
    const { service, location } = await writeShards(folder, temporaryFolder(), [2]);
    await expect(service.merge(folder, [])).rejects.toThrow(
      /shard (1\/3, )?3\/3 is missing: motion-lens index <folder> --shard \d\/3/,
    );
    // Nothing was done: the shard is as it was, and there is no index.
    expect(existsSync(join(shardFolder(location, { index: 2, count: 3 }), "manifest.json"))).toBe(true);
    expect(existsSync(join(location, "manifest.json"))).toBe(false);
  });

  it("says that there are none", async () => {
    const folder = await smallDataset(1);
    const { service } = await openEngine({ indexFolder: temporaryFolder() });
    await expect(service.merge(folder, [])).rejects.toThrow(`${folder}: there are no shards of this model`);
    await expect(service.merge(folder, [temporaryFolder()])).rejects.toThrow("holds no shards");
  });

  it("says which shards overlap", async () => {
    const folder = await smallDataset(MOTIONS);
    const indexFolder = temporaryFolder();
    await writeShards(folder, indexFolder, [1, 2, 3]);
    const { service } = await writeShards(folder, indexFolder, [1], 2);
    await expect(service.merge(folder, [])).rejects.toThrow(/of 2 and of 3 parts overlap; remove those of one kind/);
    const place = temporaryFolder();
    await writeShards(folder, place, [1]);
    const other = await writeShards(folder, temporaryFolder(), [1]);
    await expect(other.service.merge(folder, [place])).rejects.toThrow("shard 1/3 is there twice");
  });

  it("says which shard is of another model, damaged or not finished", async () => {
    const folder = await smallDataset(MOTIONS);
    const { service, location } = await writeShards(folder, temporaryFolder(), [1, 2, 3]);
    const file = join(shardFolder(location, { index: 2, count: 3 }), "manifest.json");
    const manifest = JSON.parse(await readFile(file, "utf8"));
    for (const [change, reason] of [
      [{ modelKey: "another" }, "it belongs to another model"],
      [{ complete: false }, "it is not finished"],
      [{ version: 99 }, "format version 99"],
    ] as const) {
      await writeFile(file, JSON.stringify({ ...manifest, ...change }));
      await expect(service.merge(folder, [])).rejects.toThrow(new RegExp(`shard 2/3 cannot be merged: .*${reason}`));
    }
    await writeFile(file, JSON.stringify(manifest));
    expect(await service.merge(folder, [])).toMatchObject({ motions: MOTIONS, encoded: 0 });
  });
});

describe("a merge that is stopped", () => {
  it("after any of its steps is finished by the next one, and nothing is encoded again", async () => {
    const folder = await smallDataset(MOTIONS);
    const made = temporaryFolder();
    const { location } = await writeShards(folder, made, [1, 2, 3]);
    const { modelKey } = JSON.parse(
      await readFile(join(shardFolder(location, { index: 1, count: 3 }), "manifest.json"), "utf8"),
    );
    const steps: ((index: string) => Promise<void>)[] = [
      // Segments of one shard linked, one of them half copied.
      async (index) => {
        const [first] = await findShards(index, modelKey);
        await linkShards(index, [first!], { waitMs: 0 }, () => undefined);
        await writeFile(join(index, "motions-half.seg.0011.tmp"), "half");
      },
      // All linked, none taken over.
      async (index) => {
        await linkShards(index, await findShards(index, modelKey), { waitMs: 0 }, () => undefined);
      },
      // Taken over, one shard of three removed, another half removed.
      async (index) => {
        const { service } = await openEngine({ indexFolder: join(index, "..", "..") });
        await cp(join(index, "shards"), join(index, "kept"), { recursive: true });
        await service.merge(folder, []);
        await rm(join(index, "shards"), { recursive: true });
        await rename(join(index, "kept"), join(index, "shards"));
        await rm(shardFolder(index, { index: 1, count: 3 }), { recursive: true });
        await rename(shardFolder(index, { index: 2, count: 3 }), join(index, "shards", "aa.tmp"));
      },
    ];
    const whole = await openEngine({ indexFolder: temporaryFolder() });
    await whole.service.call("index", { folder });
    const expected = await answers(whole.service, folder);
    for (const step of steps) {
      const indexFolder = temporaryFolder();
      await cp(made, indexFolder, { recursive: true });
      const index = join(indexFolder, ...location.split("/").slice(-2));
      await step(index);
      const { service } = await openEngine({ indexFolder });
      expect(await service.merge(folder, [])).toMatchObject({ motions: MOTIONS, encoded: 0 });
      expect(await answers(service, folder)).toEqual(expected);
      expect(await readdir(join(index, "shards"))).toEqual([]);
      expect((await readdir(index)).filter((name) => name.endsWith(".tmp"))).toEqual([]);
    }
  });
});

describe("rebuilding", () => {
  it("encodes everything anew, and forgets what the folder no longer holds", async () => {
    const folder = await smallDataset(4);
    const { service, log } = await openEngine({ indexFolder: temporaryFolder() });
    await service.call("index", { folder });
    const before = await answers(service, folder);
    const { location } = await service.call("indexStatus", { folder });
    const old = (await readdir(location)).filter((name) => name.endsWith(".seg"));
    expect(await service.call("index", { folder })).toMatchObject({ encoded: 0 });
    expect(await service.call("index", { folder, rebuild: true })).toMatchObject({ motions: 4, encoded: 4 });
    expect(await answers(service, folder)).toEqual(before);
    const now = await readdir(location);
    expect(old.filter((name) => now.includes(name))).toEqual([]);
    expect(log.filter((line) => line.startsWith("warn"))).toEqual([]);
  });
});
