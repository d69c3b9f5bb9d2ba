/**
 * The index of one dataset under one model: manifest, segments and tables of one folder. Reading needs no lock; all
 * writing goes through `IndexWriter`.
 */
import type { VectorShape } from "../../core/retrieval/vectors.js";
import { CaptionLibrary } from "../dataset/caption-library.js";
import type { Log } from "../encoders/runtime.js";
import { Collection, type DroppedSegment } from "./collection.js";
import type { CompiledKernel } from "./kernel.js";
import { emptyManifest, manifestStamp, readManifest, type Manifest } from "./manifest.js";
import type { SegmentKind } from "./segment.js";
import { readCaptionTable, readFileTable, type FileRecord } from "./tables.js";

export interface StorePlace {
  /** The index folder (absolute). */
  readonly folder: string;
  /** Absolute real path of the dataset. */
  readonly dataset: string;
  readonly modelKey: string;
  readonly shape: VectorShape;
  readonly compiled: CompiledKernel;
  readonly log: Log;
}

export class IndexStore {
  manifest: Manifest;
  /** Motion file (relative to the dataset) -> what it was when last looked at. */
  files = new Map<string, FileRecord>();
  captionLibrary = new CaptionLibrary();
  /** Set while this process writes: what it holds is then newer than the disk. */
  hasWriter = false;
  motions!: Collection<"motions">;
  captions!: Collection<"captions">;
  #stamp: string | undefined;
  #refreshing: Promise<void> | undefined;
  /** Segments that were found damaged: not loaded again, replaced by the next writer. */
  readonly #damaged = new Set<string>();

  constructor(readonly place: StorePlace) {
    this.manifest = emptyManifest(place.modelKey, place.dataset);
    this.#startCollections();
  }

  /** Whether anything was ever written here. */
  get exists(): boolean {
    return this.manifest.generation > 0;
  }

  get hasDamage(): boolean {
    return this.#damaged.size > 0;
  }

  isDamaged(file: string): boolean {
    return this.#damaged.has(file);
  }

  /** Brings manifest and tables up to date with the disk; cheap when nothing changed. */
  async refresh(): Promise<void> {
    if (this.hasWriter) return;
    this.#refreshing ??= this.#refresh().finally(() => (this.#refreshing = undefined));
    await this.#refreshing;
  }

  async #refresh(): Promise<void> {
    const { folder, modelKey, dataset, log } = this.place;
    const stamp = await manifestStamp(folder);
    if (stamp === this.#stamp) return;
    const isFirst = this.#stamp === undefined;
    const found = await readManifest(folder, modelKey);
    if (found.state === "damaged") {
      log(
        "warn",
        `${folder}: the index's manifest is not used: ${found.reason}; segments that can be read are taken over by the next index run`,
      );
    } else if (found.state === "found" && found.migratedFrom !== undefined) {
      log(
        "info",
        `${folder}: the index is of format version ${found.migratedFrom}; it is read and written as the present one`,
      );
    }
    const manifest = found.state === "found" ? found.manifest : emptyManifest(modelKey, dataset);
    const listed = new Set(manifest.segments.map(({ file }) => file));
    this.manifest = manifest;
    if ([...this.motions.files, ...this.captions.files].some((file) => !listed.has(file))) this.#startCollections();
    const table = await readFileTable(folder);
    this.files = table.files;
    // What was read before the manifest was replaced would be read again at the next call.
    this.#stamp = stamp;
    if (isFirst) this.captionLibrary = new CaptionLibrary(await readCaptionTable(folder));
    if (manifest.segments.some(({ kind, generation }) => kind === "motions" && generation > table.generation)) {
      // A run that was killed, or is going on: its segments know more than the table.
      await this.loadMotions();
      const newer = new Set(
        manifest.segments.filter(({ generation }) => generation > table.generation).map(({ file }) => file),
      );
      this.motions.items.forEach(({ path, size, mtimeMs, key }, index) => {
        if (newer.has(this.motions.fileOf(index))) this.files.set(path, { size, mtimeMs, key });
      });
    }
  }

  /** Takes over what this process has just written itself. */
  async acceptOwn(manifest: Manifest, restart = false): Promise<void> {
    this.manifest = manifest;
    this.#stamp = await manifestStamp(this.place.folder);
    if (restart) this.#startCollections();
  }

  async loadMotions(signal?: AbortSignal): Promise<void> {
    await this.#load("motions", signal);
  }

  async loadCaptions(signal?: AbortSignal): Promise<void> {
    await this.#load("captions", signal);
  }

  async #load(kind: SegmentKind, signal?: AbortSignal): Promise<void> {
    // Damage that showed when vectors were read for a query: the items of that segment are to be encoded again.
    const { files } = kind === "motions" ? this.motions : this.captions;
    if (files.some((file) => this.#damaged.has(file))) this.#startCollections();
    for (;;) {
      const stamp = this.#stamp;
      const dropped = await (kind === "motions" ? this.motions : this.captions).load(this.#usable(kind), signal);
      if (dropped.length === 0) return;
      const current = this.hasWriter ? stamp : await manifestStamp(this.place.folder);
      if (current === stamp) return this.#noteDamage(dropped);
      // Nothing is damaged: another process merged segments after we read the manifest.
      await this.#refresh();
    }
  }

  #usable(kind: SegmentKind) {
    return this.manifest.segments.filter((entry) => entry.kind === kind && !this.#damaged.has(entry.file));
  }

  #noteDamage(dropped: readonly DroppedSegment[]): void {
    for (const { entry, reason } of dropped) {
      this.#damaged.add(entry.file);
      const what = entry.kind === "motions" ? "motions" : "captions";
      this.place.log(
        "warn",
        `${this.place.folder}: segment ${entry.file} is not used (${reason}); its ${entry.items} ${what} are encoded again`,
      );
    }
  }

  /** Lets go of the memory; the store is not to be used afterwards. */
  dispose(): void {
    (this.motions as Collection<"motions"> | undefined)?.dispose();
    (this.captions as Collection<"captions"> | undefined)?.dispose();
  }

  #startCollections(): void {
    const { folder, modelKey, shape, compiled } = this.place;
    this.dispose();
    const onDamage = (dropped: DroppedSegment) => this.#noteDamage([dropped]);
    this.motions = new Collection(folder, "motions", modelKey, shape, compiled, onDamage);
    this.captions = new Collection(folder, "captions", modelKey, shape, compiled, onDamage);
  }
}
