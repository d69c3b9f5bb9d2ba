/** Token pooling: what is merged, what is kept, and how far a patch may be from what stands for it. */
import { describe, expect, it } from "vitest";
import { mergePatches } from "../../../src/core/retrieval/merge.js";

const DIM = 16;

/** Directions that hold for a few times, with a little noise: `[time][part]`, each vector as long as `length`. */
function patchesOf(times: number, parts: number, noise: number, length = 1.5, seed = 3): Float32Array {
  let state = seed;
  const next = () => ((state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32) * 2 - 1;
  const held = Array.from({ length: parts }, () => Float64Array.from({ length: DIM }, next));
  const patches = new Float32Array(times * parts * DIM);
  for (let time = 0; time < times; time++) {
    for (let part = 0; part < parts; part++) {
      if (next() > 0.6) held[part] = Float64Array.from({ length: DIM }, next);
      const vector = held[part]!.map((value) => value + noise * next());
      const scale = length / Math.hypot(...vector);
      patches.set(
        Float32Array.from(vector, (value) => value * scale),
        (time * parts + part) * DIM,
      );
    }
  }
  return patches;
}

const rowOf = (vectors: Float32Array, row: number) => vectors.subarray(row * DIM, (row + 1) * DIM);
const dot = (a: Float32Array, b: Float32Array) => a.reduce((sum, value, k) => sum + value * b[k]!, 0);
const cosine = (a: Float32Array, b: Float32Array) => dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));

describe("merged patches", () => {
  it.each([0.99, 0.9, 0.7])("are no further than asked for from what stands for them: %d", (least) => {
    for (const [times, parts] of [
      [9, 4],
      [70, 3],
      [1, 5],
    ] as const) {
      const patches = patchesOf(times, parts, 0.3);
      const count = times * parts;
      const merged = mergePatches(patches, count, DIM, parts, least);
      const places = merged.places ?? Uint16Array.from({ length: count }, (_, patch) => patch);
      expect(places).toHaveLength(count);
      expect(new Set(places).size).toBe(merged.count);
      expect(merged.vectors).toHaveLength(merged.count * DIM);
      let next = 0;
      places.forEach((row, patch) => {
        expect(cosine(rowOf(patches, patch), rowOf(merged.vectors, row))).toBeGreaterThan(least - 1e-6);
        expect(Math.sqrt(dot(rowOf(merged.vectors, row), rowOf(merged.vectors, row)))).toBeCloseTo(1.5, 5);
        // In the order of their first patch.
        expect(row).toBeLessThanOrEqual(next);
        if (row === next) next++;
      });
      expect(mergePatches(patches, count, DIM, parts, least)).toEqual(merged);
    }
  });

  it("are fewer the less they need to agree", () => {
    const patches = patchesOf(20, 4, 0.3);
    const counts = [0.999, 0.95, 0.8, 0.5].map((least) => mergePatches(patches, 80, DIM, 4, least).count);
    expect(counts).toEqual([...counts].sort((a, b) => b - a));
    expect(counts[0]).toBeGreaterThan(counts[3]! * 2);
  });

  it("are the mean of what they stand for; one that stands alone keeps its numbers", () => {
    const patches = new Float32Array(3 * DIM);
    patches.set([2, 0], 0);
    patches.set([2 * Math.cos(0.2), 2 * Math.sin(0.2)], DIM);
    patches.set([0, 0, 0.3], 2 * DIM);
    const { vectors, count, places } = mergePatches(patches, 3, DIM, 1, 0.9);
    expect([count, [...places!]]).toEqual([2, [0, 0, 1]]);
    expect(vectors[0]).toBeCloseTo(2 * Math.cos(0.1), 6);
    expect(vectors[1]).toBeCloseTo(2 * Math.sin(0.1), 6);
    expect(rowOf(vectors, 1)).toEqual(rowOf(patches, 2));
  });

  it("take neighbouring times of one part before others", () => {
    // Time 0 and 1 of part 0 agree; part 1 agrees a little more with time 0 alone, but not with both.
    const at = (angle: number) =>
      Float32Array.from({ length: DIM }, (_, k) => [Math.cos(angle), Math.sin(angle)][k] ?? 0);
    const patches = new Float32Array(4 * DIM);
    [at(0), at(-0.15), at(0.17), at(1.5)].forEach((vector, patch) => patches.set(vector, patch * DIM));
    expect([...mergePatches(patches, 4, DIM, 2, Math.cos(0.18)).places!]).toEqual([0, 1, 0, 2]);
  });

  it("stay as they are where none agree, of no length or none at all", () => {
    const apart = new Float32Array(3 * DIM);
    [0, 1, 2].forEach((patch) => (apart[patch * DIM + patch] = 1));
    expect(mergePatches(apart, 3, DIM, 1, 0.9)).toEqual({ vectors: apart, count: 3 });
    const zeros = new Float32Array(4 * DIM);
    expect(mergePatches(zeros, 4, DIM, 2, 0.9)).toEqual({ vectors: zeros, count: 4 });
    expect(mergePatches(new Float32Array(0), 0, DIM, 2, 0.9).count).toBe(0);
  });
});
