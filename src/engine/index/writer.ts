/** The one writer of an index: new segments, tables, the manifest, merging of small segments. */
import { randomBytes } from "node:crypto";
import { readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { EngineError } from "../../protocol/errors.js";
import { yieldTurn } from "../tasks.js";
import { makeFolder, publishFile, TEMPORARY_ENDING } from "./files.js";
import { WriterLock, type LockOptions } from "./lock.js";
import { writeManifest, type Manifest, type SegmentEntry } from "./manifest.js";
import { encodeSegment, SEGMENT_ENDING, type EncodedItem, type ItemOf, type SegmentKind } from "./segment.js";
import type { IndexStore } from "./store.js";
import { writeCaptionTable, writeFileTable } from "./tables.js";

/** A segment below this is small; this many small ones of a kind are merged. */
const SMALL_BYTES = 8 * 1024 * 1024;
const MANY_SMALL = 12;
/** Items that no file refers to any more are dropped when they are so many, and so large a share. */
const MANY_UNUSED = 256;
const UNUSED_SHARE = 0.3;
const MERGED_BYTES = 32 * 1024 * 1024;

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
    await this.#publish([...this.store.manifest.segments, entry], false);
    await this.#load(kind);
  }

  /** Writes the tables and marks the index as complete. */
  async finish(): Promise<void> {
    await this.saveTables();
    if (!this.store.manifest.complete || this.store.hasDamage) {
      await this.#publish(this.store.manifest.segments, true);
    }
  }

  async saveTables(): Promise<void> {
    const { folder } = this.store.place;
    await writeFileTable(folder, { generation: this.store.manifest.generation, files: this.store.files });
    await writeCaptionTable(folder, this.store.captionLibrary.files);
  }

  /** Merges small segments and drops items that are not in use, when that is worth it. */
  async compact(kind: SegmentKind, isUsed: (key: string) => boolean, signal?: AbortSignal): Promise<void> {
    if (kind === "motions") await this.#compactItems("motions", isUsed, signal);
    else await this.#compactItems("captions", isUsed, signal);
  }

  async #compactItems<K extends SegmentKind>(
    kind: K,
    isUsed: (key: string) => boolean,
    signal?: AbortSignal,
  ): Promise<void> {
    const collection = this.#collection(kind);
    const keep = (index: number) => {
      const { key } = collection.items[index]!;
      return collection.indexOf(key) === index && isUsed(key);
    };
    const unused = collection.items.filter((_, index) => !keep(index)).length;
    const wasteful = unused >= MANY_UNUSED && unused >= UNUSED_SHARE * collection.items.length;
    const entries = this.store.manifest.segments.filter((entry) => entry.kind === kind);
    const small = entries.filter(({ bytes }) => bytes < SMALL_BYTES);
    if (!wasteful && small.length < MANY_SMALL) return;
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
      const vectors = collection.vectorsOf(index);
      batch.push({ item: collection.items[index]!, vectors, global: collection.globalOf(index) });
      bytes += vectors.data.length;
      if (bytes >= MERGED_BYTES) await flush();
      if (index % 64 === 0) await yieldTurn(signal);
    }
    await flush();
    const { segments, complete } = this.store.manifest;
    await this.#publish([...segments.filter(({ file }) => !replaced.has(file)), ...added], complete, true);
    for (const file of replaced) await rm(join(this.store.place.folder, file), { force: true }).catch(() => undefined);
    await this.store.loadMotions(signal);
    await this.store.loadCaptions(signal);
  }

  async #writeSegment<K extends SegmentKind>(kind: K, items: readonly EncodedItem<ItemOf<K>>[]): Promise<SegmentEntry> {
    const { folder, modelKey, dim } = this.store.place;
    const file = `${kind}-${Date.now().toString(36)}-${randomBytes(6).toString("hex")}${SEGMENT_ENDING}`;
    const bytes = encodeSegment(modelKey, kind, dim, items);
    await publishFile(join(folder, file), [bytes]);
    return { file, kind, items: items.length, bytes: bytes.length, generation: this.store.manifest.generation + 1 };
  }

  async #publish(segments: readonly SegmentEntry[], complete: boolean, restart = false): Promise<void> {
    const { store } = this;
    if (!(await this.lock.isHeld())) {
      throw new EngineError("IndexError", `${store.place.folder}: another window or program took over this index`);
    }
    const manifest: Manifest = {
      ...store.manifest,
      generation: store.manifest.generation + 1,
      complete,
      segments: segments.filter(({ file }) => !store.isDamaged(file)),
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
    globalOf(index: number): EncodedItem<ItemOf<K>>["global"];
  } {
    return (kind === "motions" ? this.store.motions : this.store.captions) as never;
  }

  async #clearAway(): Promise<void> {
    const { folder } = this.store.place;
    const listed = new Set(this.store.manifest.segments.map(({ file }) => file));
    const adopted: SegmentEntry[] = [];
    for (const name of await readdir(folder)) {
      if (name.endsWith(TEMPORARY_ENDING)) await rm(join(folder, name), { force: true });
      if (!name.endsWith(SEGMENT_ENDING)) continue;
      if (listed.has(name) && !this.store.isDamaged(name)) continue;
      const entry = listed.has(name) ? undefined : await this.#adopt(name);
      if (entry === undefined) await rm(join(folder, name), { force: true }).catch(() => undefined);
      else adopted.push(entry);
    }
    if (adopted.length > 0) await this.#publish([...this.store.manifest.segments, ...adopted], false);
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
