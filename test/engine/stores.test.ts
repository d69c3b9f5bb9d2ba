/** Both kinds of vector store give the answers of exact MaxSim; shards make the index that one run makes. */
import { afterEach, describe, expect, it } from "vitest";
import { maxSimScore } from "../../src/core/retrieval/maxsim.js";
import { EmbeddedStore } from "../../src/cli/stores/embedded-store.js";
import { LanceDbStore } from "../../src/cli/stores/lancedb-store.js";
import type { VectorStore } from "../../src/cli/stores/vector-store.js";
import { DIM, textOf, vectorsOf } from "./faults/synthetic.js";
import { openEngine, smallDataset, temporaryFolder } from "./support.js";

const open: VectorStore[] = [];
afterEach(async () => {
  for (const store of open.splice(0)) await store.close();
});

const motion = (id: string, version: number) => ({ id, vectors: vectorsOf(id, version, 5 + version) });
const MOTIONS = Array.from({ length: 40 }, (_, at) => motion(`new_joints/it's ${at}.npy`, at % 7));

describe.each<[string, (folder: string) => Promise<VectorStore>, number]>([
  ["the index of this program", (folder) => EmbeddedStore.open(folder, "model", DIM), 1e-12],
  ["LanceDB", (folder) => LanceDbStore.open(folder, DIM), 0.01],
])("%s as a store", (_name, openStore, tolerance) => {
  it("finds what exact MaxSim finds, after adding, replacing, deleting and opening again", async () => {
    const folder = temporaryFolder();
    const store = await openStore(folder);
    open.push(store);
    await store.upsert(MOTIONS);
    const replaced = motion(MOTIONS[3]!.id, 6);
    await store.upsert([replaced, motion("new", 2)]);
    await store.delete([MOTIONS[5]!.id, "unknown"]);
    const current = [...MOTIONS.filter((_, at) => at !== 3 && at !== 5), replaced, motion("new", 2)];
    const again = await openStore(folder);
    open.push(again);
    expect(await again.count()).toBe(40);
    for (const seed of ["a", "b", "c"]) {
      const query = textOf(seed, 4);
      const expected = current
        .map(({ id, vectors }) => ({ id, score: maxSimScore(query, vectors) }))
        .sort((a, b) => b.score - a.score);
      const scoreOf = new Map(expected.map(({ id, score }) => [id, score]));
      const found = await again.search(query, { top: 8 });
      // LanceDB divides by the lengths of the stored vectors, which are 1 up to rounding: near ties may change places.
      expect(found).toHaveLength(8);
      expect(found[0]!.id).toBe(expected[0]!.id);
      for (const [at, { id, score }] of found.entries()) {
        expect(Math.abs(score - scoreOf.get(id)!), id).toBeLessThan(tolerance);
        expect(Math.abs(score - expected[at]!.score), id).toBeLessThan(tolerance);
      }
      const ids = [expected[20]!.id, expected[9]!.id, MOTIONS[5]!.id];
      expect((await again.search(query, { top: 8, ids })).map(({ id }) => id)).toEqual([
        expected[9]!.id,
        expected[20]!.id,
      ]);
    }
  });
});

describe("LanceDB as a store", () => {
  it("refuses a table of another dimension", async () => {
    const folder = temporaryFolder();
    open.push(await LanceDbStore.open(folder, DIM));
    await expect(LanceDbStore.open(folder, DIM * 2)).rejects.toMatchObject({ name: "IndexError" });
  });
});

describe("shards of an index", () => {
  it("are disjoint, and together the index that one run makes", async () => {
    const folder = await smallDataset(8);
    const whole = await openEngine({ indexFolder: temporaryFolder() });
    const expected = await whole.service.call("index", { folder });
    const indexFolder = temporaryFolder();
    let encoded = 0;
    for (const index of [1, 2, 3]) {
      const { service } = await openEngine({ indexFolder });
      encoded += (await service.call("index", { folder, shard: { index, count: 3 } })).encoded;
    }
    expect(encoded).toBe(8);
    const merged = await openEngine({ indexFolder });
    const summary = await merged.service.call("index", { folder });
    expect(summary).toMatchObject({ motions: 8, captions: expected.captions, encoded: 0, failed: [] });
    for (const query of ["a person kicks with the left leg", "somebody sits down"]) {
      const ask = { folder, query, top: 20 };
      const [a, b] = [await merged.service.call("search", ask), await whole.service.call("search", ask)];
      expect(a.results).toEqual(b.results);
    }
    const described = { folder, motion: (await whole.service.call("listMotions", { folder }))[0]!.path, top: 30 };
    expect(await merged.service.call("describe", described)).toEqual(await whole.service.call("describe", described));
    expect(merged.log.filter((line) => line.startsWith("warn"))).toEqual([]);
  });
});
