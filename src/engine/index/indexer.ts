/** One index run: finds what is new or changed, encodes it, saves it piece by piece. */
import { createHash } from "node:crypto";
import { open, stat } from "node:fs/promises";
import { MotionFileError } from "../../formats/errors.js";
import { describeFileError } from "../../formats/file-errors.js";
import { MAX_FILE_BYTES, motionFromBytes } from "../../formats/read-motion.js";
import type { Failure, IndexProgress, IndexSummary } from "../../protocol/engine.js";
import { EngineError, isEngineError } from "../../protocol/errors.js";
import { motionFile, type DatasetScan, type ScannedMotion } from "../dataset/scan.js";
import type { Encoder } from "../encoders/encoder.js";
import type { Log } from "../encoders/runtime.js";
import { mapConcurrent, yieldTurn } from "../tasks.js";
import type { CaptionItem, EncodedItem, MotionItem } from "./segment.js";
import type { IndexStore } from "./store.js";
import type { FileRecord } from "./tables.js";
import { IndexWriter } from "./writer.js";

export interface IndexRun {
  readonly store: IndexStore;
  readonly scan: DatasetScan;
  readonly encoder: Encoder;
  /** Frames per second to read motions at, in place of the assumed ones. */
  readonly assumedFps?: number;
  /** How long to wait for another writer. */
  readonly waitMs: number;
  readonly progress: (progress: Omit<IndexProgress, "folder">) => void;
  readonly log: Log;
  readonly signal?: AbortSignal;
  /** Forgets what is stored first. */
  readonly rebuild?: boolean;
  /** A part of a dataset may hold no motion that can be read. */
  readonly mayBeEmpty?: boolean;
}

/** What a run still has to do. */
interface Work {
  /** Motions whose file is new or changed, or whose vectors are missing. */
  readonly motions: readonly ScannedMotion[];
  /** Distinct caption texts without vectors. */
  readonly texts: readonly string[];
  /** Something to be written down even when there is nothing to encode. */
  readonly tables: boolean;
}

const STATS_AT_A_TIME = 32;
/** A run is saved in about this many pieces, so that a kill costs little. */
const PIECES = 40;
const SMALLEST_PIECE = 8;
const LARGEST_PIECE = 512;

/**
 * Brings the index of a dataset up to date. Files that are no motions are reported, not thrown; a run that is
 * cancelled or fails keeps what it has done.
 *
 * @throws EngineError `IndexError` (another writer, no place to write, disk full), `DatasetError` when no motion at
 *   all could be read, `CancelledError`.
 */
export async function runIndex(run: IndexRun): Promise<IndexSummary> {
  const began = performance.now();
  const { store, signal, log, progress } = run;
  progress({ phase: "scanning", done: 0, total: run.scan.motions.length });
  const failures = new Map<string, string>();
  await store.refresh();
  await store.loadMotions(signal);
  await store.loadCaptions(signal);
  let encoded = 0;
  const work = await findWork(run, failures);
  if (work.motions.length + work.texts.length > 0 || work.tables || store.hasDamage || run.rebuild) {
    const writer = await IndexWriter.open(store, {
      signal,
      waitMs: run.waitMs,
      onWait: (owner) => log("warn", `${owner} is indexing ${run.scan.folder}; waiting for it`),
    });
    try {
      if (run.rebuild) {
        await writer.clear();
        failures.clear();
      }
      // The writer before us may have done part of it.
      const rest = await findWork(run, failures);
      encoded = await saveOnFailure(writer, log, async () => {
        const count = await encodeMotions(run, writer, rest.motions, failures);
        await encodeCaptions(run, writer, rest.texts);
        return count;
      });
      progress({ phase: "saving", done: 0, total: 1 });
      await writer.finish();
      await compact(run, writer);
    } finally {
      await writer.close();
    }
  }
  return summarise(run, failures, encoded, (performance.now() - began) / 1000);
}

/** Does `action`; when it fails or is cancelled, writes down what is known before the error goes on. */
async function saveOnFailure<T>(writer: IndexWriter, log: Log, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    await writer.saveTables().catch((second: Error) => log("warn", second.message));
    throw error;
  }
}

async function findWork(run: IndexRun, failures: Map<string, string>): Promise<Work> {
  const { store, scan, signal } = run;
  let tables = !store.exists || !store.manifest.complete;
  const stale = await mapConcurrent(
    scan.motions,
    STATS_AT_A_TIME,
    async (motion) => {
      const record = store.files.get(motion.path);
      const found = await stat(motionFile(scan, motion)).catch(() => undefined);
      const unchanged = found !== undefined && record?.size === found.size && record.mtimeMs === found.mtimeMs;
      if (!unchanged) return motion;
      if (record?.failure !== undefined) failures.set(motion.path, record.failure);
      return record?.key !== undefined && store.motions.indexOf(record.key) === undefined ? motion : undefined;
    },
    signal,
  );
  for (const path of store.files.keys()) {
    if (scan.byPath.has(path)) continue;
    store.files.delete(path);
    tables = true;
  }
  const refreshed = await store.captionLibrary.refresh(scan, signal);
  const texts = new Set<string>();
  for (const file of store.captionLibrary.files.values()) {
    for (const { text } of file.rows) if (store.captions.indexOf(text) === undefined) texts.add(text);
  }
  return {
    motions: stale.filter((motion) => motion !== undefined),
    texts: [...texts],
    tables: tables || refreshed.changed,
  };
}

async function encodeMotions(
  run: IndexRun,
  writer: IndexWriter,
  motions: readonly ScannedMotion[],
  failures: Map<string, string>,
): Promise<number> {
  const { store, progress, signal } = run;
  const piece = pieceSize(motions.length);
  let batch: EncodedItem<MotionItem>[] = [];
  let records = new Map<string, FileRecord>();
  /** Contents of this run: a second file of the same content counts as encoded, though it costs nothing. */
  const keys = new Set<string>();
  let encoded = 0;
  const save = async () => {
    await writer.add("motions", batch);
    // Only now: what the tables say must be on disk.
    for (const [path, record] of records) {
      store.files.set(path, record);
      if (record.key !== undefined && keys.has(record.key)) encoded++;
    }
    batch = [];
    records = new Map();
  };
  try {
    for (const [done, motion] of motions.entries()) {
      progress({ phase: "motions", done, total: motions.length });
      await yieldTurn(signal);
      failures.delete(motion.path);
      const isKnown = (key: string) => keys.has(key) || store.motions.indexOf(key) !== undefined;
      const result = await encodeFile(run, motion, isKnown);
      if (result.failure !== undefined) failures.set(motion.path, result.failure);
      if (result.record !== undefined) records.set(motion.path, result.record);
      else store.files.delete(motion.path);
      if (result.item !== undefined) {
        batch.push(result.item);
        keys.add(result.item.item.key);
      }
      if (batch.length >= piece) await save();
    }
    if (motions.length > 0) progress({ phase: "motions", done: motions.length, total: motions.length });
  } catch (error) {
    if (isEngineError(error, "CancelledError")) await save();
    throw error;
  }
  await save();
  return encoded;
}

interface FileResult {
  /** Undefined when the file could not be looked at. */
  readonly record?: FileRecord;
  readonly failure?: string;
  /** Undefined when the content has its vectors already. */
  readonly item?: EncodedItem<MotionItem>;
}

async function encodeFile(
  run: IndexRun,
  motion: ScannedMotion,
  isKnown: (key: string) => boolean,
): Promise<FileResult> {
  const { encoder, scan, assumedFps, signal, log } = run;
  let record: FileRecord | undefined;
  try {
    const { bytes, size, mtimeMs } = await readWhole(motionFile(scan, motion));
    const key = createHash("sha256").update(bytes).digest("hex");
    record = { size, mtimeMs, key };
    if (isKnown(key)) return { record };
    const loaded = motionFromBytes(motion.path, bytes, assumedFps ? { fps: assumedFps } : {});
    const { vectors } = await encoder.encodeMotion(loaded.motion, signal);
    const { frames, fps } = loaded.motion;
    return { record, item: { item: { key, path: motion.path, size, mtimeMs, frames, fps }, vectors } };
  } catch (error) {
    if (isEngineError(error, "CancelledError")) throw error;
    if (error instanceof MotionFileError) {
      const { reason } = error;
      // A file that is no motion stays none until it changes; one that cannot be read is tried again.
      return record === undefined
        ? { failure: reason }
        : { record: { size: record.size, mtimeMs: record.mtimeMs, failure: reason }, failure: reason };
    }
    const { message, stack } = error as Error;
    if (!isEngineError(error)) log("error", `${motion.path}: ${stack ?? message}`);
    return { failure: message };
  }
}

/** @throws MotionFileError when the file cannot be read. */
async function readWhole(path: string): Promise<{ bytes: Uint8Array; size: number; mtimeMs: number }> {
  try {
    const file = await open(path, "r");
    try {
      const { size, mtimeMs } = await file.stat();
      if (size > MAX_FILE_BYTES) throw new MotionFileError(path, `${size} bytes are too many for a motion.`);
      return { bytes: await file.readFile(), size, mtimeMs };
    } finally {
      await file.close();
    }
  } catch (error) {
    if (error instanceof MotionFileError) throw error;
    throw new MotionFileError(path, describeFileError(error), { cause: error });
  }
}

async function encodeCaptions(run: IndexRun, writer: IndexWriter, texts: readonly string[]): Promise<void> {
  const { encoder, progress, signal } = run;
  const piece = pieceSize(texts.length);
  let batch: EncodedItem<CaptionItem>[] = [];
  const save = async () => {
    await writer.add("captions", batch);
    batch = [];
  };
  try {
    for (const [done, text] of texts.entries()) {
      progress({ phase: "captions", done, total: texts.length });
      await yieldTurn(signal);
      const { vectors } = await encoder.encodeText(text, signal);
      batch.push({ item: { key: text }, vectors });
      if (batch.length >= piece) await save();
    }
    if (texts.length > 0) progress({ phase: "captions", done: texts.length, total: texts.length });
  } catch (error) {
    if (isEngineError(error, "CancelledError")) await save();
    throw error;
  }
  await save();
}

function pieceSize(count: number): number {
  return Math.min(LARGEST_PIECE, Math.max(SMALLEST_PIECE, Math.ceil(count / PIECES)));
}

async function compact(run: IndexRun, writer: IndexWriter): Promise<void> {
  const { store, signal } = run;
  const keys = new Set([...store.files.values()].map(({ key }) => key));
  await writer.compact("motions", (key) => keys.has(key), signal);
  const texts = new Set<string>();
  for (const file of store.captionLibrary.files.values()) for (const { text } of file.rows) texts.add(text);
  await writer.compact("captions", (key) => texts.has(key), signal);
}

function summarise(
  run: IndexRun,
  failures: ReadonlyMap<string, string>,
  encoded: number,
  seconds: number,
): IndexSummary {
  const { store, scan } = run;
  const motions = scan.motions.filter(({ path }) => store.files.get(path)?.key !== undefined).length;
  const failed = [...failures].map(([path, reason]): Failure => ({ path, reason }));
  if (motions === 0 && run.mayBeEmpty !== true) {
    const [first] = failed;
    const example = first === undefined ? "" : `, for example ${first.path}: ${first.reason}`;
    throw new EngineError(
      "DatasetError",
      `${scan.folder}: none of its ${scan.motions.length} files could be read as a motion${example}`,
    );
  }
  return { motions, captions: store.captionLibrary.count, encoded, failed, seconds };
}
