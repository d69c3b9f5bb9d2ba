/**
 * Token vectors as they are stored and scored: int8 with one scale per vector. A score is always
 * computed on these stored values, so that search, align and the index agree exactly.
 */
export interface TokenVectors {
  readonly count: number;
  readonly dim: number;
  /** `count * dim` signed bytes; vector i is `data.subarray(i * dim, (i + 1) * dim)`. */
  readonly data: Int8Array;
  /** `count` positive factors: component = data * scale. The dequantised vectors have unit length up to rounding. */
  readonly scales: Float32Array;
}

/**
 * The same vectors with everything behind their first `gridDim` numbers left out: what a token's or patch's own numbers
 * say, without what a model puts behind them for the whole text or motion.
 */
export function ownNumbers(vectors: TokenVectors, gridDim: number): TokenVectors {
  if (gridDim >= vectors.dim) return vectors;
  const data = vectors.data.slice();
  for (let row = 0; row < vectors.count; row++) data.fill(0, row * vectors.dim + gridDim, (row + 1) * vectors.dim);
  return { ...vectors, data };
}
