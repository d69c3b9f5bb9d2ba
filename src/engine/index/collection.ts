/** The loaded segments of one kind (motions or captions): items by key, and scores of all of them. */
import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { join } from "node:path";
import type { TokenVectors } from "../../core/retrieval/vectors.js";
import { Pacer } from "../tasks.js";
import { VectorMemory, type CompiledKernel, type VectorBlock } from "./kernel.js";
import type { SegmentEntry } from "./manifest.js";
import { DamagedSegment, paddedDim, readSegment, type ItemOf, type SegmentKind } from "./segment.js";

interface LoadedSegment {
  readonly entry: SegmentEntry;
  readonly memory: VectorMemory;
  readonly block: VectorBlock;
  readonly globals: number;
  readonly globalScales: number;
  readonly bytes: number;
  /** Position of its first item among all items of the collection. */
  readonly firstItem: number;
}

/** Work between two looks at the clock, in products of numbers: about a millisecond. */
const PRODUCTS_PER_SLICE = 8_000_000;
const PAUSE_EVERY_MS = 8;
const READ_BYTES = 8 * 1024 * 1024;

export interface DroppedSegment {
  readonly entry: SegmentEntry;
  readonly reason: string;
}

export class Collection<K extends SegmentKind> {
  readonly #segments: LoadedSegment[] = [];
  readonly #items: ItemOf<K>[] = [];
  readonly #indexOf = new Map<string, number>();
  #memory: VectorMemory | undefined;

  constructor(
    private readonly folder: string,
    private readonly kind: K,
    private readonly modelKey: string,
    private readonly dim: number,
    private readonly compiled: CompiledKernel,
  ) {}

  /** Items in the order of the segments. A key may stand twice (after two writers); `indexOf` gives the last one. */
  get items(): readonly ItemOf<K>[] {
    return this.#items;
  }

  get files(): readonly string[] {
    return this.#segments.map(({ entry }) => entry.file);
  }

  indexOf(key: string): number | undefined {
    return this.#indexOf.get(key);
  }

  /**
   * Loads segments that are not yet loaded, checking each. Damaged ones are returned, not loaded.
   * The caller starts afresh when segments left the manifest.
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

  /** Reads the file straight into the memory: a large index is never there twice. */
  #loadSegment(entry: SegmentEntry): void {
    const file = openSync(join(this.folder, entry.file), "r");
    try {
      const { size } = fstatSync(file);
      if (size !== entry.bytes) throw new DamagedSegment(`it has ${size} bytes, not ${entry.bytes}`);
      if (this.#memory?.hasRoom(size) !== true) this.#memory = new VectorMemory(this.compiled, this.dim);
      const memory = this.#memory;
      const base = memory.allocate(size);
      try {
        const bytes = memory.bytes(base, size);
        for (let at = 0; at < size;) {
          const read = readSync(file, bytes, at, Math.min(READ_BYTES, size - at), at);
          if (read === 0) throw new DamagedSegment("it is cut short");
          at += read;
        }
        this.#adopt(entry, memory, base, bytes);
      } catch (error) {
        memory.giveBack(base, size);
        throw error;
      }
    } finally {
      closeSync(file);
    }
  }

  #adopt(entry: SegmentEntry, memory: VectorMemory, base: number, bytes: Uint8Array): void {
    const { header, layout } = readSegment(bytes);
    if (header.kind !== this.kind || header.dim !== this.dim || header.modelKey !== this.modelKey) {
      throw new DamagedSegment("it belongs to another model");
    }
    const firstItem = this.#items.length;
    this.#segments.push({
      entry,
      memory,
      block: {
        vectors: base + layout.vectors,
        scales: base + layout.scales,
        table: base + layout.table,
        items: header.items.length,
      },
      globals: base + layout.globals,
      globalScales: base + layout.globalScales,
      bytes: bytes.length,
      firstItem,
    });
    for (const item of header.items as readonly ItemOf<K>[]) {
      this.#indexOf.set(item.key, this.#items.length);
      this.#items.push(item);
    }
  }

  /** Score of the text with every item (motions). Gives way to other work; rejects when cancelled. */
  async scoreAgainstText(this: Collection<"motions">, text: TokenVectors, signal?: AbortSignal): Promise<Float64Array> {
    return this.#scoreAll(text, signal, (memory, block, from, to) => memory.scoreMotions(block, from, to, text));
  }

  /** Score of every item (captions) with the motion. Gives way to other work; rejects when cancelled. */
  async scoreAgainstMotion(
    this: Collection<"captions">,
    motion: TokenVectors,
    signal?: AbortSignal,
  ): Promise<Float64Array> {
    return this.#scoreAll(motion, signal, (memory, block, from, to) => memory.scoreTexts(block, from, to, motion));
  }

  async #scoreAll(
    side: TokenVectors,
    signal: AbortSignal | undefined,
    score: (memory: VectorMemory, block: VectorBlock, from: number, to: number) => Float64Array,
  ): Promise<Float64Array> {
    const scores = new Float64Array(this.#items.length);
    const pacer = new Pacer(PAUSE_EVERY_MS, signal);
    // Segments may be added meanwhile; those of the start are scored.
    for (const { memory, block, firstItem } of [...this.#segments]) {
      const counts = new Uint32Array(memory.bytes(block.table, block.items * 8).slice().buffer);
      for (let from = 0; from < block.items;) {
        let to = from;
        let products = 0;
        while (to < block.items && (to === from || products < PRODUCTS_PER_SLICE)) {
          products += counts[to * 2 + 1]! * side.count * this.dim;
          to++;
        }
        scores.set(score(memory, block, from, to), firstItem + from);
        from = to;
        if (pacer.due) await pacer.pause();
      }
    }
    return scores;
  }

  /** Best cosine of each token of a text with a vector of one motion. */
  tokenMaxima(this: Collection<"motions">, index: number, text: TokenVectors): Float64Array {
    const { memory, block, firstItem } = this.#segmentOf(index);
    return memory.tokenMaxima(block, index - firstItem, text);
  }

  /** The stored vectors of an item (a copy). */
  vectorsOf(index: number): TokenVectors {
    const { memory, block, firstItem } = this.#segmentOf(index);
    const [first, count] = new Uint32Array(memory.bytes(block.table + (index - firstItem) * 8, 8).slice().buffer);
    const scales = memory.bytes(block.scales + first! * 4, count! * 4).slice();
    return {
      count: count!,
      dim: this.dim,
      data: this.#unpadded(memory.bytes(block.vectors + first! * paddedDim(this.dim), count! * paddedDim(this.dim))),
      scales: new Float32Array(scales.buffer),
    };
  }

  /** The stored whole-item vector of an item (a copy). */
  globalOf(index: number): TokenVectors {
    const { memory, globals, globalScales, firstItem } = this.#segmentOf(index);
    const at = index - firstItem;
    return {
      count: 1,
      dim: this.dim,
      data: this.#unpadded(memory.bytes(globals + at * paddedDim(this.dim), paddedDim(this.dim))),
      scales: new Float32Array(memory.bytes(globalScales + at * 4, 4).slice().buffer),
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

  #unpadded(bytes: Uint8Array): Int8Array {
    const padded = paddedDim(this.dim);
    const data = new Int8Array((bytes.length / padded) * this.dim);
    for (let row = 0; row * padded < bytes.length; row++) {
      data.set(new Int8Array(bytes.buffer, bytes.byteOffset + row * padded, this.dim), row * this.dim);
    }
    return data;
  }
}
