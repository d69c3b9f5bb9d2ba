/** Real captions of the data as queries. */
import { shapeOf, type ItemVectors, type TokenVectors } from "../../core/retrieval/vectors.js";
import type { Collection } from "../../engine/index/collection.js";

/** Tokens of each query of the first kind. */
export const QUERY_TOKENS = 16;

export interface QuerySets {
  /** Captions of `QUERY_TOKENS` tokens: a short one is filled up with the tokens of the next ones. */
  readonly filled: readonly ItemVectors[];
  /** The same captions as they are. */
  readonly natural: readonly ItemVectors[];
}

/** Captions spread evenly over an index. @throws Error when it has none with tokens. */
export function realQueries(captions: Collection<"captions">, queries: number): QuerySets {
  const usable: number[] = [];
  for (let index = 0; index < captions.items.length; index++) {
    if (captions.vectorsOf(index).grid.count > 0) usable.push(index);
  }
  if (usable.length === 0) throw new Error("the dataset has no captions to search with");
  const starts = Array.from({ length: queries }, (_, query) => Math.floor((query * usable.length) / queries));
  return {
    natural: starts.map((at) => captions.vectorsOf(usable[at]!)),
    filled: starts.map((at) => filled(captions, usable, at)),
  };
}

function filled(captions: Collection<"captions">, usable: readonly number[], start: number): ItemVectors {
  const first = captions.vectorsOf(usable[start]!);
  const { gridDim: dim } = shapeOf(first);
  const data = new Int8Array(QUERY_TOKENS * dim);
  const scales = new Float32Array(QUERY_TOKENS);
  let row = 0;
  for (let at = start; row < QUERY_TOKENS; at = (at + 1) % usable.length) {
    const { grid } = captions.vectorsOf(usable[at]!);
    for (let token = 0; token < grid.count && row < QUERY_TOKENS; token++, row++) {
      data.set(grid.data.subarray(token * dim, (token + 1) * dim), row * dim);
      scales[row] = grid.scales[token]!;
    }
  }
  return {
    grid: { count: QUERY_TOKENS, dim, data, scales },
    whole: first.whole,
  };
}

/** In a form that JSON keeps. */
export interface WrittenItem {
  readonly grid: WrittenVectors;
  readonly whole: WrittenVectors;
}

interface WrittenVectors {
  readonly count: number;
  readonly dim: number;
  readonly data: readonly number[];
  readonly scales: readonly number[];
}

export function writtenItem({ grid, whole }: ItemVectors): WrittenItem {
  const written = ({ count, dim, data, scales }: TokenVectors) => ({
    count,
    dim,
    data: [...data],
    scales: [...scales],
  });
  return { grid: written(grid), whole: written(whole) };
}

export function readItem({ grid, whole }: WrittenItem): ItemVectors {
  const read = ({ count, dim, data, scales }: WrittenVectors) => ({
    count,
    dim,
    data: Int8Array.from(data),
    scales: Float32Array.from(scales),
  });
  return { grid: read(grid), whole: read(whole) };
}
