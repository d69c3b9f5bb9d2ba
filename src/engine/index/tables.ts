/**
 * What is known of the dataset's files: which motion file holds which content, and the lines of each caption file.
 * Both are caches, believed for a file while its size and time of change stay; losing one costs reading, not encoding.
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import * as v from "valibot";
import type { CaptionFile } from "../dataset/caption-library.js";
import { publishFile } from "./files.js";

export interface FileRecord {
  readonly size: number;
  readonly mtimeMs: number;
  /** sha256 of the content; undefined when it is no motion. */
  readonly key?: string;
  /** Why it is no motion. */
  readonly failure?: string;
}

export interface FileTable {
  /** The manifest's generation when it was written: newer segments know better. */
  readonly generation: number;
  readonly files: Map<string, FileRecord>;
}

const FILES = "files.json";
const CAPTIONS = "captions.json";

const fileTableSchema = v.object({
  version: v.literal(1),
  generation: v.number(),
  files: v.array(v.strictTuple([v.string(), v.number(), v.number(), v.nullable(v.string()), v.nullable(v.string())])),
});

const captionRow = v.union([
  v.strictTuple([v.string(), v.number()]),
  v.strictTuple([v.string(), v.number(), v.number(), v.number()]),
]);
const captionTableSchema = v.object({
  version: v.literal(1),
  files: v.array(v.strictTuple([v.string(), v.number(), v.number(), v.array(captionRow), v.array(v.string())])),
});

export async function readFileTable(folder: string): Promise<FileTable> {
  const table = await readTable(join(folder, FILES), fileTableSchema);
  const files = new Map<string, FileRecord>();
  for (const [path, size, mtimeMs, key, failure] of table?.files ?? []) {
    files.set(path, { size, mtimeMs, ...(key !== null && { key }), ...(failure !== null && { failure }) });
  }
  return { generation: table?.generation ?? -1, files };
}

export async function writeFileTable(folder: string, table: FileTable): Promise<void> {
  const files = [...table.files].map(([path, { size, mtimeMs, key, failure }]) => [
    path,
    size,
    mtimeMs,
    key ?? null,
    failure ?? null,
  ]);
  await writeTable(join(folder, FILES), { version: 1, generation: table.generation, files });
}

export async function readCaptionTable(folder: string): Promise<Map<string, CaptionFile>> {
  const table = await readTable(join(folder, CAPTIONS), captionTableSchema);
  const files = new Map<string, CaptionFile>();
  for (const [path, size, mtimeMs, rows, problems] of table?.files ?? []) {
    const captions = rows.map(([text, line, from, to]) => ({
      text,
      line,
      ...(from !== undefined && to !== undefined && { seconds: [from, to] as const }),
    }));
    files.set(path, { size, mtimeMs, rows: captions, problems });
  }
  return files;
}

export async function writeCaptionTable(folder: string, files: ReadonlyMap<string, CaptionFile>): Promise<void> {
  const entries = [...files].map(([path, { size, mtimeMs, rows, problems }]) => [
    path,
    size,
    mtimeMs,
    rows.map(({ text, line, seconds }) => (seconds === undefined ? [text, line] : [text, line, ...seconds])),
    problems,
  ]);
  await writeTable(join(folder, CAPTIONS), { version: 1, files: entries });
}

async function readTable<S extends v.GenericSchema>(file: string, schema: S): Promise<v.InferOutput<S> | undefined> {
  try {
    const parsed = v.safeParse(schema, JSON.parse(await readFile(file, "utf8")));
    return parsed.success ? parsed.output : undefined;
  } catch {
    return undefined;
  }
}

async function writeTable(file: string, value: unknown): Promise<void> {
  await publishFile(file, [new TextEncoder().encode(JSON.stringify(value))]);
}
