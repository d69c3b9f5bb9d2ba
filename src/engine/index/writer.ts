/** The one writer of an index: new segments, tables, the manifest, merging of small segments. */
import { randomBytes } from "node:crypto";
import { readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { EngineError } from "../../protocol/errors.js";
import { yieldTurn } from "../tasks.js";
import { CaptionLibrary } from "../dataset/caption-library.js";
import { makeFolder, publishFile, TEMPORARY_ENDING } from "./files.js";
import { inheritSegments } from "./inherit.js";
import { WriterLock, type LockOptions } from "./lock.js";
import { writeManifest, type Manifest, type SegmentEntry } from "./manifest.js";
import {
  DamagedSegment,
  encodeSegment,
  SEGMENT_ENDING,
  type EncodedItem,
  type ItemOf,
  type SegmentKind,
} from "./segment.js";
import type { IndexStore } from "./store.js";
import { writeCaptionTable, writeFileTable } from "./tables.js";

/** When segments are merged, and how large they then are. */
export interface MergeLimits {
  /** A segment below this is small. */
  readonly smallBytes: number;
  /** So many small segments of a kind are merged. */
  readonly manySmall: number;
  /** Items that no file refers to any more, or that are deleted, are dropped when they are so many ... */
  readonly manyUnused: number;
  /** ... and so large a share. */
  readonly unusedShare: number;
  readonly mergedBytes: number;
}

const MERGE_LIMITS: MergeLimits = {
  smallBytes: 8 * 1024 * 1024,
  manySmall: 12,
  manyUnused: 256,
  unusedShare: 0.3,
  mergedBytes: 32 * 1024 * 1024,
};

export class IndexWriter {
  private constructor(
    private readonly store: IndexStore,
    private readonly lock: WriterLock,
  ) {}

  /**
   * Becomes the writer, brings the store up to date and clears away what a killed writer left: finished segments
   * that the manifest does not know yet are taken in, the rest is removed.
   *
   * @throws EngineError `IndexError`.
   */
  static async open(store: IndexStore, options: LockOptions): Promise<IndexWriter> {
    await makeFolder(store.place.folder);
    const lock = await WriterLock.acquire(store.place.folder, options);
    const writer = new IndexWriter(store, lock);
    try {
      await store.refresh();
      store.hasWriter = true;
      if (!store.exists) await inheritSegments(store.place);
      await store.loadMotions(options.signal);
      await store.loadCaptions(options.signal);
      await writer.#clearAway();
      return writer;
    } catch (error) {
      await writer.close();
      throw error;
    }
  }

  async close(): Promise<void> {
    this.store.hasWriter = false;
    await this.lock.release();
  }

  /** Writes a segment and makes it part of the index; from then on it survives whatever happens. */
  async add<K extends SegmentKind>(kind: K, items: readonly EncodedItem<ItemOf<K>>[]): Promise<void> {
    if (items.length === 0) return;
    const entry = await this.#writeSegment(kind, items);
    const { segments, deleted } = this.store.manifest;
    const added = new Set(kind === "motions" ? items.map(({ item }) => item.key) : []);
    await this.#publish({
      segments: [...segments, entry],
      complete: false,
      deleted: deleted.filter((key) => !added.has(key)),
    });
    await this.#load(kind);
  }

  /** Takes motions for gone, from the next manifest on; merging drops their vectors. Unknown keys do no harm. */
  async delete(keys: readonly string[]): Promise<void> {
    const { deleted } = this.store.manifest;
    const gone = new Set(deleted);
    for (const key of keys) if (this.store.motions.indexOf(key) !== undefined) gone.add(key);
    if (gone.size > deleted.length) await this.#publish({ deleted: [...gone] });
  }

  /** Forgets all vectors and what is known of the dataset's files. */
  async clear(): Promise<void> {
    const { store } = this;
    const old = store.manifest.segments.map(({ file }) => file);
    store.files = new Map();
    store.captionLibrary = new CaptionLibrary();
    const replaced = [...old, ...(await this.#leftBehind())];
    await this.#publish({ segments: [], complete: false, deleted: [], replaced }, true);
    await this.saveTables();
    for (const file of old) await rm(join(store.place.folder, file), { force: true }).catch(() => undefined);
  }

  /** Writes the tables and marks the index as complete. */
  async finish(): Promise<void> {
    await this.saveTables();
    if (!this.store.manifest.complete || this.store.hasDamage) {
      await this.#publish({ complete: true });
    }
  }

  async saveTables(): Promise<void> {
    const { folder } = this.store.place;
    await writeFileTable(folder, { generation: this.store.manifest.generation, files: this.store.files });
    await writeCaptionTable(folder, this.store.captionLibrary.files);
  }

  /** Merges small segments and drops items that are not in use, when that is worth it. */
  async compact(
    kind: SegmentKind,
    isUsed: (key: string) => boolean,
    signal?: AbortSignal,
    limits: MergeLimits = MERGE_LIMITS,
  ): Promise<void> {
    if (kind === "motions") await this.#compactItems("motions", isUsed, limits, signal);
    else await this.#compactItems("captions", isUsed, limits, signal);
  }

  async #compactItems<K extends SegmentKind>(
    kind: K,
    isUsed: (key: string) => boolean,
    limits: MergeLimits,
    signal?: AbortSignal,
  ): Promise<void> {
    const collection = this.#collection(kind);
    const deleted = new Set(kind === "motions" ? this.store.manifest.deleted : []);
    const keep = (index: number) => {
      const { key } = collection.items[index]!;
      return collection.indexOf(key) === index && isUsed(key) && !deleted.has(key);
    };
    const unused = collection.items.filter((_, index) => !keep(index)).length;
    const wasteful = unused >= limits.manyUnused && unused >= limits.unusedShare * collection.items.length;
    const entries = this.store.manifest.segments.filter((entry) => entry.kind === kind);
    const small = entries.filter(({ bytes }) => bytes < limits.smallBytes);
    if (!wasteful && small.length < limits.manySmall) return;
    const replaced = new Set((wasteful ? entries : small).map(({ file }) => file));

    const added: SegmentEntry[] = [];
    let batch: EncodedItem<ItemOf<K>>[] = [];
    let bytes = 0;
    const flush = async () => {
      // Generation 0: what merged items say of paths is older than the tables, which were saved before.
      if (batch.length > 0) added.push({ ...(await this.#writeSegment(kind, batch)), generation: 0 });
      batch = [];
      bytes = 0;
    };
    for (let index = 0; index < collection.items.length; index++) {
      if (!replaced.has(collection.fileOf(index)) || !keep(index)) continue;
      const vectors = readSound(() => collection.vectorsOf(index));
      // Damage that shows only now: the segment stays as it is until what it held is encoded again.
      if (vectors === undefined) return;
      batch.push({ item: collection.items[index]!, vectors });
      bytes += vectors.grid.data.length + vectors.whole.data.length;
      if (bytes >= limits.mergedBytes) await flush();
      if (index % 64 === 0) await yieldTurn(signal);
    }
    await flush();
    const kept = this.store.manifest.segments.filter(({ file }) => !replaced.has(file));
    // A deletion is forgotten once no segment holds the motion any more.
    const stillHeld = new Set<string>();
    collection.items.forEach(({ key }, index) => {
      if (deleted.has(key) && !replaced.has(collection.fileOf(index))) stillHeld.add(key);
    });
    await this.#publish(
      {
        segments: [...kept, ...added],
        replaced: [...replaced, ...(await this.#leftBehind())],
        ...(kind === "motions" && { deleted: [...stillHeld] }),
      },
      true,
    );
    for (const file of replaced) await rm(join(this.store.place.folder, file), { force: true }).catch(() => undefined);
    await this.store.loadMotions(signal);
    await this.store.loadCaptions(signal);
  }

  async #writeSegment<K extends SegmentKind>(kind: K, items: readonly EncodedItem<ItemOf<K>>[]): Promise<SegmentEntry> {
    const { folder, modelKey, shape } = this.store.place;
    const file = `${kind}-${Date.now().toString(36)}-${randomBytes(6).toString("hex")}${SEGMENT_ENDING}`;
    const bytes = encodeSegment(modelKey, kind, shape, items);
    await publishFile(join(folder, file), [bytes]);
    return { file, kind, items: items.length, bytes: bytes.length, generation: this.store.manifest.generation + 1 };
  }

  async #publish(changes: Partial<Manifest>, restart = false): Promise<void> {
    const { store } = this;
    if (!(await this.lock.isHeld())) {
      throw new EngineError("IndexError", `${store.place.folder}: another window or program took over this index`);
    }
    const changed = { ...store.manifest, ...changes };
    const manifest: Manifest = {
      ...changed,
      generation: store.manifest.generation + 1,
      segments: changed.segments.filter(({ file }) => !store.isDamaged(file)),
    };
    await writeManifest(store.place.folder, manifest);
    await store.acceptOwn(manifest, restart);
  }

  async #load(kind: SegmentKind): Promise<void> {
    if (kind === "motions") await this.store.loadMotions();
    else await this.store.loadCaptions();
  }

  #collection<K extends SegmentKind>(
    kind: K,
  ): {
    readonly items: readonly ItemOf<K>[];
    indexOf(key: string): number | undefined;
    fileOf(index: number): string;
    vectorsOf(index: number): EncodedItem<ItemOf<K>>["vectors"];
  } {
    return (kind === "motions" ? this.store.motions : this.store.captions) as never;
  }

  /** Replaced segments that could not be removed yet (on Windows, while a reader holds them open). */
  async #leftBehind(): Promise<string[]> {
    const present = new Set(await readdir(this.store.place.folder));
    return this.store.manifest.replaced.filter((file) => present.has(file));
  }

  async #clearAway(): Promise<void> {
    const { folder } = this.store.place;
    const { segments, replaced } = this.store.manifest;
    const listed = new Set(segments.map(({ file }) => file));
    const adopted: SegmentEntry[] = [];
    let removed = false;
    for (const name of await readdir(folder)) {
      if (name.endsWith(TEMPORARY_ENDING)) await rm(join(folder, name), { force: true });
      if (!name.endsWith(SEGMENT_ENDING)) continue;
      if (listed.has(name) && !this.store.isDamaged(name)) continue;
      const entry = listed.has(name) || replaced.includes(name) ? undefined : await this.#adopt(name);
      if (entry === undefined) {
        await rm(join(folder, name), { force: true }).catch(() => undefined);
        removed = true;
      } else adopted.push(entry);
    }
    // To look at them they were loaded: those that are gone again must not stand before what is listed.
    const reload = async () => {
      await this.store.loadMotions();
      await this.store.loadCaptions();
    };
    if (adopted.length === 0) {
      if (removed) await this.store.acceptOwn(this.store.manifest, true);
      return reload();
    }
    // They are newer than the manifest, and so than every deletion in it.
    const taken = new Set(adopted.map(({ file }) => file));
    const { motions, manifest } = this.store;
    const added = new Set(motions.items.flatMap(({ key }, index) => (taken.has(motions.fileOf(index)) ? [key] : [])));
    const deleted = manifest.deleted.filter((key) => !added.has(key));
    await this.#publish({ segments: [...segments, ...adopted], complete: false, deleted }, true);
    await reload();
  }

  /** Takes in a whole segment that was written but not yet published, when it brings something new. */
  async #adopt(file: string): Promise<SegmentEntry | undefined> {
    const kind: SegmentKind = file.startsWith("motions") ? "motions" : "captions";
    const { size } = await stat(join(this.store.place.folder, file));
    const collection = this.#collection(kind);
    const before = collection.items.length;
    const known = new Set(collection.items.map(({ key }) => key));
    const entry = { file, kind, items: 0, bytes: size, generation: this.store.manifest.generation + 1 };
    const loaded = kind === "motions" ? this.store.motions : this.store.captions;
    if ((await loaded.load([entry])).length > 0) return undefined;
    const items = collection.items.slice(before);
    if (items.every(({ key }) => known.has(key))) return undefined;
    if (kind === "motions") {
      for (const { path, size, mtimeMs, key } of this.store.motions.items.slice(before)) {
        this.store.files.set(path, { size, mtimeMs, key });
      }
    }
    return { ...entry, items: items.length };
  }
}

/** Undefined for vectors whose segment is damaged (said in the log by the store). */
function readSound<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof DamagedSegment) return undefined;
    throw error;
  }
}
