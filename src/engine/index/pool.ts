/**
 * Scoring over all cores. A job is a list of rows in a shared memory, cut into slices that the threads take one by one,
 * so that a slow core does less; the engine's own thread stays free for messages.
 */
import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import { distFile } from "../assets.js";
import type { Log } from "../encoders/runtime.js";
import { cancelled } from "../../protocol/rpc.js";
import type { ScoringKernel } from "./kernel.js";
import type { VectorMemory } from "./memory.js";
import { Pacer, throwIfCancelled } from "../tasks.js";

/** All addresses are bytes in the memory. */
export interface ScoringJob {
  /** Items of a kind by their grid, or by their wholes. */
  readonly kind: "motions" | "texts" | "whole-motions" | "whole-texts";
  readonly rows: number;
  readonly count: number;
  /** Rows of a slice. */
  readonly slice: number;
  readonly query: number;
  readonly scales: number;
  /** Address of the corrections; for wholes the one correction itself. */
  readonly corrections: number;
  /** Vectors of the query. */
  readonly side: number;
  readonly sideScale: number;
  readonly dim: number;
  /** Score per row, or per item of the wholes, float64. */
  readonly out: number;
  /** Two int32: the next slice, and whether the job is given up. */
  readonly control: number;
}

/** To a thread. */
export type PoolMessage =
  | { readonly type: "memory"; readonly id: number; readonly memory: WebAssembly.Memory }
  | { readonly type: "forget"; readonly id: number }
  | { readonly type: "job"; readonly number: number; readonly id: number; readonly job: ScoringJob };

export function defaultThreads(): number {
  return Math.max(1, Math.min(4, availableParallelism()));
}

export function scoreSlice(kernel: ScoringKernel, job: ScoringJob, index: number): void {
  const from = index * job.slice;
  const count = Math.min(job.slice, job.count - from);
  const [rows, out] = [job.rows + from * 16, job.out + from * 8];
  const { query, scales, corrections, side, sideScale, dim } = job;
  switch (job.kind) {
    case "motions":
      return kernel.scoreMotions(rows, count, query, scales, side, dim, out);
    case "texts":
      return kernel.scoreTexts(rows, count, query, corrections, sideScale, side, dim, out);
    default:
      return kernel.scoreWholes(
        rows,
        count,
        query,
        corrections,
        sideScale,
        dim,
        job.kind === "whole-texts" ? 1 : 0,
        job.out,
      );
  }
}

interface Waiting {
  left: number;
  readonly done: () => void;
  readonly failed: (error: Error) => void;
}

export class ScoringPool {
  #workers: Worker[] | undefined;
  #broken = false;
  #jobs = 0;
  readonly #known = new Set<number>();
  readonly #waiting = new Map<number, Waiting>();

  constructor(
    private readonly module: WebAssembly.Module | undefined,
    readonly threads: number,
    private readonly log: Log,
  ) {}

  /**
   * Does a job; rejects with `CancelledError` when given up, after the threads have let go of it. Without threads (they
   * cannot be started, or one failed) it is done here, in turns with other work.
   */
  async run(memory: VectorMemory, kernel: ScoringKernel, job: ScoringJob, signal?: AbortSignal): Promise<void> {
    throwIfCancelled(signal);
    const control = new Int32Array(memory.wasm.buffer, job.control, 2).fill(0);
    const workers = this.#start();
    if (workers.length > 0) {
      const giveUp = () => Atomics.store(control, 1, 1);
      signal?.addEventListener("abort", giveUp, { once: true });
      try {
        await this.#runOn(workers, memory, job);
        if (signal?.aborted === true) throw cancelled();
        return;
      } catch (error) {
        if (signal?.aborted === true) throw error;
        this.log("warn", `scoring goes on without threads: ${(error as Error).message}`);
      } finally {
        signal?.removeEventListener("abort", giveUp);
      }
    }
    await runHere(kernel, job, signal);
  }

  async #runOn(workers: readonly Worker[], memory: VectorMemory, job: ScoringJob): Promise<void> {
    const number = ++this.#jobs;
    const isNew = !this.#known.has(memory.id);
    this.#known.add(memory.id);
    await new Promise<void>((done, failed) => {
      this.#waiting.set(number, { left: workers.length, done, failed });
      for (const worker of workers) {
        worker.ref();
        if (isNew) worker.postMessage({ type: "memory", id: memory.id, memory: memory.wasm } satisfies PoolMessage);
        worker.postMessage({ type: "job", number, id: memory.id, job } satisfies PoolMessage);
      }
    });
  }

  /** Lets the threads drop a memory. */
  forget(memory: VectorMemory): void {
    if (!this.#known.delete(memory.id)) return;
    for (const worker of this.#workers ?? []) {
      worker.postMessage({ type: "forget", id: memory.id } satisfies PoolMessage);
    }
  }

  #start(): readonly Worker[] {
    if (this.#broken) return [];
    this.#workers ??= Array.from({ length: this.threads }, () => {
      const worker = new Worker(distFile("scoring-worker.js"), { workerData: this.module });
      // An idle thread is no reason for the process to live on.
      worker.unref();
      worker.on("message", (number: number) => this.#finished(number));
      worker.on("error", (error) => this.#fail(error as Error));
      worker.on("exit", () => this.#fail(new Error("a scoring thread ended")));
      return worker;
    });
    return this.#workers;
  }

  #finished(number: number): void {
    const waiting = this.#waiting.get(number);
    if (waiting === undefined || --waiting.left > 0) return;
    this.#waiting.delete(number);
    if (this.#waiting.size === 0) for (const worker of this.#workers ?? []) worker.unref();
    waiting.done();
  }

  #fail(error: Error): void {
    if (this.#broken || this.#workers === undefined) return;
    this.#broken = true;
    void this.#end();
    for (const { failed } of this.#waiting.values()) failed(error);
    this.#waiting.clear();
  }

  async #end(): Promise<void> {
    const workers = this.#workers ?? [];
    this.#workers = undefined;
    this.#known.clear();
    await Promise.all(workers.map((worker) => worker.terminate()));
  }

  /** Ends the threads; a later job starts new ones. */
  async close(): Promise<void> {
    await this.#end();
    for (const { failed } of this.#waiting.values()) failed(cancelled());
    this.#waiting.clear();
  }
}

const PAUSE_EVERY_MS = 8;

/** A job on this thread; gives way to other work between slices. */
export async function runHere(kernel: ScoringKernel, job: ScoringJob, signal?: AbortSignal): Promise<void> {
  const pacer = new Pacer(PAUSE_EVERY_MS, signal);
  for (let index = 0; index * job.slice < job.count; index++) {
    scoreSlice(kernel, job, index);
    if (pacer.due) await pacer.pause();
  }
}
