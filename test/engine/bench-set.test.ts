/** The larger sets of the bench: variations of real motions, the same however many processes make them. */
import { join } from "node:path";
import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { measureOnnx } from "../../src/cli/bench/onnx-graph.js";
import { joinParts, readSetItems, writePlain, writeSetPart, type MotionSet } from "../../src/cli/bench/motion-set.js";
import { Variations, type RealMotion } from "../../src/cli/bench/variations.js";
import { pairScore } from "../../src/core/retrieval/maxsim.js";
import { dequantiseVectors, quantiseMotionItem, quantiseTextItem } from "../../src/core/retrieval/quantise.js";
import type { TokenVectors } from "../../src/core/retrieval/vectors.js";
import { mulberry } from "../fixtures/random.js";
import { temporaryFolder } from "./support.js";

const SHAPE = { gridDim: 32, wholeDim: 16 };
const PARTS = 3;
/** Lengths as a model gives them: they add up to the score. */
const LENGTHS = { grid: 0.9, whole: 0.4 };

function unit(count: number, dim: number, length: number, random: () => number): Float32Array {
  const values = Float32Array.from({ length: count * dim }, () => random() - 0.5);
  for (let at = 0; at < values.length; at += dim) {
    const factor = length / Math.hypot(...values.subarray(at, at + dim));
    for (let k = at; k < at + dim; k++) values[k]! *= factor;
  }
  return values;
}

const REAL = Array.from({ length: 12 }, (_, at): RealMotion => {
  const random = mulberry(at + 1);
  const count = PARTS * (2 + 4 * (at % 5));
  const vectors = quantiseMotionItem(
    unit(count, SHAPE.gridDim, LENGTHS.grid, random),
    count,
    unit(1, SHAPE.wholeDim, LENGTHS.whole, random),
    SHAPE,
  );
  return {
    item: {
      key: `real ${at}`,
      path: `${at}.npy`,
      size: 1,
      mtimeMs: 1,
      frames: count,
      fps: 20,
    },
    vectors,
  };
});

function rows(vectors: TokenVectors): Float32Array[] {
  const values = dequantiseVectors(vectors);
  return Array.from({ length: vectors.count }, (_, row) => values.subarray(row * vectors.dim, (row + 1) * vectors.dim));
}

const cosine = (a: Float32Array, b: Float32Array) =>
  a.reduce((sum, value, k) => sum + value * b[k]!, 0) / (Math.hypot(...a) * Math.hypot(...b));

describe("variations of real motions", () => {
  const all = rows({
    count: REAL.reduce((sum, { vectors }) => sum + vectors.grid.count, 0),
    dim: SHAPE.gridDim,
    data: Int8Array.from(REAL.flatMap(({ vectors }) => [...vectors.grid.data])),
    scales: Float32Array.from(REAL.flatMap(({ vectors }) => [...vectors.grid.scales])),
  });
  const variations = new Variations(REAL, PARTS);
  const again = new Variations(REAL, PARTS);

  it("are near them, keep the lengths of vectors, whole times, and follow from their number alone", () => {
    const counts = new Set<number>();
    const near: number[] = [];
    for (let number = 100; number < 116; number++) {
      const { item, vectors } = variations.motion(number);
      expect(vectors).toEqual(again.motion(number).vectors);
      expect(vectors.grid.count % PARTS).toBe(0);
      expect(item.key).toBe(`motion ${number}`);
      counts.add(vectors.grid.count);
      for (const row of rows(vectors.grid)) {
        near.push(Math.max(...all.map((real) => cosine(row, real))));
        // The largest number of a motion has no room to grow.
        expect(Math.abs(Math.hypot(...row) - LENGTHS.grid)).toBeLessThan(0.06);
      }
      expect(Math.abs(Math.hypot(...dequantiseVectors(vectors.whole)) - LENGTHS.whole)).toBeLessThan(0.01);
    }
    const mean = near.reduce((sum, value) => sum + value, 0) / near.length;
    expect(mean).toBeGreaterThan(0.94);
    expect(mean).toBeLessThan(0.975);
    // Joined ones also have other lengths than the real ones.
    expect([...counts].some((count) => REAL.every(({ vectors }) => vectors.grid.count !== count))).toBe(true);
  });
});

describe("a set", () => {
  const grid = { parts: PARTS, shape: SHAPE };

  async function made(processes: number): Promise<MotionSet> {
    const folder = temporaryFolder();
    const parts = [];
    for (let index = 0; index < processes; index++) {
      parts.push(await writeSetPart(folder, REAL, 4100, grid, { index, count: processes }, () => undefined));
    }
    return {
      folder,
      ...joinParts(parts),
      shape: SHAPE,
      motions: 4100,
      real: REAL.length,
    };
  }

  it("is the same by one process and by several, and begins with the real motions", { timeout: 120_000 }, async () => {
    const [one, two] = [await made(1), await made(2)];
    expect(two.entries).toEqual(one.entries);
    expect(two.vectors).toBe(one.vectors);
    expect(one.entries.map(({ items }) => items)).toEqual([2000, 2000, 100]);
    for (const { file } of one.entries) {
      expect((await readFile(join(two.folder, file))).equals(await readFile(join(one.folder, file)))).toBe(true);
    }
    const items = await readSetItems(two, 20);
    expect(items.slice(0, REAL.length).map(({ vectors }) => vectors)).toEqual(REAL.map(({ vectors }) => vectors));
    expect(items[15]!.vectors).toEqual(new Variations(REAL, PARTS).motion(15).vectors);
  });

  it("is scored by the ONNX graph as by the plain definition", { timeout: 120_000 }, async () => {
    const set = await made(1);
    const random = mulberry(99);
    const query = quantiseTextItem(unit(5, SHAPE.gridDim, 1, random), 5, unit(1, SHAPE.wholeDim, 1, random), SHAPE);
    const folder = temporaryFolder();
    const plain = await writePlain(set, folder, 300);
    const { scores, ms } = await measureOnnx(folder, plain, query);
    expect(ms).toBeGreaterThan(0);
    const items = await readSetItems(set, 300);
    for (const [index, { vectors }] of items.entries()) {
      expect(Math.abs(scores[index]! - pairScore(query, vectors))).toBeLessThan(1e-5);
    }
  });
});
