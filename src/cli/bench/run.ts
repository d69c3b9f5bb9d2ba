/** `motion-lens bench`: exact and staged search over a large set, beside the machine's limit and other programs. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { defaultModelFolder, sampleDataset } from "../../engine/assets.js";
import { shapeOfModel } from "../../engine/encoders/model-package.js";
import type { EngineService } from "../../engine/service.js";
import { EngineError } from "../../protocol/errors.js";
import { clearProgress, printError, printLine } from "../output.js";
import type { Options } from "../usage.js";
import { measurePython } from "./baselines.js";
import { realQueries, writtenItem, type QuerySets } from "./bench-queries.js";
import { measureLanceDb } from "./lancedb.js";
import { benchLevels } from "./levels.js";
import { makePart, makeSet, withIndex, type RealIndex } from "./make-set.js";
import { measureSet, TASK_FILE, type Measured, type MeasureTask } from "./measure.js";
import { writePlain, type MotionSet, type SetPart } from "./motion-set.js";
import { measureOnnx } from "./onnx-graph.js";
import { measureReadLimit } from "./read-limit.js";
import { benchDetails, benchReport, benchResult, type Baselines } from "./report.js";
import { runAgain, tellDone } from "./run-again.js";

const QUERIES = 60;
/** Exact searches, also those that recall is measured against: fewer where each takes long. */
const MANY = 200_000;
const FEW_QUERIES = 10;
/** Other programs hold float32 vectors in memory: larger sets are worked out from these first motions. */
const MOST_COMPARED = 100_000;

export async function runBench(engine: EngineService, options: Options, signal: AbortSignal): Promise<void> {
  if (options.measure !== undefined) return printLine(JSON.stringify(await doPart(options.measure, options.write)));
  if (options.levels) return benchLevels(engine, options, signal);
  const say = (text: string) => void process.stderr.write(`bench: ${text}\n`);
  const source = await indexData(engine, options, say, signal);
  const scratch = mkdtempSync(join(tmpdir(), "motion-lens-bench-"));
  try {
    const queries = await withIndex(source, (store) => realQueries(store.captions, QUERIES));
    const folder = options.keep === undefined ? join(scratch, "set") : resolve(options.keep);
    const set = await makeSet(scratch, folder, source, options.motions, say, signal);
    const limitBytes = set.vectors * set.shape.gridDim + set.motions * set.shape.wholeDim;
    const readLimit = await measureReadLimit(limitBytes);
    say(`memory: ${(limitBytes / readLimit / 1e6).toFixed(1)} GB a second`);
    const measured = await measureApart(scratch, set, queries, signal);
    say(`searched: exact ${measured.exact.p50.toFixed(1)} ms, staged ${measured.staged.p50.toFixed(1)} ms`);
    const { compared, baselines } = await compare(scratch, set, queries, options, say);
    const result = benchResult(set, readLimit, measured, baselines);
    await printLine(
      options.json ? JSON.stringify(benchDetails(set, measured)) : benchReport(set, measured, result, compared),
    );
    await printLine(JSON.stringify(result));
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** What a process does that a bench has started. */
async function doPart(scratch: string, write: number | undefined): Promise<Measured | SetPart> {
  return write === undefined ? measureSet(scratch) : makePart(scratch, write, tellDone);
}

/** Encodes what is new of the data: its index is kept, so that the next bench need not. */
async function indexData(
  engine: EngineService,
  options: Options,
  say: (text: string) => void,
  signal: AbortSignal,
): Promise<RealIndex> {
  const folder = options.data === undefined ? sampleDataset() : resolve(options.data);
  const { model } = await engine.call("initialize", {
    modelFolder: options.model === undefined ? defaultModelFolder() : resolve(options.model),
    ...(options.indexDir !== undefined && {
      indexFolder: resolve(options.indexDir),
    }),
    executionProvider: options.provider,
    threads: options.threads,
    assumedFps: options.fps,
  });
  say(`real vectors: ${folder}, model ${model.name}`);
  await engine.call("index", { folder }, { signal });
  clearProgress();
  const { location } = await engine.call("indexStatus", { folder });
  const { manifest, close } = await engine.storedMotions(folder, undefined, signal);
  close();
  const shape = shapeOfModel(manifest);
  if (shape.gridDim === 0) {
    throw new EngineError("ModelError", `${model.name} gives one vector a motion: there is no MaxSim to measure`);
  }
  const { modelKey, folder: dataset } = JSON.parse(readFileSync(join(location, "manifest.json"), "utf8")) as {
    modelKey: string;
    folder: string;
  };
  return { location, dataset, modelKey, shape, parts: model.partNames.length };
}

/** The set is searched by a fresh process: its memory and its opening are measured, not ours. */
async function measureApart(
  scratch: string,
  set: MotionSet,
  { filled, natural }: QuerySets,
  signal: AbortSignal,
): Promise<Measured> {
  const task: MeasureTask = {
    set,
    filled: filled.map(writtenItem),
    natural: natural.map(writtenItem),
    exactQueries: set.motions <= MANY ? QUERIES : FEW_QUERIES,
    naturalExactQueries: set.motions <= MANY ? QUERIES : 0,
  };
  writeFileSync(join(scratch, TASK_FILE), JSON.stringify(task));
  return runAgain<Measured>(["--measure", scratch], signal);
}

/** The other programs, one after the other. */
async function compare(
  scratch: string,
  set: MotionSet,
  { filled }: QuerySets,
  { python }: Options,
  say: (text: string) => void,
): Promise<{ compared: number; baselines: Baselines }> {
  const query = filled[0]!;
  const compared = Math.min(set.motions, MOST_COMPARED);
  const plain = await writePlain(set, scratch, compared);
  const { times, scores } = await measurePython(python, scratch, query, printError);
  const onnx = await measureOnnx(scratch, plain, query).catch((error: Error) => {
    printError(`no comparison with ONNX Runtime: ${error.message}`);
    return undefined;
  });
  if (scores !== undefined && onnx !== undefined) checkEqual(scores, onnx.scores);
  const lance = await measureLanceDb(scratch, set, filled, say);
  const scale = set.motions / compared;
  const scaled = Object.entries({
    ...times,
    onnx_fp32_ms: onnx?.ms ?? null,
  }).map(([name, ms]) => [name, ms === null ? null : ms * scale] as const);
  return {
    compared,
    baselines: {
      ...Object.fromEntries(scaled),
      measured_motions: compared,
      ...lance,
    },
  };
}

/** @throws Error when two programs do not agree: their times would then be of different work. */
function checkEqual(a: Float32Array, b: Float32Array): void {
  const at = a.findIndex((score, motion) => !(Math.abs(score - b[motion]!) < 1e-3));
  if (at >= 0) throw new Error(`motion ${at}: NumPy's score is ${a[at]}, ONNX Runtime's ${b[at]}`);
}
