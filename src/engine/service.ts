/** The engine itself: every request of the contract. The child process serves it; the command line calls it directly. */
import { realpath } from "node:fs/promises";
import { isAbsolute, resolve } from "node:path";
import { captionFrames } from "../core/captions/document.js";
import { cleanFeatures } from "../core/motion/clean-features.js";
import { compatAngles, COMPAT_COLUMNS } from "../core/motion/compat-angles.js";
import type { LoadedMotion } from "../core/motion/motion.js";
import type { ItemVectors } from "../core/retrieval/vectors.js";
import type {
  CaptionEntry,
  DatasetSummary,
  EngineEvents,
  EngineInfo,
  EngineSettings,
  IndexSummary,
  InspectAnswer,
  MotionEntry,
} from "../protocol/engine.js";
import { EngineError } from "../protocol/errors.js";
import type { AnswerOf, CallOptions, Engine, EngineHandlers, EngineMethod, RequestOf } from "../protocol/rpc.js";
import { readCaptions } from "./dataset/caption-library.js";
import { isInside, toAbsolute, toDatasetPath } from "./dataset/paths.js";
import { motionFile, scanDataset, type DatasetScan, type ScannedMotion } from "./dataset/scan.js";
import { createEncoder, type Encoder } from "./encoders/encoder.js";
import type { ModelManifest } from "./encoders/model-package.js";
import type { EncodedText } from "./encoders/text-encoder.js";
import type { Log } from "./encoders/runtime.js";
import { atLevel } from "./encoders/storage-level.js";
import { DatasetFolder, type FoldersSettings } from "./folders.js";
import { compileKernel, type CompiledKernel } from "./index/kernel.js";
import { defaultIndexRoot } from "./index/location.js";
import { belongsTo, shardOf, type Shard } from "./index/shards.js";
import { modelKeyOf } from "./model-key.js";
import { MotionCache } from "./motion-cache.js";
import { asQuery } from "../core/retrieval/quantise.js";
import { alignTextWithMotion, describeMotion, supportOf } from "./queries.js";
import { searchMotions, similarMotions } from "./search.js";
import { throwIfCancelled, yieldTurn } from "./tasks.js";

/** How long an index run waits for another window or program that writes the same index. */
const WAIT_FOR_WRITER_MS = 10 * 60_000;

/** A motion as `storedMotions` gives it. */
export interface StoredMotion {
  readonly id: string;
  readonly vectors: ItemVectors;
  readonly frames: number;
  readonly fps: number;
  readonly splits: readonly string[];
  readonly caption?: string;
}

/** Vectors as the model gives them. */
export interface RawVectors {
  /** `count` vectors, of tokens or patches. */
  readonly grid: Float32Array;
  readonly count: number;
  readonly whole: Float32Array;
  readonly tokens?: readonly string[];
}

interface Loaded {
  readonly encoder: Encoder;
  readonly folders: FoldersSettings;
}

export interface ServiceOptions {
  readonly waitForWriterMs?: number;
  /** Frame rate of files while no model is loaded, in place of the assumed one; 0 keeps it. */
  readonly assumedFps?: number;
  /** In place of loading the model: services of one process can share an encoder. */
  readonly createEncoder?: typeof createEncoder;
}

export class EngineService implements Engine {
  readonly handlers: EngineHandlers;
  readonly #folders = new Map<string, DatasetFolder>();
  readonly #log: Log;
  #loading: Promise<Loaded> | undefined;
  #kernel: CompiledKernel | undefined;
  #motions: MotionCache;

  constructor(
    private readonly events: Partial<EngineEvents> = {},
    private readonly options: ServiceOptions = {},
  ) {
    this.#motions = new MotionCache(options.assumedFps || undefined);
    this.#log = (level, message) => events.log?.({ level, message });
    this.handlers = {
      initialize: (settings) => this.#initialize(settings),
      openDataset: ({ folder }, signal) => this.#openDataset(folder, signal),
      listMotions: ({ folder }, signal) => this.#listMotions(folder, signal),
      captionsOf: ({ folder, motion }, signal) => this.#captionsOf(folder, motion, signal),
      motionOfCaptionFile: (request, signal) => this.#motionOfCaptionFile(request, signal),
      index: async ({ folder, shard, rebuild }, signal) => {
        const opened = await this.#open(folder, signal);
        if (shard !== undefined) return opened.indexShard(shard, signal, rebuild);
        return opened.index(signal, rebuild === true ? { rebuild } : undefined);
      },
      indexStatus: async ({ folder }, signal) => (await this.#open(folder, signal)).status(),
      search: (request, signal) => this.#search(request, signal),
      similar: (request, signal) => this.#similar(request, signal),
      describe: (request, signal) => this.#describe(request, signal),
      align: (request, signal) => this.#align(request, signal),
      loadMotion: ({ path }) => this.#loadMotion(path),
      inspect: (request) => this.#inspect(request),
    };
  }

  /** One request, in this process. */
  async call<M extends EngineMethod>(
    method: M,
    request: RequestOf<M>,
    options: CallOptions = {},
  ): Promise<AnswerOf<M>> {
    const signal = options.signal ?? new AbortController().signal;
    throwIfCancelled(signal);
    const handler = this.handlers[method] as (request: RequestOf<M>, signal: AbortSignal) => Promise<AnswerOf<M>>;
    return handler(request, signal);
  }

  /** The model's own numbers of a motion file or of a text, before they are stored in few bits. */
  async rawVectors(
    of: { readonly motion: string } | { readonly text: string },
    signal?: AbortSignal,
  ): Promise<RawVectors> {
    const { encoder } = await this.#loaded();
    const none = new Float32Array(0);
    if ("text" in of) {
      const { rows, count, whole = none, tokens } = await encoder.rawText(of.text);
      return { grid: rows, count, whole, tokens };
    }
    const { motion } = await this.#motions.load(resolve(of.motion));
    const { patches, count, whole } = await encoder.rawMotion(motion, signal);
    return { grid: patches, count, whole };
  }

  /** Makes one index of the shards of a folder, see `DatasetFolder.merge`. @throws EngineError `IndexError`. */
  async merge(folder: string, from: readonly string[], signal?: AbortSignal): Promise<IndexSummary> {
    return (await this.#open(folder, signal)).merge(from, signal);
  }

  /**
   * The motions of an indexed folder, or of a shard of it, with their stored vectors, which are read when asked for.
   * `belongs` says whether a path would be among them; `close` gives a shard's memory back.
   */
  async storedMotions(
    folder: string,
    shard?: Shard,
    signal?: AbortSignal,
  ): Promise<{
    readonly manifest: ModelManifest;
    readonly motions: readonly { readonly id: string; read(): StoredMotion }[];
    belongs(path: string): boolean;
    close(): void;
  }> {
    const { encoder } = await this.#loaded();
    const opened = await this.#prepared(folder, signal);
    const store = shard === undefined ? opened.store : opened.shardStore(shard);
    if (shard !== undefined) await store.refresh();
    await store.loadMotions(signal);
    const { motions, files } = store;
    const scanned = shard === undefined ? opened.scan : shardOf(opened.scan, shard);
    const found = scanned.motions.flatMap(({ path: id, splits, captionPath }) => {
      const index = motions.indexOf(files.get(id)?.key ?? "");
      if (index === undefined) return [];
      const read = (): StoredMotion => {
        const { frames, fps } = motions.items[index]!;
        const caption = opened.store.captionLibrary.rowsOf(captionPath)[0]?.text;
        const vectors = motions.vectorsOf(index);
        return { id, vectors, frames, fps, splits, ...(caption !== undefined && { caption }) };
      };
      return [{ id, read }];
    });
    return {
      manifest: encoder.manifest,
      motions: found,
      belongs: (path) => shard === undefined || belongsTo(path, shard),
      close: () => (shard === undefined ? undefined : store.dispose()),
    };
  }

  /** Ends index runs (keeping what they have done) and gives the model's memory back. */
  async close(): Promise<void> {
    for (const folder of this.#folders.values()) folder.stopIndexing();
    for (const folder of this.#folders.values()) await folder.settled();
    const loaded = await this.#loading?.catch(() => undefined);
    await loaded?.encoder.release();
    await this.#kernel?.close();
    this.#kernel = undefined;
    for (const { store } of this.#folders.values()) store.dispose();
    this.#loading = undefined;
    this.#folders.clear();
  }

  async #initialize(settings: EngineSettings): Promise<EngineInfo> {
    await this.close();
    this.#motions = new MotionCache(settings.assumedFps || undefined);
    this.#loading = this.#load(settings);
    const { encoder } = await this.#loading;
    return { model: encoder.model, provider: encoder.provider, processId: process.pid };
  }

  async #load(settings: EngineSettings): Promise<Loaded> {
    const compiled = await compileKernel(this.#log);
    this.#kernel = compiled;
    const create = this.options.createEncoder ?? createEncoder;
    const { level = "full" } = settings;
    const encoder = atLevel(await create(settings.modelFolder, settings, this.#log), level);
    const assumedFps = settings.assumedFps ?? 0;
    this.#log("info", `model ${encoder.model.name} (${encoder.model.id.slice(0, 12)}) runs on ${encoder.provider}`);
    return {
      encoder,
      folders: {
        encoder,
        modelKey: modelKeyOf(encoder.manifest, assumedFps, level),
        indexRoot: settings.indexFolder ?? defaultIndexRoot(),
        assumedFps,
        waitMs: this.options.waitForWriterMs ?? WAIT_FOR_WRITER_MS,
        compiled,
        log: this.#log,
        progress: (progress) => this.events.indexProgress?.(progress),
      },
    };
  }

  async #loaded(): Promise<Loaded> {
    if (this.#loading === undefined) throw new EngineError("ModelError", "no model is loaded");
    return this.#loading;
  }

  /** The folder, scanned when it is asked for the first time. */
  async #open(folder: string, signal?: AbortSignal): Promise<DatasetFolder> {
    const { folders } = await this.#loaded();
    const root = await realpath(folder).catch(() => folder);
    const known = this.#folders.get(root);
    if (known !== undefined) return known;
    const scan = await scanDataset(root, signal);
    // Another request may have been faster.
    const opened = this.#folders.get(scan.folder) ?? new DatasetFolder(scan, folders);
    this.#folders.set(scan.folder, opened);
    return opened;
  }

  async #openDataset(folder: string, signal: AbortSignal): Promise<DatasetSummary> {
    const opened = await this.#open(folder, signal);
    await opened.rescan(signal);
    const { scan, store, warnings } = opened;
    return {
      folder: scan.folder,
      layout: scan.layout,
      motions: scan.motions.length,
      captions: store.captionLibrary.count,
      splits: scan.splits,
      warnings,
      index: await opened.status(),
    };
  }

  async #listMotions(folder: string, signal: AbortSignal): Promise<readonly MotionEntry[]> {
    const { scan, store } = await this.#prepared(folder, signal);
    return scan.motions.map((motion) => ({
      path: motion.path,
      id: motion.id,
      splits: motion.splits,
      mirrored: motion.mirrored,
      ...(motion.captionPath !== undefined && { captionPath: motion.captionPath }),
      captionCount: store.captionLibrary.rowsOf(motion.captionPath).length,
    }));
  }

  async #prepared(folder: string, signal?: AbortSignal): Promise<DatasetFolder> {
    const opened = await this.#open(folder, signal);
    await opened.prepare(signal);
    return opened;
  }

  async #captionsOf(folder: string, path: string, signal: AbortSignal): Promise<readonly CaptionEntry[]> {
    const { scan } = await this.#open(folder, signal);
    const motion = scannedMotion(scan, path.replace(/\\/g, "/"));
    if (motion?.captionPath === undefined) return [];
    const { rows } = await readCaptions(toAbsolute(scan.folder, motion.captionPath));
    const needsMotion = rows.some(({ seconds }) => seconds !== undefined);
    const loaded = needsMotion ? await this.#motions.load(motionFile(scan, motion)) : undefined;
    return rows.map(({ text, line, seconds }) => {
      const frames = loaded && captionFrames({ seconds }, loaded.motion);
      return { text, path: motion.captionPath!, line, ...(frames !== undefined && { frames }) };
    });
  }

  async #motionOfCaptionFile(
    { folder, captionFile }: RequestOf<"motionOfCaptionFile">,
    signal: AbortSignal,
  ): Promise<string | null> {
    const opened = await this.#open(folder, signal);
    const paths = await datasetPaths(opened.scan.folder, folder, captionFile);
    const find = () => paths.map((path) => opened.scan.byCaptionPath.get(path)).find((motion) => motion !== undefined);
    let motion = find();
    if (motion === undefined && paths.length > 0) {
      // A file that was made a moment ago.
      await opened.rescan(signal);
      motion = find();
    }
    return motion === undefined ? null : motionFile(opened.scan, motion);
  }

  async #search(
    { folder, query, top, filters, exact }: RequestOf<"search">,
    signal: AbortSignal,
  ): Promise<AnswerOf<"search">> {
    const { encoder } = await this.#loaded();
    const { scan, store } = await this.#prepared(folder, signal);
    // A newer query may have arrived with this one: it is to be seen before the work starts.
    await yieldTurn(signal);
    await store.loadMotions(signal);
    const text = await encoder.encodeText(query, signal);
    throwIfCancelled(signal);
    const search = { query, top: wholeTop(top), filters, exact, imageFps: encoder.manifest.motion.fps };
    return searchMotions(store, scan, text, encoder.model.partNames, search, signal);
  }

  async #similar(
    { folder, motion, frames, top, filters, exact }: RequestOf<"similar">,
    signal: AbortSignal,
  ): Promise<AnswerOf<"similar">> {
    const { encoder } = await this.#loaded();
    const { scan, store } = await this.#prepared(folder, signal);
    await yieldTurn(signal);
    await store.loadMotions(signal);
    const { path, known, file } = await this.#motionOf(scan, folder, motion);
    const { vectors, frameRanges } = await this.#motions.encode(encoder, file, frames, signal);
    const query = { vectors: asQuery(vectors), times: frameRanges.length, own: known?.path };
    const search = { top: wholeTop(top), filters, exact, imageFps: encoder.manifest.motion.fps };
    return similarMotions(store, scan, path, query, encoder.model.partNames, search, signal);
  }

  /** A motion as a request names it: its file, and its place in the dataset when it has one. */
  async #motionOf(scan: DatasetScan, folder: string, motion: string) {
    const absolute = isAbsolute(motion) ? motion : toAbsolute(scan.folder, motion);
    const paths = await datasetPaths(scan.folder, folder, absolute);
    const known = paths.map((path) => scannedMotion(scan, path)).find((found) => found !== undefined);
    const file = known === undefined ? absolute : motionFile(scan, known);
    return { path: known?.path ?? paths[0] ?? motion, known, file };
  }

  async #describe({ folder, motion, top }: RequestOf<"describe">, signal: AbortSignal): Promise<AnswerOf<"describe">> {
    const { encoder } = await this.#loaded();
    const { scan, store } = await this.#prepared(folder, signal);
    const { path, known, file } = await this.#motionOf(scan, folder, motion);
    const { vectors } = await this.#motions.encode(encoder, file, undefined, signal);
    await store.loadCaptions(signal);
    const { length } = encoder.model.partNames;
    return describeMotion(store, scan, path, known, vectors, length, encoder.wordsOf, wholeTop(top), signal);
  }

  async #align({ motion, text, folder, frames }: RequestOf<"align">, signal: AbortSignal): Promise<AnswerOf<"align">> {
    const { encoder } = await this.#loaded();
    const encodedText = await this.#encodeWords(encoder, text, signal);
    const encodedMotion = await this.#motions.encode(encoder, resolve(motion), frames, signal);
    throwIfCancelled(signal);
    const { kind, partNames } = encoder.model;
    const answer = alignTextWithMotion(encodedText, encodedMotion, partNames, kind, frames?.[0]);
    if (folder === undefined || kind === "global") return { ...answer, support: answer.tokens.map(() => undefined) };
    const { store } = await this.#prepared(folder, signal);
    await store.loadMotions(signal);
    return { ...answer, support: await supportOf(store, encodedText, answer, signal) };
  }

  async #encodeWords(encoder: Encoder, text: string, signal: AbortSignal): Promise<EncodedText> {
    const encoded = await encoder.encodeText(text, signal);
    if (encoded.tokens.length === 0) throw new EngineError("CaptionFileError", "the text holds no word to align");
    return encoded;
  }

  async #loadMotion(path: string): Promise<LoadedMotion> {
    return this.#motions.load(resolve(path));
  }

  async #inspect({ path, angles }: RequestOf<"inspect">): Promise<InspectAnswer> {
    const { motion, info } = await this.#motions.load(resolve(path));
    return {
      path,
      format: info.format,
      layout: info.layout,
      shape: info.shape,
      dtype: info.dtype,
      frames: motion.frames,
      fps: motion.fps,
      skeleton: motion.skeleton,
      duration: motion.frames / motion.fps,
      warnings: info.warnings,
      ...(angles === "compat" && { angles: rowsOf(compatAngles(motion), COMPAT_COLUMNS) }),
      ...(angles === "clean" && { angles: cleanRows(motion) }),
    };
  }
}

function cleanRows(motion: LoadedMotion["motion"]): number[][] {
  const { features, frames } = cleanFeatures(motion);
  return rowsOf(features, features.length / frames);
}

function rowsOf(values: ArrayLike<number>, columns: number): number[][] {
  return Array.from({ length: values.length / columns }, (_, row) =>
    Array.from({ length: columns }, (_, column) => values[row * columns + column]!),
  );
}

/** A motion by its path in the dataset, or by that of another file that holds the same motion. */
function scannedMotion(scan: DatasetScan, path: string): ScannedMotion | undefined {
  return scan.byPath.get(scan.aliases.get(path) ?? path);
}

/**
 * The paths that an absolute file has in a dataset: as it was named, and after following links. Empty for a file that
 * lies elsewhere.
 *
 * @param folder real path of the dataset; `named` is the folder as the caller named it.
 */
async function datasetPaths(folder: string, named: string, absolute: string): Promise<string[]> {
  const real = await realpath(absolute).catch(() => absolute);
  const pairs = [
    [folder, absolute],
    [resolve(named), absolute],
    [folder, real],
  ] as const;
  return pairs.filter(([base, file]) => isInside(base, file)).map(([base, file]) => toDatasetPath(base, file));
}

function wholeTop(top: number): number {
  return Math.max(1, Math.floor(top));
}
