/** Where motions' vectors can be kept and searched: an index of this program, or an engine for a team. */
import type { ItemVectors, VectorShape } from "../../core/retrieval/vectors.js";
import type { StoredMotion } from "../../engine/service.js";

/** A motion with what a search needs of it, so that its dataset is not looked at again; `id` is its path there. */
export type { StoredMotion } from "../../engine/service.js";

export interface VectorHit {
  readonly motion: StoredMotion;
  /** `pairScore` of the query and the motion's stored vectors. */
  readonly score: number;
}

/** Which motions are looked at: those of a split, with a text in their path (in any case), with or without a caption. */
export interface StoreFilter {
  readonly split?: string;
  readonly path?: string;
  readonly hasCaption?: boolean;
}

export interface VectorSearch {
  readonly top: number;
  readonly filter?: StoreFilter;
}

/** The model whose vectors a store holds; those of another are refused. */
export interface StoreModel {
  /** Everything that the vectors depend on besides the data. */
  readonly key: string;
  readonly name: string;
  readonly shape: VectorShape;
}

export interface OpenStore {
  readonly model: StoreModel;
  /** Makes the store when it is not there; otherwise that is an error. */
  readonly create: boolean;
}

/** Opened by the implementations' `open`. */
export interface VectorStore {
  /** Adds motions, or puts them in place of those of the same id. Safe when it returns. */
  upsert(motions: readonly StoredMotion[], signal?: AbortSignal): Promise<void>;
  /** Removes motions; unknown ids do no harm. */
  delete(ids: readonly string[], signal?: AbortSignal): Promise<void>;
  /** The best motions by exact MaxSim: score descending, then id. */
  search(query: ItemVectors, search: VectorSearch, signal?: AbortSignal): Promise<VectorHit[]>;
  count(filter?: StoreFilter): Promise<number>;
  ids(): Promise<string[]>;
  /** Tidies up after many changes, where the store has a use for it. */
  optimise(): Promise<void>;
  close(): Promise<void>;
}
