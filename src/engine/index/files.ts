/** Writing files so that a reader, or the next start after a kill, sees either the old one or the new one, whole. */
import { randomBytes } from "node:crypto";
import { mkdir, open, rename, rm, type FileHandle } from "node:fs/promises";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { EngineError, isEngineError } from "../../protocol/errors.js";

export const TEMPORARY_ENDING = ".tmp";

/**
 * Writes a file beside its final place, forces it to disk, and renames it.
 *
 * @throws EngineError `IndexError` when the place cannot be written or is full; the old file is then untouched.
 */
export async function publishFile(path: string, parts: readonly Uint8Array[]): Promise<void> {
  const temporary = `${path}.${randomBytes(6).toString("hex")}${TEMPORARY_ENDING}`;
  try {
    const file = await open(temporary, "wx");
    try {
      for (const part of parts) await writeAll(file, part);
      await file.sync();
    } finally {
      await file.close();
    }
    await renameOver(temporary, path);
    await syncFolder(dirname(path));
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw asIndexError(error, dirname(path));
  }
}

/** @throws EngineError `IndexError`. */
export async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true });
  } catch (error) {
    throw asIndexError(error, folder);
  }
}

async function writeAll(file: FileHandle, part: Uint8Array): Promise<void> {
  let written = 0;
  // A full disk may take a part of the bytes first and refuse the rest.
  while (written < part.length) written += (await file.write(part, written)).bytesWritten;
}

/** On Windows a file that a virus scanner or a reader holds open cannot be replaced for a moment. */
async function renameOver(from: string, to: string): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await rename(from, to);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (attempt === 6 || !(code === "EPERM" || code === "EACCES" || code === "EBUSY")) throw error;
      if (process.platform !== "win32") throw error;
      await sleep(20 * 2 ** attempt);
    }
  }
}

/** Makes the rename itself last; not every system can do it for a folder. */
async function syncFolder(folder: string): Promise<void> {
  try {
    const handle = await open(folder, "r");
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  } catch {
    // The data itself is on disk; at worst an older, equally whole state is found after a power cut.
  }
}

/** A file system error in the user's words. */
export function asIndexError(error: unknown, folder: string): Error {
  if (isEngineError(error)) return error;
  const { code, message } = error as NodeJS.ErrnoException;
  const elsewhere = "another place can be chosen with --index-dir or the setting motionLens.index.folder";
  switch (code) {
    case "ENOSPC":
    case "EDQUOT":
    case "EFBIG":
      return new EngineError(
        "IndexError",
        `${folder}: there is no space left to keep the index; what was saved before stays usable (${elsewhere})`,
      );
    case "EACCES":
    case "EPERM":
    case "EROFS":
    case "ENOTDIR":
    case "EEXIST":
    case "ENOENT":
      return new EngineError("IndexError", `${folder}: the index cannot be written here: ${message} (${elsewhere})`);
    default:
      return code === undefined ? (error as Error) : new EngineError("IndexError", `${folder}: ${message}`);
  }
}
