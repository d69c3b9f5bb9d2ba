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
import { keepRows, Scorer, type RowSource } from "./scorer.js";
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
  /** Rows of the pooled vectors of all items, once they were asked for. */
  #pooledAddress: number | undefined;

  /** `onDamage` hears of segments whose damage shows only when their vectors are read. */
  constructor(
    private readonly folder: string,
    private readonly kind: K,
    private readonly modelKey: string,
    private readonly dim: number,
    private readonly compiled: CompiledKernel,
    onDamage: (dropped: DroppedSegment) => void = () => undefined,
    /** Vectors of up to so many bytes stay in memory; beyond, they are read from the files for each query. */
    residentBytes?: number,
  ) {
    const said = new Set<string>();
    this.#scorer = new Scorer(this.#memory, compiled, dim);
    const noteDamage = (segment: SegmentBlocks, reason: string) => {
      const { entry } = segment as LoadedSegment;
      if (!said.has(entry.file)) onDamage({ entry, reason });
      said.add(entry.file);
    };
    const freeLater = (address: number) => this.#scorer.freeLater(address);
    this.#blocks = new BlockStore(this.#memory, dim, noteDamage, freeLater, residentBytes);
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
    const table = new Uint32Array(copy(layout.table, layout.table + count * TABLE_ROW_BYTES));
    const blocks = {
      path,
      start: layout.blocks,
      bytes: entry.bytes - layout.blocks,
      table,
      scales: new Float32Array(table.buffer),
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
    if (this.#pooledAddress !== undefined) this.#scorer.freeLater(this.#pooledAddress);
    this.#pooledAddress = undefined;
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
    indices?: Uint32Array,
  ): Promise<Float64Array> {
    const whole = indices === undefined ? await this.#blocks.all(signal) : undefined;
    if (whole !== undefined) {
      await this.#scorer.score(kind, side, whole, signal);
      return whole.scores;
    }
    const wanted = indices ?? range(this.#items.length);
    const scores = new Float64Array(wanted.length).fill(-Infinity);
    for await (const batch of this.#blocks.read(wanted, signal)) {
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
    indices?: Uint32Array,
  ): Promise<Uint32Array> {
    const rows: RowSource =
      indices === undefined
        ? { ...this.#pooledRows(), address: (this.#pooledAddress ??= keepRows(this.#memory, this.#pooledRows())) }
        : this.#pooledRows(indices);
    await this.#scorer.score("text", text, rows, signal);
    this.#blocks.warm();
    const best = bestRows(rows.scores, count);
    return indices === undefined ? best : best.map((row) => indices[row]!);
  }

  /** Rows of the pooled vectors of some items, or of all. */
  #pooledRows(indices?: Uint32Array): RowSource {
    const size = blockBytes(POOLED_VECTORS, this.dim);
    const segments = [...this.#segments];
    const count = indices?.length ?? this.#items.length;
    const write = (words: Uint32Array, floats: Float32Array) => {
      let segment = 0;
      for (let row = 0; row < count; row++) {
        const index = indices === undefined ? row : indices[row]!;
        while (index < segments[segment]!.firstItem) segment--;
        while (index >= segments[segment]!.firstItem + segments[segment]!.items) segment++;
        const { firstItem, pooled, pooledScales, table } = segments[segment]!;
        const at = index - firstItem;
        words[row * 4] = pooled + at * size;
        words[row * 4 + 1] = table[at * 4 + 1] === 0 ? 0 : POOLED_VECTORS;
        floats[row * 4 + 2] = pooledScales[at]!;
      }
    };
    return { count, write, scores: new Float64Array(0) };
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
  const indices = new Uint32Array(count);
  for (let index = 0; index < count; index++) indices[index] = index;
  return indices;
}

/** Rows of the `count` best scores, best first, ties by row. */
export function bestRows(scores: Float64Array, count: number): Uint32Array {
  const byScore = (a: number, b: number) => scores[b]! - scores[a]! || a - b;
  if (scores.length <= 2 * count) return range(scores.length).sort(byScore).slice(0, count);
  const least = largestButFew(scores.slice(), count);
  const rows: number[] = [];
  for (let row = 0; row < scores.length; row++) if (scores[row]! >= least) rows.push(row);
  return Uint32Array.from(rows).sort(byScore).slice(0, count);
}

/** The value of rank `count` from the largest down, by quickselect; the values are reordered. */
function largestButFew(values: Float64Array, count: number): number {
  let [low, high] = [0, values.length - 1];
  const wanted = count - 1;
  while (low < high) {
    const pivot = values[(low + high) >> 1]!;
    let [left, right] = [low, high];
    while (left <= right) {
      while (values[left]! > pivot) left++;
      while (values[right]! < pivot) right--;
      if (left > right) break;
      const kept = values[left]!;
      values[left++] = values[right]!;
      values[right--] = kept;
    }
    if (wanted <= right) high = right;
    else if (wanted >= left) low = left;
    else break;
  }
  return values[wanted]!;
}
