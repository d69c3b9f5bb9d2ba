/**
 * The items' vectors of a collection: in memory where they fit, else read from the segments where a query needs them.
 * Every block is checked by its checksum when it is read.
 */
import { closeSync, openSync, readSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { crc32 } from "node:zlib";
import { Pacer } from "../tasks.js";
import { itemBytes } from "./lanes.js";
import type { VectorMemory } from "./memory.js";
import { keepRows, type RowSource } from "./scorer.js";
import { DamagedSegment, TABLE_WORDS } from "./segment.js";

/** A segment's file and table (see segment.ts). */
export interface SegmentBlocks {
  readonly path: string;
  /** Where the blocks begin in the file, and how long they are. */
  readonly start: number;
  readonly bytes: number;
  readonly table: Uint32Array;
  /** The same words as floats. */
  readonly scales: Float32Array;
  readonly items: number;
  /** Position of its first item among all items of the collection. */
  readonly firstItem: number;
}

/** Rows whose vectors are in memory until `release`. */
export interface BlockBatch extends RowSource {
  /** Where the rows stand among what was asked for. */
  readonly positions: Uint32Array;
  release(): void;
}

/** An item's block in memory, until `release`. */
export interface HeldItem {
  readonly address: number;
  /** Vectors. */
  readonly count: number;
  readonly patches: number;
  readonly scale: number;
  release(): void;
}

/** Segments are read at once while all of them together stay below this; what is larger waits for the first query. */
const AT_ONCE_BYTES = 64 * 1024 * 1024;
/** All vectors stay in memory up to this; beyond, they are read where needed. */
const RESIDENT_BYTES = 1.25 * 1024 * 1024 * 1024;
/** Of vectors read for one query, at a time. */
const BATCH_BYTES = 64 * 1024 * 1024;
const READ_BYTES = 8 * 1024 * 1024;
const PAUSE_EVERY_MS = 8;
/** Without a query for so long, vectors are read ahead. */
const IDLE_MS = 50;

interface Held extends SegmentBlocks {
  /** Address of the blocks, once in memory. */
  address: number | undefined;
  /** Found damaged after it was loaded: its items give no result. */
  damaged: boolean;
}

interface Place {
  readonly segment: Held;
  readonly at: number;
}

export class BlockStore {
  readonly #segments: Held[] = [];
  #bytes = 0;
  #stopped = false;
  #allRows: number | undefined;
  #warming: Promise<void> | undefined;
  /** When vectors were asked for last. */
  #lastUse = 0;

  constructor(
    private readonly memory: VectorMemory,
    private readonly dim: number,
    private readonly onDamage: (segment: SegmentBlocks, reason: string) => void,
    private readonly freeLater: (address: number) => void,
    private readonly residentBytes = RESIDENT_BYTES,
  ) {}

  /** Takes a segment in. @throws DamagedSegment when its vectors are read at once and are not whole. */
  add(segment: SegmentBlocks, file: number): void {
    const held: Held = Object.assign(segment, { address: undefined, damaged: false });
    if (this.#bytes + segment.bytes <= Math.min(AT_ONCE_BYTES, this.residentBytes)) this.#readAll(held, file);
    this.#bytes += segment.bytes;
    this.#segments.push(held);
    if (this.#allRows !== undefined) this.freeLater(this.#allRows);
    this.#allRows = undefined;
  }

  /** Reads the blocks straight into the memory: a large index is never there twice. */
  #readAll(segment: Held, file: number): void {
    const address = this.memory.allocate(segment.bytes);
    try {
      const bytes = this.memory.bytes(address, segment.bytes);
      for (let at = 0; at < bytes.length;) {
        const read = readSync(file, bytes, at, Math.min(READ_BYTES, bytes.length - at), segment.start + at);
        if (read === 0) throw new DamagedSegment("it is cut short");
        at += read;
      }
      for (let at = 0; at < segment.items; at++) checkBlock(segment, at, this.#blockIn(bytes, segment, at));
      segment.address = address;
    } catch (error) {
      this.memory.free(address);
      throw error;
    }
  }

  #blockIn(bytes: Uint8Array, segment: SegmentBlocks, at: number): Uint8Array {
    const from = offsetOf(segment, at);
    return bytes.subarray(from, from + this.#sizeOf(segment, at));
  }

  #sizeOf(segment: SegmentBlocks, at: number): number {
    return itemBytes(countOf(segment, at), this.dim, patchesOf(segment, at));
  }

  /** Reads what is not in memory yet, where all of it may be there; between queries, so that none waits for it. */
  warm(): void {
    if (this.#bytes > this.residentBytes || this.#segments.every(({ address }) => address !== undefined)) return;
    this.#warming ??= this.#makeResident(undefined, true).finally(() => (this.#warming = undefined));
    this.#warming.catch(() => undefined);
  }

  /** Ends what `warm` began. */
  stop(): void {
    this.#stopped = true;
  }

  async #makeResident(signal?: AbortSignal, whenIdle = false): Promise<void> {
    const pacer = new Pacer(PAUSE_EVERY_MS, signal);
    for (const segment of this.#segments) {
      while (whenIdle && !this.#stopped && performance.now() - this.#lastUse < IDLE_MS) {
        await sleep(IDLE_MS, undefined, { ref: false });
      }
      if (this.#stopped) return;
      if (segment.address !== undefined || segment.damaged) continue;
      this.#guard(segment, () => withFile(segment.path, (file) => this.#readAll(segment, file)));
      if (pacer.due) await pacer.pause();
    }
  }

  /** Does `read`; damage that shows is reported, and costs the segment, not the query. */
  #guard(segment: Held, read: () => void): boolean {
    try {
      read();
      return true;
    } catch (error) {
      const { code, message, name } = error as NodeJS.ErrnoException;
      if (name !== "DamagedSegment" && code === undefined) throw error;
      segment.damaged = true;
      // One that is gone was merged by another process; the manifest says so when it is read next.
      if (code !== "ENOENT") this.onDamage(segment, message);
      return false;
    }
  }

  /** All items, when all their vectors can be in memory: rows that serve many queries. */
  async all(signal?: AbortSignal): Promise<RowSource | undefined> {
    this.#lastUse = performance.now();
    if (this.#bytes > this.residentBytes) return undefined;
    await this.#makeResident(signal);
    const rows = {
      count: this.#itemCount,
      write: (words: Uint32Array, floats: Float32Array) => {
        for (const segment of this.#segments) {
          for (let at = 0; at < segment.items; at++) {
            const row = segment.firstItem + at;
            words[row * 4] = (segment.address ?? 0) + offsetOf(segment, at);
            // What is damaged counts as having no vectors.
            words[row * 4 + 1] = segment.address === undefined ? 0 : countOf(segment, at);
            floats[row * 4 + 2] = scaleOf(segment, at);
          }
        }
      },
    };
    if (rows.count === 0) return undefined;
    this.#allRows ??= keepRows(this.memory, rows);
    return { ...rows, address: this.#allRows, scores: new Float64Array(0) };
  }

  /** Batches of the items at `indices`; items without vectors or of damaged segments are left out. */
  async *read(indices: Uint32Array, signal?: AbortSignal): AsyncGenerator<BlockBatch> {
    if (this.#bytes <= this.residentBytes && indices.length * 2 >= this.#itemCount) await this.#makeResident(signal);
    const pacer = new Pacer(PAUSE_EVERY_MS, signal);
    this.#lastUse = performance.now();
    const pending: number[] = [];
    let bytes = 0;
    const resident: number[] = [];
    for (const [position, place] of this.#places(indices)) {
      const { segment, at } = place;
      const count = countOf(segment, at);
      if (count === 0 || segment.damaged) continue;
      if (segment.address !== undefined) {
        resident.push(position);
        continue;
      }
      const size = this.#sizeOf(segment, at);
      if (bytes + size > BATCH_BYTES && pending.length > 0) {
        yield this.#readBatch(indices, pending.splice(0), bytes);
        bytes = 0;
        if (pacer.due) await pacer.pause();
      }
      pending.push(position);
      bytes += size;
    }
    if (pending.length > 0) yield this.#readBatch(indices, pending, bytes);
    if (resident.length > 0) yield this.#residentBatch(indices, Uint32Array.from(resident));
  }

  get #itemCount(): number {
    const last = this.#segments.at(-1);
    return last === undefined ? 0 : last.firstItem + last.items;
  }

  *#places(indices: Uint32Array): Generator<[number, Place]> {
    let number = 0;
    for (let position = 0; position < indices.length; position++) {
      const index = indices[position]!;
      while (index < this.#segments[number]!.firstItem) number--;
      while (index >= this.#segments[number]!.firstItem + this.#segments[number]!.items) number++;
      const segment = this.#segments[number]!;
      yield [position, { segment, at: index - segment.firstItem }];
    }
  }

  #residentBatch(indices: Uint32Array, positions: Uint32Array): BlockBatch {
    return {
      positions,
      count: positions.length,
      scores: new Float64Array(0),
      write: (words, floats) => {
        const wanted = positions.length === indices.length ? indices : positions.map((at) => indices[at]!);
        for (const [row, { segment, at }] of this.#places(wanted)) {
          words[row * 4] = segment.address! + offsetOf(segment, at);
          words[row * 4 + 1] = countOf(segment, at);
          floats[row * 4 + 2] = scaleOf(segment, at);
        }
      },
      release: () => undefined,
    };
  }

  #readBatch(indices: Uint32Array, positions: readonly number[], bytes: number): BlockBatch {
    const base = this.memory.allocate(bytes);
    const room = this.memory.bytes(base, bytes);
    const bySegment = new Map<Held, [position: number, at: number][]>();
    for (const [order, { segment, at }] of this.#places(
      Uint32Array.from(positions, (position) => indices[position]!),
    )) {
      const list = bySegment.get(segment) ?? [];
      list.push([positions[order]!, at]);
      bySegment.set(segment, list);
    }
    const rows: { position: number; address: number; count: number; scale: number }[] = [];
    let used = 0;
    for (const [segment, list] of bySegment) {
      const before = [rows.length, used] as const;
      const readList = (file: number) => {
        for (const [position, at] of list) {
          const count = countOf(segment, at);
          const size = this.#sizeOf(segment, at);
          const block = room.subarray(used, used + size);
          if (readSync(file, block, 0, size, segment.start + offsetOf(segment, at)) !== size) {
            throw new DamagedSegment("it is cut short");
          }
          checkBlock(segment, at, block);
          rows.push({ position, address: base + used, count, scale: scaleOf(segment, at) });
          used += size;
        }
      };
      if (this.#guard(segment, () => withFile(segment.path, readList))) continue;
      [rows.length, used] = before;
    }
    return {
      positions: Uint32Array.from(rows, ({ position }) => position),
      count: rows.length,
      scores: new Float64Array(0),
      write: (words, floats) => {
        rows.forEach(({ address, count, scale }, row) => {
          words[row * 4] = address;
          words[row * 4 + 1] = count;
          floats[row * 4 + 2] = scale;
        });
      },
      release: () => this.memory.free(base),
    };
  }

  /** One item's block in memory, until `release`. @throws DamagedSegment when it cannot be read. */
  one(index: number): HeldItem {
    const [[, { segment, at }]] = this.#places(Uint32Array.of(index)) as unknown as [[number, Place]];
    const count = countOf(segment, at);
    const scale = scaleOf(segment, at);
    const patches = patchesOf(segment, at);
    const offset = offsetOf(segment, at);
    if (segment.address !== undefined) {
      return { address: segment.address + offset, count, patches, scale, release: () => undefined };
    }
    const size = this.#sizeOf(segment, at);
    const address = this.memory.allocate(size);
    const whole = this.#guard(segment, () =>
      withFile(segment.path, (file) => {
        const block = this.memory.bytes(address, size);
        if (readSync(file, block, 0, size, segment.start + offset) !== size) {
          throw new DamagedSegment("it is cut short");
        }
        checkBlock(segment, at, block);
      }),
    );
    if (!whole) {
      this.memory.free(address);
      throw new DamagedSegment(`${segment.path}: a stored vector cannot be read`);
    }
    return { address, count, patches, scale, release: () => this.memory.free(address) };
  }
}

function offsetOf({ table }: SegmentBlocks, at: number): number {
  return table[at * TABLE_WORDS]! * 16;
}

export function countOf({ table }: SegmentBlocks, at: number): number {
  return table[at * TABLE_WORDS + 1]!;
}

function scaleOf({ scales }: SegmentBlocks, at: number): number {
  return scales[at * TABLE_WORDS + 3]!;
}

function patchesOf({ table }: SegmentBlocks, at: number): number {
  return table[at * TABLE_WORDS + 4]!;
}

function checkBlock({ table }: SegmentBlocks, at: number, block: Uint8Array): void {
  if (crc32(block) !== table[at * TABLE_WORDS + 2]) throw new DamagedSegment("its checksum is wrong");
}

function withFile(path: string, use: (file: number) => void): void {
  const file = openSync(path, "r");
  try {
    use(file);
  } finally {
    closeSync(file);
  }
}
