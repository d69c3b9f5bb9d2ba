/** Model packages that can be switched to: the folders with a model.json that lie in the workspace. */
import { readdir, readFile } from "node:fs/promises";
import * as path from "node:path";

export interface FoundModel {
  readonly folder: string;
  readonly name: string;
  readonly kind: "late-interaction" | "global";
}

/** Levels of folders that are looked through below a workspace folder. */
const DEPTH = 3;
const LEFT_OUT = new Set(["node_modules", "new_joints", "new_joint_vecs", "texts"]);
const MANIFEST = "model.json";

/** The package in a folder; undefined where there is none, or one that cannot be read. */
export async function readModel(folder: string): Promise<FoundModel | undefined> {
  const text = await readFile(path.join(folder, MANIFEST), "utf8").catch(() => undefined);
  if (text === undefined) return undefined;
  try {
    const { schema, name, kind } = JSON.parse(text) as Record<string, unknown>;
    if (schema !== 1 || typeof name !== "string") return undefined;
    return kind === "late-interaction" || kind === "global" ? { folder, name, kind } : undefined;
  } catch {
    return undefined;
  }
}

/** Packages in the folders and a few levels below them, by their paths. */
export async function findModels(folders: readonly string[]): Promise<FoundModel[]> {
  const found = await Promise.all(folders.map((folder) => findBelow(folder, DEPTH)));
  const byFolder = new Map(found.flat().map((model) => [model.folder, model]));
  return [...byFolder.values()].sort((a, b) => (a.folder < b.folder ? -1 : 1));
}

async function findBelow(folder: string, depth: number): Promise<FoundModel[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  const own = entries.some(({ name }) => name === MANIFEST) ? await readModel(folder) : undefined;
  if (own !== undefined) return [own];
  if (depth === 0) return [];
  const below = entries.filter(
    (entry) => entry.isDirectory() && !entry.name.startsWith(".") && !LEFT_OUT.has(entry.name),
  );
  const found = await Promise.all(below.map(({ name }) => findBelow(path.join(folder, name), depth - 1)));
  return found.flat();
}
