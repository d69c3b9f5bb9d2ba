/** A few vectors that stand for all of a motion's: by them the candidates of a staged search are found. */
import { dequantiseVectors, quantiseMotion } from "./quantise.js";
import type { TokenVectors } from "./vectors.js";

/** Pooled vectors of a motion. */
export const POOLED_VECTORS = 8;
const ROUNDS = 6;

/**
 * Unit centroids of a motion's vectors (spherical k-means from the mutually farthest ones; the same input gives the
 * same output). Fewer vectors than centroids are repeated.
 *
 * @returns `POOLED_VECTORS` vectors with one scale; none for a motion without vectors.
 */
export function pooledVectors(vectors: TokenVectors): TokenVectors {
  const { count, dim } = vectors;
  if (count === 0) return quantiseMotion(new Float32Array(0), 0, dim);
  const data = dequantiseVectors(vectors);
  const centroids = farthest(data, count, dim);
  const sums = new Float32Array(centroids.length);
  for (let round = 0; round < ROUNDS && count > POOLED_VECTORS; round++) {
    sums.fill(0);
    for (let v = 0; v < count; v++) {
      let best = -Infinity;
      let nearest = 0;
      for (let c = 0; c < POOLED_VECTORS; c++) {
        const value = dot(data, v * dim, centroids, c * dim, dim);
        if (value > best) [best, nearest] = [value, c];
      }
      for (let k = 0; k < dim; k++) sums[nearest * dim + k]! += data[v * dim + k]!;
    }
    for (let c = 0; c < POOLED_VECTORS; c++) setUnit(centroids, c * dim, sums, dim);
  }
  return quantiseMotion(centroids, POOLED_VECTORS, dim);
}

function farthest(data: Float32Array, count: number, dim: number): Float32Array {
  const centroids = new Float32Array(POOLED_VECTORS * dim);
  const closeness = new Float32Array(count).fill(-Infinity);
  let next = 0;
  for (let c = 0; c < POOLED_VECTORS; c++) {
    centroids.set(data.subarray(next * dim, (next + 1) * dim), c * dim);
    next = 0;
    for (let v = 0; v < count; v++) {
      closeness[v] = Math.max(closeness[v]!, dot(data, v * dim, centroids, c * dim, dim));
      if (closeness[v]! < closeness[next]!) next = v;
    }
  }
  return centroids;
}

function dot(a: Float32Array, aAt: number, b: Float32Array, bAt: number, dim: number): number {
  let sum = 0;
  for (let k = 0; k < dim; k++) sum += a[aAt + k]! * b[bAt + k]!;
  return sum;
}

/** Puts the unit vector of a sum in place of a centroid; one that no vector chose stays. */
function setUnit(centroids: Float32Array, at: number, sums: Float32Array, dim: number): void {
  const length = Math.sqrt(dot(sums, at, sums, at, dim));
  if (length === 0) return;
  for (let k = at; k < at + dim; k++) centroids[k] = sums[k]! / length;
}
