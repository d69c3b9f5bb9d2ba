import { readdir, realpath, stat } from "node:fs/promises";
import type { Dirent } from "node:fs";
import { join } from "node:path";
import { yieldTurn } from "../tasks.js";
import { compareCodeUnits } from "./paths.js";

export interface FolderEntries {
  readonly files: readonly string[];
  readonly folders: readonly string[];
}

/** Names in a folder, sorted; links count as what they lead to, dead ones and names that start with a dot as nothing. */
export async function listFolder(folder: string): Promise<FolderEntries> {
  const files: string[] = [];
  const folders: string[] = [];
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    if (entry.name.startsWith(".") || entry.name === "node_modules") continue;
    const kind = await kindOf(folder, entry);
    if (kind === "file") files.push(entry.name);
    if (kind === "folder") folders.push(entry.name);
  }
  return { files: files.sort(compareCodeUnits), folders: folders.sort(compareCodeUnits) };
}

async function kindOf(folder: string, entry: Dirent): Promise<"file" | "folder" | undefined> {
  if (entry.isFile()) return "file";
  if (entry.isDirectory()) return "folder";
  if (!entry.isSymbolicLink()) return undefined;
  const target = await stat(join(folder, entry.name)).catch(() => undefined);
  return target?.isFile() === true ? "file" : target?.isDirectory() === true ? "folder" : undefined;
}

/**
 * Visits a folder and all below it, parents first. `visit` returns false to stay out of the folders below.
 * Each real folder is visited once, so that links cannot lead in circles; unreadable folders are passed to `onError`.
 */
export async function walkFolders(
  root: string,
  visit: (relative: string, entries: FolderEntries) => Promise<boolean> | boolean,
  onError: (relative: string, error: Error) => void,
  signal?: AbortSignal,
): Promise<void> {
  const seen = new Set<string>();
  const pending = [""];
  while (pending.length > 0) {
    const relative = pending.pop()!;
    const absolute = join(root, ...relative.split("/"));
    await yieldTurn(signal);
    try {
      const real = await realpath(absolute);
      if (seen.has(real)) continue;
      seen.add(real);
      const entries = await listFolder(absolute);
      if (!(await visit(relative, entries))) continue;
      const below = entries.folders.map((name) => (relative === "" ? name : `${relative}/${name}`));
      pending.push(...below.reverse());
    } catch (error) {
      if (relative === "" || (error as Error).name === "CancelledError") throw error;
      onError(relative, error as Error);
    }
  }
}
