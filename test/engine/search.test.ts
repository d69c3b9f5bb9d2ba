/** Search against the readable definition: staged and exact, filters, order of phrases, similar motions. */
import { writeFileSync } from "node:fs";
import { cp, rename, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { pairScore, wholeScore } from "../../src/core/retrieval/maxsim.js";
import { quantiseMotion, quantiseText, quantiseVectors } from "../../src/core/retrieval/quantise.js";
import { gridOnly, gridShape, type ItemVectors } from "../../src/core/retrieval/vectors.js";
import { encodeSegment } from "../../src/engine/index/segment.js";
import { MotionScorer } from "../../src/engine/index/scoring.js";
import { openEngine, ROOT, sampleIds, sampleMotion, smallDataset, temporaryFolder } from "./support.js";

const DIM = 32;

/** Motions of a few clusters of patches around directions that queries then ask for. */
function clustered(count: number) {
  let state = 7;
  const next = () => ((state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32) * 2 - 1;
  const direction = () => Float32Array.from({ length: DIM }, next);
  const near = (centre: Float32Array, spread: number) => {
    const vector = centre.map((value) => value + spread * next());
    const length = Math.hypot(...vector);
    return vector.map((value) => value / length);
  };
  const topics = Array.from({ length: 60 }, direction);
  const pick = () => topics[Math.floor(((next() + 1) / 2) * topics.length)]!;
  const vectorsOf = (rows: Float32Array[]) => Float32Array.from(rows.flatMap((row) => [...row]));
  const motions = Array.from({ length: count }, () => {
    const own = [pick(), pick(), pick()];
    const rows = Array.from({ length: 14 * (1 + Math.floor((next() + 1) * 2)) }, (_, row) => near(own[row % 3]!, 0.7));
    return gridOnly(quantiseMotion(vectorsOf(rows), rows.length, DIM));
  });
  const queries = Array.from({ length: 12 }, () => {
    const own = [pick(), pick()];
    const rows = Array.from({ length: 8 }, (_, row) => near(own[row % 2]!, 0.7));
    return gridOnly(quantiseText(vectorsOf(rows), rows.length, DIM));
  });
  return { motions, queries };
}

function writeMotions(
  folder: string,
  motions: readonly ItemVectors[],
  file: string,
  from: number,
  shape = gridShape(DIM),
) {
  const items = motions.map((vectors, index) => ({
    item: { key: `${from + index}`, path: `${from + index}`, size: 1, mtimeMs: 1, frames: 16, fps: 20 },
    vectors,
  }));
  const bytes = encodeSegment("model", "motions", shape, items);
  writeFileSync(join(folder, file), bytes);
  return { file, kind: "motions" as const, items: items.length, bytes: bytes.length, generation: 1 };
}

describe("a staged search", () => {
  it("gives exact scores, and nearly always the motions that scoring all gives", async () => {
    const folder = temporaryFolder();
    const { motions, queries } = clustered(3000);
    const entries = [
      writeMotions(folder, motions.slice(0, 1000), "a.seg", 0),
      writeMotions(folder, motions.slice(1000), "b.seg", 1000),
    ];
    const scorer = await MotionScorer.open(folder, entries, "model", gridShape(DIM), { threads: 2 });
    expect(scorer.motions).toBe(3000);
    let kept = 0;
    for (const query of queries) {
      const exact = await scorer.exact(query, 10);
      const scores = motions.map((motion) => pairScore(query, motion));
      const order = scores.map((score, item) => ({ item, score })).sort((a, b) => b.score - a.score || a.item - b.item);
      expect(exact).toEqual(order.slice(0, 10));
      const staged = await scorer.staged(query, 10);
      for (const { item, score } of staged) expect(score).toBe(scores[item]);
      kept += exact.filter(({ item }) => staged.some((found) => found.item === item)).length;
      expect(await scorer.staged(query, 10, motions.length)).toEqual(exact);
    }
    expect(kept / (10 * queries.length)).toBeGreaterThanOrEqual(0.95);
    await scorer.close();
  });

  it("of a model with wholes takes its candidates by these, and keeps no pooled vectors", async () => {
    const folder = temporaryFolder();
    const { motions, queries } = clustered(300);
    const shape = { gridDim: DIM, wholeDim: 16 };
    const whole = (at: number) => Float32Array.from({ length: 16 }, (_, k) => Math.sin(at * 5.1 + k * (1 + (at % 7))));
    const items = motions.map(({ grid }, at) => ({ grid, whole: quantiseVectors(whole(at), 1, 16) }));
    const entry = writeMotions(folder, items, "a.seg", 0, shape);
    const own = writeMotions(folder, motions, "b.seg", 0);
    expect(entry.bytes).toBeLessThan(own.bytes - motions.length * 7 * DIM);
    const scorer = await MotionScorer.open(folder, [entry], "model", shape, { threads: 2 });
    for (const [at, { grid }] of queries.entries()) {
      const query = { grid, whole: quantiseText(whole(at * 3 + 1), 1, 16) };
      const byWhole = items
        .map(({ whole }, item) => ({ item, score: wholeScore(query.whole, whole) }))
        .sort((a, b) => b.score - a.score || a.item - b.item);
      const expected = byWhole
        .slice(0, 20)
        .map(({ item }) => ({ item, score: pairScore(query, items[item]!) }))
        .sort((a, b) => b.score - a.score || a.item - b.item);
      expect(await scorer.staged(query, 5, 20)).toEqual(expected.slice(0, 5));
    }
    await scorer.close();
  });
});

describe("search, describe and align", () => {
  let folder: string;
  let texts: string[];
  beforeAll(async () => {
    texts = [
      "a person kicks with the left leg",
      "a person walks forward, then waves with the right hand",
      "someone sits down and then stands up after that he jumps",
    ];
  });

  it("give one number for one pair, in order of phrases too, and search ranks by it", async () => {
    folder = await smallDataset(12);
    const [first] = (await sampleIds()) as [string];
    const caption = join(folder, "texts", `${first}.txt`);
    await writeFile(caption, texts.join("\n"));
    const { service } = await openEngine({ indexFolder: temporaryFolder() });
    await service.call("index", { folder });
    for (const query of texts) {
      const { results } = await service.call("search", { folder, query, top: 100 });
      expect(results).toHaveLength(12);
      expect(results.map(({ score }) => score)).toEqual(results.map(({ score }) => score).sort((a, b) => b - a));
      for (const { path, score, evidence } of results) {
        const aligned = await service.call("align", { motion: join(folder, path), text: query });
        expect(aligned.score).toBe(score);
        aligned.matrix.forEach((row, token) => {
          const { part, frames, score: strength } = evidence[token]!;
          const time = aligned.times.findIndex(([start]) => start === frames[0]);
          expect(row[time]![aligned.parts.indexOf(part)]).toBe(strength);
        });
        const described = await service.call("describe", { folder, motion: path, top: 1000 });
        expect(described.results.find(({ text }) => text === query)!.score).toBe(score);
      }
      const few = await service.call("search", { folder, query, top: 3 });
      expect(few.results).toEqual(results.slice(0, 3));
      const own = await service.call("describe", { folder, motion: `new_joints/${first}.npy`, top: 2 });
      const all = await service.call("describe", { folder, motion: `new_joints/${first}.npy`, top: 1000 });
      expect(own.results).toEqual(all.results.slice(0, 2));
      expect(own.own).toEqual(all.own);
      expect(all.own).toEqual(all.results.filter((row) => row.own));
    }
  });

  it("takes filters before it scores", async () => {
    folder = await smallDataset(10);
    const ids = (await sampleIds()).slice(0, 10);
    await writeFile(join(folder, "test.txt"), ids.slice(0, 4).join("\n"));
    await writeFile(join(folder, "texts", `${ids[0]}.txt`), "");
    const { service } = await openEngine({ indexFolder: temporaryFolder() });
    await service.call("index", { folder });
    const query = texts[0]!;
    const search = async (filters: object, top = 100) => {
      const { results, searched } = await service.call("search", { folder, query, top, filters });
      expect(results).toHaveLength(Math.min(top, searched));
      return results;
    };
    const all = await search({});
    const idOf = (path: string) => path.slice("new_joints/".length, -".npy".length);
    const kept = (wanted: readonly string[]) =>
      all.filter(({ path }) => wanted.includes(idOf(path))).map(({ path, score }) => [path, score]);
    const found = async (filters: object) => (await search(filters)).map(({ path, score }) => [path, score]);
    expect(await found({ split: "test" })).toEqual(kept(ids.slice(0, 4)));
    expect(await found({ path: ids[5] })).toEqual(kept([ids[5]!]));
    expect(await found({ hasCaption: true })).toEqual(kept(ids.slice(1)));
    expect(await found({ split: "test", hasCaption: false })).toEqual(kept(ids.slice(0, 1)));

    const parts = ["left_knee", "left_hip"];
    const legs = await search({ parts });
    for (const { path, score, evidence } of legs) {
      expect(evidence.every(({ part }) => parts.includes(part))).toBe(true);
      expect(score).toBeLessThanOrEqual(all.find((one) => one.path === path)!.score);
    }
    expect((await search({ parts }, 2)).map(({ path }) => path)).toEqual(legs.slice(0, 2).map(({ path }) => path));
    await expect(search({ parts: ["tail"] })).rejects.toThrow("tail");
  });
});

describe("similar motions", () => {
  it("are those with the largest score for the motion as a query", async () => {
    const folder = await smallDataset(8);
    const [first, second] = (await sampleIds()) as [string, string];
    await cp(join(folder, "new_joints", `${second}.npy`), join(folder, "new_joints", "copy.npy"));
    const indexFolder = temporaryFolder();
    const { service } = await openEngine({ indexFolder });
    await service.call("index", { folder });
    const motion = `new_joints/${second}.npy`;
    const { path, results, searched } = await service.call("similar", { folder, motion, top: 100 });
    expect(path).toBe(motion);
    expect(searched).toBe(8);
    expect(results.map((result) => result.path)).not.toContain(motion);
    expect(results[0]!.path).toBe("new_joints/copy.npy");
    expect(results[0]!.score).toBeGreaterThan(0.97);
    expect(results.map(({ rank }) => rank)).toEqual(results.map((_, index) => index + 1));

    // A cut of a motion is found in the motion itself, at its place.
    const frames = [16, 48] as const;
    const outside = join(temporaryFolder(), "outside.npy");
    await writeFile(outside, await sampleMotion(first));
    const cut = await service.call("similar", { folder, motion: outside, frames, top: 3 });
    expect(cut.results.map((result) => result.path)).toContain(`new_joints/${first}.npy`);
    for (const { window } of cut.results) expect(window[1]).toBeGreaterThan(window[0]);
  });
});

describe("an index run", () => {
  it("encodes one motion when one is edited, one text when one caption is, none when all are renamed", async () => {
    const folder = await smallDataset(10);
    const ids = (await sampleIds()) as string[];
    let motions = 0;
    let captions = 0;
    const { createEncoder } = await import("../../src/engine/encoders/encoder.js");
    const encoder = await createEncoder(
      join(ROOT, "models", "default"),
      { executionProvider: "cpu", threads: 0 },
      () => undefined,
    );
    const counted = {
      ...encoder,
      encodeMotion: (...request: Parameters<typeof encoder.encodeMotion>) => (
        motions++,
        encoder.encodeMotion(...request)
      ),
      encodeText: (...request: Parameters<typeof encoder.encodeText>) => (captions++, encoder.encodeText(...request)),
    };
    const { service } = await openEngine(
      { indexFolder: temporaryFolder() },
      {},
      { createEncoder: () => Promise.resolve(counted) },
    );
    const run = async () => {
      [motions, captions] = [0, 0];
      await service.call("index", { folder });
      return { motions, captions };
    };
    expect((await run()).motions).toBe(10);
    expect(await run()).toEqual({ motions: 0, captions: 0 });
    await writeFile(join(folder, "new_joints", `${ids[3]}.npy`), await sampleMotion(ids[20]!));
    expect(await run()).toEqual({ motions: 1, captions: 0 });
    // A burst of changes, each asking for a run: what changed is encoded once.
    for (const at of [5, 6, 7]) {
      await writeFile(join(folder, "new_joints", `${ids[at]}.npy`), await sampleMotion(ids[at + 20]!));
    }
    [motions, captions] = [0, 0];
    await Promise.all(Array.from({ length: 20 }, () => service.call("index", { folder })));
    expect({ motions, captions }).toEqual({ motions: 3, captions: 0 });
    await writeFile(join(folder, "texts", `${ids[4]}.txt`), "a person does something that no other caption says.");
    expect(await run()).toEqual({ motions: 0, captions: 1 });
    for (const id of ids.slice(0, 10)) {
      await rename(join(folder, "new_joints", `${id}.npy`), join(folder, "new_joints", `r${id}.npy`));
      await rename(join(folder, "texts", `${id}.txt`), join(folder, "texts", `r${id}.txt`));
      await utimes(join(folder, "new_joints", `r${id}.npy`), new Date(), new Date());
    }
    expect(await run()).toEqual({ motions: 0, captions: 0 });
    const { searched } = await service.call("search", { folder, query: "a person walks", top: 1 });
    expect(searched).toBe(10);
  });
});
