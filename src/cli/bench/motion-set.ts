/** Sets of any size out of real motions: the real ones first, then variations of them, written straight into segments. */
import { closeSync, mkdirSync, openSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { dequantiseVectors, quantiseMotionItem } from "../../core/retrieval/quantise.js";
import { patchVectors, shapeOf, type ItemVectors, type VectorShape } from "../../core/retrieval/vectors.js";
import { Collection } from "../../engine/index/collection.js";
import { compileKernel } from "../../engine/index/kernel.js";
import type { SegmentEntry } from "../../engine/index/manifest.js";
import type { StoredMotion } from "../stores/vector-store.js";
import { encodeSegment, type EncodedItem, type MotionItem } from "../../engine/index/segment.js";

export const SET_MODEL_KEY = "bench";
const MOTIONS_PER_SEGMENT = 2000;
/** Length of the noise that is added to a unit vector: the variation has a cosine of about 0.96 with the original. */
const NOISE = 0.3;
/** Sets above this leave no plain copy for the other programs. */
export const MOST_FOR_BASELINES = 60_000;

export interface MotionSet {
  readonly folder: string;
  readonly entries: readonly SegmentEntry[];
  readonly shape: VectorShape;
  readonly motions: number;
  /** Vectors of all motions. */
  readonly vectors: number;
  readonly real: number;
  readonly seconds: number;
  /** Whether `vectors.i8`, `counts.u32`, `scales.f32` and `wholes.f32` hold the same vectors for other programs. */
  readonly plain: boolean;
}

/**
 * Writes a set of `motions` motions. Those beyond the real ones are, in turn, a real motion whose vectors are jittered
 * and renormalised, and the first times of one motion followed by the last times of another, jittered as well.
 *
 * @param parts vectors of one time.
 */
export async function writeMotionSet(
  folder: string,
  source: Collection<"motions">,
  motions: number,
  parts: number,
  shape: VectorShape,
  progress: (done: number) => void,
): Promise<MotionSet> {
  const began = performance.now();
  mkdirSync(folder, { recursive: true });
  const real = realMotions(source);
  const random = randomNumbers(7);
  const plain = motions <= MOST_FOR_BASELINES;
  const file = plain ? openSync(join(folder, "vectors.i8"), "w") : undefined;
  const counts = new Uint32Array(motions);
  const scales = new Float32Array(motions);
  const wholes = new Float32Array(plain ? motions * shape.wholeDim : 0);
  const entries: SegmentEntry[] = [];
  let batch: EncodedItem<MotionItem>[] = [];
  let vectors = 0;
  for (let motion = 0; motion < motions; motion++) {
    const item = motion < real.length ? real[motion]! : variation(real, motion, parts, random);
    const key = `motion ${motion}`;
    batch.push({ ...item, item: { ...item.item, key, path: key } });
    const { grid, whole } = item.vectors;
    counts[motion] = grid.count;
    scales[motion] = grid.scales[0] ?? 1;
    vectors += grid.count;
    if (file !== undefined) writeSync(file, grid.data);
    if (plain) wholes.set(dequantiseVectors(whole), motion * shape.wholeDim);
    if (batch.length < MOTIONS_PER_SEGMENT && motion + 1 < motions) continue;
    const name = `motions-${entries.length}.seg`;
    const bytes = encodeSegment(SET_MODEL_KEY, "motions", shape, batch);
    writeFileSync(join(folder, name), bytes);
    entries.push({ file: name, kind: "motions", items: batch.length, bytes: bytes.length, generation: 1 });
    batch = [];
    progress(motion + 1);
    await new Promise(setImmediate);
  }
  if (file !== undefined) {
    closeSync(file);
    writeFileSync(join(folder, "counts.u32"), counts);
    writeFileSync(join(folder, "scales.f32"), scales);
    writeFileSync(join(folder, "wholes.f32"), wholes);
  }
  const seconds = (performance.now() - began) / 1000;
  return { folder, entries, shape, motions, vectors, real: Math.min(real.length, motions), seconds, plain };
}

function realMotions(source: Collection<"motions">): EncodedItem<MotionItem>[] {
  return source.items.flatMap((item, index) => {
    if (source.indexOf(item.key) !== index) return [];
    const vectors = source.vectorsOf(index);
    return vectors.grid.count === 0 ? [] : [{ item, vectors: { grid: patchVectors(vectors), whole: vectors.whole } }];
  });
}

function variation(
  real: readonly EncodedItem<MotionItem>[],
  motion: number,
  parts: number,
  random: () => number,
): EncodedItem<MotionItem> {
  const first = real[Math.floor(random() * real.length)]!;
  const second = motion % 2 === 0 ? first : real[Math.floor(random() * real.length)]!;
  const times = ({ grid }: ItemVectors) => Math.floor(grid.count / parts);
  const shape = shapeOf(first.vectors);
  const dim = shape.gridDim;
  let values = dequantiseVectors(first.vectors.grid);
  let whole = dequantiseVectors(first.vectors.whole);
  if (second !== first && times(first.vectors) > 1 && times(second.vectors) > 1) {
    const head = 1 + Math.floor(random() * (times(first.vectors) - 1));
    const tail = Math.floor(random() * (times(second.vectors) - 1));
    const rest = dequantiseVectors(second.vectors.grid).subarray((tail + 1) * parts * dim);
    const joined = new Float32Array(head * parts * dim + rest.length);
    joined.set(values.subarray(0, head * parts * dim));
    joined.set(rest, head * parts * dim);
    values = joined;
    const other = dequantiseVectors(second.vectors.whole);
    const share = (head * parts * dim) / joined.length;
    whole = ofLength(
      lengthOf(whole),
      whole.map((value, k) => value * share + other[k]! * (1 - share)),
    );
  }
  const count = values.length / dim;
  return {
    item: { ...first.item, frames: Math.max(1, Math.floor(count / parts)) * 16 },
    vectors: quantiseMotionItem(jittered(values, dim, random), count, jittered(whole, shape.wholeDim, random), shape),
  };
}

function lengthOf(values: Float32Array): number {
  return Math.hypot(...values);
}

function ofLength(length: number, values: Float32Array): Float32Array {
  const factor = length / (lengthOf(values) || 1);
  return values.map((value) => value * factor);
}

/** Noise on every component in proportion to the vector's length, then that length again. */
function jittered(values: Float32Array, dim: number, random: () => number): Float32Array {
  for (let at = 0; at < values.length; at += dim) {
    let [before, after] = [0, 0];
    for (let k = at; k < at + dim; k++) before += values[k]! ** 2;
    // Evenly spread numbers of [-0.5, 0.5] have the variance 1/12.
    const size = NOISE * Math.sqrt((12 * before) / dim);
    for (let k = at; k < at + dim; k++) {
      values[k]! += (random() - 0.5) * size;
      after += values[k]! ** 2;
    }
    const factor = Math.sqrt(before / (after || 1));
    for (let k = at; k < at + dim; k++) values[k]! *= factor;
  }
  return values;
}

/** The same numbers in every run. */
export function randomNumbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32;
}

/** The first motions of a written set. */
export async function readSetItems(set: MotionSet, count: number): Promise<StoredMotion[]> {
  const compiled = await compileKernel(() => undefined);
  const collection = new Collection(set.folder, "motions", SET_MODEL_KEY, set.shape, compiled);
  try {
    await collection.load(set.entries.slice(0, Math.ceil(count / MOTIONS_PER_SEGMENT)));
    return collection.items.slice(0, count).map(({ key, frames, fps }, index) => ({
      id: key,
      vectors: collection.vectorsOf(index),
      frames,
      fps,
      splits: [],
    }));
  } finally {
    collection.dispose();
    await compiled.close();
  }
}
