/**
 * The scoring kernel: relaxed SIMD where this machine's WebAssembly has it, else plain SIMD, else loops in JavaScript.
 * All do the operations of `core/retrieval/maxsim.ts` in its order, so that scores are equal to it bit for bit.
 */
import { readFile } from "node:fs/promises";
import type { TokenVectors } from "../../core/retrieval/vectors.js";
import { distFile } from "../assets.js";
import type { Log } from "../encoders/runtime.js";
import { plainKernel } from "./plain-kernel.js";
import { ScoringPool, defaultThreads } from "./pool.js";

export type KernelName = "relaxed" | "simd" | "plain";

/** What every kernel can do; addresses are bytes in the memory, rows are described in kernel/rows.ts. */
export interface ScoringKernel {
  scoreMotions(
    rows: number,
    motions: number,
    query: number,
    tokenScales: number,
    tokens: number,
    dim: number,
    out: number,
  ): void;
  scoreTexts(
    rows: number,
    texts: number,
    query: number,
    corrections: number,
    motionScale: number,
    vectors: number,
    dim: number,
    out: number,
  ): void;
  scoreWholes(
    rows: number,
    count: number,
    query: number,
    correction: number,
    factor: number,
    dim: number,
    ofTexts: number,
    out: number,
  ): void;
  dots(row: number, query: number, tokens: number, dim: number, out: number): void;
}

/** A kernel ready to be put on a memory, and the threads that run it. Shared by all indexes of an engine. */
export class CompiledKernel {
  readonly pool: ScoringPool;

  constructor(
    readonly name: KernelName,
    readonly module: WebAssembly.Module | undefined,
    threads: number,
    log: Log,
  ) {
    this.pool = new ScoringPool(module, threads, log);
  }

  instantiate(memory: WebAssembly.Memory): ScoringKernel {
    return instantiateKernel(this.module, memory);
  }

  /** Ends the threads. */
  async close(): Promise<void> {
    await this.pool.close();
  }
}

export function instantiateKernel(module: WebAssembly.Module | undefined, memory: WebAssembly.Memory): ScoringKernel {
  if (module === undefined) return plainKernel(memory);
  return new WebAssembly.Instance(module, { env: { memory, abort } }).exports as unknown as ScoringKernel;
}

function abort(): never {
  throw new Error("the scoring kernel failed");
}

export interface KernelOptions {
  /** In place of the fastest that runs here. */
  readonly kernel?: KernelName | "auto";
  /** Scoring threads; 0 or undefined: as many as cores, at most four. */
  readonly threads?: number;
}

/** Finds the fastest kernel that runs here; says in the log which ones do not. */
export async function compileKernel(
  log: Log,
  { kernel = "auto", threads = 0 }: KernelOptions = {},
): Promise<CompiledKernel> {
  const count = threads > 0 ? threads : defaultThreads();
  for (const name of kernel === "auto" ? (["relaxed", "simd"] as const) : [kernel]) {
    if (name === "plain") break;
    try {
      const module = await WebAssembly.compile(await readFile(distFile(`maxsim-${name}.wasm`)));
      return new CompiledKernel(name, module, count, log);
    } catch (error) {
      const missing = (error as NodeJS.ErrnoException).code === "ENOENT";
      log(missing ? "warn" : "info", `the scoring kernel ${name} cannot be used: ${(error as Error).message}`);
    }
  }
  return new CompiledKernel("plain", undefined, count, log);
}

/** Bytes that a query of `count` vectors takes in the memory, in the form that a kernel reads. */
export interface QueryForm {
  readonly bytes: Uint8Array;
  /** From its start. */
  readonly scales: number;
  readonly corrections: number;
}

/** How many tokens of a text meet the motions' vectors at a time: blocks of six, and of four where fewer are left. */
export function tokenBlocks(tokens: number): number[] {
  const blocks: number[] = [];
  for (let left = tokens; left > 0; left -= blocks.at(-1)!) {
    blocks.push(left > 4 && left !== 7 && left !== 8 ? 6 : 4);
  }
  return blocks;
}

/**
 * Vectors to score with, as the kernel reads them: a text's tokens in 7 bits, shifted by 64, or a motion's as they are
 * with corrections for the shifted other side; widened to 16 bits for the kernels without relaxed SIMD. For relaxed
 * SIMD, the tokens of a text lie in blocks, four bytes of each token of a block in turn; a whole does not.
 *
 * @throws RangeError when a text's components need more than 7 bits.
 */
export function queryForm(
  name: KernelName,
  side: TokenVectors,
  kind: "text" | "motion",
  dim: number,
  isWhole = false,
): QueryForm {
  const wide = name !== "relaxed";
  const inBlocks = kind === "text" && !wide && !isWhole;
  const blocks = inBlocks ? tokenBlocks(side.count) : Array.from({ length: (side.count + 3) >> 2 }, () => 4);
  const padded = blocks.reduce((sum, size) => sum + size, 0);
  const vectorBytes = padded * dim * (wide ? 2 : 1);
  const scalesAt = (vectorBytes + 7) & ~7;
  const bytes = new Uint8Array(scalesAt + padded * 12);
  const narrow = new Int8Array(bytes.buffer, 0, vectorBytes);
  const shorts = new Int16Array(bytes.buffer, 0, vectorBytes >> 1);
  const scales = new Float64Array(bytes.buffer, scalesAt, padded);
  const corrections = new Int32Array(bytes.buffer, scalesAt + padded * 8, padded);
  const shift = kind === "text" && !wide ? 64 : 0;
  if (kind === "text" && side.data.some((value) => value < -64 || value > 63)) {
    throw new RangeError("a text to score with has components of more than 7 bits");
  }
  let first = 0;
  for (const size of blocks) {
    for (let row = first; row < first + size; row++) {
      const from = Math.min(row, side.count - 1);
      scales[row] = side.scales[from]!;
      let sum = 0;
      for (let k = 0; k < dim; k++) {
        const value = k < side.dim ? side.data[from * side.dim + k]! : 0;
        sum += value;
        if (wide) shorts[row * dim + k] = value;
        else if (inBlocks) narrow[first * dim + ((k >> 2) * size + row - first) * 4 + (k & 3)] = value + shift;
        else narrow[row * dim + k] = value + shift;
      }
      corrections[row] = -64 * sum;
    }
    first += size;
  }
  return { bytes, scales: scalesAt, corrections: scalesAt + padded * 8 };
}
