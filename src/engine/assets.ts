import { existsSync } from "node:fs";
import { join } from "node:path";

/**
 * Absolute path of a file that the build puts into `dist`. The bundled programs stand in `dist` themselves; the tests
 * run from the sources.
 */
export function distFile(name: string): string {
  const beside = join(__dirname, name);
  return existsSync(beside) ? beside : join(__dirname, "..", "..", "dist", name);
}

/** The model that comes with the product. */
export function defaultModelFolder(): string {
  const beside = join(__dirname, "..", "models", "default");
  return existsSync(beside) ? beside : join(__dirname, "..", "..", "models", "default");
}

/** The motions that come with the product. */
export function sampleDataset(): string {
  const beside = join(__dirname, "..", "media", "sample-dataset");
  return existsSync(beside) ? beside : join(__dirname, "..", "..", "media", "sample-dataset");
}
