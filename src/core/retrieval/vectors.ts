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
