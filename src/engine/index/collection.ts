/** The loaded segments of one kind (motions or captions): items by key, and scores of them. */
import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { join } from "node:path";
import { POOLED_VECTORS } from "../../core/retrieval/pooled.js";
import type { TokenVectors } from "../../core/retrieval/vectors.js";
import { Pacer } from "../tasks.js";
import { BlockStore, type SegmentBlocks } from "./blocks.js";
import type { CompiledKernel } from "./kernel.js";
import { blockBytes, paddedDim, readBlock } from "./lanes.js";
import type { SegmentEntry } from "./manifest.js";
import { VectorMemory } from "./memory.js";
import { Scorer, type RowSource } from "./scorer.js";
import {
  DamagedSegment,
  frontLength,
  PREFIX_BYTES,
  readFront,
  TABLE_ROW_BYTES,
  type ItemOf,
  type SegmentKind,
} from "./segment.js";

interface LoadedSegment extends SegmentBlocks {
  readonly entry: SegmentEntry;
  /** Addresses in the memory. */
  readonly pooled: number;
  readonly pooledScales: Float32Array;
  readonly globals: Int8Array;
  readonly globalScales: Float32Array;
}

const PAUSE_EVERY_MS = 8;

export interface DroppedSegment {
  readonly entry: SegmentEntry;
  readonly reason: string;
}

export class Collection<K extends SegmentKind> {
  readonly #segments: LoadedSegment[] = [];
  readonly #items: ItemOf<K>[] = [];
  readonly #indexOf = new Map<string, number>();
  readonly #memory = new VectorMemory();
  readonly #blocks: BlockStore;
  readonly #scorer: Scorer;

  /** `onDamage` hears of segments whose damage shows only when their vectors are read. */
  constructor(
    private readonly folder: string,
    private readonly kind: K,
    private readonly modelKey: string,
    private readonly dim: number,
    private readonly compiled: CompiledKernel,
    onDamage: (dropped: DroppedSegment) => void = () => undefined,
  ) {
    const said = new Set<string>();
    this.#blocks = new BlockStore(this.#memory, dim, (segment, reason) => {
      const { entry } = segment as LoadedSegment;
      if (!said.has(entry.file)) onDamage({ entry, reason });
      said.add(entry.file);
    });
    this.#scorer = new Scorer(this.#memory, compiled, dim);
  }

  /** Items in the order of the segments. A key may stand twice (after two writers); `indexOf` gives the last one. */
  get items(): readonly ItemOf<K>[] {
    return this.#items;
  }

  get files(): readonly string[] {
    return this.#segments.map(({ entry }) => entry.file);
  }

  /** Bytes of memory that vectors and queries take. */
  get memoryBytes(): number {
    return this.#memory.size;
  }

  indexOf(key: string): number | undefined {
    return this.#indexOf.get(key);
  }

  /** Lets the scoring threads drop its memory; nothing may be asked of it afterwards. */
  dispose(): void {
    this.#blocks.stop();
    this.compiled.pool.forget(this.#memory);
  }

  /**
   * Loads segments that are not yet loaded, checking each: the vectors too where they are few, else when they are
   * first read. Damaged ones are returned, not loaded. The caller starts afresh when segments left the manifest.
   */
  async load(entries: readonly SegmentEntry[], signal?: AbortSignal): Promise<DroppedSegment[]> {
    const loaded = new Set(this.files);
    const dropped: DroppedSegment[] = [];
    const pacer = new Pacer(PAUSE_EVERY_MS, signal);
    for (const entry of entries) {
      if (entry.kind !== this.kind || loaded.has(entry.file)) continue;
      if (pacer.due) await pacer.pause();
      try {
        this.#loadSegment(entry);
      } catch (error) {
        const { code, message, name } = error as NodeJS.ErrnoException;
        if (name !== "DamagedSegment" && code === undefined) throw error;
        dropped.push({ entry, reason: code === "ENOENT" ? "it is missing" : message });
      }
    }
    return dropped;
  }

  #loadSegment(entry: SegmentEntry): void {
    const path = join(this.folder, entry.file);
    const file = openSync(path, "r");
    try {
      const { size } = fstatSync(file);
      if (size !== entry.bytes) throw new DamagedSegment(`it has ${size} bytes, not ${entry.bytes}`);
      const prefix = new Uint8Array(PREFIX_BYTES);
      readSync(file, prefix, 0, PREFIX_BYTES, 0);
      const front = new Uint8Array(Math.min(size, frontLength(prefix)));
      for (let at = 0; at < front.length;) {
        const read = readSync(file, front, at, front.length - at, at);
        if (read === 0) throw new DamagedSegment("it is cut short");
        at += read;
      }
      this.#adopt(entry, path, front, file);
    } finally {
      closeSync(file);
    }
  }

  #adopt(entry: SegmentEntry, path: string, front: Uint8Array, file: number): void {
    const { header, layout } = readFront(front, entry.bytes);
    if (header.kind !== this.kind || header.dim !== this.dim || header.modelKey !== this.modelKey) {
      throw new DamagedSegment("it belongs to another model");
    }
    const copy = (from: number, to: number) => front.slice(from, to).buffer;
    const count = header.items.length;
    const blocks = {
      path,
      start: layout.blocks,
      bytes: entry.bytes - layout.blocks,
      table: new Uint32Array(copy(layout.table, layout.table + count * TABLE_ROW_BYTES)),
      items: count,
      firstItem: this.#items.length,
    };
    this.#blocks.add(blocks, file);
    const pooledBytes = layout.blocks - layout.pooled;
    const pooled = this.#memory.allocate(pooledBytes);
    this.#memory.bytes(pooled, pooledBytes).set(front.subarray(layout.pooled, layout.blocks));
    const pooledCount = this.kind === "motions" ? count : 0;
    const segment: LoadedSegment = Object.assign(blocks, {
      entry,
      pooled,
      pooledScales: new Float32Array(copy(layout.pooledScales, layout.pooledScales + pooledCount * 4)),
      globals: new Int8Array(copy(layout.globals, layout.globals + count * paddedDim(this.dim))),
      globalScales: new Float32Array(copy(layout.globalScales, layout.globalScales + count * 4)),
    });
    this.#segments.push(segment);
    for (const item of header.items as readonly ItemOf<K>[]) {
      this.#indexOf.set(item.key, this.#items.length);
      this.#items.push(item);
    }
  }

  /**
   * Exact scores of the text with items (motions), in the order of `indices`, or of all. -Infinity for items without
   * vectors or whose segment turns out to be damaged. Gives way to other work; rejects when cancelled.
   */
  async scoreAgainstText(
    this: Collection<"motions">,
    text: TokenVectors,
    signal?: AbortSignal,
    indices?: Uint32Array,
  ): Promise<Float64Array> {
    return this.#score("text", text, signal, indices);
  }

  /** Exact scores of items (captions) with the motion; see `scoreAgainstText`. */
  async scoreAgainstMotion(
    this: Collection<"captions">,
    motion: TokenVectors,
    signal?: AbortSignal,
    indices?: Uint32Array,
  ): Promise<Float64Array> {
    return this.#score("motion", motion, signal, indices);
  }

  async #score(
    kind: "text" | "motion",
    side: TokenVectors,
    signal?: AbortSignal,
    indices = range(this.#items.length),
  ): Promise<Float64Array> {
    const scores = new Float64Array(indices.length).fill(-Infinity);
    for await (const batch of this.#blocks.read(indices, signal)) {
      try {
        await this.#scorer.score(kind, side, batch, signal);
        batch.positions.forEach((position, row) => (scores[position] = batch.scores[row]!));
      } finally {
        batch.release();
      }
    }
    return scores;
  }

  /**
   * The most promising items (motions) for a text by their pooled vectors, best first.
   *
   * @param indices of which to choose; undefined means all.
   */
  async candidates(
    this: Collection<"motions">,
    text: TokenVectors,
    count: number,
    signal?: AbortSignal,
    indices = range(this.items.length),
  ): Promise<Uint32Array> {
    const size = blockBytes(POOLED_VECTORS, this.dim);
    const rows: RowSource = { count: indices.length, scores: new Float64Array(0), write: () => undefined };
    let segment = 0;
    const segments = [...this.#segments];
    rows.write = (words, floats) => {
      indices.forEach((index, row) => {
        while (index < segments[segment]!.firstItem) segment--;
        while (index >= segments[segment]!.firstItem + segments[segment]!.items) segment++;
        const { firstItem, pooled, pooledScales, table } = segments[segment]!;
        const at = index - firstItem;
        words[row * 4] = pooled + at * size;
        words[row * 4 + 1] = table[at * 4 + 1] === 0 ? 0 : POOLED_VECTORS;
        floats[row * 4 + 2] = pooledScales[at]!;
      });
    };
    await this.#scorer.score("text", text, rows, signal);
    this.#blocks.warm();
    return bestRows(rows.scores, count).map((row) => indices[row]!);
  }

  /** Products of every token of a text with every vector of one item, as `alignmentMatrix` gives them. */
  cosines(this: Collection<"motions">, index: number, text: TokenVectors): Float64Array {
    const { address, count, scale, release } = this.#blocks.one(index);
    try {
      return this.#scorer.cosines({ address, count, scale }, text);
    } finally {
      release();
    }
  }

  /** Best cosine of each token of a text with a vector of one motion. */
  tokenMaxima(this: Collection<"motions">, index: number, text: TokenVectors): Float64Array {
    const cosines = this.cosines(index, text);
    const count = cosines.length / text.count;
    return Float64Array.from({ length: text.count }, (_, token) =>
      cosines.subarray(token * count, (token + 1) * count).reduce((best, value) => Math.max(best, value), -Infinity),
    );
  }

  /** The stored vectors of an item (a copy). @throws DamagedSegment when they cannot be read. */
  vectorsOf(index: number): TokenVectors {
    const { address, count, scale, release } = this.#blocks.one(index);
    try {
      const bytes = this.#memory.bytes(address, blockBytes(count, this.dim));
      return readBlock(bytes, count, this.dim, this.kind === "motions" ? scale : undefined);
    } finally {
      release();
    }
  }

  /** The stored whole-item vector of an item (a copy). */
  globalOf(index: number): TokenVectors {
    const { globals, globalScales, firstItem } = this.#segmentOf(index);
    const at = index - firstItem;
    const from = at * paddedDim(this.dim);
    return {
      count: 1,
      dim: this.dim,
      data: globals.slice(from, from + this.dim),
      scales: globalScales.slice(at, at + 1),
    };
  }

  /** Which segment file holds an item. */
  fileOf(index: number): string {
    return this.#segmentOf(index).entry.file;
  }

  #segmentOf(index: number): LoadedSegment {
    // Few segments: a search from the end is as good as any.
    const segment = this.#segments.findLast(({ firstItem }) => firstItem <= index);
    if (segment === undefined) throw new RangeError(`there is no item ${index}`);
    return segment;
  }
}

function range(count: number): Uint32Array {
  return Uint32Array.from({ length: count }, (_, index) => index);
}

/** Rows of the `count` best scores, best first, ties by row. */
export function bestRows(scores: Float64Array, count: number): Uint32Array {
  const rows = range(scores.length);
  const byScore = (a: number, b: number) => scores[b]! - scores[a]! || a - b;
  if (scores.length <= 2 * count) return rows.sort(byScore).slice(0, count);
  const least = scores.slice().sort()[scores.length - count]!;
  return rows
    .filter((row) => scores[row]! >= least)
    .sort(byScore)
    .slice(0, count);
}
