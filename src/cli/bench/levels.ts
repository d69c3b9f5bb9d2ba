/** `motion-lens bench --levels`: what each storage level of motions costs in bytes, and in captions that find theirs. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { recallAt } from "../../core/retrieval/metrics.js";
import { dequantiseVectors, quantiseMotionItem, quantiseTextItem } from "../../core/retrieval/quantise.js";
import { meanTieRank } from "../../core/retrieval/ranking.js";
import type { ItemVectors, VectorShape } from "../../core/retrieval/vectors.js";
import { sampleDataset } from "../../engine/assets.js";
import { POOLED_LEAST, pooledMotion } from "../../engine/encoders/storage-level.js";
import { MotionScorer } from "../../engine/index/scoring.js";
import { encodeSegment } from "../../engine/index/segment.js";
import type { EngineService, RawVectors } from "../../engine/service.js";
import { EngineError } from "../../protocol/errors.js";
import { loadModel } from "../commands.js";
import { printLine, table } from "../output.js";
import type { Options } from "../usage.js";
import { productTables, quantiseProducts, tableScore, trainQuantiser } from "./product-quantiser.js";

/** Cosines that pooling is measured at, besides the one of the level. */
const MEASURED_LEAST = [0.98, 0.95, 0.9, 0.85, 0.8, 0.7];
const MEASURED_PIECES = [64, 32];

export interface LevelResult {
  readonly level: string;
  /** Vectors a motion. */
  readonly vectors: number;
  readonly bytes_per_motion: number;
  /** Mean distance of a score from that of the model's own numbers. */
  readonly score_error: number;
  readonly r1: number;
  readonly r5: number;
  readonly r10: number;
}

/** Motions with a caption, and the first caption of each, as the model gives them. */
export interface LevelSet {
  readonly motions: readonly RawVectors[];
  readonly texts: readonly RawVectors[];
  readonly shape: VectorShape;
  readonly parts: number;
}

/** Scores of all motions for the text at an index. */
type Scores = (text: number) => Promise<Float64Array>;

export async function benchLevels(engine: EngineService, options: Options, signal: AbortSignal): Promise<void> {
  const set = await readSet(engine, options, signal);
  process.stderr.write(`bench: ${set.motions.length} motions with a caption\n`);
  const results = await measureLevels(set, signal);
  if (!options.json) {
    await printLine(`first captions of ${set.motions.length} motions, each among all of them`);
    const rows = results.map(({ level, vectors, bytes_per_motion: bytes, score_error: error, r1, r5, r10 }) => [
      level,
      `${vectors.toFixed(1)} vectors`,
      `${bytes} bytes`,
      error.toFixed(4),
      ...[r1, r5, r10].map((value) => value.toFixed(1)),
    ]);
    await printLine(table([["level", "a motion", "a motion", "score error", "R@1", "R@5", "R@10"], ...rows]));
  }
  await printLine(JSON.stringify({ motions: set.motions.length, levels: results }));
}

async function readSet(engine: EngineService, options: Options, signal: AbortSignal): Promise<LevelSet> {
  const folder = options.data === undefined ? sampleDataset() : resolve(options.data);
  const { partNames, name, kind } = await loadModel(engine, options);
  if (kind === "global") {
    throw new EngineError("ModelError", `${name} gives one vector a motion: there are no patches to store in fewer`);
  }
  await engine.call("openDataset", { folder }, { signal });
  const motions: RawVectors[] = [];
  const texts: RawVectors[] = [];
  for (const { path } of await engine.call("listMotions", { folder }, { signal })) {
    const [first] = await engine.call("captionsOf", { folder, motion: path }, { signal });
    if (first === undefined) continue;
    const text = await engine.rawVectors({ text: first.text }, signal);
    if (text.count === 0) continue;
    texts.push(text);
    motions.push(await engine.rawVectors({ motion: join(folder, path) }, signal));
  }
  const [motion] = motions;
  if (motion === undefined) throw new EngineError("DatasetError", `${folder}: no motion has a caption`);
  const shape = { gridDim: motion.grid.length / motion.count, wholeDim: motion.whole.length };
  return { motions, texts, shape, parts: partNames.length };
}

/** Every level on the same motions and captions. */
export async function measureLevels(set: LevelSet, signal?: AbortSignal): Promise<LevelResult[]> {
  const { motions, texts, shape, parts } = set;
  const full = motions.map(({ grid, count, whole }) => quantiseMotionItem(grid, count, whole, shape));
  const queries = texts.map(({ grid, count, whole }) => quantiseTextItem(grid, count, whole, shape));
  const stored = full.map(({ grid, whole }): RawVectors => ({
    grid: dequantiseVectors(grid),
    count: grid.count,
    whole: dequantiseVectors(whole),
  }));
  const patches = mean(motions.map(({ count }) => count));
  const floatBytes = Math.round(4 * (patches * shape.gridDim + shape.wholeDim));
  const fullBytes = segmentOf(full, shape).length / full.length;
  const inFloat = floatScores(texts, motions);
  const reference: Float64Array[] = [];
  for (let text = 0; text < texts.length; text++) {
    signal?.throwIfAborted();
    reference.push(await inFloat(text));
    await new Promise(setImmediate);
  }
  const known: Scores = async (text) => reference[text]!;
  const results = [
    await measure("full, float32, captions in float32", patches, floatBytes, reference, known),
    await measure("full, captions in float32", patches, fullBytes, reference, floatScores(texts, stored)),
  ];
  results.push(await measureStored("full (as it is stored)", full, queries, shape, reference));
  for (const least of [...new Set([...MEASURED_LEAST, POOLED_LEAST])].sort((a, b) => b - a)) {
    signal?.throwIfAborted();
    const items = motions.map((motion) => pooledMotion(rawMotion(motion), parts, shape, least));
    const isLevel = least === POOLED_LEAST ? " (as it is stored)" : "";
    results.push(await measureStored(`pooled at ${least}${isLevel}`, items, queries, shape, reference));
  }
  for (const pieces of MEASURED_PIECES.filter((count) => shape.gridDim % count === 0)) {
    signal?.throwIfAborted();
    results.push(await measureProducts(stored, queries, shape, pieces, reference));
  }
  return results;
}

function rawMotion({ grid, count, whole }: RawVectors) {
  return { patches: grid, count, whole };
}

async function measure(
  level: string,
  vectors: number,
  bytes: number,
  reference: readonly Float64Array[],
  scores: Scores,
): Promise<LevelResult> {
  const ranks: number[] = [];
  const errors: number[] = [];
  for (let text = 0; text < reference.length; text++) {
    const found = await scores(text);
    ranks.push(meanTieRank(found, text));
    errors.push(mean(Array.from(found, (score, motion) => Math.abs(score - reference[text]![motion]!))));
    await new Promise(setImmediate);
  }
  return {
    level,
    vectors: Math.round(vectors * 10) / 10,
    bytes_per_motion: Math.round(bytes),
    score_error: mean(errors),
    r1: recallAt(ranks, 1),
    r5: recallAt(ranks, 5),
    r10: recallAt(ranks, 10),
  };
}

/** As the program itself stores and scores it: in a segment, by the kernel. */
async function measureStored(
  level: string,
  items: readonly ItemVectors[],
  queries: readonly ItemVectors[],
  shape: VectorShape,
  reference: readonly Float64Array[],
): Promise<LevelResult> {
  const folder = mkdtempSync(join(tmpdir(), "motion-lens-levels-"));
  try {
    const bytes = segmentOf(items, shape);
    writeFileSync(join(folder, SEGMENT), bytes);
    const entry = { file: SEGMENT, kind: "motions" as const, items: items.length, bytes: bytes.length, generation: 1 };
    const scorer = await MotionScorer.open(folder, [entry], MODEL_KEY, shape, { threads: 1 });
    try {
      const vectors = mean(items.map(({ grid }) => grid.count));
      return await measure(level, vectors, bytes.length / items.length, reference, async (text) => {
        const scores = new Float64Array(items.length);
        for (const { item, score } of await scorer.exact(queries[text]!, items.length)) scores[item] = score;
        return scores;
      });
    } finally {
      await scorer.close();
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const SEGMENT = "motions.seg";
const MODEL_KEY = "levels";

function segmentOf(items: readonly ItemVectors[], shape: VectorShape): Uint8Array {
  const encoded = items.map((vectors, index) => {
    const key = String(index).padStart(64, "0");
    const item = { key, path: `new_joints/${index}.npy`, size: 0, mtimeMs: 0, frames: 1, fps: 20 };
    return { item, vectors };
  });
  return encodeSegment(MODEL_KEY, "motions", shape, encoded);
}

/** In float, of captions as the model gives them. */
function floatScores(texts: readonly RawVectors[], motions: readonly RawVectors[]): Scores {
  return async (text) => Float64Array.from(motions, (motion) => floatScore(texts[text]!, motion));
}

function floatScore(text: RawVectors, motion: RawVectors): number {
  const dim = text.grid.length / text.count;
  let total = 0;
  for (let token = 0; token < text.count; token++) {
    let best = -Infinity;
    for (let patch = 0; patch < motion.count; patch++) {
      best = Math.max(best, product(text.grid, token * dim, motion.grid, patch * dim, dim));
    }
    total += best;
  }
  return total / text.count + product(text.whole, 0, motion.whole, 0, text.whole.length);
}

function product(a: Float32Array, aFrom: number, b: Float32Array, bFrom: number, dim: number): number {
  let sum = 0;
  for (let k = 0; k < dim; k++) sum += a[aFrom + k]! * b[bFrom + k]!;
  return sum;
}

/** Patches by product quantisation, wholes and captions as they are stored; centroids are shared by all motions. */
async function measureProducts(
  motions: readonly RawVectors[],
  queries: readonly ItemVectors[],
  { gridDim, wholeDim }: VectorShape,
  pieces: number,
  reference: readonly Float64Array[],
): Promise<LevelResult> {
  const all = new Float32Array(motions.reduce((sum, { grid }) => sum + grid.length, 0));
  motions.reduce((at, { grid }) => (all.set(grid, at), at + grid.length), 0);
  const quantiser = trainQuantiser(all, all.length / gridDim, gridDim, pieces);
  const codes = motions.map(({ grid }) => quantiseProducts(quantiser, grid));
  const patches = mean(motions.map(({ count }) => count));
  return measure(`pq, ${pieces} bytes a patch`, patches, patches * pieces + wholeDim, reference, async (text) => {
    const { grid, whole } = queries[text]!;
    const tables = productTables(quantiser, dequantiseVectors(grid));
    const ahead = dequantiseVectors(whole);
    return Float64Array.from(motions, ({ whole: own }, at) => {
      return tableScore(tables, codes[at]!, pieces) + product(ahead, 0, own, 0, wholeDim);
    });
  });
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
