/**
 * Motions for sets larger than the data: variations of real ones. A variation is, in turn, a real motion with noise on
 * every vector, or the first times of one real motion followed by the last times of another, with noise as well. Which
 * motions and which noise follows from its number alone, so that several processes can share the work.
 */
import { pooledVectors, POOLED_VECTORS } from "../../core/retrieval/pooled.js";
import { dequantiseVectors, quantiseMotion, quantiseVectors } from "../../core/retrieval/quantise.js";
import { patchVectors, shapeOf, type ItemVectors, type TokenVectors } from "../../core/retrieval/vectors.js";
import type { EncodedItem, MotionItem } from "../../engine/index/segment.js";

/**
 * Length of the noise on a vector of length 1; the sum gets the length of the vector that it was. The variation has a
 * cosine of about 0.96 with the original.
 */
const NOISE = 0.3;
const TABLE = 1 << 20;
/** So many different joined motions there are. */
const JOINED = 4000;

export type RealMotion = EncodedItem<MotionItem>;

/** What variations of one motion have in common. */
interface Base {
  readonly item: MotionItem;
  readonly grid: TokenVectors;
  /** Of each vector, in stored units. */
  readonly lengths: Float32Array;
  readonly whole: Float32Array;
  /** Which pooled vector is nearest to each vector. */
  readonly cluster: Uint8Array;
  readonly pooled: Float32Array;
}

/** The same numbers in every run: evenly spread over [0, 1). */
export function randomNumbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export class Variations {
  readonly #noise: Float32Array;
  readonly #bases = new Map<number, Base>();

  /** @param parts vectors of one time. */
  constructor(
    private readonly real: readonly RealMotion[],
    private readonly parts: number,
  ) {
    const random = randomNumbers(7);
    // Normally distributed: noise of any direction is equally likely.
    const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
    this.#noise = Float32Array.from({ length: TABLE }, normal);
  }

  /**
   * The variation of a number. Its pooled vectors are the means of the clusters of the motion that it comes from: the
   * noise hardly moves a vector from one to another.
   */
  motion(number: number): RealMotion {
    const random = randomNumbers(number);
    const which = Math.floor(random() * (number % 2 === 0 ? this.real.length : JOINED));
    const base = this.#base(number % 2 === 0 ? which : this.real.length + which);
    const { count, dim } = base.grid;
    const data = new Int8Array(count * dim);
    const sums = new Float32Array(POOLED_VECTORS * dim);
    const moved = new Float64Array(dim);
    for (let row = 0; row < count; row++) {
      const from = Math.floor(random() * (TABLE - dim));
      const sum = sums.subarray(base.cluster[row]! * dim, (base.cluster[row]! + 1) * dim);
      jitter(base.grid.data, row * dim, base.lengths[row]!, this.#noise, from, moved, data, sum);
    }
    const key = `motion ${number}`;
    return {
      item: { ...base.item, key, path: key, frames: Math.max(1, Math.floor(count / this.parts)) * 16 },
      vectors: { grid: { count, dim, data, scales: base.grid.scales }, whole: this.#whole(base.whole, random) },
      pooled: pooledOf(sums, base.pooled, dim),
    };
  }

  #whole(values: Float32Array, random: () => number): TokenVectors {
    const dim = values.length;
    const length = lengthOf(values);
    const from = Math.floor(random() * (TABLE - dim));
    const moved = values.map((value, k) => value + (this.#noise[from + k]! * length * NOISE) / Math.sqrt(dim));
    const factor = length / (lengthOf(moved) || 1);
    return quantiseVectors(
      moved.map((value) => value * factor),
      dim === 0 ? 0 : 1,
      dim,
    );
  }

  #base(index: number): Base {
    let base = this.#bases.get(index);
    if (base === undefined) {
      const { real } = this;
      base = index < real.length ? baseOf(real[index]!.item, real[index]!.vectors) : this.#joined(index - real.length);
      this.#bases.set(index, base);
    }
    return base;
  }

  /** The first times of one and the last of another, each at least one; the whole is their mean by times. */
  #joined(number: number): Base {
    const random = randomNumbers(0x5eed + number);
    const [first, second] = [0, 1].map(() => this.real[Math.floor(random() * this.real.length)]!) as [
      RealMotion,
      RealMotion,
    ];
    const [a, b] = [patchVectors(first.vectors), patchVectors(second.vectors)];
    const [timesA, timesB] = [Math.floor(a.count / this.parts), Math.floor(b.count / this.parts)];
    if (timesA < 2 || timesB < 2) return baseOf(first.item, first.vectors);
    const head = 1 + Math.floor(random() * (timesA - 1));
    const tail = 1 + Math.floor(random() * (timesB - 1));
    const step = this.parts * a.dim;
    const values = new Float32Array((head + tail) * step);
    values.set(dequantiseVectors(a).subarray(0, head * step));
    values.set(dequantiseVectors(b).subarray((timesB - tail) * step, timesB * step), head * step);
    const [wholeA, wholeB] = [dequantiseVectors(first.vectors.whole), dequantiseVectors(second.vectors.whole)];
    const share = head / (head + tail);
    const mean = wholeA.map((value, k) => value * share + wholeB[k]! * (1 - share));
    const factor = lengthOf(wholeA) / (lengthOf(mean) || 1);
    const grid = quantiseMotion(values, (head + tail) * this.parts, a.dim);
    const { wholeDim } = shapeOf(first.vectors);
    const whole = quantiseVectors(
      mean.map((value) => value * factor),
      wholeDim === 0 ? 0 : 1,
      wholeDim,
    );
    return baseOf(first.item, { grid, whole });
  }
}

/** One vector with noise, of the length that it had; what comes out is also added to `sum`. */
function jitter(
  vectors: Int8Array,
  at: number,
  length: number,
  noise: Float32Array,
  from: number,
  moved: Float64Array,
  out: Int8Array,
  sum: Float32Array,
): void {
  const dim = moved.length;
  const size = (length * NOISE) / Math.sqrt(dim);
  let squares = 0;
  for (let k = 0; k < dim; k++) {
    const value = vectors[at + k]! + noise[from + k]! * size;
    moved[k] = value;
    squares += value * value;
  }
  const factor = squares > 0 ? length / Math.sqrt(squares) : 0;
  for (let k = 0; k < dim; k++) {
    // Cut off after adding 256.5: rounded, also below zero.
    const rounded = ((moved[k]! * factor + 256.5) | 0) - 256;
    const value = rounded > 127 ? 127 : rounded < -127 ? -127 : rounded;
    out[at + k] = value;
    sum[k]! += value;
  }
}

function baseOf(item: MotionItem, vectors: ItemVectors): Base {
  const grid = patchVectors(vectors);
  const { count, dim, data } = grid;
  const pooled = dequantiseVectors(pooledVectors(grid));
  const cluster = new Uint8Array(count);
  const lengths = new Float32Array(count);
  for (let row = 0; row < count; row++) {
    const vector = Float32Array.from(data.subarray(row * dim, (row + 1) * dim));
    lengths[row] = lengthOf(vector);
    let best = -Infinity;
    for (let c = 0; c < POOLED_VECTORS; c++) {
      let product = 0;
      for (let k = 0; k < dim; k++) product += vector[k]! * pooled[c * dim + k]!;
      if (product > best) [best, cluster[row]] = [product, c];
    }
  }
  return { item, grid, lengths, whole: dequantiseVectors(vectors.whole), cluster, pooled };
}

/** Unit vectors of the sums; one that has none stays as it was. */
function pooledOf(sums: Float32Array, before: Float32Array, dim: number): TokenVectors {
  for (let at = 0; at < sums.length; at += dim) {
    const sum = sums.subarray(at, at + dim);
    const length = lengthOf(sum);
    if (length === 0) sum.set(before.subarray(at, at + dim));
    else for (let k = 0; k < dim; k++) sum[k]! /= length;
  }
  return quantiseMotion(sums, POOLED_VECTORS, dim);
}

function lengthOf(values: Float32Array): number {
  let sum = 0;
  for (const value of values) sum += value * value;
  return Math.sqrt(sum);
}
