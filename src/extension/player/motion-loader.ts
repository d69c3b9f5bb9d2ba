/** Motions as the engine parsed them, the last few kept, so that arrowing back and forth through a list is instant. */
import { createHash } from "node:crypto";
import { mkdir, stat, writeFile } from "node:fs/promises";
import * as path from "node:path";
import * as vscode from "vscode";
import type { LoadedMotion } from "../../core/motion/motion.js";
import type { Engine } from "../../protocol/rpc.js";

const MOST_KEPT = 24;

interface Kept {
  /** Changes whenever the file does. */
  readonly stamp: string;
  readonly loaded: LoadedMotion;
}

export class MotionLoader {
  readonly #engine: Engine;
  readonly #scratchFolder: string;
  /** In the order of last use. */
  readonly #kept = new Map<string, Kept>();

  /** `scratchFolder` takes copies of files that are not on this machine's disk. */
  constructor(engine: Engine, scratchFolder: string) {
    this.#engine = engine;
    this.#scratchFolder = scratchFolder;
  }

  /**
   * @param file absolute path.
   * @throws MotionFileError with the reason when the file is not a motion.
   */
  async load(file: string, signal?: AbortSignal): Promise<LoadedMotion> {
    const stamp = await fileStamp(file);
    const kept = this.#kept.get(file);
    if (kept !== undefined && kept.stamp === stamp) {
      this.#kept.delete(file);
      this.#kept.set(file, kept);
      return kept.loaded;
    }
    const loaded = await this.#engine.call("loadMotion", { path: file }, { signal });
    this.#kept.delete(file);
    this.#kept.set(file, { stamp, loaded });
    for (const oldest of this.#kept.keys()) {
      if (this.#kept.size <= MOST_KEPT) break;
      this.#kept.delete(oldest);
    }
    return loaded;
  }

  forget(): void {
    this.#kept.clear();
  }

  /**
   * A path that the engine can read. Files of a virtual workspace are copied; they can be viewed, not indexed.
   *
   * @throws the file system's error when the file cannot be read.
   */
  async localPath(uri: vscode.Uri): Promise<string> {
    if (uri.scheme === "file") return uri.fsPath;
    const bytes = await vscode.workspace.fs.readFile(uri);
    const folder = path.join(
      this.#scratchFolder,
      createHash("sha256").update(uri.toString()).digest("hex").slice(0, 16),
    );
    await mkdir(folder, { recursive: true });
    const copy = path.join(folder, path.posix.basename(uri.path));
    await writeFile(copy, bytes);
    return copy;
  }
}

/** Size and time of change; a missing file gets its own stamp, and the engine then says what is wrong. */
async function fileStamp(file: string): Promise<string> {
  try {
    const { size, mtimeMs } = await stat(file);
    return `${size}:${mtimeMs}`;
  } catch {
    return "missing";
  }
}
