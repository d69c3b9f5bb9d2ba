import fc from "fast-check";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { alignmentMatrix, maxSimScore, tokenMaxima } from "../../src/core/retrieval/maxsim.js";
import { quantiseVectors } from "../../src/core/retrieval/quantise.js";
import type { TokenVectors } from "../../src/core/retrieval/vectors.js";
import { Collection } from "../../src/engine/index/collection.js";
import { compileKernel, type CompiledKernel } from "../../src/engine/index/kernel.js";
import { encodeSegment, type MotionItem } from "../../src/engine/index/segment.js";

let folder: string;
let simd: CompiledKernel;
const complaints: string[] = [];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "motion-lens-kernel-"));
  simd = await compileKernel((_level, message) => complaints.push(message));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Vectors of any kind: unit-like, tiny, with zeros, all zero. */
function vectors(count: number, dim: number, seed: number): TokenVectors {
  let state = seed >>> 0;
  const next = () => ((state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32) * 2 - 1;
  const values = Float32Array.from({ length: count * dim }, () => (next() > 0.9 ? 0 : next()));
  if (seed % 7 === 0) values.fill(0, 0, dim);
  return quantiseVectors(values, count, dim);
}

let files = 0;
function write<K extends "motions" | "captions">(kind: K, dim: number, documents: readonly TokenVectors[]) {
  const file = `${kind}-${files++}.seg`;
  const items = documents.map((tokens, index) => {
    const item: MotionItem = { key: `k${index}`, path: `p${index}`, size: 1, mtimeMs: 1, frames: 16, fps: 20 };
    return { item: kind === "motions" ? item : { key: item.key }, vectors: tokens, global: vectors(1, dim, index + 1) };
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

describe.each([
  ["SIMD", () => simd],
  ["plain", () => undefined],
])("the %s kernel", (_name, compiled) => {
  it("gives the oracle's scores of motions, bit for bit", async () => {
    await fc.assert(
      fc.asyncProperty(shapes, async ({ dim, tokens, documents, seed }) => {
        const query = vectors(tokens, dim, seed);
        const motions = documents.map((count, index) => vectors(count, dim, seed + index + 1));
        const collection = new Collection(folder, "motions", "model", dim, compiled());
        // Two segments: scores must stand at the right items.
        const half = Math.ceil(motions.length / 2);
        const entries = [write("motions", dim, motions.slice(0, half)), write("motions", dim, motions.slice(half))];
        expect(await collection.load(entries)).toEqual([]);
        const scores = await collection.scoreAgainstText(query);
        expect([...scores]).toEqual(motions.map((motion) => maxSimScore(query, motion)));
        motions.forEach((motion, index) => {
          expect(collection.vectorsOf(index)).toEqual(motion);
          if (motion.count === 0) return;
          const maxima = tokenMaxima(alignmentMatrix(query, motion), query.count, motion.count);
          expect([...collection.tokenMaxima(index, query)]).toEqual(maxima.map(({ score }) => score));
        });
      }),
      { numRuns: 60 },
    );
  });

  it("gives the oracle's scores of texts, bit for bit", async () => {
    await fc.assert(
      fc.asyncProperty(shapes, async ({ dim, tokens, documents, seed }) => {
        const motion = vectors(tokens * 5, dim, seed);
        const texts = documents.map((count, index) => vectors(count, dim, seed + index + 1));
        const collection = new Collection(folder, "captions", "model", dim, compiled());
        expect(await collection.load([write("captions", dim, texts)])).toEqual([]);
        const scores = await collection.scoreAgainstMotion(motion);
        expect([...scores]).toEqual(texts.map((text) => maxSimScore(text, motion)));
      }),
      { numRuns: 60 },
    );
  });

  it("stands the largest sums", async () => {
    const dim = 256;
    const full: TokenVectors = {
      count: 5,
      dim,
      data: new Int8Array(5 * dim).fill(-127),
      scales: new Float32Array(5).fill(1),
    };
    const collection = new Collection(folder, "motions", "model", dim, compiled());
    await collection.load([write("motions", dim, [full])]);
    expect([...(await collection.scoreAgainstText(full))]).toEqual([256 * 127 * 127]);
  });
});

describe("the kernel that the build makes", () => {
  it("can be used on this machine", () => {
    expect(complaints).toEqual([]);
    expect(simd).toBeInstanceOf(WebAssembly.Module);
  });
});

describe("a long scoring", () => {
  it("lets other work in and stops when it is cancelled", async () => {
    const dim = 128;
    const motions = Array.from({ length: 150 }, (_, index) => vectors(200, dim, index + 1));
    const collection = new Collection(folder, "motions", "model", dim, undefined);
    await collection.load([write("motions", dim, motions)]);
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 20);
    const began = performance.now();
    await expect(collection.scoreAgainstText(vectors(12, dim, 3), controller.signal)).rejects.toMatchObject({
      name: "CancelledError",
    });
    const cancelledAfter = performance.now() - began;
    await collection.scoreAgainstText(vectors(12, dim, 3));
    expect(cancelledAfter).toBeLessThan((performance.now() - began) / 2);
  });
});
