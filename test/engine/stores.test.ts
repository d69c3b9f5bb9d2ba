/** Both kinds of vector store give the answers of exact MaxSim, to any filter, and hold vectors of one model only. */
import { existsSync, mkdtempSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterEach, describe, expect, it } from "vitest";
import { pairScore } from "../../src/core/retrieval/maxsim.js";
import { EmbeddedStore } from "../../src/cli/stores/embedded-store.js";
import { LanceDbStore } from "../../src/cli/stores/lancedb-store.js";
import { bytesOfVectors, vectorsOfBytes } from "../../src/cli/stores/vector-bytes.js";
import type { OpenStore, StoredMotion, StoreFilter, VectorStore } from "../../src/cli/stores/vector-store.js";
import { SHAPE, textOf, vectorsOf } from "./faults/synthetic.js";
import { temporaryFolder } from "./support.js";

const open: VectorStore[] = [];
afterEach(async () => {
  for (const store of open.splice(0)) await store.close();
});

const MODEL = { key: "a hash", name: "a model", shape: SHAPE };

function motion(id: string, version: number): StoredMotion {
  const facts = { frames: 16 * (5 + version), fps: 20, splits: [["train"], ["test", "all"], []][version % 3]! };
  return {
    id,
    vectors: vectorsOf(id, version, 5 + version),
    ...facts,
    ...(version % 2 === 0 && { caption: `it's ${id}` }),
  };
}

/** Names that a careless query would trip over: quotes, wildcards of SQL, capitals beyond ASCII. */
const MOTIONS = Array.from({ length: 40 }, (_, at) =>
  motion(`new_joints/it's ${at % 2 ? "Ä_%" : "b"} ${at}.npy`, at % 7),
);

const FILTERS: readonly StoreFilter[] = [
  {},
  { split: "test" },
  { split: "tes" },
  { hasCaption: true },
  { hasCaption: false },
  { path: "ä_%" },
  { path: "IT'S b" },
  { path: "%" },
  { split: "train", path: "b 1", hasCaption: true },
];

function passes({ id, splits, caption }: StoredMotion, { split, path, hasCaption }: StoreFilter): boolean {
  if (split !== undefined && !splits.includes(split)) return false;
  if (path !== undefined && !id.toLowerCase().includes(path.toLowerCase())) return false;
  return hasCaption === undefined || (caption !== undefined) === hasCaption;
}

describe.each<[string, (folder: string, how: OpenStore) => Promise<VectorStore>]>([
  ["an index of this program", (folder, how) => EmbeddedStore.open(folder, how)],
  ["LanceDB", (folder, how) => LanceDbStore.open(folder, how)],
])("%s as a store", (_name, openStore) => {
  const opened = async (folder: string, how: OpenStore) => {
    const store = await openStore(folder, how);
    open.push(store);
    return store;
  };

  it("finds what exact MaxSim finds, after adding, replacing, deleting and opening again", async () => {
    const folder = temporaryFolder();
    const store = await opened(folder, { model: MODEL, create: true });
    await store.upsert(MOTIONS);
    const replaced = motion(MOTIONS[3]!.id, 6);
    await store.upsert([replaced, motion("new", 2)]);
    await store.delete([MOTIONS[5]!.id, "unknown"]);
    await store.optimise();
    const current = [...MOTIONS.filter((_, at) => at !== 3 && at !== 5), replaced, motion("new", 2)];
    const again = await opened(folder, { model: MODEL, create: false });
    expect((await again.ids()).sort()).toEqual(current.map(({ id }) => id).sort());
    for (const filter of FILTERS) {
      const wanted = current.filter((one) => passes(one, filter));
      expect(await again.count(filter), JSON.stringify(filter)).toBe(wanted.length);
      for (const [seed, tokens] of [
        ["a", 4],
        ["b", 1],
        ["c", 9],
      ] as const) {
        const query = textOf(seed, tokens);
        const expected = wanted
          .map((one) => ({ motion: one, score: pairScore(query, one.vectors) }))
          .sort((a, b) => b.score - a.score);
        expect(await again.search(query, { top: 8, filter })).toEqual(expected.slice(0, 8));
        expect(await again.search(query, { top: 100, filter })).toEqual(expected);
      }
    }
    expect(await again.search(textOf("", 0), { top: 3 })).toEqual([]);
  });

  it("is not made by looking for it", async () => {
    const folder = join(temporaryFolder(), "nothing");
    const search = openStore(folder, { model: MODEL, create: false });
    await expect(search).rejects.toMatchObject({ name: "IndexError", message: expect.stringContaining("no store") });
    expect(existsSync(folder)).toBe(false);
  });

  it("refuses what another model made, naming both", async () => {
    const folder = temporaryFolder();
    const store = await opened(folder, { model: MODEL, create: true });
    await store.upsert(MOTIONS.slice(0, 2));
    for (const create of [true, false]) {
      const other = { key: "another hash", name: "another model", shape: SHAPE };
      const attempt = openStore(folder, { model: other, create });
      await expect(attempt).rejects.toMatchObject({ name: "IndexError" });
      await expect(attempt).rejects.toThrow(/another model/);
    }
    expect(await store.count()).toBe(2);
  });
});

describe("LanceDB as a store", () => {
  it("takes an address as well as a folder", async () => {
    const folder = temporaryFolder();
    const byAddress = await LanceDbStore.open(pathToFileURL(folder).href, { model: MODEL, create: true });
    open.push(byAddress);
    await byAddress.upsert(MOTIONS);
    const byFolder = await LanceDbStore.open(folder, { model: MODEL, create: false });
    open.push(byFolder);
    expect(await byFolder.count()).toBe(40);
    const query = textOf("a", 4);
    expect(await byAddress.search(query, { top: 5 })).toEqual(await byFolder.search(query, { top: 5 }));
  });

  it("can be written by several at once", async () => {
    const folder = temporaryFolder();
    const stores = await Promise.all([0, 1, 2].map(() => LanceDbStore.open(folder, { model: MODEL, create: true })));
    open.push(...stores);
    await Promise.all(stores.map((store, part) => store.upsert(MOTIONS.filter((_, at) => at % 3 === part))));
    const store = await LanceDbStore.open(folder, { model: MODEL, create: false });
    open.push(store);
    expect((await store.ids()).sort()).toEqual(MOTIONS.map(({ id }) => id).sort());
  });

  it("says what is wrong with an address that it cannot open", async () => {
    const file = join(mkdtempSync(join(temporaryFolder(), "f")), "file");
    await writeFile(file, "no folder");
    for (const address of [file, "nonsense://bucket"]) {
      const attempt = LanceDbStore.open(address, { model: MODEL, create: true });
      await expect(attempt).rejects.toMatchObject({ name: "IndexError", message: expect.stringContaining(address) });
    }
  });
});

describe("stored vectors as bytes", () => {
  it("come back as they were, and are refused when cut short", () => {
    for (const count of [0, 1, 7]) {
      const vectors = vectorsOf("some", 1, count);
      const bytes = bytesOfVectors(vectors);
      expect(vectorsOfBytes(bytes)).toEqual(vectors);
      const sharing = { ...vectors, places: Uint16Array.from({ length: 9 }, (_, patch) => patch % Math.max(1, count)) };
      if (count > 0) expect(vectorsOfBytes(bytesOfVectors(sharing))).toEqual(sharing);
      expect(() => vectorsOfBytes(bytes.subarray(1))).toThrow(RangeError);
    }
  });
});
