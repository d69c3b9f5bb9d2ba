import { createHash } from "node:crypto";
import type { StorageLevel } from "../protocol/engine.js";
import type { ModelManifest } from "./encoders/model-package.js";
import { POOLED_LEAST } from "./encoders/storage-level.js";

/** Counts changes of our own code that change vectors or the reading of files. */
const ENCODING_VERSION = 2;

/** Everything that stored vectors depend on besides the data, as one hash. Vectors of two keys never mix. */
export function modelKeyOf(manifest: ModelManifest, assumedFps: number, level: StorageLevel = "full"): string {
  const { id, kind, motion, text, dim, grid } = manifest;
  const stored = level === "full" ? [] : [level, POOLED_LEAST];
  const inputs = JSON.stringify([ENCODING_VERSION, id, kind, motion, text, dim, grid, assumedFps, ...stored]);
  return createHash("sha256").update(inputs).digest("hex");
}
