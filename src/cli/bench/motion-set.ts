/**
 * Sets of any size out of an index: its motions first, then variations of them, written straight into segments. One
 * process writes every n-th segment, so that a large set is made by all cores; nothing of it is kept in memory.
 */
import { closeSync, mkdirSync, openSync, readFileSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { patchVectors, type ItemVectors, type VectorShape } from "../../core/retrieval/vectors.js";
import { Collection } from "../../engine/index/collection.js";
import { compileKernel } from "../../engine/index/kernel.js";
import type { SegmentEntry } from "../../engine/index/manifest.js";
import { encodeSegment } from "../../engine/index/segment.js";
import type { StoredMotion } from "../stores/vector-store.js";
import { Variations, type RealMotion } from "./variations.js";

export const SET_MODEL_KEY = "bench";
const MOTIONS_PER_SEGMENT = 2000;

export interface MotionSet {
  readonly folder: string;
  readonly entries: readonly SegmentEntry[];
  readonly shape: VectorShape;
  readonly motions: number;
  /** Patch vectors of all motions. */
  readonly vectors: number;
  readonly real: number;
  /** How long it took to make, with all processes; undefined for one that was there already. */
  readonly seconds?: number;
}

/** What one process wrote. */
export interface SetPart {
  readonly entries: readonly SegmentEntry[];
  readonly vectors: number;
}

/** Writes the segments whose number is `part` modulo `parts`. */
export async function writeSetPart(
  folder: string,
  real: readonly RealMotion[],
  motions: number,
  grid: { readonly parts: number; readonly shape: VectorShape },
  part: { readonly index: number; readonly count: number },
  progress: (motions: number) => void,
): Promise<SetPart> {
  mkdirSync(folder, { recursive: true });
  const variations = new Variations(real, grid.parts);
  const entries: SegmentEntry[] = [];
  let vectors = 0;
  for (let number = part.index; number * MOTIONS_PER_SEGMENT < motions; number += part.count) {
    const from = number * MOTIONS_PER_SEGMENT;
    const to = Math.min(motions, from + MOTIONS_PER_SEGMENT);
    const items = Array.from({ length: to - from }, (_, at): RealMotion => {
      const motion = from + at;
      if (motion >= real.length) return variations.motion(motion);
      const key = `motion ${motion}`;
      return {
        ...real[motion]!,
        item: { ...real[motion]!.item, key, path: key },
      };
    });
    for (const item of items) vectors += item.vectors.grid.count;
    const file = `motions-${number}.seg`;
    const bytes = encodeSegment(SET_MODEL_KEY, "motions", grid.shape, items);
    writeFileSync(join(folder, file), bytes);
    entries.push({
      file,
      kind: "motions",
      items: items.length,
      bytes: bytes.length,
      generation: number,
    });
    progress(items.length);
    await new Promise(setImmediate);
  }
  return { entries, vectors };
}

/** The whole set, in the order of its motions. */
export function joinParts(parts: readonly SetPart[]): SetPart {
  return {
    entries: parts.flatMap(({ entries }) => entries).sort((a, b) => a.generation - b.generation),
    vectors: parts.reduce((sum, { vectors }) => sum + vectors, 0),
  };
}

/** Motions of an index that have vectors, each once. */
export function realMotions(source: Collection<"motions">): RealMotion[] {
  return source.items.flatMap((item, index) => {
    if (source.indexOf(item.key) !== index) return [];
    const vectors = source.vectorsOf(index);
    return vectors.grid.count === 0 ? [] : [{ item, vectors }];
  });
}

/** Reads motions of a set from its segments, one after the other. */
async function eachMotion(set: MotionSet, count: number, use: (vectors: ItemVectors, index: number) => void) {
  const compiled = await compileKernel(() => undefined, {
    kernel: "plain",
    threads: 1,
  });
  const collection = new Collection(set.folder, "motions", SET_MODEL_KEY, set.shape, compiled, undefined, 0);
  try {
    await collection.load(set.entries.slice(0, Math.ceil(count / MOTIONS_PER_SEGMENT)));
    for (let index = 0; index < count; index++) use(collection.vectorsOf(index), index);
  } finally {
    collection.dispose();
    await compiled.close();
  }
}

/** The first motions of a set, for a store. */
export async function readSetItems(set: MotionSet, count: number): Promise<StoredMotion[]> {
  const motions: StoredMotion[] = [];
  await eachMotion(set, count, (vectors, index) =>
    motions.push({ id: `motion ${index}`, vectors, frames: 16, fps: 20, splits: [] }),
  );
  return motions;
}

/** Vectors of the first motions of a set as plain numbers; a motion's rows follow one another. */
export interface PlainVectors {
  readonly counts: Uint32Array;
  readonly gridScales: Float32Array;
  /** One row a motion. */
  readonly wholes: Int8Array;
  readonly wholeScales: Float32Array;
}

export const PLAIN_GRID = "grid.i8";

/**
 * Writes the patch vectors of the first motions into `grid.i8` and the rest of what other programs need into
 * `counts.u32`, `scales.f32`, `wholes.i8` and `whole-scales.f32`: the same int8 numbers, row-major.
 */
export async function writePlain(set: MotionSet, folder: string, motions: number): Promise<PlainVectors> {
  const { wholeDim } = set.shape;
  const counts = new Uint32Array(motions);
  const gridScales = new Float32Array(motions);
  const wholes = new Int8Array(motions * wholeDim);
  const wholeScales = new Float32Array(motions);
  const file = openSync(join(folder, PLAIN_GRID), "w");
  try {
    await eachMotion(set, motions, (item, index) => {
      const grid = patchVectors(item);
      counts[index] = grid.count;
      gridScales[index] = grid.scales[0] ?? 1;
      wholes.set(item.whole.data, index * wholeDim);
      wholeScales[index] = item.whole.scales[0] ?? 0;
      writeSync(file, grid.data);
    });
  } finally {
    closeSync(file);
  }
  writeFileSync(join(folder, "counts.u32"), counts);
  writeFileSync(join(folder, "scales.f32"), gridScales);
  writeFileSync(join(folder, "wholes.i8"), wholes);
  writeFileSync(join(folder, "whole-scales.f32"), wholeScales);
  return { counts, gridScales, wholes, wholeScales };
}

const SET_FILE = "set.json";

/** A set that was made before for the same purpose, or undefined. */
export function keptSet(folder: string, purpose: string): MotionSet | undefined {
  try {
    const kept = JSON.parse(readFileSync(join(folder, SET_FILE), "utf8")) as MotionSet & { purpose: string };
    if (kept.purpose !== purpose) return undefined;
    return { ...kept, folder, seconds: undefined };
  } catch {
    return undefined;
  }
}

export function keepSet(set: MotionSet, purpose: string): void {
  writeFileSync(join(set.folder, SET_FILE), JSON.stringify({ ...set, purpose }));
}
