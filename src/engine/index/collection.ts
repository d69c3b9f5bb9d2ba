/** The loaded segments of one kind (motions or captions): items by key, and scores of them. */
import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { join } from "node:path";
import { POOLED_VECTORS, pooledCount } from "../../core/retrieval/pooled.js";
import type { ItemVectors, TokenVectors, VectorShape } from "../../core/retrieval/vectors.js";
import { Pacer } from "../tasks.js";
import { BlockStore, countOf, type HeldItem, type SegmentBlocks } from "./blocks.js";
import type { CompiledKernel } from "./kernel.js";
import { blockBytes, itemBytes, readBlock, readPlaces, readWhole, wholeBytes, wholeGroupBytes } from "./lanes.js";
import type { SegmentEntry } from "./manifest.js";
import { VectorMemory } from "./memory.js";
import { keepRows, Scorer, type RowSource, type Side } from "./scorer.js";
import {
  DamagedSegment,
  frontLength,
  PREFIX_BYTES,
  readFront,
  TABLE_WORDS,
  type ItemOf,
  type SegmentKind,
} from "./segment.js";

interface LoadedSegment extends SegmentBlocks {
  readonly entry: SegmentEntry;
  /** Addresses in the memory. */
  readonly pooled: number;
  readonly pooledScales: Float32Array;
  readonly wholes: number;
}

/** Items of one row of wholes; a multiple of four. */
const WHOLES_A_ROW = 1024;

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
  /** Rows of the wholes of all items, likewise. */
  #wholeAddress: number | undefined;

  /** `onDamage` hears of segments whose damage shows only when their vectors are read. */
  constructor(
    private readonly folder: string,
    private readonly kind: K,
    private readonly modelKey: string,
    readonly shape: VectorShape,
    private readonly compiled: CompiledKernel,
    onDamage: (dropped: DroppedSegment) => void = () => undefined,
    /** Vectors of up to so many bytes stay in memory; beyond, they are read from the files for each query. */
    residentBytes?: number,
  ) {
    const said = new Set<string>();
    this.#scorer = new Scorer(this.#memory, compiled, shape);
    const noteDamage = (segment: SegmentBlocks, reason: string) => {
      const { entry } = segment as LoadedSegment;
      if (!said.has(entry.file)) onDamage({ entry, reason });
      said.add(entry.file);
    };
    const freeLater = (address: number) => this.#scorer.freeLater(address);
    this.#blocks = new BlockStore(this.#memory, shape.gridDim, noteDamage, freeLater, residentBytes);
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
    const { gridDim, wholeDim } = this.shape;
    const isOurs = header.modelKey === this.modelKey && header.gridDim === gridDim && header.wholeDim === wholeDim;
    if (header.kind !== this.kind || !isOurs) {
      throw new DamagedSegment("it belongs to another model");
    }
    const copy = (from: number, to: number) => front.slice(from, to).buffer;
    const count = header.items.length;
    const table = new Uint32Array(copy(layout.table, layout.table + count * TABLE_WORDS * 4));
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
    const pooledItems = this.kind === "motions" && pooledCount(this.shape) > 0 ? count : 0;
    const segment: LoadedSegment = Object.assign(blocks, {
      entry,
      pooled: this.#keep(front.subarray(layout.pooled, layout.blocks)),
      pooledScales: new Float32Array(copy(layout.pooledScales, layout.pooledScales + pooledItems * 4)),
      wholes: this.#keep(front.subarray(layout.wholes, layout.wholes + wholeBytes(count, wholeDim))),
    });
    this.#segments.push(segment);
    for (const address of [this.#pooledAddress, this.#wholeAddress]) {
      if (address !== undefined) this.#scorer.freeLater(address);
    }
    this.#pooledAddress = undefined;
    this.#wholeAddress = undefined;
    for (const item of header.items as readonly ItemOf<K>[]) {
      this.#indexOf.set(item.key, this.#items.length);
      this.#items.push(item);
    }
  }

  /** Puts bytes into the memory. @returns their address. */
  #keep(bytes: Uint8Array): number {
    const address = this.#memory.allocate(bytes.length);
    this.#memory.bytes(address, bytes.length).set(bytes);
    return address;
  }

  /**
   * Exact scores of the text with items (motions), in the order of `indices`, or of all. -Infinity for items without
   * vectors or whose segment turns out to be damaged. Gives way to other work; rejects when cancelled.
   */
  async scoreAgainstText(
    this: Collection<"motions">,
    text: ItemVectors,
    signal?: AbortSignal,
    indices?: Uint32Array,
  ): Promise<Float64Array> {
    return this.#score("text", text, signal, indices);
  }

  /** Exact scores of items (captions) with the motion; see `scoreAgainstText`. */
  async scoreAgainstMotion(
    this: Collection<"captions">,
    motion: ItemVectors,
    signal?: AbortSignal,
    indices?: Uint32Array,
  ): Promise<Float64Array> {
    return this.#score("motion", motion, signal, indices);
  }

  async #score(side: Side, item: ItemVectors, signal?: AbortSignal, indices?: Uint32Array): Promise<Float64Array> {
    const { gridDim } = this.shape;
    const scores =
      gridDim > 0
        ? await this.#gridScores(side, item.grid, signal, indices)
        : new Float64Array(indices?.length ?? this.#items.length);
    return this.#addWholes(side, item.whole, scores, signal, indices);
  }

  async #gridScores(
    side: Side,
    grid: TokenVectors,
    signal?: AbortSignal,
    indices?: Uint32Array,
  ): Promise<Float64Array> {
    const all = indices === undefined ? await this.#blocks.all(signal) : undefined;
    if (all !== undefined) {
      await this.#scorer.score(side, grid, all, signal);
      return all.scores;
    }
    const wanted = indices ?? range(this.#items.length);
    const scores = new Float64Array(wanted.length).fill(-Infinity);
    for await (const batch of this.#blocks.read(wanted, signal)) {
      try {
        await this.#scorer.score(side, grid, batch, signal);
        batch.positions.forEach((position, row) => (scores[position] = batch.scores[row]!));
      } finally {
        batch.release();
      }
    }
    return scores;
  }

  /** Adds what the wholes bring to scores by the grid, of all items or of those at `indices`. */
  async #addWholes(
    side: Side,
    whole: TokenVectors,
    scores: Float64Array,
    signal?: AbortSignal,
    indices?: Uint32Array,
  ): Promise<Float64Array> {
    if (this.shape.wholeDim === 0) return scores;
    if (whole.count === 0) return scores.fill(-Infinity);
    const wholes = await this.#wholeScores(side, whole, signal);
    for (let row = 0; row < scores.length; row++) {
      scores[row]! += wholes[indices === undefined ? row : indices[row]!]!;
    }
    return scores;
  }

  /** What the wholes of all items bring to their scores. */
  async #wholeScores(side: Side, whole: TokenVectors, signal?: AbortSignal): Promise<Float64Array> {
    const rows = this.#wholeRows();
    const address = rows.count > 0 ? (this.#wholeAddress ??= keepRows(this.#memory, rows)) : undefined;
    return this.#scorer.scoreWholes(side, whole, { ...rows, address }, this.#items.length, signal);
  }

  #wholeRows(): RowSource {
    const count = this.#segments.reduce((sum, { items }) => sum + Math.ceil(items / WHOLES_A_ROW), 0);
    const write = (words: Uint32Array) => {
      let row = 0;
      for (const { wholes, items, firstItem } of this.#segments) {
        for (let at = 0; at < items; at += WHOLES_A_ROW, row += 4) {
          words[row] = wholes + (at >> 2) * wholeGroupBytes(this.shape.wholeDim);
          words[row + 1] = Math.min(WHOLES_A_ROW, items - at);
          words[row + 2] = firstItem + at;
        }
      }
    };
    return { count, write, scores: new Float64Array(0) };
  }

  /**
   * The most promising items (motions) for a text, best first: by their wholes where there are any, else by
   * their pooled vectors.
   *
   * @param indices of which to choose; undefined means all.
   */
  async candidates(
    this: Collection<"motions">,
    text: ItemVectors,
    count: number,
    signal?: AbortSignal,
    indices?: Uint32Array,
  ): Promise<Uint32Array> {
    const scores = await this.#candidateScores(text, signal, indices);
    this.#blocks.warm();
    const best = bestRows(scores, count);
    return indices === undefined ? best : best.map((row) => indices[row]!);
  }

  async #candidateScores(text: ItemVectors, signal?: AbortSignal, indices?: Uint32Array): Promise<Float64Array> {
    if (this.shape.wholeDim > 0) {
      return this.#addWholes(
        "text",
        text.whole,
        new Float64Array(indices?.length ?? this.#items.length),
        signal,
        indices,
      );
    }
    const rows: RowSource =
      indices === undefined
        ? { ...this.#pooledRows(), address: (this.#pooledAddress ??= keepRows(this.#memory, this.#pooledRows())) }
        : this.#pooledRows(indices);
    await this.#scorer.score("text", text.grid, rows, signal);
    return rows.scores;
  }

  /** Rows of the pooled vectors of some items, or of all. */
  #pooledRows(indices?: Uint32Array): RowSource {
    const size = blockBytes(POOLED_VECTORS, this.shape.gridDim);
    const segments = [...this.#segments];
    const count = indices?.length ?? this.#items.length;
    const write = (words: Uint32Array, floats: Float32Array) => {
      let segment = 0;
      for (let row = 0; row < count; row++) {
        const index = indices === undefined ? row : indices[row]!;
        while (index < segments[segment]!.firstItem) segment--;
        while (index >= segments[segment]!.firstItem + segments[segment]!.items) segment++;
        const { firstItem, pooled, pooledScales } = segments[segment]!;
        const at = index - firstItem;
        words[row * 4] = pooled + at * size;
        words[row * 4 + 1] = countOf(segments[segment]!, at) === 0 ? 0 : POOLED_VECTORS;
        floats[row * 4 + 2] = pooledScales[at]!;
      }
    };
    return { count, write, scores: new Float64Array(0) };
  }

  /** Cosines of a text's tokens with one motion's patches, as `patchCosines` gives them. */
  cosines(this: Collection<"motions">, index: number, text: TokenVectors): Float64Array {
    const held = this.#blocks.one(index);
    try {
      const { count, patches } = held;
      const cosines = this.#scorer.cosines(held, text);
      const places = this.#placesOf(held);
      if (places === undefined) return cosines;
      return Float64Array.from({ length: text.count * patches }, (_, at) => {
        const token = Math.floor(at / patches);
        return cosines[token * count + places[at - token * patches]!]!;
      });
    } finally {
      held.release();
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

  /** What is stored of an item (a copy). @throws DamagedSegment when it cannot be read. */
  vectorsOf(index: number): ItemVectors {
    const held = this.#blocks.one(index);
    try {
      const { count, scale } = held;
      const { gridDim } = this.shape;
      const places = this.#placesOf(held);
      return {
        grid: readBlock(this.#bytesOf(held), count, gridDim, this.kind === "motions" ? scale : undefined),
        whole: this.wholeOf(index),
        ...(places !== undefined && { places }),
      };
    } finally {
      held.release();
    }
  }

  #bytesOf({ address, count, patches }: HeldItem): Uint8Array {
    return this.#memory.bytes(address, itemBytes(count, this.shape.gridDim, patches));
  }

  #placesOf(held: HeldItem): Uint16Array | undefined {
    return readPlaces(this.#bytesOf(held), held.count, this.shape.gridDim, held.patches);
  }

  /** The stored whole of an item (a copy). */
  wholeOf(index: number): TokenVectors {
    const { wholes, items, firstItem } = this.#segmentOf(index);
    const { wholeDim } = this.shape;
    return readWhole(this.#memory.bytes(wholes, wholeBytes(items, wholeDim)), index - firstItem, wholeDim);
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
