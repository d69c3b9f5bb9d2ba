/**
 * Product quantisation, to be measured: a vector is cut into pieces, and of each piece only the number of the nearest
 * of 256 centroids is kept. Scores are read from tables of each query piece's products with the centroids.
 */

const CENTROIDS = 256;
const ROUNDS = 8;
/** Vectors that the centroids are found by, spread over all of them. */
const SAMPLE = 8192;

export interface ProductQuantiser {
  readonly pieces: number;
  /** Numbers of a piece. */
  readonly width: number;
  /** `[piece][centroid][number]`. */
  readonly centroids: Float32Array;
}

/**
 * Centroids by k-means from vectors spread evenly over the sample: the same input gives the same output.
 *
 * @param vectors `count * dim` numbers; `pieces` divides `dim`.
 */
export function trainQuantiser(vectors: Float32Array, count: number, dim: number, pieces: number): ProductQuantiser {
  const width = dim / pieces;
  if (!Number.isInteger(width) || count === 0)
    throw new RangeError(`${count} x ${dim} is not cut into ${pieces} pieces`);
  const size = Math.min(SAMPLE, count);
  const rows = Array.from({ length: size }, (_, at) => Math.floor((at * count) / size));
  const centroids = new Float32Array(pieces * CENTROIDS * width);
  const piece = new Float32Array(size * width);
  for (let at = 0; at < pieces; at++) {
    rows.forEach((row, index) => {
      const from = row * dim + at * width;
      piece.set(vectors.subarray(from, from + width), index * width);
    });
    const own = centroids.subarray(at * CENTROIDS * width, (at + 1) * CENTROIDS * width);
    for (let centroid = 0; centroid < CENTROIDS; centroid++) {
      const from = Math.floor((centroid * size) / CENTROIDS) * width;
      own.set(piece.subarray(from, from + width), centroid * width);
    }
    for (let round = 0; round < ROUNDS; round++) improve(own, piece, width);
  }
  return { pieces, width, centroids };
}

/** Puts the mean of what is nearest to it in each centroid's place; one that nothing is nearest to stays. */
function improve(centroids: Float32Array, piece: Float32Array, width: number): void {
  const sums = new Float64Array(centroids.length);
  const counts = new Uint32Array(CENTROIDS);
  for (let from = 0; from < piece.length; from += width) {
    const nearest = nearestOf(centroids, piece, from, width);
    counts[nearest]!++;
    for (let k = 0; k < width; k++) sums[nearest * width + k]! += piece[from + k]!;
  }
  for (let at = 0; at < centroids.length; at++) {
    const members = counts[Math.floor(at / width)]!;
    if (members > 0) centroids[at] = sums[at]! / members;
  }
}

function nearestOf(centroids: Float32Array, values: Float32Array, from: number, width: number): number {
  let [least, nearest] = [Infinity, 0];
  for (let centroid = 0; centroid < CENTROIDS; centroid++) {
    let distance = 0;
    for (let k = 0; k < width; k++) {
      const difference = values[from + k]! - centroids[centroid * width + k]!;
      distance += difference * difference;
    }
    if (distance < least) [least, nearest] = [distance, centroid];
  }
  return nearest;
}

/** One byte a piece: `[vector][piece]`. */
export function quantiseProducts({ pieces, width, centroids }: ProductQuantiser, vectors: Float32Array): Uint8Array {
  const codes = new Uint8Array(vectors.length / width);
  for (let at = 0; at < codes.length; at++) {
    const from = (at % pieces) * CENTROIDS * width;
    codes[at] = nearestOf(centroids.subarray(from, from + CENTROIDS * width), vectors, at * width, width);
  }
  return codes;
}

/** Products of each of a text's vectors with all centroids: `[token][piece][centroid]`. */
export function productTables({ pieces, width, centroids }: ProductQuantiser, tokens: Float32Array): Float32Array {
  const size = pieces * CENTROIDS;
  const count = tokens.length / (pieces * width);
  const tables = new Float32Array(count * size);
  for (let at = 0; at < tables.length; at++) {
    const [token, entry] = [Math.floor(at / size), at % size];
    const from = token * pieces * width + Math.floor(entry / CENTROIDS) * width;
    for (let k = 0; k < width; k++) tables[at]! += tokens[from + k]! * centroids[entry * width + k]!;
  }
  return tables;
}

/** MaxSim by look-up: the mean over the tokens of their best sum. */
export function tableScore(tables: Float32Array, codes: Uint8Array, pieces: number): number {
  const size = pieces * CENTROIDS;
  const tokens = tables.length / size;
  let total = 0;
  for (let token = 0; token < tokens; token++) {
    let best = -Infinity;
    for (let from = 0; from < codes.length; from += pieces) {
      let sum = 0;
      for (let piece = 0, at = token * size; piece < pieces; piece++, at += CENTROIDS) {
        sum += tables[at + codes[from + piece]!]!;
      }
      if (sum > best) best = sum;
    }
    total += best;
  }
  return total / tokens;
}
