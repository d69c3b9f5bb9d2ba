/**
 * MaxSim over segments that lie in one WebAssembly memory: a SIMD kernel where the machine has it, plain loops where
 * not. Both do the operations of `core/retrieval/maxsim.ts`, so their scores are equal to it bit for bit.
 */
import { readFile } from "node:fs/promises";
import type { TokenVectors } from "../../core/retrieval/vectors.js";
import { distFile } from "../assets.js";
import type { Log } from "../encoders/runtime.js";
import { paddedDim } from "./segment.js";

/** Addresses of a segment's blocks in the memory (see `SegmentLayout`). */
export interface VectorBlock {
  readonly vectors: number;
  readonly scales: number;
  /** Per item: first vector and number of vectors, uint32 each. */
  readonly table: number;
  readonly items: number;
}

/** All addresses are unsigned bytes. */
interface KernelExports {
  widen(from: number, to: number, count: number, dim: number): void;
  scoreMotions(
    vectors: number,
    scales: number,
    table: number,
    motions: number,
    wide: number,
    tokenScales: number,
    tokens: number,
    dim: number,
    best: number,
    out: number,
  ): void;
  scoreTexts(
    vectors: number,
    scales: number,
    table: number,
    texts: number,
    wide: number,
    motionScales: number,
    motionVectors: number,
    dim: number,
    out: number,
  ): void;
}

const PAGE_BYTES = 65_536;
/** Just below 2 GiB: addresses stay positive 32-bit numbers. More vectors go into another memory. */
const MAX_PAGES = 32_767;
/** Of that, what segments may take; the rest is for the work of a query. */
const MAX_SEGMENT_BYTES = 1.5 * 1024 * 1024 * 1024;

export type CompiledKernel = WebAssembly.Module | undefined;

/** Compiles the kernel; undefined (and a line in the log) where the machine cannot run it. */
export async function compileKernel(log: Log): Promise<CompiledKernel> {
  try {
    return await WebAssembly.compile(await readFile(distFile("maxsim.wasm")));
  } catch (error) {
    log("warn", `the fast scoring kernel cannot be used, plain loops take its place: ${(error as Error).message}`);
    return undefined;
  }
}

/** A memory with segments in it, and the kernel that works on it. Nothing in it is freed: it is dropped as a whole. */
export class VectorMemory {
  readonly #memory = new WebAssembly.Memory({ initial: 1, maximum: MAX_PAGES });
  readonly #kernel: KernelExports;
  #top = 16;

  constructor(
    compiled: CompiledKernel,
    readonly dim: number,
  ) {
    this.#kernel =
      compiled === undefined
        ? plainKernel(this.#memory)
        : (new WebAssembly.Instance(compiled, { env: { memory: this.#memory, abort } })
            .exports as unknown as KernelExports);
  }

  /** Whether a segment of `bytes` still fits. */
  hasRoom(bytes: number): boolean {
    return this.#top + bytes <= MAX_SEGMENT_BYTES;
  }

  /** Address of new bytes, aligned to 16. Views made before may no longer be valid. */
  allocate(bytes: number): number {
    const address = this.#top;
    this.#reserve(address + bytes);
    this.#top = alignTo16(address + bytes);
    return address;
  }

  /** Gives back what was allocated last, when nothing was allocated after it. */
  giveBack(address: number, bytes: number): void {
    if (alignTo16(address + bytes) === this.#top) this.#top = address;
  }

  bytes(address: number, length: number): Uint8Array {
    return new Uint8Array(this.#memory.buffer, address, length);
  }

  /** Scores of one text against motions [from, to) of a block. Synchronous: keep the slices small. */
  scoreMotions(block: VectorBlock, from: number, to: number, text: TokenVectors): Float64Array {
    return this.#withScratch(to - from, text, (wide, scales, best, out) => {
      const table = block.table + from * 8;
      const dim = paddedDim(this.dim);
      this.#kernel.scoreMotions(
        block.vectors,
        block.scales,
        table,
        to - from,
        wide,
        scales,
        text.count,
        dim,
        best,
        out,
      );
    });
  }

  /** Best cosine of each token of a text with a vector of one motion. */
  tokenMaxima(block: VectorBlock, index: number, text: TokenVectors): Float64Array {
    let maxima = new Float64Array(0);
    this.#withScratch(1, text, (wide, scales, best, out) => {
      const { vectors, scales: blockScales, table } = block;
      const dim = paddedDim(this.dim);
      const row = table + index * 8;
      this.#kernel.scoreMotions(vectors, blockScales, row, 1, wide, scales, text.count, dim, best, out);
      maxima = new Float64Array(this.#memory.buffer, best, text.count).slice();
    });
    return maxima;
  }

  /** Scores of texts [from, to) of a block against one motion. Synchronous: keep the slices small. */
  scoreTexts(block: VectorBlock, from: number, to: number, motion: TokenVectors): Float64Array {
    return this.#withScratch(to - from, motion, (wide, scales, _best, out) => {
      const table = block.table + from * 8;
      const dim = paddedDim(this.dim);
      this.#kernel.scoreTexts(block.vectors, block.scales, table, to - from, wide, scales, motion.count, dim, out);
    });
  }

  /** Lays the widened vectors, their scales and room for results behind the segments, for one synchronous call. */
  #withScratch(
    results: number,
    side: TokenVectors,
    run: (wide: number, scales: number, best: number, out: number) => void,
  ): Float64Array {
    const dim = paddedDim(this.dim);
    const narrow = this.#top;
    const wide = narrow + side.count * dim;
    const scales = wide + side.count * dim * 2;
    const best = scales + alignTo16(side.count * 8);
    const out = best + alignTo16(side.count * 8);
    this.#reserve(out + results * 8);
    const rows = new Int8Array(this.#memory.buffer, narrow, side.count * dim).fill(0);
    for (let i = 0; i < side.count; i++) {
      rows.set(side.data.subarray(i * side.dim, (i + 1) * side.dim), i * dim);
    }
    new Float64Array(this.#memory.buffer, scales, side.count).set(side.scales);
    this.#kernel.widen(narrow, wide, side.count, dim);
    run(wide, scales, best, out);
    return new Float64Array(this.#memory.buffer, out, results).slice();
  }

  #reserve(end: number): void {
    const missing = end - this.#memory.buffer.byteLength;
    if (missing > 0) this.#memory.grow(Math.ceil(missing / PAGE_BYTES));
  }
}

function alignTo16(bytes: number): number {
  return (bytes + 15) & ~15;
}

function abort(): never {
  throw new Error("the scoring kernel failed");
}

/** The same three functions in plain loops, on the same memory. */
export function plainKernel(memory: WebAssembly.Memory): KernelExports {
  const dot = (narrow: Int8Array, a: number, wide: Int16Array, b: number, dim: number): number => {
    let sum = 0;
    for (let k = 0; k < dim; k++) sum += narrow[a + k]! * wide[b + k]!;
    return sum;
  };
  return {
    widen(from, to, count, dim) {
      new Int16Array(memory.buffer, to, count * dim).set(new Int8Array(memory.buffer, from, count * dim));
    },
    scoreMotions(vectors, scales, table, motions, wide, tokenScales, tokens, dim, best, out) {
      const narrow = new Int8Array(memory.buffer);
      const scaleOf = new Float32Array(memory.buffer, scales);
      const items = new Uint32Array(memory.buffer, table, motions * 2);
      const widened = new Int16Array(memory.buffer, wide, tokens * dim);
      const tokenScale = new Float64Array(memory.buffer, tokenScales, tokens);
      const scores = new Float64Array(memory.buffer, out, motions);
      const maxima = new Float64Array(memory.buffer, best, tokens);
      for (let m = 0; m < motions; m++) {
        const first = items[m * 2]!;
        const count = items[m * 2 + 1]!;
        let sum = 0;
        for (let t = 0; t < tokens; t++) {
          maxima[t] = -Infinity;
          for (let vector = first; vector < first + count; vector++) {
            const value =
              dot(narrow, vectors + vector * dim, widened, t * dim, dim) * (tokenScale[t]! * scaleOf[vector]!);
            if (value > maxima[t]!) maxima[t] = value;
          }
          sum += maxima[t]!;
        }
        scores[m] = tokens > 0 && count > 0 ? sum / tokens : -Infinity;
      }
    },
    scoreTexts(vectors, scales, table, texts, wide, motionScales, motionVectors, dim, out) {
      const narrow = new Int8Array(memory.buffer);
      const scaleOf = new Float32Array(memory.buffer, scales);
      const items = new Uint32Array(memory.buffer, table, texts * 2);
      const widened = new Int16Array(memory.buffer, wide, motionVectors * dim);
      const motionScale = new Float64Array(memory.buffer, motionScales, motionVectors);
      const scores = new Float64Array(memory.buffer, out, texts);
      for (let m = 0; m < texts; m++) {
        const first = items[m * 2]!;
        const count = items[m * 2 + 1]!;
        let sum = 0;
        for (let token = first; token < first + count; token++) {
          let best = -Infinity;
          for (let vector = 0; vector < motionVectors; vector++) {
            const value =
              dot(narrow, vectors + token * dim, widened, vector * dim, dim) * (scaleOf[token]! * motionScale[vector]!);
            if (value > best) best = value;
          }
          sum += best;
        }
        scores[m] = motionVectors > 0 && count > 0 ? sum / count : -Infinity;
      }
    },
  };
}
