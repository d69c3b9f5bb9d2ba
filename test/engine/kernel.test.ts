import fc from "fast-check";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { patchCosines, pairScore, tokenMaxima } from "../../src/core/retrieval/maxsim.js";
import { quantiseMotionItem, quantiseTextItem } from "../../src/core/retrieval/quantise.js";
import { gridShape, patchCount, type ItemVectors, type VectorShape } from "../../src/core/retrieval/vectors.js";
import { Collection, type DroppedSegment } from "../../src/engine/index/collection.js";
import { CompiledKernel, compileKernel, type KernelName } from "../../src/engine/index/kernel.js";
import { encodeSegment, type MotionItem } from "../../src/engine/index/segment.js";

let folder: string;
const NAMES = ["relaxed", "simd", "plain"] as const;
const kernels = new Map<KernelName, CompiledKernel>();
const complaints: string[] = [];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "motion-lens-kernel-"));
  for (const kernel of NAMES) {
    kernels.set(kernel, await compileKernel((_level, message) => complaints.push(message), { kernel, threads: 2 }));
  }
});
afterAll(async () => {
  for (const kernel of kernels.values()) await kernel.close();
  rmSync(folder, { recursive: true, force: true });
});

type Quantiser = typeof quantiseMotionItem;

/** Vectors of any kind: unit-like, tiny, with zeros, all zero. */
function vectors(count: number, shape: VectorShape, seed: number, quantise: Quantiser): ItemVectors {
  const { gridDim, wholeDim } = shape;
  let state = seed >>> 0;
  const next = () => ((state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32) * 2 - 1;
  const rows = gridDim > 0 ? count : 0;
  const values = Float32Array.from({ length: rows * gridDim }, () => (next() > 0.9 ? 0 : next()));
  if (seed % 7 === 0) values.fill(0, 0, gridDim);
  const whole = count > 0 ? Float32Array.from({ length: wholeDim }, next) : undefined;
  return quantise(values, rows, whole, shape);
}
const text = (count: number, dim: number | VectorShape, seed: number) =>
  vectors(count, typeof dim === "number" ? gridShape(dim) : dim, seed, quantiseTextItem);
const motion = (count: number, dim: number | VectorShape, seed: number) =>
  vectors(count, typeof dim === "number" ? gridShape(dim) : dim, seed, quantiseMotionItem);

/** The motion with more patches than vectors. */
function shared(one: ItemVectors, seed: number): ItemVectors {
  const { count } = one.grid;
  if (count === 0 || seed % 3 > 0) return one;
  return { ...one, places: Uint16Array.from({ length: count * 2 + 1 }, (_, patch) => (patch * 7) % count) };
}

let files = 0;
function write<K extends "motions" | "captions">(kind: K, shape: VectorShape, documents: readonly ItemVectors[]) {
  const file = `${kind}-${files++}.seg`;
  const items = documents.map((tokens, index) => {
    const item: MotionItem = { key: `k${index}`, path: `p${index}`, size: 1, mtimeMs: 1, frames: 16, fps: 20 };
    return { item: kind === "motions" ? item : { key: item.key }, vectors: tokens };
  });
  const bytes = encodeSegment("model", kind, shape, items as never);
  writeFileSync(join(folder, file), bytes);
  return { file, kind, items: items.length, bytes: bytes.length, generation: 1 };
}

const shapes = fc
  .record({
    gridDim: fc.constantFrom(0, 1, 7, 16, 33, 64, 128, 256),
    wholeDim: fc.constantFrom(0, 5, 16, 64, 100),
    tokens: fc.integer({ min: 1, max: 13 }),
    documents: fc.array(fc.integer({ min: 0, max: 30 }), { minLength: 1, maxLength: 9 }),
    seed: fc.integer({ min: 1, max: 2 ** 31 }),
  })
  .filter(({ gridDim, wholeDim }) => gridDim + wholeDim > 0);

describe.each(NAMES)("the %s kernel", (name) => {
  const open = <K extends "motions" | "captions">(kind: K, shape: VectorShape) =>
    new Collection(folder, kind, "model", shape, kernels.get(name)!);

  it("gives the oracle's scores of motions, bit for bit", async () => {
    await fc.assert(
      fc.asyncProperty(shapes, async ({ tokens, documents, seed, ...shape }) => {
        const query = text(tokens, shape, seed);
        const motions = documents.map((count, index) => shared(motion(count, shape, seed + index + 1), seed + index));
        const collection = open("motions", shape);
        // Two segments: scores must stand at the right items.
        const half = Math.ceil(motions.length / 2);
        const entries = [write("motions", shape, motions.slice(0, half)), write("motions", shape, motions.slice(half))];
        expect(await collection.load(entries)).toEqual([]);
        const expected = motions.map((one) => pairScore(query, one));
        expect([...(await collection.scoreAgainstText(query))]).toEqual(expected);
        const some = Uint32Array.from(motions.keys()).filter((index) => (index + seed) % 3 > 0);
        expect([...(await collection.scoreAgainstText(query, undefined, some))]).toEqual(
          [...some].map((index) => expected[index]),
        );
        motions.forEach((one, index) => {
          expect(collection.vectorsOf(index)).toEqual(one);
          if (shape.gridDim === 0) return;
          const count = patchCount(one);
          expect(collection.cosines(index, query.grid)).toEqual(patchCosines(query.grid, one));
          if (count === 0) return;
          const maxima = tokenMaxima(patchCosines(query.grid, one), tokens, count);
          expect([...collection.tokenMaxima(index, query.grid)]).toEqual(maxima.map(({ score }) => score));
        });
        const nothing = await collection.scoreAgainstText(text(0, shape, 1));
        expect([...nothing].every((score) => score === -Infinity)).toBe(true);
        collection.dispose();
      }),
      { numRuns: 40 },
    );
  });

  it("gives the oracle's scores of texts, bit for bit", async () => {
    await fc.assert(
      fc.asyncProperty(shapes, async ({ tokens, documents, seed, ...shape }) => {
        const one = motion(tokens * 5, shape, seed);
        const texts = documents.map((count, index) => text(count, shape, seed + index + 1));
        const collection = open("captions", shape);
        expect(await collection.load([write("captions", shape, texts)])).toEqual([]);
        const scores = await collection.scoreAgainstMotion(one);
        expect([...scores]).toEqual(texts.map((words) => pairScore(words, one)));
        texts.forEach((words, index) => expect(collection.vectorsOf(index)).toEqual(words));
        collection.dispose();
      }),
      { numRuns: 40 },
    );
  });

  it("stands the largest sums", async () => {
    const dim = 256;
    const shape = { gridDim: dim, wholeDim: dim };
    const rows = (count: number, value: number) => ({
      count,
      dim,
      data: new Int8Array(count * dim).fill(value),
      scales: new Float32Array(count).fill(1),
    });
    const full = (value: number): ItemVectors => ({ grid: rows(5, value), whole: rows(1, value) });
    const collection = open("motions", shape);
    await collection.load([write("motions", shape, [full(-127), full(127)])]);
    expect([...(await collection.scoreAgainstText(full(-63)))]).toEqual([2 * 256 * 127 * 63, -2 * 256 * 127 * 63]);
    expect([...(await collection.scoreAgainstText(full(63)))]).toEqual([-2 * 256 * 127 * 63, 2 * 256 * 127 * 63]);
  });

  it("gives the same over threads", async () => {
    const dim = { gridDim: 16, wholeDim: 48 };
    const motions = Array.from({ length: 600 }, (_, index) => motion((index * 7) % 50, dim, index + 1));
    const collection = open("motions", dim);
    await collection.load([write("motions", dim, motions)]);
    const queries = [text(11, dim, 5), text(16, dim, 6), text(30, dim, 8)];
    const found = await Promise.all(queries.map((query) => collection.scoreAgainstText(query)));
    queries.forEach((query, at) => {
      expect([...found[at]!]).toEqual(motions.map((one) => pairScore(query, one)));
    });
    collection.dispose();
  });
});

describe("vectors that do not stay in memory", () => {
  const dim = { gridDim: 32, wholeDim: 16 };
  const motions = Array.from({ length: 40 }, (_, index) => motion((index * 5) % 37, dim, index + 1));
  const query = text(9, dim, 11);
  const expected = motions.map((one) => pairScore(query, one));
  const open = async (onDamage: (dropped: DroppedSegment) => void) => {
    const collection = new Collection(folder, "motions", "model", dim, kernels.get("relaxed")!, onDamage, 0);
    const entries = [write("motions", dim, motions.slice(0, 20)), write("motions", dim, motions.slice(20))];
    expect(await collection.load(entries)).toEqual([]);
    return { collection, entries };
  };

  it("are read for a query, and give the same scores", async () => {
    const { collection } = await open(() => expect.unreachable());
    expect([...(await collection.scoreAgainstText(query))]).toEqual(expected);
    const some = Uint32Array.of(3, 25, 7, 39);
    const scores = await collection.scoreAgainstText(query, undefined, some);
    expect([...scores]).toEqual([...some].map((index) => expected[index]));
    expect(collection.cosines(25, query.grid)).toEqual(patchCosines(query.grid, motions[25]!));
    expect(collection.vectorsOf(39)).toEqual(motions[39]);
  });

  it("of a segment that was damaged meanwhile give no result, and it is said", async () => {
    const said: string[] = [];
    const { collection, entries } = await open(({ entry, reason }) => said.push(`${entry.file} ${reason}`));
    const file = join(folder, entries[1]!.file);
    const bytes = readFileSync(file);
    bytes[bytes.length - 40]! ^= 16;
    writeFileSync(file, bytes);
    const scores = await collection.scoreAgainstText(query);
    expect([...scores.subarray(0, 20)]).toEqual(expected.slice(0, 20));
    expect([...scores.subarray(20)].every((score) => score === -Infinity)).toBe(true);
    await collection.scoreAgainstText(query);
    expect(said).toEqual([`${entries[1]!.file} its checksum is wrong`]);
  });
});

describe("the kernels that the build makes", () => {
  it("can be used on this machine", () => {
    expect(complaints).toEqual([]);
    expect(NAMES.map((name) => kernels.get(name)!.name)).toEqual([...NAMES]);
  });

  it("refuse a text of more than 7 bits", async () => {
    const collection = new Collection(folder, "motions", "model", gridShape(16), kernels.get("relaxed")!);
    await collection.load([write("motions", gridShape(16), [motion(3, 16, 1)])]);
    await expect(collection.scoreAgainstText(motion(3, 16, 1))).rejects.toThrow("7 bits");
  });
});

describe("threads", () => {
  it("that fail leave the work to the engine's own thread", async () => {
    const said: string[] = [];
    const kernel = await compileKernel((_level, message) => said.push(message), { threads: 2 });
    const broken = new CompiledKernel(kernel.name, {} as WebAssembly.Module, 2, (_level, message) =>
      said.push(message),
    );
    const working = { pool: broken.pool, name: kernel.name, instantiate: kernel.instantiate.bind(kernel) };
    const dim = gridShape(16);
    const motions = Array.from({ length: 500 }, (_, index) => motion(9, dim, index + 1));
    const collection = new Collection(folder, "motions", "model", dim, working as unknown as CompiledKernel);
    await collection.load([write("motions", dim, motions)]);
    const query = text(12, dim, 3);
    const expected = motions.map((one) => pairScore(query, one));
    expect([...(await collection.scoreAgainstText(query))]).toEqual(expected);
    expect([...(await collection.scoreAgainstText(query))]).toEqual(expected);
    expect(said.filter((message) => message.includes("without threads"))).toHaveLength(1);
  });

  it("let other work in and stop when the scoring is cancelled", async () => {
    const dim = gridShape(64);
    const motions = Array.from({ length: 400 }, (_, index) => motion(60, dim, index + 1));
    const collection = new Collection(folder, "motions", "model", dim, kernels.get("plain")!);
    await collection.load([write("motions", dim, motions)]);
    const query = text(12, dim, 3);
    await collection.scoreAgainstText(query);
    const controller = new AbortController();
    const start = performance.now();
    await collection.scoreAgainstText(query);
    const whole = performance.now() - start;
    setTimeout(() => controller.abort(), Math.min(20, whole / 8));
    const began = performance.now();
    await expect(collection.scoreAgainstText(query, controller.signal)).rejects.toMatchObject({
      name: "CancelledError",
    });
    expect(performance.now() - began).toBeLessThan(whole * 0.9);
    expect([...(await collection.scoreAgainstText(query))].every(Number.isFinite)).toBe(true);
  });
});
