import fc from "fast-check";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { alignmentMatrix, maxSimScore, tokenMaxima } from "../../src/core/retrieval/maxsim.js";
import { quantiseMotion, quantiseText, quantiseVectors } from "../../src/core/retrieval/quantise.js";
import type { TokenVectors } from "../../src/core/retrieval/vectors.js";
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

type Quantiser = typeof quantiseVectors;

/** Vectors of any kind: unit-like, tiny, with zeros, all zero. */
function vectors(count: number, dim: number, seed: number, quantise: Quantiser): TokenVectors {
  let state = seed >>> 0;
  const next = () => ((state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32) * 2 - 1;
  const values = Float32Array.from({ length: count * dim }, () => (next() > 0.9 ? 0 : next()));
  if (seed % 7 === 0) values.fill(0, 0, dim);
  return quantise(values, count, dim);
}
const text = (count: number, dim: number, seed: number) => vectors(count, dim, seed, quantiseText);
const motion = (count: number, dim: number, seed: number) => vectors(count, dim, seed, quantiseMotion);

let files = 0;
function write<K extends "motions" | "captions">(kind: K, dim: number, documents: readonly TokenVectors[]) {
  const file = `${kind}-${files++}.seg`;
  const items = documents.map((tokens, index) => {
    const item: MotionItem = { key: `k${index}`, path: `p${index}`, size: 1, mtimeMs: 1, frames: 16, fps: 20 };
    return {
      item: kind === "motions" ? item : { key: item.key },
      vectors: tokens,
      global: vectors(1, dim, index + 1, quantiseVectors),
    };
  });
  const bytes = encodeSegment("model", kind, dim, items as never);
  writeFileSync(join(folder, file), bytes);
  return { file, kind, items: items.length, bytes: bytes.length, generation: 1 };
}

const shapes = fc.record({
  dim: fc.constantFrom(1, 7, 16, 33, 64, 128, 256),
  tokens: fc.integer({ min: 1, max: 13 }),
  documents: fc.array(fc.integer({ min: 0, max: 30 }), { minLength: 1, maxLength: 9 }),
  seed: fc.integer({ min: 1, max: 2 ** 31 }),
});

describe.each(NAMES)("the %s kernel", (name) => {
  const open = <K extends "motions" | "captions">(kind: K, dim: number) =>
    new Collection(folder, kind, "model", dim, kernels.get(name)!);

  it("gives the oracle's scores of motions, bit for bit", async () => {
    await fc.assert(
      fc.asyncProperty(shapes, async ({ dim, tokens, documents, seed }) => {
        const query = text(tokens, dim, seed);
        const motions = documents.map((count, index) => motion(count, dim, seed + index + 1));
        const collection = open("motions", dim);
        // Two segments: scores must stand at the right items.
        const half = Math.ceil(motions.length / 2);
        const entries = [write("motions", dim, motions.slice(0, half)), write("motions", dim, motions.slice(half))];
        expect(await collection.load(entries)).toEqual([]);
        const expected = motions.map((one) => maxSimScore(query, one));
        expect([...(await collection.scoreAgainstText(query))]).toEqual(expected);
        const some = Uint32Array.from(motions.keys()).filter((index) => (index + seed) % 3 > 0);
        expect([...(await collection.scoreAgainstText(query, undefined, some))]).toEqual(
          [...some].map((index) => expected[index]),
        );
        motions.forEach((one, index) => {
          expect(collection.vectorsOf(index)).toEqual(one);
          expect(collection.cosines(index, query)).toEqual(alignmentMatrix(query, one));
          if (one.count === 0) return;
          const maxima = tokenMaxima(alignmentMatrix(query, one), query.count, one.count);
          expect([...collection.tokenMaxima(index, query)]).toEqual(maxima.map(({ score }) => score));
        });
        collection.dispose();
      }),
      { numRuns: 30 },
    );
  });

  it("gives the oracle's scores of texts, bit for bit", async () => {
    await fc.assert(
      fc.asyncProperty(shapes, async ({ dim, tokens, documents, seed }) => {
        const one = motion(tokens * 5, dim, seed);
        const texts = documents.map((count, index) => text(count, dim, seed + index + 1));
        const collection = open("captions", dim);
        expect(await collection.load([write("captions", dim, texts)])).toEqual([]);
        const scores = await collection.scoreAgainstMotion(one);
        expect([...scores]).toEqual(texts.map((words) => maxSimScore(words, one)));
        texts.forEach((words, index) => expect(collection.vectorsOf(index)).toEqual(words));
        collection.dispose();
      }),
      { numRuns: 30 },
    );
  });

  it("stands the largest sums", async () => {
    const dim = 256;
    const full = (value: number): TokenVectors => ({
      count: 5,
      dim,
      data: new Int8Array(5 * dim).fill(value),
      scales: new Float32Array(5).fill(1),
    });
    const collection = open("motions", dim);
    await collection.load([write("motions", dim, [full(-127), full(127)])]);
    expect([...(await collection.scoreAgainstText(full(-63)))]).toEqual([256 * 127 * 63, -256 * 127 * 63]);
    expect([...(await collection.scoreAgainstText(full(63)))]).toEqual([-256 * 127 * 63, 256 * 127 * 63]);
  });

  it("gives the same over threads", async () => {
    const dim = 16;
    const motions = Array.from({ length: 600 }, (_, index) => motion((index * 7) % 50, dim, index + 1));
    const collection = open("motions", dim);
    await collection.load([write("motions", dim, motions)]);
    const queries = [text(11, dim, 5), text(16, dim, 6), text(30, dim, 8)];
    const found = await Promise.all(queries.map((query) => collection.scoreAgainstText(query)));
    queries.forEach((query, at) => {
      expect([...found[at]!]).toEqual(motions.map((one) => maxSimScore(query, one)));
    });
    collection.dispose();
  });
});

describe("vectors that do not stay in memory", () => {
  const dim = 32;
  const motions = Array.from({ length: 40 }, (_, index) => motion((index * 5) % 37, dim, index + 1));
  const query = text(9, dim, 11);
  const expected = motions.map((one) => maxSimScore(query, one));
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
    expect(collection.cosines(25, query)).toEqual(alignmentMatrix(query, motions[25]!));
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
    const collection = new Collection(folder, "motions", "model", 16, kernels.get("relaxed")!);
    await collection.load([write("motions", 16, [motion(3, 16, 1)])]);
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
    const dim = 16;
    const motions = Array.from({ length: 500 }, (_, index) => motion(9, dim, index + 1));
    const collection = new Collection(folder, "motions", "model", dim, working as unknown as CompiledKernel);
    await collection.load([write("motions", dim, motions)]);
    const query = text(12, dim, 3);
    const expected = motions.map((one) => maxSimScore(query, one));
    expect([...(await collection.scoreAgainstText(query))]).toEqual(expected);
    expect([...(await collection.scoreAgainstText(query))]).toEqual(expected);
    expect(said.filter((message) => message.includes("without threads"))).toHaveLength(1);
  });

  it("let other work in and stop when the scoring is cancelled", async () => {
    const dim = 64;
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
