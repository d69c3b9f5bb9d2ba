/** Paths inside a dataset are relative and written with `/`, on every system. */
import { isAbsolute, join, relative, sep } from "node:path";

export function toDatasetPath(folder: string, absolute: string): string {
  return relative(folder, absolute).split(sep).join("/");
}

export function toAbsolute(folder: string, datasetPath: string): string {
  return join(folder, ...datasetPath.split("/"));
}

/** Whether an absolute path lies inside a folder (and is not the folder itself). */
export function isInside(folder: string, absolute: string): boolean {
  const path = relative(folder, absolute);
  return path !== "" && path !== ".." && !path.startsWith(`..${sep}`) && !isAbsolute(path);
}

/** `walks/a.npy` -> `walks/a`. */
export function withoutExtension(path: string): string {
  const dot = path.lastIndexOf(".");
  return dot > path.lastIndexOf("/") + 1 ? path.slice(0, dot) : path;
}

/** Order of code units: the same on every machine and locale. */
export function compareCodeUnits(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** `3 caption files have no motion: a.txt, b.txt, c.txt`, naming the first few. */
export function listSome(paths: readonly string[], most = 3): string {
  const named = paths.slice(0, most).join(", ");
  return paths.length > most ? `${named} and ${paths.length - most} more` : named;
}
