/** One query against rows of items: lays the query out in the memory, and lets the kernel run. */
import type { TokenVectors, VectorShape } from "../../core/retrieval/vectors.js";
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

/** What is scored against: a text against motions, or a motion against texts. */
export type Side = "text" | "motion";

export class Scorer {
  readonly #kernel: ScoringKernel;
  /** One job at a time: a second one would only make both slower. */
  #last: Promise<void> = Promise.resolve();

  constructor(
    private readonly memory: VectorMemory,
    private readonly compiled: CompiledKernel,
    private readonly shape: VectorShape,
  ) {
    this.#kernel = compiled.instantiate(memory.wasm);
  }

  /** Gives memory back once no query that was begun before can still read it. */
  freeLater(address: number): void {
    setImmediate(() => {
      this.#last = this.#last.then(() => this.memory.free(address));
    });
  }

  /** Scores of a text with motions (`text`), or of a motion with texts (`motion`), by their grids. */
  async score(side: Side, grid: TokenVectors, rows: RowSource, signal?: AbortSignal): Promise<void> {
    const work = rows.count * TYPICAL_VECTORS * grid.count;
    rows.scores = await this.#inTurn(() => this.#score(side, grid, rows, rows.count, work, false, signal));
  }

  /** What the wholes of all `items` bring to their scores. Rows: see kernel/rows.ts. */
  async scoreWholes(side: Side, whole: TokenVectors, rows: RowSource, items: number, signal?: AbortSignal) {
    return this.#inTurn(() => this.#score(side, whole, rows, items, items, true, signal));
  }

  async #inTurn<T>(action: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(action);
    this.#last = turn.then(
      () => undefined,
      () => undefined,
    );
    return turn;
  }

  async #score(
    side: Side,
    vectors: TokenVectors,
    rows: RowSource,
    outputs: number,
    work: number,
    ofWholes: boolean,
    signal?: AbortSignal,
  ): Promise<Float64Array> {
    const { memory } = this;
    const dim = paddedDim(ofWholes ? this.shape.wholeDim : this.shape.gridDim);
    const form = queryForm(this.compiled.name, vectors, side, dim, ofWholes);
    const query = memory.allocate(form.bytes.length);
    const table = rows.address ?? memory.allocate(rows.count * 16);
    const out = memory.allocate(outputs * 8);
    const control = memory.allocate(8);
    try {
      memory.bytes(query, form.bytes.length).set(form.bytes);
      if (rows.address === undefined) writeRows(memory, rows, table);
      const items = side === "text" ? "motions" : "texts";
      const correction = side === "text" ? 0 : new DataView(form.bytes.buffer).getInt32(form.corrections, true);
      const job: ScoringJob = {
        kind: ofWholes ? `whole-${items}` : items,
        rows: table,
        count: rows.count,
        slice: Math.max(1, Math.ceil(rows.count / SLICES)),
        query,
        scales: query + form.scales,
        corrections: ofWholes ? correction : query + form.corrections,
        side: vectors.count,
        sideScale: vectors.scales[0] ?? 1,
        dim,
        out,
        control,
      };
      if (work < SMALL_JOB) await runHere(this.#kernel, job, signal);
      else await this.compiled.pool.run(memory, this.#kernel, job, signal);
      return new Float64Array(memory.wasm.buffer, out, outputs).slice();
    } finally {
      for (const address of [query, out, control]) memory.free(address);
      if (rows.address === undefined) memory.free(table);
    }
  }

  /** Cosines `[token][vector]` of a text with one motion. */
  cosines(item: { address: number; count: number; scale: number }, text: TokenVectors): Float64Array {
    const { memory } = this;
    const form = queryForm(this.compiled.name, text, "text", paddedDim(this.shape.gridDim));
    const stride = paddedCount(item.count);
    const query = memory.allocate(form.bytes.length);
    const row = memory.allocate(16);
    const out = memory.allocate(text.count * stride * 4);
    try {
      memory.bytes(query, form.bytes.length).set(form.bytes);
      const { buffer } = memory.wasm;
      new Uint32Array(buffer, row, 2).set([item.address, item.count]);
      new Float32Array(buffer, row + 8, 1)[0] = item.scale;
      this.#kernel.dots(row, query, text.count, paddedDim(this.shape.gridDim), out);
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
