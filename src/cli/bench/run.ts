/** `motion-lens bench`: exact and staged search over a large set, beside the machine's limit and other programs. */
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { ItemVectors, TokenVectors, VectorShape } from "../../core/retrieval/vectors.js";
import { defaultModelFolder, sampleDataset } from "../../engine/assets.js";
import { compileKernel } from "../../engine/index/kernel.js";
import { IndexStore } from "../../engine/index/store.js";
import type { EngineService } from "../../engine/service.js";
import { clearProgress, printError, printLine, table } from "../output.js";
import type { Options } from "../usage.js";
import { measurePython, NO_PYTHON_TIMES } from "./baselines.js";
import { measureLanceDb, type LanceDbTimes } from "./lancedb.js";
import { measureSet, plainVectors, TASK_FILE, type Measured, type MeasureTask } from "./measure.js";
import { writeMotionSet, type MotionSet } from "./motion-set.js";
import { measureReadLimit } from "./read-limit.js";

const QUERY_TOKENS = 16;
const QUERIES = 60;
/** Exact searches, also those that recall is measured against: fewer where each takes long. */
const exactQueries = (motions: number) => (motions <= 60_000 ? QUERIES : 20);

export async function runBench(engine: EngineService, options: Options, signal: AbortSignal): Promise<void> {
  if (options.measure !== undefined) return printLine(JSON.stringify(await measureSet(options.measure)));
  const say = (text: string) => void process.stderr.write(`bench: ${text}\n`);
  const data = options.data === undefined ? sampleDataset() : resolve(options.data);
  const { model } = await engine.call("initialize", {
    modelFolder: options.model === undefined ? defaultModelFolder() : resolve(options.model),
    ...(options.indexDir !== undefined && { indexFolder: resolve(options.indexDir) }),
    executionProvider: options.provider,
    threads: options.threads,
    assumedFps: options.fps,
  });
  say(`real vectors: ${data}, model ${model.name}`);
  await engine.call("index", { folder: data }, { signal });
  clearProgress();
  const { location } = await engine.call("indexStatus", { folder: data });
  const scratch = mkdtempSync(join(tmpdir(), "motion-lens-bench-"));
  try {
    const { set, queries } = await prepare(scratch, location, options.motions, model.partNames.length, say);
    const limitBytes = set.vectors * set.shape.gridDim + set.motions * set.shape.wholeDim;
    const readLimit = await measureReadLimit(limitBytes);
    say(`memory: ${(limitBytes / readLimit / 1e6).toFixed(1)} GB a second`);
    const measured = await measureInProcess(scratch, signal);
    say(`searched: exact ${measured.exactMs.toFixed(1)} ms, staged ${measured.stagedP50.toFixed(1)} ms`);
    const python = set.plain ? await measurePython(options.python, set, queries[0]!, printError) : NO_PYTHON_TIMES;
    const lance = await measureLanceDb(set, queries, say);
    const result = summary(set, readLimit, measured, { ...python, ...lance });
    if (!options.json) await printLine(report(set, measured, result));
    await printLine(JSON.stringify(result));
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

async function prepare(
  scratch: string,
  location: string,
  motions: number,
  parts: number,
  say: (text: string) => void,
): Promise<{ set: MotionSet; queries: ItemVectors[] }> {
  const { modelKey, folder } = JSON.parse(readFileSync(join(location, "manifest.json"), "utf8")) as {
    modelKey: string;
    folder: string;
  };
  const compiled = await compileKernel(() => undefined);
  try {
    const shape = segmentShape(location);
    const store = new IndexStore({
      folder: location,
      dataset: folder,
      modelKey,
      shape,
      compiled,
      log: () => undefined,
    });
    await store.refresh();
    await store.loadMotions();
    await store.loadCaptions();
    const queries = realQueries(store);
    let last = performance.now();
    const set = await writeMotionSet(scratch, store.motions, motions, parts, shape, (done) => {
      if (performance.now() - last < 3000 && done < motions) return;
      last = performance.now();
      say(`motions written: ${done} of ${motions}`);
    });
    store.motions.dispose();
    store.captions.dispose();
    const task: MeasureTask = {
      set,
      queries: queries.map(({ grid, whole }) => ({ grid: plainVectors(grid), whole: plainVectors(whole) })),
      exactQueries: exactQueries(motions),
    };
    writeFileSync(join(scratch, TASK_FILE), JSON.stringify(task));
    return { set, queries };
  } finally {
    await compiled.close();
  }
}

/** What the vectors are made of, from the header of any segment. */
function segmentShape(location: string): VectorShape {
  const { segments } = JSON.parse(readFileSync(join(location, "manifest.json"), "utf8")) as {
    segments: { file: string }[];
  };
  const head = readFileSync(join(location, segments[0]!.file)).subarray(0, 400).toString("latin1");
  const found = /"gridDim":(\d+),"wholeDim":(\d+)/.exec(head);
  if (found === null) throw new Error(`${location}: the index has no motions`);
  return { gridDim: Number(found[1]), wholeDim: Number(found[2]) };
}

/** Real captions, evenly over the folder; a short one is filled up with the tokens of the next ones, to 16. */
function realQueries(store: IndexStore): ItemVectors[] {
  const { captions } = store;
  const count = captions.items.length;
  if (count === 0) throw new Error("the dataset has no captions to search with");
  return Array.from({ length: QUERIES }, (_, query): ItemVectors => {
    const first = Math.floor((query * count) / QUERIES);
    const texts: TokenVectors[] = [];
    let tokens = 0;
    for (let at = first; tokens < QUERY_TOKENS; at = (at + 1) % count) {
      const { grid: vectors } = captions.vectorsOf(at);
      if (vectors.count === 0) continue;
      texts.push(vectors);
      tokens += vectors.count;
    }
    const { dim } = texts[0]!;
    const data = new Int8Array(QUERY_TOKENS * dim);
    const scales = new Float32Array(QUERY_TOKENS);
    let row = 0;
    for (const vectors of texts) {
      for (let token = 0; token < vectors.count && row < QUERY_TOKENS; token++, row++) {
        data.set(vectors.data.subarray(token * dim, (token + 1) * dim), row * dim);
        scales[row] = vectors.scales[token]!;
      }
    }
    return { grid: { count: QUERY_TOKENS, dim, data, scales }, whole: captions.wholeOf(first) };
  });
}

/** The set is searched by a fresh process: its memory and its opening are measured, not ours. */
async function measureInProcess(scratch: string, signal: AbortSignal): Promise<Measured> {
  const child = spawn(process.execPath, [process.argv[1]!, "bench", "--measure", scratch], {
    stdio: ["ignore", "pipe", "inherit"],
    signal,
  });
  let text = "";
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
  await new Promise<void>((done, failed) => {
    child.once("error", failed);
    child.once("close", (code) => (code === 0 ? done() : failed(new Error("the measuring process failed"))));
  });
  return JSON.parse(text) as Measured;
}

function summary(
  set: MotionSet,
  readLimit: number,
  measured: Measured,
  baselines: Readonly<Record<string, number | null>> & LanceDbTimes,
) {
  return {
    motions: set.motions,
    read_limit_ms: round(readLimit),
    exact_ms: round(measured.exactMs),
    exact_tokens: QUERY_TOKENS,
    staged_p50_ms: round(measured.stagedP50),
    staged_p95_ms: round(measured.stagedP95),
    recall10: Math.round(measured.recall10 * 1e4) / 1e4,
    bytes_per_motion: Math.round(measured.bytes / set.motions),
    open_ms: round(measured.openMs),
    rss_mb: Math.round(measured.rssMb),
    baselines: Object.fromEntries(
      Object.entries(baselines).map(([name, value]) => [name, value === null ? null : round(value)]),
    ),
  };
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}

function report(set: MotionSet, measured: Measured, result: ReturnType<typeof summary>): string {
  const times = (name: string, ms: number | null) => [
    name,
    ms === null ? "not installed" : `${ms.toFixed(1)} ms`,
    ms === null ? "" : `${(ms / result.read_limit_ms).toFixed(2)} x the read limit`,
    ms === null ? "" : `${(ms / result.exact_ms).toFixed(2)} x exact`,
  ];
  const { baselines } = result;
  return [
    `${set.motions} motions (${set.real} real, the others variations of them), ${set.vectors} vectors of ${set.shape.gridDim}, ${set.shape.wholeDim} for the whole; ` +
      `${QUERY_TOKENS} tokens a query; kernel ${measured.kernel} on ${measured.threads} threads`,
    table([
      times("reading the int8 vectors once", result.read_limit_ms),
      times("exact", result.exact_ms),
      times("staged, median", result.staged_p50_ms),
      times("staged, 95 of 100", result.staged_p95_ms),
      ...Object.entries(baselines)
        .filter(([name]) => name.endsWith("_ms"))
        .map(([name, ms]) => times(name.replace(/_ms$/, ""), ms)),
    ]),
    table([
      ["exact reaches", `${((100 * result.read_limit_ms) / result.exact_ms).toFixed(0)} % of the read limit`],
      ["recall@10 of staged", result.recall10.toFixed(4)],
      ["stored", `${result.bytes_per_motion} bytes a motion`],
      ["written in", `${set.seconds.toFixed(1)} s`],
      ["opened in", `${result.open_ms.toFixed(0)} ms`],
      ["peak memory", `${result.rss_mb} MB`],
    ]),
  ].join("\n");
}
