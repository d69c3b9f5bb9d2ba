/** Full disks, flipped bits, strange clocks, moved folders, older formats, two writers. */
import { execFileSync } from "node:child_process";
import { mkdir, readdir, readFile, rename, rm, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { compileKernel, type CompiledKernel } from "../../../src/engine/index/kernel.js";
import { IndexWriter } from "../../../src/engine/index/writer.js";
import { openEngine, sampleIds, sampleMotion, smallDataset, temporaryFolder } from "../support.js";
import { buildWriter, WriterProcess } from "./child.js";
import { liveMotions, MODEL_KEY, motionOf, openStore, vectorsOf } from "./synthetic.js";

let compiled: CompiledKernel;
const mounts: string[] = [];

beforeAll(async () => {
  await buildWriter();
  compiled = await compileKernel(() => undefined);
});
afterEach(() => mounts.splice(0).forEach((folder) => execFileSync("umount", [folder])));

async function read(folder: string) {
  const log: string[] = [];
  const store = openStore(folder, compiled, (level, message) => void log.push(`${level}: ${message}`));
  await store.refresh();
  await store.loadMotions();
  return { store, log, live: liveMotions(store) };
}

async function write(folder: string, keys: readonly string[], perSegment = 4): Promise<void> {
  const { store } = await read(folder);
  const writer = await IndexWriter.open(store, { waitMs: 1000 });
  for (let at = 0; at < keys.length; at += perSegment) {
    await writer.add(
      "motions",
      keys.slice(at, at + perSegment).map((key) => motionOf(key, 1)),
    );
  }
  await writer.finish();
  await writer.close();
}

const KEYS = Array.from({ length: 12 }, (_, index) => `k${index}`);

describe("a full disk", () => {
  const canMount = (() => {
    const folder = temporaryFolder();
    try {
      execFileSync("mount", ["-t", "tmpfs", "-o", "size=64k", "tmpfs", folder], { stdio: "ignore" });
      execFileSync("umount", [folder]);
      return true;
    } catch {
      return false;
    }
  })();

  it("ends the writing with a clear message; what was saved stays, and goes on once there is room", async () => {
    const folder = temporaryFolder();
    // Without the right to mount, a limit on the size of a file stands in: merging then asks for too large a one.
    if (canMount) {
      execFileSync("mount", ["-t", "tmpfs", "-o", "size=160k", "tmpfs", folder]);
      mounts.push(folder);
    }
    const wrap = (command: readonly string[]) => ["sh", "-c", 'ulimit -f 16; exec "$0" "$@"', ...command];
    const writer = new WriterProcess({ folder, seed: 5, ...(canMount ? {} : { wrap }) });
    writer.go();
    await writer.ended;
    expect(writer.error).toMatch(/^IndexError: .*no space left/);
    expect(writer.safe!.size).toBeGreaterThan(3);
    const { live, log } = await read(folder);
    expect(log).toEqual([]);
    expect([...live].sort()).toEqual([...writer.safe!].sort());
    if (canMount) execFileSync("mount", ["-o", "remount,size=64m", folder]);
    await write(folder, ["later"]);
    expect((await read(folder)).live.size).toBe(live.size + 1);
  });
});

describe("one damaged segment of several", () => {
  const harms: [string, (file: string) => Promise<void>][] = [
    ["cut short", async (file) => truncate(file, 700)],
    ["missing", async (file) => rm(file)],
    ["of another version", async (file) => flip(file, 8, 0xff)],
    ["with a flipped bit in its header", async (file) => flip(file, 60, 2)],
    ["with a flipped bit in its last vector", async (file) => flip(file, -40, 1)],
  ];

  async function flip(file: string, at: number, mask: number): Promise<void> {
    const bytes = await readFile(file);
    bytes[at < 0 ? bytes.length + at : at]! ^= mask;
    await writeFile(file, bytes);
  }

  it.each(harms)("%s: it alone is left out and encoded again, which the log says", async (_name, harm) => {
    const folder = await smallDataset(4);
    const indexFolder = temporaryFolder();
    const query = { folder, query: "a person kicks with the left leg", top: 100 };
    const first = await openEngine({ indexFolder });
    await first.service.call("index", { folder });
    const ids = await sampleIds();
    for (const id of ids.slice(4, 6)) {
      await writeFile(join(folder, "new_joints", `${id}.npy`), await sampleMotion(id));
      await first.service.call("index", { folder });
    }
    const before = (await first.service.call("search", query)).results.map(({ path, score }) => [path, score]);
    const { location } = await first.service.call("indexStatus", { folder });
    const manifest = JSON.parse(await readFile(join(location, "manifest.json"), "utf8")) as {
      segments: { file: string; kind: string; items: number }[];
    };
    const victim = manifest.segments.find(({ kind, items }) => kind === "motions" && items === 1)!;
    await harm(join(location, victim.file));

    const second = await openEngine({ indexFolder });
    expect((await second.service.call("search", query)).results).toHaveLength(5);
    expect(second.log.filter((line) => line.startsWith("warn") && line.includes(victim.file))).toHaveLength(1);
    expect(await second.service.call("index", { folder })).toMatchObject({ motions: 6, encoded: 1 });
    const after = (await second.service.call("search", query)).results.map(({ path, score }) => [path, score]);
    expect(after).toEqual(before);
  });
});

describe("an index of an earlier format", () => {
  it("is read and brought to the present one", async () => {
    const folder = temporaryFolder();
    await write(folder, KEYS);
    const file = join(folder, "manifest.json");
    const { deleted, replaced, ...older } = JSON.parse(await readFile(file, "utf8")) as Record<string, unknown>;
    expect([deleted, replaced]).toEqual([[], []]);
    await writeFile(file, JSON.stringify({ ...older, version: 1 }));
    const { live, log } = await read(folder);
    expect(live.size).toBe(12);
    expect(log).toEqual([expect.stringMatching(/^info: .*format version 1/)]);
    await write(folder, ["new"]);
    expect((JSON.parse(await readFile(file, "utf8")) as { version: number }).version).toBe(2);
    expect((await read(folder)).live.size).toBe(13);
  });

  it("that is too new is not guessed at, and its segments are taken over", async () => {
    const folder = temporaryFolder();
    await write(folder, KEYS);
    const file = join(folder, "manifest.json");
    const newer = { ...(JSON.parse(await readFile(file, "utf8")) as object), version: 77 };
    await writeFile(file, JSON.stringify(newer));
    const { live, log } = await read(folder);
    expect(live.size).toBe(0);
    expect(log).toEqual([expect.stringMatching(/^warn: .*format version 77/)]);
    await write(folder, ["new"]);
    expect((await read(folder)).live.size).toBe(13);
  });
});

describe("deletions", () => {
  it("hide a motion at once, outlast a restart, are undone by adding, and shrink the index when merged", async () => {
    const folder = temporaryFolder();
    await write(folder, KEYS);
    const { store } = await read(folder);
    const writer = await IndexWriter.open(store, { waitMs: 1000 });
    await writer.delete(["k1", "k2", "unknown"]);
    expect(store.manifest.deleted).toEqual(["k1", "k2"]);
    await writer.add("motions", [motionOf("k2", 9)]);
    const expected = new Map(KEYS.filter((key) => key !== "k1").map((key) => [key, key === "k2" ? 9 : 1]));
    expect((await read(folder)).live).toEqual(expected);
    const limits = { smallBytes: 1, manySmall: 99, manyUnused: 1, unusedShare: 0, mergedBytes: 1 << 20 };
    await writer.compact("motions", () => true, undefined, limits);
    await writer.close();
    const after = await read(folder);
    expect(after.live).toEqual(expected);
    expect(after.store.manifest.deleted).toEqual([]);
    expect(after.store.motions.items).toHaveLength(11);
    expect((await readdir(folder)).filter((name) => name.endsWith(".seg"))).toHaveLength(1);
    expect(after.store.motions.vectorsOf(after.store.motions.indexOf("k2")!)).toEqual(vectorsOf("k2", 9));
  });

  it("are not undone by a replaced segment that could not be removed", async () => {
    const folder = temporaryFolder();
    await write(folder, KEYS);
    const old = (await readdir(folder)).filter((name) => name.endsWith(".seg"));
    const copies = await Promise.all(old.map((name) => readFile(join(folder, name))));
    const { store } = await read(folder);
    const writer = await IndexWriter.open(store, { waitMs: 1000 });
    await writer.delete(["k1"]);
    const limits = { smallBytes: 1, manySmall: 99, manyUnused: 1, unusedShare: 0, mergedBytes: 1 << 20 };
    await writer.compact("motions", () => true, undefined, limits);
    await writer.close();
    // As if the process had been killed between the new manifest and the removal.
    await Promise.all(old.map((name, at) => writeFile(join(folder, name), copies[at]!)));
    await write(folder, ["new"]);
    expect([...(await read(folder)).live.keys()].sort()).toEqual([...KEYS, "new"].filter((key) => key !== "k1").sort());
    expect((await readdir(folder)).filter((name) => old.includes(name))).toEqual([]);
  });
});

describe("two writers at once", () => {
  it("take turns; a reader beside them never finds half a change, nor calls a merged segment damaged", async () => {
    const folder = temporaryFolder();
    const writers = ["a", "b"].map((prefix, seed) => new WriterProcess({ folder, seed, changes: 40, prefix }));
    writers.forEach((writer) => writer.go());
    const reader = openStore(folder, compiled, (level, message) => level === "warn" && warnings.push(message));
    const warnings: string[] = [];
    let looks = 0;
    const running = Promise.all(writers.map(({ ended }) => ended)).then(() => true);
    while (!(await Promise.race([running, new Promise<false>((resolve) => setTimeout(resolve, 5, false))]))) {
      await reader.refresh();
      await reader.loadMotions();
      for (const [key, version] of liveMotions(reader)) {
        if (looks % 10 === 0) {
          expect(reader.motions.vectorsOf(reader.motions.indexOf(key)!)).toEqual(vectorsOf(key, version));
        }
      }
      looks++;
    }
    expect(writers.map(({ finished, error, warnings }) => [finished, error, warnings])).toEqual([
      [true, undefined, []],
      [true, undefined, []],
    ]);
    expect(warnings).toEqual([]);
    expect(looks).toBeGreaterThan(3);
    const { live } = await read(folder);
    for (const [at, prefix] of ["a", "b"].entries()) {
      const own = (state: Iterable<[string, number]>) => [...state].filter(([key]) => key.startsWith(prefix)).sort();
      expect(own(live)).toEqual(own(writers[at]!.safe!));
    }
  });
});

describe("a clock that was set back", () => {
  it("changes nothing", async () => {
    const folder = temporaryFolder();
    await write(folder, KEYS);
    const preload = join(temporaryFolder(), "clock.cjs");
    await writeFile(preload, "const now = Date.now; Date.now = () => now() - 3e11;");
    const writer = new WriterProcess({ folder, seed: 3, changes: 30, preload });
    writer.go();
    await writer.ended;
    expect([writer.error, writer.opened!.size]).toEqual([undefined, 12]);
    const { live, log } = await read(folder);
    expect([...live].sort()).toEqual([...writer.safe!].sort());
    expect(log).toEqual([]);
  });
});

describe("a dataset that was moved", () => {
  it("takes its index along, which the log says", async () => {
    const folder = await smallDataset(3, join(temporaryFolder(), "before"));
    const indexFolder = temporaryFolder();
    const first = await openEngine({ indexFolder });
    const { captions } = await first.service.call("index", { folder });
    const moved = join(temporaryFolder(), "after");
    await mkdir(join(moved, ".."), { recursive: true });
    await rename(folder, moved);
    const second = await openEngine({ indexFolder });
    expect(await second.service.call("index", { folder: moved })).toMatchObject({ motions: 3, encoded: 0, captions });
    expect(second.log.some((line) => line.includes("was moved"))).toBe(true);
    const found = await second.service.call("search", { folder: moved, query: "a person walks", top: 9 });
    expect(found.searched).toBe(3);
  });

  it("also when the folder of the index itself is moved", async () => {
    const [from, to] = [join(temporaryFolder(), "a"), join(temporaryFolder(), "b")];
    await write(from, KEYS);
    await rename(from, to);
    expect((await read(to)).live.size).toBe(12);
    expect((await read(to)).store.manifest.modelKey).toBe(MODEL_KEY);
  });
});

describe("an index of another model", () => {
  it("is left alone; the new one says that it starts afresh", async () => {
    const folder = await smallDataset(2);
    const indexFolder = temporaryFolder();
    await (await openEngine({ indexFolder })).service.call("index", { folder });
    const other = await openEngine({ indexFolder, assumedFps: 30 });
    expect((await other.service.call("index", { folder })).encoded).toBe(2);
    expect(other.log.filter((line) => line.includes("encoded anew"))).toHaveLength(1);
    const again = await openEngine({ indexFolder });
    expect((await again.service.call("index", { folder })).encoded).toBe(0);
  });
});
