/** The dataset folders that are open: their scan, their index, and the index run that is going on. */
import type { Failure, IndexProgress, IndexStatus, IndexSummary } from "../protocol/engine.js";
import { EngineError } from "../protocol/errors.js";
import { cancelled } from "../protocol/rpc.js";
import { scanDataset, type DatasetScan } from "./dataset/scan.js";
import type { Encoder } from "./encoders/encoder.js";
import { shapeOfModel } from "./encoders/model-package.js";
import type { Log } from "./encoders/runtime.js";
import { runIndex, type IndexRun } from "./index/indexer.js";
import type { CompiledKernel } from "./index/kernel.js";
import { indexLocation } from "./index/location.js";
import {
  checkShards,
  findShards,
  linkShards,
  removeShards,
  shardFolder,
  shardOf,
  shardsElsewhere,
  type FoundShard,
  type Shard,
} from "./index/shards.js";
import { IndexStore } from "./index/store.js";
import { throwIfCancelled } from "./tasks.js";

export interface FoldersSettings {
  readonly encoder: Encoder;
  readonly modelKey: string;
  readonly indexRoot: string;
  readonly assumedFps: number;
  /** How long an index run waits for another writer. */
  readonly waitMs: number;
  readonly compiled: CompiledKernel;
  readonly log: Log;
  readonly progress: (progress: IndexProgress) => void;
}

export interface RunOptions {
  /** Encodes everything anew. */
  readonly rebuild?: boolean;
  /** Shards to take in; undefined means those that lie there. */
  readonly shards?: readonly FoundShard[];
}

interface RunningIndex {
  readonly promise: Promise<IndexSummary>;
  readonly controller: AbortController;
  callers: number;
}

/** One open dataset folder. */
export class DatasetFolder {
  scan: DatasetScan;
  readonly store: IndexStore;
  #running: RunningIndex | undefined;
  #failed: readonly Failure[] | undefined;
  #captionsRead = false;
  #captionWarnings: readonly string[] = [];

  constructor(
    scan: DatasetScan,
    private readonly settings: FoldersSettings,
  ) {
    this.scan = scan;
    const { indexRoot, modelKey, encoder, compiled, log } = settings;
    this.store = new IndexStore({
      folder: indexLocation(indexRoot, scan.folder, modelKey),
      dataset: scan.folder,
      modelKey,
      shape: shapeOfModel(encoder.manifest),
      compiled,
      log,
    });
  }

  get warnings(): readonly string[] {
    return [...this.scan.warnings, ...this.#captionWarnings];
  }

  /** Looks at the folder and its caption files again. */
  async rescan(signal?: AbortSignal): Promise<void> {
    this.scan = await scanDataset(this.scan.folder, signal);
    await this.readCaptions(signal);
  }

  /** Reads the caption files that changed. */
  async readCaptions(signal?: AbortSignal): Promise<void> {
    await this.store.refresh();
    const { warnings } = await this.store.captionLibrary.refresh(this.scan, signal);
    this.#captionWarnings = warnings;
    this.#captionsRead = true;
  }

  /** Index and captions as they are now, ready for a query. */
  async prepare(signal?: AbortSignal): Promise<void> {
    await this.store.refresh();
    if (!this.#captionsRead) await this.readCaptions(signal);
  }

  /**
   * Joins the run that is going on, or starts one; it is given up when its last caller gives up.
   *
   * @param options what a run does besides; one that is going on ends first.
   */
  async index(signal?: AbortSignal, options?: RunOptions): Promise<IndexSummary> {
    throwIfCancelled(signal);
    while (options !== undefined && this.#running !== undefined) await this.settled();
    const running = (this.#running ??= this.#startIndex(options));
    running.callers++;
    let onAbort: (() => void) | undefined;
    const aborted = new Promise<never>((_, reject) => {
      onAbort = () => reject(cancelled());
      signal?.addEventListener("abort", onAbort, { once: true });
    });
    try {
      return await Promise.race([running.promise, aborted]);
    } finally {
      signal?.removeEventListener("abort", onAbort!);
      running.callers--;
      if (running.callers === 0) running.controller.abort(cancelled());
    }
  }

  #startIndex(options: RunOptions = {}): RunningIndex {
    const controller = new AbortController();
    const promise = this.#index(controller.signal, options).finally(() => {
      this.#running = undefined;
    });
    // Its callers may all be gone when it fails.
    promise.catch(() => undefined);
    return { promise, controller, callers: 0 };
  }

  async #index(signal: AbortSignal, { rebuild = false, shards }: RunOptions): Promise<IndexSummary> {
    const { waitMs, log, progress, modelKey } = this.settings;
    const { folder } = this.scan;
    progress({ folder, phase: "scanning", done: 0, total: 0 });
    await this.rescan(signal);
    const index = this.store.place.folder;
    const found = shards ?? (rebuild ? [] : await findShards(index, modelKey));
    const taken = await linkShards(index, found, { waitMs, signal }, log);
    const summary = await runIndex({ ...this.#run(this.store, this.scan, signal), rebuild });
    await removeShards(index, taken);
    this.#failed = summary.failed;
    return summary;
  }

  #run(store: IndexStore, scan: DatasetScan, signal?: AbortSignal): IndexRun {
    const { encoder, assumedFps, waitMs, log, progress } = this.settings;
    const report = throttled((state) => progress({ folder: this.scan.folder, ...state }));
    return { store, scan, encoder, assumedFps, waitMs, log, progress: report, signal };
  }

  /** Encodes one shard of the folder into a place of its own; `merge`, or an ordinary run, brings the shards together. */
  async indexShard(shard: Shard, signal?: AbortSignal, rebuild = false): Promise<IndexSummary> {
    await this.rescan(signal);
    const store = this.shardStore(shard);
    try {
      return await runIndex({ ...this.#run(store, shardOf(this.scan, shard), signal), rebuild, mayBeEmpty: true });
    } finally {
      store.dispose();
    }
  }

  /** What a shard wrote; the caller disposes of it. */
  shardStore(shard: Shard): IndexStore {
    return new IndexStore({ ...this.store.place, folder: shardFolder(this.store.place.folder, shard) });
  }

  /**
   * Makes one index of all shards.
   *
   * @param from where another machine kept its indexes; its shards are copied.
   * @throws EngineError `IndexError` when shards overlap, are missing, not finished or of another model.
   */
  async merge(from: readonly string[], signal?: AbortSignal): Promise<IndexSummary> {
    const { modelKey } = this.settings;
    const { store } = this;
    await this.rescan(signal);
    await store.loadMotions(signal);
    const shards = await findShards(store.place.folder, modelKey);
    for (const place of from) shards.push(...(await shardsElsewhere(place, modelKey)));
    if (shards.length === 0 && !store.exists) {
      throw new EngineError(
        "IndexError",
        `${this.scan.folder}: there are no shards of this model: motion-lens index <folder> --shard 1/<n> makes the first`,
      );
    }
    checkShards(this.scan.folder, shards, (shard) =>
      shardOf(this.scan, shard).motions.every(({ path }) => {
        const { key, failure } = store.files.get(path) ?? {};
        return failure !== undefined || store.motions.indexOf(key ?? "") !== undefined;
      }),
    );
    return this.index(signal, { shards });
  }

  /** Waits for the run that is going on to end, however it ends. */
  async settled(): Promise<void> {
    await this.#running?.promise.catch(() => undefined);
  }

  stopIndexing(): void {
    this.#running?.controller.abort(cancelled());
  }

  async status(): Promise<IndexStatus> {
    await this.prepare();
    const { store, scan } = this;
    let motions = 0;
    let looked = 0;
    const failed: Failure[] = [];
    for (const { path } of scan.motions) {
      const record = store.files.get(path);
      if (record !== undefined) looked++;
      if (record?.key !== undefined) motions++;
      if (record?.failure !== undefined) failed.push({ path, reason: record.failure });
    }
    const texts = store.manifest.segments.reduce((sum, { kind, items }) => sum + (kind === "captions" ? items : 0), 0);
    const rows = store.captionLibrary.count;
    const whole = store.manifest.complete && looked === scan.motions.length;
    const state = this.#running !== undefined ? "indexing" : !store.exists ? "none" : whole ? "ready" : "partial";
    return {
      state,
      motions,
      captions: store.manifest.complete ? rows : Math.min(rows, texts),
      failed: this.#failed ?? failed,
      ...(store.exists && { modelId: this.settings.encoder.model.id }),
      location: store.place.folder,
    };
  }
}

/** At most ten reports a second, and every change of phase. */
function throttled(report: (progress: Omit<IndexProgress, "folder">) => void): typeof report {
  let last = 0;
  let phase = "";
  return (progress) => {
    const now = performance.now();
    if (progress.phase === phase && now - last < 100 && progress.done < progress.total) return;
    last = now;
    phase = progress.phase;
    report(progress);
  };
}
