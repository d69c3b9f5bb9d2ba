/**
 * The readable definition of the score by which everything ranks: late interaction (MaxSim) on stored int8
 * vectors. Fast kernels elsewhere are held equal to this by tests.
 */
import type { TokenVectors } from "./vectors.js";

/**
 * Cosine of every query vector with every document vector, `[query][document]` row-major: the exact integer
 * dot product times the product of both scales, in float64.
 *
 * @throws RangeError when the dimensions differ.
 */
export function alignmentMatrix(query: TokenVectors, document: TokenVectors): Float64Array {
  if (query.dim !== document.dim) {
    throw new RangeError(`Vectors of ${query.dim} and ${document.dim} dimensions cannot be compared.`);
  }
  const matrix = new Float64Array(query.count * document.count);
  for (let q = 0; q < query.count; q++) {
    for (let d = 0; d < document.count; d++) {
      let sum = 0;
      for (let k = 0; k < query.dim; k++) {
        sum += query.data[q * query.dim + k]! * document.data[d * document.dim + k]!;
      }
      matrix[q * document.count + d] = sum * (query.scales[q]! * document.scales[d]!);
    }
  }
  return matrix;
}

export interface TokenMaximum {
  readonly score: number;
  /** Index of the document vector; the first one on ties. */
  readonly index: number;
}

/** Best document vector of each query vector. Empty documents give -Infinity and index -1. */
export function tokenMaxima(matrix: Float64Array, queryCount: number, documentCount: number): TokenMaximum[] {
  return Array.from({ length: queryCount }, (_, q) => {
    let score = -Infinity;
    let index = -1;
    for (let d = 0; d < documentCount; d++) {
      const value = matrix[q * documentCount + d]!;
      if (value > score) {
        score = value;
        index = d;
      }
    }
    return { score, index };
  });
}

/** Mean over query vectors of the best cosine with a document vector. -Infinity when either side is empty. */
export function maxSimScore(query: TokenVectors, document: TokenVectors): number {
  if (query.count === 0 || document.count === 0) return -Infinity;
  const maxima = tokenMaxima(alignmentMatrix(query, document), query.count, document.count);
  return maxima.reduce((sum, maximum) => sum + maximum.score, 0) / query.count;
}
