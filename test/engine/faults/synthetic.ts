/**
 * Motions without files: items of an index whose vectors follow from their key and version alone, so that a test can
 * tell a lost, a stale and a wrong one. Shared by the tests of faults and the process that they kill.
 */
import { quantiseMotionItem, quantiseTextItem } from "../../../src/core/retrieval/quantise.js";
import type { ItemVectors, VectorShape } from "../../../src/core/retrieval/vectors.js";
import type { CaptionItem, EncodedItem, MotionItem } from "../../../src/engine/index/segment.js";
import { IndexStore } from "../../../src/engine/index/store.js";
import type { CompiledKernel } from "../../../src/engine/index/kernel.js";

export const SHAPE: VectorShape = { gridDim: 32, wholeDim: 16 };
export const MODEL_KEY = "synthetic";

/** Key of a motion -> its version. */
export type State = ReadonlyMap<string, number>;

export function vectorsOf(key: string, version: number, count = 14, quantise = quantiseMotionItem): ItemVectors {
  const { gridDim, wholeDim } = SHAPE;
  let state = (version * 2654435761) >>> 0;
  for (const character of key) state = (Math.imul(state ^ character.charCodeAt(0), 16777619) + 97) >>> 0;
  const unit = (dim: number) => {
    const values = Float32Array.from({ length: dim }, () => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return state / 2 ** 31 - 1;
    });
    const length = Math.hypot(...values) * Math.SQRT2;
    return values.map((value) => value / length);
  };
  const grid = new Float32Array(count * gridDim);
  for (let at = 0; at < grid.length; at += gridDim) grid.set(unit(gridDim), at);
  return quantise(grid, count, unit(wholeDim), SHAPE);
}

/** `frames` tells the version. */
export function motionOf(key: string, version: number): EncodedItem<MotionItem> {
  const item = { key, path: `${key}.npy`, size: version, mtimeMs: version, frames: version, fps: 20 };
  return { item, vectors: vectorsOf(key, version) };
}

/** Tokens of a text, to store or to search with. */
export function textOf(text: string, tokens: number): ItemVectors {
  return vectorsOf(text, 0, tokens, quantiseTextItem);
}

export function captionOf(key: string): EncodedItem<CaptionItem> {
  return { item: { key }, vectors: textOf(key, 3) };
}

export function openStore(
  folder: string,
  compiled: CompiledKernel,
  log: (level: string, message: string) => void,
): IndexStore {
  return new IndexStore({ folder, dataset: folder, modelKey: MODEL_KEY, shape: SHAPE, compiled, log });
}

/** The motions that a store holds now. */
export function liveMotions(store: IndexStore): Map<string, number> {
  const deleted = new Set(store.manifest.deleted);
  const live = new Map<string, number>();
  for (const { key } of store.motions.items) {
    if (!deleted.has(key)) live.set(key, store.motions.items[store.motions.indexOf(key)!]!.frames);
  }
  return live;
}
