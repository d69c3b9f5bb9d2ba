/**
 * Scoring of stored motions by themselves, without a dataset: what the bench measures. The engine's queries go
 * through the same collection.
 */
import type { ItemVectors, VectorShape } from "../../core/retrieval/vectors.js";
import { bestRows, Collection } from "./collection.js";
import { compileKernel, type CompiledKernel } from "./kernel.js";
import type { SegmentEntry } from "./manifest.js";
import { defaultCandidates } from "./staged.js";

export interface ScorerOptions {
  /** Worker threads; 0 or undefined means as many as cores, at most four. */
  readonly threads?: number;
  /** `auto` takes the fastest that runs here. */
  readonly kernel?: "auto" | "relaxed" | "simd" | "plain";
  readonly log?: (level: "debug" | "info" | "warn" | "error", message: string) => void;
}

export interface ScoredItem {
  /** Position of the motion in the order of the segments. */
  readonly item: number;
  readonly score: number;
}

/** Opened segments of motions (written by `encodeSegment`, see segment.ts), ready for queries. */
export class MotionScorer {
  private constructor(
    private readonly collection: Collection<"motions">,
    private readonly entries: readonly SegmentEntry[],
    private readonly compiled: CompiledKernel,
  ) {}

  /** What scores: `relaxed`, `simd` or `plain`. */
  get kernel(): string {
    return this.compiled.name;
  }

  get threads(): number {
    return this.compiled.pool.threads;
  }

  /** Bytes of memory that vectors and queries take. */
  get memoryBytes(): number {
    return this.collection.memoryBytes;
  }

  /**
   * Opens segments; `entries` are the manifest's entries of kind `motions`.
   *
   * @throws Error when a segment is damaged or of another model or shape.
   */
  static async open(
    folder: string,
    entries: readonly SegmentEntry[],
    modelKey: string,
    shape: VectorShape,
    options: ScorerOptions = {},
  ): Promise<MotionScorer> {
    const compiled = await compileKernel(options.log ?? (() => undefined), options);
    const collection = new Collection(folder, "motions", modelKey, shape, compiled);
    const dropped = await collection.load(entries);
    if (dropped[0] !== undefined) throw new Error(`${dropped[0].entry.file}: ${dropped[0].reason}`);
    return new MotionScorer(collection, entries, compiled);
  }

  get motions(): number {
    return this.collection.items.length;
  }

  /** Bytes of the segments on disk. */
  get bytes(): number {
    return this.entries.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  /** The best motions by MaxSim over everything: score descending, then item. */
  async exact(query: ItemVectors, top: number): Promise<ScoredItem[]> {
    return bestOf(await this.collection.scoreAgainstText(query), top);
  }

  /**
   * The best motions by MaxSim over the most promising ones; their scores are exact.
   *
   * @param candidates how many are scored; undefined takes the default.
   */
  async staged(
    query: ItemVectors,
    top: number,
    candidates = defaultCandidates(this.motions, top, this.collection.shape),
  ): Promise<ScoredItem[]> {
    const chosen = (await this.collection.candidates(query, candidates)).sort();
    return bestOf(await this.collection.scoreAgainstText(query, undefined, chosen), top, chosen);
  }

  /** Ends the threads and lets the memory go. */
  async close(): Promise<void> {
    this.collection.dispose();
    await this.compiled.close();
  }
}

function bestOf(scores: Float64Array, top: number, items?: Uint32Array): ScoredItem[] {
  return Array.from(bestRows(scores, top), (row) => ({
    item: items === undefined ? row : items[row]!,
    score: scores[row]!,
  }));
}
