/** Both kinds of vector store give the answers of exact MaxSim. */
import { afterEach, describe, expect, it } from "vitest";
import { maxSimScore } from "../../src/core/retrieval/maxsim.js";
import { EmbeddedStore } from "../../src/cli/stores/embedded-store.js";
import { LanceDbStore } from "../../src/cli/stores/lancedb-store.js";
import type { VectorStore } from "../../src/cli/stores/vector-store.js";
import { DIM, textOf, vectorsOf } from "./faults/synthetic.js";
import { temporaryFolder } from "./support.js";

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
