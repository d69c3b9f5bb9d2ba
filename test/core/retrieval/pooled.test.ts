/** The pooling that is written out for speed gives what its definition gives. */
import { describe, expect, it } from "vitest";
import { POOLED_VECTORS, pooledVectors } from "../../../src/core/retrieval/pooled.js";
import { dequantiseVectors, quantiseMotion } from "../../../src/core/retrieval/quantise.js";
import type { TokenVectors } from "../../../src/core/retrieval/vectors.js";
import { mulberry } from "../../fixtures/random.js";

const ROUNDS = 6;

/** Spherical k-means from the mutually farthest vectors, step by step. */
function byDefinition(vectors: TokenVectors): TokenVectors {
  const { count, dim } = vectors;
  const all = dequantiseVectors(vectors);
  const rows = Array.from({ length: count }, (_, row) => all.subarray(row * dim, (row + 1) * dim));
  const dot = (a: Float32Array, b: Float32Array) => a.reduce((sum, value, k) => sum + value * b[k]!, 0);
  const centroids = [rows[0]!.slice()];
  const closeness = new Float32Array(count).fill(-Infinity);
  while (centroids.length < POOLED_VECTORS) {
    rows.forEach((row, at) => (closeness[at] = Math.max(closeness[at]!, dot(row, centroids.at(-1)!))));
    centroids.push(rows[closeness.indexOf(Math.min(...closeness))]!.slice());
  }
  for (let round = 0; round < ROUNDS && count > POOLED_VECTORS; round++) {
    const sums = centroids.map(() => new Float32Array(dim));
    for (const row of rows) {
      const products = centroids.map((centroid) => dot(row, centroid));
      const nearest = products.indexOf(Math.max(...products));
      row.forEach((value, k) => (sums[nearest]![k]! += value));
    }
    sums.forEach((sum, at) => {
      const length = Math.sqrt(dot(sum, sum));
      if (length > 0) centroids[at] = sum.map((value) => value / length);
    });
  }
  return quantiseMotion(Float32Array.from(centroids.flatMap((centroid) => [...centroid])), POOLED_VECTORS, dim);
}

describe("pooled vectors", () => {
  it("are those of the plain definition, whatever the number of vectors", () => {
    const random = mulberry(5);
    for (const count of [1, 2, 3, 5, 8, 9, 10, 11, 30, 49, 105]) {
      const kinds = Float32Array.from({ length: 12 * 32 }, () => random() - 0.5);
      const values = Float32Array.from({ length: count * 32 }, (_, at) => {
        return kinds[(Math.floor(at / 32) % 12) * 32 + (at % 32)]! + 0.4 * (random() - 0.5);
      });
      const vectors = quantiseMotion(values, count, 32);
      expect(pooledVectors(vectors), `${count} vectors`).toEqual(byDefinition(vectors));
    }
  });
});
