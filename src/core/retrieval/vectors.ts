/**
 * Vectors as they are stored and scored: int8 with one scale per vector. A score is always computed on these stored
 * values, so that search, align and the index agree exactly.
 */
export interface TokenVectors {
  readonly count: number;
  readonly dim: number;
  /** `count * dim` signed bytes; vector i is `data.subarray(i * dim, (i + 1) * dim)`. */
  readonly data: Int8Array;
  /** `count` positive factors: component = data * scale. */
  readonly scales: Float32Array;
}

/**
 * What a model's vectors are made of: numbers of each token or patch, and numbers of the whole text or motion, which
 * are the same for all of its tokens or patches and therefore kept once. Either may be 0: a model of plain MaxSim has
 * no whole, one that embeds texts and motions as one vector each has no grid.
 */
export interface VectorShape {
  readonly gridDim: number;
  readonly wholeDim: number;
}

/** All that is scored of a text or motion. Dot products of the lengths that the model gave add up to the score. */
export interface ItemVectors {
  /** One vector a token or patch; of a motion, patch `time * parts + part` unless there are `places`. */
  readonly grid: TokenVectors;
  /** One vector, or none where the text or motion has nothing to score. */
  readonly whole: TokenVectors;
  /** Of a motion whose patches share vectors: which one each patch has, by its index. */
  readonly places?: Uint16Array;
}

const NO_VECTORS: TokenVectors = { count: 0, dim: 0, data: new Int8Array(0), scales: new Float32Array(0) };

/** The shape of plain MaxSim. */
export function gridShape(dim: number): VectorShape {
  return { gridDim: dim, wholeDim: 0 };
}

/** Vectors of tokens or patches that are all there is to score. */
export function gridOnly(grid: TokenVectors): ItemVectors {
  return { grid, whole: NO_VECTORS };
}

/** One vector that is all there is to score. */
export function wholeOnly(whole: TokenVectors): ItemVectors {
  return { grid: NO_VECTORS, whole };
}

export function shapeOf({ grid, whole }: ItemVectors): VectorShape {
  return { gridDim: grid.dim, wholeDim: whole.dim };
}

/** Whether there is nothing to score: a text without a token. */
export function isEmptyItem({ grid, whole }: ItemVectors): boolean {
  return grid.dim > 0 ? grid.count === 0 : whole.count === 0;
}

/** Patches of a motion, or tokens of a text. */
export function patchCount({ grid, places }: ItemVectors): number {
  return places?.length ?? grid.count;
}

/** The vectors with one row for each patch, also where patches share one. */
export function patchVectors({ grid, places }: ItemVectors): TokenVectors {
  if (places === undefined) return grid;
  const { dim } = grid;
  const data = new Int8Array(places.length * dim);
  const scales = new Float32Array(places.length);
  places.forEach((row, patch) => {
    data.set(grid.data.subarray(row * dim, (row + 1) * dim), patch * dim);
    scales[patch] = grid.scales[row]!;
  });
  return { count: places.length, dim, data, scales };
}
