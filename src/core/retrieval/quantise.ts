import { patchVectors, type ItemVectors, type TokenVectors, type VectorShape } from "./vectors.js";

/** Rounds halves away from zero, as C's `round` and NumPy-based exporters of ours do (Math.round goes up). */
function roundHalfAwayFromZero(value: number): number {
  return Math.sign(value) * Math.floor(Math.abs(value) + 0.5);
}

/** Largest component of a stored vector of a motion, or of a whole text. */
const LARGEST = 127;
/** That of a token of a text: 7 bits, for the dot product instructions that take one side so (see engine/index). */
const LARGEST_OF_TEXT = 63;

/**
 * Symmetric int8 quantisation, one scale per vector: scale = max|v| / 127 kept as float32, component =
 * round(v / scale) with halves away from zero, clamped to [-127, 127]. A vector depends on its own numbers
 * only. A zero vector gets scale 1 and zeros.
 *
 * @param vectors `count * dim` numbers, row-major.
 * @throws RangeError when the length does not fit, or a number is not finite.
 */
export function quantiseVectors(vectors: Float32Array, count: number, dim: number): TokenVectors {
  return quantise(vectors, count, dim, LARGEST, false);
}

/** As `quantiseVectors`, in 7 bits ([-63, 63], scale = max|v| / 63): the tokens of a text, or what is searched with. */
export function quantiseText(vectors: Float32Array, count: number, dim: number): TokenVectors {
  return quantise(vectors, count, dim, LARGEST_OF_TEXT, false);
}

/**
 * As `quantiseVectors`, with one scale for all vectors, that of the largest component of any: the patches of a
 * motion. The best of them can then be found among the integers.
 */
export function quantiseMotion(vectors: Float32Array, count: number, dim: number): TokenVectors {
  return quantise(vectors, count, dim, LARGEST, true);
}

/** A motion's stored vectors as something to search with: in 7 bits, as the tokens of a text are. */
export function asQuery(motion: ItemVectors): ItemVectors {
  const again = (vectors: TokenVectors) => quantiseText(dequantiseVectors(vectors), vectors.count, vectors.dim);
  return { grid: again(patchVectors(motion)), whole: again(motion.whole) };
}

/**
 * What is stored of a text: its tokens and its whole in 7 bits.
 *
 * @param tokens `count * gridDim` numbers; `whole` `wholeDim` numbers, left out where the text has nothing to score.
 */
export function quantiseTextItem(
  tokens: Float32Array,
  count: number,
  whole: Float32Array | undefined,
  { gridDim, wholeDim }: VectorShape,
): ItemVectors {
  return {
    grid: quantiseText(tokens, count, gridDim),
    whole: quantiseText(whole ?? new Float32Array(0), whole === undefined || wholeDim === 0 ? 0 : 1, wholeDim),
  };
}

/** What is stored of a motion: its patches with one scale, and its whole with another; see `quantiseTextItem`. */
export function quantiseMotionItem(
  patches: Float32Array,
  count: number,
  whole: Float32Array | undefined,
  { gridDim, wholeDim }: VectorShape,
): ItemVectors {
  return {
    grid: quantiseMotion(patches, count, gridDim),
    whole: quantiseVectors(whole ?? new Float32Array(0), whole === undefined || wholeDim === 0 ? 0 : 1, wholeDim),
  };
}

/** Float vectors with the whole behind each token's or patch's own numbers, row-major: for other engines. */
export function joinedVectors(item: ItemVectors): { readonly count: number; readonly values: Float32Array } {
  const grid = patchVectors(item);
  const own = dequantiseVectors(grid);
  const whole = dequantiseVectors(item.whole);
  const dim = grid.dim + item.whole.dim;
  if (grid.dim === 0) return { count: item.whole.count, values: whole };
  const values = new Float32Array(grid.count * dim);
  for (let row = 0; row < grid.count; row++) {
    values.set(own.subarray(row * grid.dim, (row + 1) * grid.dim), row * dim);
    values.set(whole, row * dim + grid.dim);
  }
  return { count: grid.count, values };
}

function quantise(
  vectors: Float32Array,
  count: number,
  dim: number,
  limit: number,
  sharedScale: boolean,
): TokenVectors {
  if (vectors.length !== count * dim) {
    throw new RangeError(`Expected ${count} x ${dim} = ${count * dim} numbers, found ${vectors.length}.`);
  }
  const data = new Int8Array(count * dim);
  const scales = new Float32Array(count);
  for (let vector = 0; vector < count; vector++) scales[vector] = largestOf(vectors, vector, dim);
  if (sharedScale) scales.fill(scales.reduce((largest, value) => Math.max(largest, value), 0));
  for (let vector = 0; vector < count; vector++) {
    const start = vector * dim;
    scales[vector] = scales[vector]! / limit;
    // Also for sizes so small that the scale underflows: all components are then zero.
    if (scales[vector] === 0) {
      scales[vector] = 1;
      continue;
    }
    const scale = scales[vector]!;
    for (let at = start; at < start + dim; at++) {
      data[at] = Math.max(-limit, Math.min(limit, roundHalfAwayFromZero(vectors[at]! / scale)));
    }
  }
  return { count, dim, data, scales };
}

function largestOf(vectors: Float32Array, vector: number, dim: number): number {
  let largest = 0;
  for (let at = vector * dim; at < (vector + 1) * dim; at++) {
    const size = Math.abs(vectors[at]!);
    if (!(size < Infinity)) throw new RangeError(`Vector ${vector} holds a number that is not finite.`);
    if (size > largest) largest = size;
  }
  return largest;
}

/** The float vectors that stored ones stand for, row-major. */
export function dequantiseVectors(vectors: TokenVectors): Float32Array {
  const { count, dim, data, scales } = vectors;
  const values = new Float32Array(count * dim);
  for (let vector = 0, at = 0; vector < count; vector++) {
    const scale = scales[vector]!;
    for (let k = 0; k < dim; k++, at++) values[at] = data[at]! * scale;
  }
  return values;
}
