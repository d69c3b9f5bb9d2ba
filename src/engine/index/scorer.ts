/** One query against rows of items: lays the query out in the memory, and lets the kernel run. */
import type { TokenVectors } from "../../core/retrieval/vectors.js";
import { queryForm, type CompiledKernel, type ScoringKernel } from "./kernel.js";
import { paddedCount, paddedDim } from "./lanes.js";
import type { VectorMemory } from "./memory.js";
import { runHere, type ScoringJob } from "./pool.js";

/** Items to score. `write` fills rows of four words each: address, vectors, scale (as a float), unused. */
export interface RowSource {
  readonly count: number;
  write: (words: Uint32Array, floats: Float32Array) => void;
  /** Where rows lie that were written before; `write` is then not called. */
  readonly address?: number;
  /** Set to the scores, in the order of the rows. */
  scores: Float64Array;
}

function writeRows({ wasm }: VectorMemory, { count, write }: RowSource, address: number): void {
  write(new Uint32Array(wasm.buffer, address, count * 4), new Float32Array(wasm.buffer, address, count * 4));
}

/** The same rows, written into the memory once for many queries; `address` is to be freed. */
export function keepRows(memory: VectorMemory, rows: Omit<RowSource, "scores" | "address">): number {
  const address = memory.allocate(rows.count * 16);
  writeRows(memory, { ...rows, scores: new Float64Array(0) }, address);
  return address;
}

/** Vectors times vectors below which threads are not worth waking. */
const SMALL_JOB = 400_000;
/** Slices of a job for threads to share; and, on one thread, between two looks at the clock. */
const SLICES = 96;
/** Typical vectors of an item, for guessing the work. */
const TYPICAL_VECTORS = 100;

export class Scorer {
  readonly #kernel: ScoringKernel;
  /** One job at a time: a second one would only make both slower. */
  #last: Promise<void> = Promise.resolve();

  constructor(
    private readonly memory: VectorMemory,
    private readonly compiled: CompiledKernel,
    private readonly dim: number,
  ) {
    this.#kernel = compiled.instantiate(memory.wasm);
  }

  /** Gives memory back once no query that was begun before can still read it. */
  freeLater(address: number): void {
    setImmediate(() => {
      this.#last = this.#last.then(() => this.memory.free(address));
    });
  }

  /** Scores of a text with motions (`text`), or of a motion with texts (`motion`). */
  async score(kind: "text" | "motion", side: TokenVectors, rows: RowSource, signal?: AbortSignal): Promise<void> {
    const turn = this.#last.then(() => this.#score(kind, side, rows, signal));
    this.#last = turn.catch(() => undefined);
    await turn;
  }

  async #score(kind: "text" | "motion", side: TokenVectors, rows: RowSource, signal?: AbortSignal): Promise<void> {
    const { memory } = this;
    const form = queryForm(this.compiled.name, side, kind, paddedDim(this.dim));
    const query = memory.allocate(form.bytes.length);
    const table = rows.address ?? memory.allocate(rows.count * 16);
    const out = memory.allocate(rows.count * 8);
    const control = memory.allocate(8);
    try {
      memory.bytes(query, form.bytes.length).set(form.bytes);
      if (rows.address === undefined) writeRows(memory, rows, table);
      const job: ScoringJob = {
        kind: kind === "text" ? "motions" : "texts",
        rows: table,
        count: rows.count,
        slice: Math.max(1, Math.ceil(rows.count / SLICES)),
        query,
        scales: query + form.scales,
        corrections: query + form.corrections,
        side: side.count,
        sideScale: side.scales[0] ?? 1,
        dim: paddedDim(this.dim),
        out,
        control,
      };
      if (rows.count * TYPICAL_VECTORS * side.count < SMALL_JOB) await runHere(this.#kernel, job, signal);
      else await this.compiled.pool.run(memory, this.#kernel, job, signal);
      rows.scores = new Float64Array(memory.wasm.buffer, out, rows.count).slice();
    } finally {
      for (const address of [query, out, control]) memory.free(address);
      if (rows.address === undefined) memory.free(table);
    }
  }

  /** Cosines `[token][vector]` of a text with one motion. */
  cosines(item: { address: number; count: number; scale: number }, text: TokenVectors): Float64Array {
    const { memory } = this;
    const form = queryForm(this.compiled.name, text, "text", paddedDim(this.dim));
    const stride = paddedCount(item.count);
    const query = memory.allocate(form.bytes.length);
    const row = memory.allocate(16);
    const out = memory.allocate(text.count * stride * 4);
    try {
      memory.bytes(query, form.bytes.length).set(form.bytes);
      const { buffer } = memory.wasm;
      new Uint32Array(buffer, row, 2).set([item.address, item.count]);
      new Float32Array(buffer, row + 8, 1)[0] = item.scale;
      this.#kernel.dots(row, query, text.count, paddedDim(this.dim), out);
      const sums = new Int32Array(memory.wasm.buffer, out, text.count * stride);
      const cosines = new Float64Array(text.count * item.count);
      for (let token = 0; token < text.count; token++) {
        const factor = text.scales[token]! * item.scale;
        for (let vector = 0; vector < item.count; vector++) {
          cosines[token * item.count + vector] = sums[token * stride + vector]! * factor;
        }
      }
      return cosines;
    } finally {
      for (const address of [query, row, out]) memory.free(address);
    }
  }
}
