/**
 * Motions without files: items of an index whose vectors follow from their key and version alone, so that a test can
 * tell a lost, a stale and a wrong one. Shared by the tests of faults and the process that they kill.
 */
import { quantiseMotion, quantiseText } from "../../../src/core/retrieval/quantise.js";
import type { TokenVectors } from "../../../src/core/retrieval/vectors.js";
import type { CaptionItem, EncodedItem, MotionItem } from "../../../src/engine/index/segment.js";
import { IndexStore } from "../../../src/engine/index/store.js";
import type { CompiledKernel } from "../../../src/engine/index/kernel.js";

export const DIM = 32;
export const MODEL_KEY = "synthetic";

/** Key of a motion -> its version. */
export type State = ReadonlyMap<string, number>;

export function vectorsOf(key: string, version: number, count = 14, quantise = quantiseMotion): TokenVectors {
  let state = (version * 2654435761) >>> 0;
  for (const character of key) state = (Math.imul(state ^ character.charCodeAt(0), 16777619) + 97) >>> 0;
  const values = Float32Array.from({ length: count * DIM }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 31 - 1;
  });
  for (let at = 0; at < values.length; at += DIM) {
    const length = Math.hypot(...values.subarray(at, at + DIM));
    for (let k = at; k < at + DIM; k++) values[k]! /= length;
  }
  return quantise(values, count, DIM);
}

/** `frames` tells the version. */
export function motionOf(key: string, version: number): EncodedItem<MotionItem> {
  const item = { key, path: `${key}.npy`, size: version, mtimeMs: version, frames: version, fps: 20 };
  return { item, vectors: vectorsOf(key, version), global: vectorsOf(key, version, 1) };
}

/** Tokens of a text, to store or to search with. */
export function textOf(text: string, tokens: number): TokenVectors {
  return vectorsOf(text, 0, tokens, quantiseText);
}

export function captionOf(key: string): EncodedItem<CaptionItem> {
  return { item: { key }, vectors: textOf(key, 3), global: vectorsOf(key, 0, 1) };
}

export function openStore(
  folder: string,
  compiled: CompiledKernel,
  log: (level: string, message: string) => void,
): IndexStore {
  return new IndexStore({ folder, dataset: folder, modelKey: MODEL_KEY, dim: DIM, compiled, log });
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
