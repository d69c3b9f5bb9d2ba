import { createHash } from "node:crypto";
import { homedir } from "node:os";
import { basename, join } from "node:path";

/** Where indexes live when nothing else is said: the user's cache directory. */
export function defaultIndexRoot(
  environment: NodeJS.ProcessEnv = process.env,
  platform: NodeJS.Platform = process.platform,
): string {
  if (platform === "win32") {
    return join(environment["LOCALAPPDATA"] ?? join(homedir(), "AppData", "Local"), "motion-lens");
  }
  if (platform === "darwin") return join(homedir(), "Library", "Caches", "motion-lens");
  const cache = environment["XDG_CACHE_HOME"];
  // The XDG rules: a relative path is to be ignored.
  return join(cache?.startsWith("/") === true ? cache : join(homedir(), ".cache"), "motion-lens");
}

/**
 * The index folder of a dataset under one model. Editor and command line find the same one; two folders never share.
 *
 * @param root where all indexes live.
 * @param folder absolute real path of the dataset.
 * @param modelKey everything that the vectors depend on besides the data (see `modelKeyOf`).
 */
export function indexLocation(root: string, folder: string, modelKey: string): string {
  const name = basename(folder)
    .replace(/[^\p{L}\p{N}._-]/gu, "_")
    .slice(0, 40);
  return join(root, `${name}-${shortHash(folder)}`, modelKey.slice(0, 16));
}

function shortHash(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 16);
}
