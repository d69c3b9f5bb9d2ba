/**
 * The readable definition of the score by which everything ranks: late interaction (MaxSim) on stored int8
 * vectors, and the product of the two wholes. Fast kernels elsewhere are held equal to this by tests.
 */
import { patchVectors, type ItemVectors, type TokenVectors } from "./vectors.js";

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

/** Cosines of a text's tokens with a motion's patches, `[token][patch]`. */
export function patchCosines(text: TokenVectors, motion: ItemVectors): Float64Array {
  return alignmentMatrix(text, patchVectors(motion));
}

/** What the whole text and the whole motion bring to the score: 0 for a model without, -Infinity where one is missing. */
export function wholeScore(text: TokenVectors, motion: TokenVectors): number {
  if (text.dim === 0 && motion.dim === 0) return 0;
  if (text.count === 0 || motion.count === 0) return -Infinity;
  return alignmentMatrix(text, motion)[0]!;
}

/** The score of a text and a motion; -Infinity when either has no vectors. */
export function pairScore(text: ItemVectors, motion: ItemVectors): number {
  const whole = wholeScore(text.whole, motion.whole);
  if (text.grid.dim === 0 && motion.grid.dim === 0) return text.whole.dim === 0 ? -Infinity : whole;
  return maxSimScore(text.grid, motion.grid) + whole;
}
