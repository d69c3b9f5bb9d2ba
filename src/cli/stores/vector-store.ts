/** Where motions' vectors can be kept and searched: the index of this program, or an engine for a team. */
import type { TokenVectors } from "../../core/retrieval/vectors.js";

export interface StoredMotion {
  /** Names the motion in the store, for example its path in the dataset. */
  readonly id: string;
  readonly vectors: TokenVectors;
}

export interface VectorHit {
  readonly id: string;
  /** Mean over the query's tokens of the best cosine with a vector of the motion. */
  readonly score: number;
}

export interface VectorSearch {
  readonly top: number;
  /** Only these motions; undefined means all. */
  readonly ids?: readonly string[];
}

/** Opened by the implementations' `open`. */
export interface VectorStore {
  /** Adds motions, or puts them in place of those of the same id. Safe when it returns. */
  upsert(motions: readonly StoredMotion[], signal?: AbortSignal): Promise<void>;
  /** Removes motions; unknown ids do no harm. */
  delete(ids: readonly string[], signal?: AbortSignal): Promise<void>;
  /** The best motions by exact MaxSim: score descending, then id. */
  search(query: TokenVectors, search: VectorSearch, signal?: AbortSignal): Promise<VectorHit[]>;
  count(): Promise<number>;
  close(): Promise<void>;
}
