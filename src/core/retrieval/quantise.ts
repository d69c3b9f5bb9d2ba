import type { TokenVectors } from "./vectors.js";

/** Rounds halves away from zero, as C's `round` and NumPy-based exporters of ours do (Math.round goes up). */
function roundHalfAwayFromZero(value: number): number {
  return Math.sign(value) * Math.floor(Math.abs(value) + 0.5);
}

/**
 * Symmetric int8 quantisation, one scale per vector: scale = max|v| / 127 kept as float32, component =
 * round(v / scale) with halves away from zero, clamped to [-127, 127]. A vector depends on its own numbers
 * only. A zero vector gets scale 1 and zeros.
 *
 * @param vectors `count * dim` numbers, row-major.
 * @throws RangeError when the length does not fit, or a number is not finite.
 */
export function quantiseVectors(vectors: Float32Array, count: number, dim: number): TokenVectors {
  if (vectors.length !== count * dim) {
    throw new RangeError(`Expected ${count} x ${dim} = ${count * dim} numbers, found ${vectors.length}.`);
  }
  const data = new Int8Array(count * dim);
  const scales = new Float32Array(count);
  for (let vector = 0; vector < count; vector++) {
    const start = vector * dim;
    let largest = 0;
    for (let at = start; at < start + dim; at++) {
      const size = Math.abs(vectors[at]!);
      if (!(size < Infinity)) throw new RangeError(`Vector ${vector} holds a number that is not finite.`);
      if (size > largest) largest = size;
    }
    scales[vector] = largest / 127;
    // Also for sizes so small that the scale underflows: all components are then zero.
    if (scales[vector] === 0) {
      scales[vector] = 1;
      continue;
    }
    const scale = scales[vector]!;
    for (let at = start; at < start + dim; at++) {
      data[at] = Math.max(-127, Math.min(127, roundHalfAwayFromZero(vectors[at]! / scale)));
    }
  }
  return { count, dim, data, scales };
}

/** The float vectors that stored ones stand for, row-major. */
export function dequantiseVectors(vectors: TokenVectors): Float32Array {
  return Float32Array.from(vectors.data, (component, at) => component * vectors.scales[Math.floor(at / vectors.dim)]!);
}
