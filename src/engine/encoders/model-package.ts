/** The model package: `model.json` beside the files it names. Anything off is refused with the file or field named. */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import * as v from "valibot";
import { PART_NAMES } from "../../core/motion/parts.js";
import type { VectorShape } from "../../core/retrieval/vectors.js";
import { EngineError } from "../../protocol/errors.js";
import { count, fileName, motionSettings, sha256 } from "./motion-settings.js";

const manifestSchema = v.object({
  schema: v.literal(1),
  id: v.pipe(v.string(), v.nonEmpty()),
  name: v.pipe(v.string(), v.nonEmpty()),
  kind: v.picklist(["late-interaction", "global"]),
  version: v.optional(v.string()),
  motion: motionSettings,
  // A model whose input is not cut into patches has none.
  grid: v.optional(
    v.object({
      parts: v.pipe(
        v.array(v.string()),
        v.check(
          (parts) => parts.length === PART_NAMES.length && parts.every((part, index) => part === PART_NAMES[index]),
          `expected the ${PART_NAMES.length} parts ${PART_NAMES.join(", ")}`,
        ),
      ),
    }),
    { parts: [...PART_NAMES] },
  ),
  text: v.object({
    file: fileName,
    sha256,
    tokenizer: fileName,
    tokenizerSha256: sha256,
    maxTokens: v.pipe(count, v.minValue(3)),
    specialTokens: v.picklist(["drop", "keep"]),
    punctuation: v.picklist(["drop", "keep"]),
  }),
  dim: v.pipe(count, v.maxValue(4096)),
  // Numbers of a vector that are its token's or patch's own, and their share of the score; what stands behind them
  // carries the whole text or motion. Without these, all of a vector is its own.
  gridDim: v.optional(count),
  gridShare: v.optional(v.pipe(v.number(), v.gtValue(0), v.maxValue(1))),
  quantisation: v.optional(v.string()),
  licence: v.string(),
});

export type ModelManifest = v.InferOutput<typeof manifestSchema>;

/** What the model's vectors are made of. */
export function shapeOfModel({
  kind,
  dim,
  gridDim = dim,
}: Pick<ModelManifest, "kind" | "dim" | "gridDim">): VectorShape {
  if (kind === "global") return { gridDim: 0, wholeDim: dim };
  return { gridDim, wholeDim: dim - gridDim };
}

export interface ModelPackage {
  /** Absolute. */
  readonly folder: string;
  readonly manifest: ModelManifest;
}

/**
 * Reads and checks a model package: schema, then the sha256 of each file.
 *
 * @throws EngineError `ModelError`.
 */
export async function loadModelPackage(folder: string): Promise<ModelPackage> {
  const manifest = parseManifest(folder, await readText(folder, "model.json"));
  await verifyFile(folder, manifest.motion.file, manifest.motion.sha256);
  await verifyFile(folder, manifest.text.file, manifest.text.sha256);
  await verifyFile(folder, manifest.text.tokenizer, manifest.text.tokenizerSha256);
  return { folder, manifest };
}

export function parseManifest(folder: string, text: string): ModelManifest {
  const file = join(folder, "model.json");
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new EngineError("ModelError", `${file} is not JSON: ${(error as Error).message}`);
  }
  const result = v.safeParse(manifestSchema, json);
  if (!result.success) {
    const issue = result.issues[0];
    const field = v.getDotPath(issue) ?? "(the whole file)";
    throw new EngineError("ModelError", `${file}: ${field}: ${issue.message}`);
  }
  const { motion } = result.output;
  checkGrid(file, json as Partial<ModelManifest>, result.output);
  if (motion.angles === "clean" && motion.windowPatches <= 2 * motion.haloPatches) {
    throw new EngineError(
      "ModelError",
      `${file}: motion.windowPatches: ${motion.windowPatches} patches leave nothing between two halos of ${motion.haloPatches}`,
    );
  }
  const { dim, gridDim } = result.output;
  if (gridDim !== undefined && gridDim > dim) {
    throw new EngineError("ModelError", `${file}: gridDim: ${gridDim} of ${dim} numbers cannot be a patch's own`);
  }
  return motion.features === "hml263" ? { ...result.output, grid: { parts: [] } } : result.output;
}

/** Systems over HumanML3D's features give one vector a motion; all others have a grid of body parts and times. */
function checkGrid(file: string, written: Partial<ModelManifest>, { kind, motion }: ModelManifest): void {
  const whole = motion.features === "hml263";
  if (whole && kind !== "global") {
    throw new EngineError("ModelError", `${file}: kind: hml263 features need the kind global, found ${kind}`);
  }
  if (whole === (written.grid === undefined)) return;
  const problem = whole ? "hml263 features have no grid of parts" : "the parts of the grid are missing";
  throw new EngineError("ModelError", `${file}: grid: ${problem}`);
}

async function verifyFile(folder: string, name: string, expected: string): Promise<void> {
  const file = join(folder, name);
  const hash = createHash("sha256");
  try {
    await pipeline(createReadStream(file, { highWaterMark: 1 << 20 }), hash);
  } catch (error) {
    throw unreadable(file, error as NodeJS.ErrnoException);
  }
  const found = hash.digest("hex");
  if (found !== expected) {
    throw new EngineError(
      "ModelError",
      `${file} is damaged or was changed: its sha256 is ${found}, model.json says ${expected}`,
    );
  }
}

/** Bytes of a file of the package. */
export async function readModelFile(folder: string, name: string): Promise<Uint8Array> {
  const file = join(folder, name);
  return readFile(file).catch((error: NodeJS.ErrnoException) => {
    throw unreadable(file, error);
  });
}

async function readText(folder: string, name: string): Promise<string> {
  return new TextDecoder().decode(await readModelFile(folder, name));
}

function unreadable(file: string, error: NodeJS.ErrnoException): EngineError {
  const reason = error.code === "ENOENT" ? "it is not there" : error.message;
  return new EngineError("ModelError", `the model cannot be read: ${file}: ${reason}`);
}
