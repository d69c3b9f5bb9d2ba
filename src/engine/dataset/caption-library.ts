/** The captions of a dataset, read once and again only where a caption file changed. */
import { stat } from "node:fs/promises";
import { captionLines, type CaptionDocument } from "../../core/captions/document.js";
import { CaptionFileError } from "../../formats/errors.js";
import { describeFileError } from "../../formats/file-errors.js";
import { readCaptionFile } from "../../formats/read-captions.js";
import { mapConcurrent, Pacer } from "../tasks.js";
import { listSome, toAbsolute } from "./paths.js";
import type { DatasetScan } from "./scan.js";

/** One caption line of a file. */
export interface CaptionRow {
  /** As written, without token and range fields. */
  readonly text: string;
  /** Counts from 1. */
  readonly line: number;
  /** The part of the motion that it speaks of; undefined means the whole. */
  readonly seconds?: readonly [from: number, to: number];
}

/** What is known of a caption file; `size` and `mtimeMs` tell whether it changed. */
export interface CaptionFile {
  readonly size: number;
  readonly mtimeMs: number;
  readonly rows: readonly CaptionRow[];
  /** Lines that could not be understood. */
  readonly problems: readonly string[];
}

const FILES_AT_A_TIME = 16;

export interface CaptionRefresh {
  /** Whether a file was read, or one is gone. */
  readonly changed: boolean;
  readonly warnings: readonly string[];
}

export class CaptionLibrary {
  #files: ReadonlyMap<string, CaptionFile>;

  /** `known`: files as an earlier run left them. */
  constructor(known: ReadonlyMap<string, CaptionFile> = new Map()) {
    this.#files = known;
  }

  /** By caption path relative to the folder. */
  get files(): ReadonlyMap<string, CaptionFile> {
    return this.#files;
  }

  rowsOf(captionPath: string | undefined): readonly CaptionRow[] {
    return captionPath === undefined ? [] : (this.#files.get(captionPath)?.rows ?? []);
  }

  /** Caption lines of all files. */
  get count(): number {
    let count = 0;
    for (const file of this.#files.values()) count += file.rows.length;
    return count;
  }

  /** Brings the library up to date with the caption files of a scan. */
  async refresh(scan: DatasetScan, signal?: AbortSignal): Promise<CaptionRefresh> {
    const warnings: string[] = [];
    const unreadable: string[] = [];
    const before = this.#files;
    let changed = false;
    const pacer = new Pacer(20, signal);
    const paths = [...scan.byCaptionPath.keys()];
    const entries = await mapConcurrent(
      paths,
      FILES_AT_A_TIME,
      async (path) => {
        if (pacer.due) await pacer.pause();
        try {
          const known = before.get(path);
          const file = await readCaptions(toAbsolute(scan.folder, path), known);
          if (file !== known) changed = true;
          return [path, file] as const;
        } catch (error) {
          if (!(error instanceof CaptionFileError)) throw error;
          unreadable.push(`${path}: ${error.reason}`);
          return undefined;
        }
      },
      signal,
    );
    const files = new Map(entries.filter((entry) => entry !== undefined));
    if (files.size !== before.size) changed = true;
    this.#files = files;
    if (unreadable.length > 0)
      warnings.push(`${unreadable.length} caption files cannot be read: ${listSome(unreadable)}`);
    const problems = [...files].flatMap(([path, file]) => file.problems.map((problem) => `${path} ${problem}`));
    if (problems.length > 0) {
      warnings.push(`${problems.length} caption lines cannot be understood: ${listSome(problems)}`);
    }
    return { changed, warnings };
  }
}

/**
 * Reads a caption file; `known` itself is returned when size and time say that it did not change.
 *
 * @throws CaptionFileError when it cannot be read.
 */
export async function readCaptions(absolute: string, known?: CaptionFile): Promise<CaptionFile> {
  const { size, mtimeMs } = await stat(absolute).catch((error: unknown) => {
    throw new CaptionFileError(absolute, describeFileError(error), { cause: error });
  });
  if (known !== undefined && known.size === size && known.mtimeMs === mtimeMs) return known;
  return { size, mtimeMs, ...captionRows(await readCaptionFile(absolute)) };
}

function captionRows(document: CaptionDocument): Pick<CaptionFile, "rows" | "problems"> {
  const rows = captionLines(document).map(({ text, line, seconds }) => ({ text, line, ...(seconds && { seconds }) }));
  const problems = document.lines
    .filter((line) => line.kind === "broken")
    .map(({ line, problem }) => `line ${line}: ${problem ?? "it holds no caption"}`);
  return { rows, problems };
}
