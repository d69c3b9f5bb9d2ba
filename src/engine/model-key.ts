import { createHash } from "node:crypto";
import type { ModelManifest } from "./encoders/model-package.js";

/** Counts changes of our own code that change vectors or the reading of files. */
const ENCODING_VERSION = 2;

/** Everything that stored vectors depend on besides the data, as one hash. Vectors of two keys never mix. */
export function modelKeyOf(manifest: ModelManifest, assumedFps: number): string {
  const { id, kind, motion, text, dim, grid } = manifest;
  const inputs = JSON.stringify([ENCODING_VERSION, id, kind, motion, text, dim, grid, assumedFps]);
  return createHash("sha256").update(inputs).digest("hex");
}
