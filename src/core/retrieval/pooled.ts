/**
 * A few vectors that stand for all of a motion's: by them the candidates of a staged search are found, where the model
 * says nothing of the whole motion.
 */
import { dequantiseVectors, quantiseMotion } from "./quantise.js";
import type { TokenVectors, VectorShape } from "./vectors.js";

/** Pooled vectors of a motion. The products below are written out for this many. */
export const POOLED_VECTORS = 8;
const ROUNDS = 6;

/** How many are kept of a motion: none where its whole does better. */
export function pooledCount({ gridDim, wholeDim }: VectorShape): number {
  return gridDim > 0 && wholeDim === 0 ? POOLED_VECTORS : 0;
}

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
  const nearest = new Uint8Array(count).fill(POOLED_VECTORS);
  for (let round = 0; round < ROUNDS && count > POOLED_VECTORS; round++) {
    // The same vectors again would give the same centroids.
    if (!assign(data, count, dim, centroids, nearest)) break;
    sums.fill(0);
    for (let v = 0; v < count; v++) {
      const at = nearest[v]! * dim;
      for (let k = 0; k < dim; k++) sums[at + k]! += data[v * dim + k]!;
    }
    for (let c = 0; c < POOLED_VECTORS; c++) setUnit(centroids, c * dim, sums, dim);
  }
  return quantiseMotion(centroids, POOLED_VECTORS, dim);
}

/** Gives every vector the centroid with the largest product, the first of several; whether any changed. */
function assign(data: Float32Array, count: number, dim: number, centroids: Float32Array, nearest: Uint8Array): boolean {
  // All eight products at once: the vector's numbers are read once, and the sums do not wait for each other.
  const turned = new Float64Array(centroids.length);
  for (let c = 0; c < POOLED_VECTORS; c++) for (let k = 0; k < dim; k++) turned[k * 8 + c] = centroids[c * dim + k]!;
  let changed = false;
  for (let v = 0; v < count; v++) {
    let [a, b, c, d, e, f, g, h] = [0, 0, 0, 0, 0, 0, 0, 0];
    for (let k = 0, at = 0; k < dim; k++, at += 8) {
      const value = data[v * dim + k]!;
      a += value * turned[at]!;
      b += value * turned[at + 1]!;
      c += value * turned[at + 2]!;
      d += value * turned[at + 3]!;
      e += value * turned[at + 4]!;
      f += value * turned[at + 5]!;
      g += value * turned[at + 6]!;
      h += value * turned[at + 7]!;
    }
    let [best, chosen] = [a, 0];
    if (b > best) [best, chosen] = [b, 1];
    if (c > best) [best, chosen] = [c, 2];
    if (d > best) [best, chosen] = [d, 3];
    if (e > best) [best, chosen] = [e, 4];
    if (f > best) [best, chosen] = [f, 5];
    if (g > best) [best, chosen] = [g, 6];
    if (h > best) chosen = 7;
    if (nearest[v] === chosen) continue;
    nearest[v] = chosen;
    changed = true;
  }
  return changed;
}

function farthest(data: Float32Array, count: number, dim: number): Float32Array {
  const centroids = new Float32Array(POOLED_VECTORS * dim);
  const closeness = new Float32Array(count).fill(-Infinity);
  let next = 0;
  for (let c = 0; c < POOLED_VECTORS; c++) {
    centroids.set(data.subarray(next * dim, (next + 1) * dim), c * dim);
    approach(closeness, data, dim, Float64Array.from(centroids.subarray(c * dim, (c + 1) * dim)));
    next = 0;
    for (let v = 0; v < count; v++) if (closeness[v]! < closeness[next]!) next = v;
  }
  return centroids;
}

/** Raises each vector's closeness to its product with a centroid; four vectors at a time, for speed alone. */
function approach(closeness: Float32Array, data: Float32Array, dim: number, centroid: Float64Array): void {
  const count = closeness.length;
  for (let v = 0; v < count; v += 4) {
    const start = (row: number) => Math.min(row, count - 1) * dim;
    const [p, q, r, s] = [start(v), start(v + 1), start(v + 2), start(v + 3)];
    let [a, b, c, d] = [0, 0, 0, 0];
    for (let k = 0; k < dim; k++) {
      const value = centroid[k]!;
      a += data[p + k]! * value;
      b += data[q + k]! * value;
      c += data[r + k]! * value;
      d += data[s + k]! * value;
    }
    closeness[v] = Math.max(closeness[v]!, a);
    if (v + 1 < count) closeness[v + 1] = Math.max(closeness[v + 1]!, b);
    if (v + 2 < count) closeness[v + 2] = Math.max(closeness[v + 2]!, c);
    if (v + 3 < count) closeness[v + 3] = Math.max(closeness[v + 3]!, d);
  }
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
