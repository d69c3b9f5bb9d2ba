/** What each command asks the engine, and how it prints the answer. */
import { existsSync } from "node:fs";
import { isAbsolute, join, resolve } from "node:path";
import { defaultModelFolder } from "../engine/assets.js";
import type { EngineService, RawVectors } from "../engine/service.js";
import { isNeutralWord } from "../core/captions/neutral-words.js";
import { WHOLE_ONLY } from "../protocol/engine.js";
import type {
  AlignAnswer,
  DescribeAnswer,
  IndexSummary,
  InspectAnswer,
  ModelInfo,
  SearchAnswer,
  SearchFilters,
  SimilarAnswer,
} from "../protocol/engine.js";
import { readList, readPairs } from "./list-files.js";
import { clearProgress, printLine, table } from "./output.js";
import type { Command, Options, TextSource } from "./usage.js";

type Run<N extends Command["name"]> = (
  engine: EngineService,
  command: Extract<Command, { name: N }>,
  signal: AbortSignal,
) => Promise<void>;

export async function loadModel(engine: EngineService, options: Options): Promise<ModelInfo> {
  const { model } = await engine.call("initialize", {
    modelFolder: options.model === undefined ? defaultModelFolder() : resolve(options.model),
    ...(options.indexDir !== undefined && { indexFolder: resolve(options.indexDir) }),
    executionProvider: options.provider,
    threads: options.threads,
    assumedFps: options.fps,
    level: options.level,
  });
  return model;
}

/** Encodes what is new or changed before a query: the answer is about the folder as it is. */
async function bringUpToDate(engine: EngineService, folder: string, signal: AbortSignal): Promise<void> {
  await engine.call("index", { folder }, { signal });
  clearProgress();
}

export const runIndexCommand: Run<"index"> = async (engine, { folder, options }, signal) => {
  await loadModel(engine, options);
  await sayWarnings(engine, folder, signal);
  const { shard, rebuild } = options;
  const request = { folder: resolve(folder), ...(shard !== undefined && { shard }), ...(rebuild && { rebuild }) };
  await printSummary(await engine.call("index", request, { signal }));
};

/** Makes one index of all shards; unlike `index`, it fails where one is missing. */
export const runMerge: Run<"merge"> = async (engine, { folder, options }, signal) => {
  await loadModel(engine, options);
  await sayWarnings(engine, folder, signal);
  const from = options.from.map((place) => resolve(place));
  await printSummary(await engine.merge(resolve(folder), from, signal));
};

async function sayWarnings(engine: EngineService, folder: string, signal: AbortSignal): Promise<void> {
  const dataset = await engine.call("openDataset", { folder: resolve(folder) }, { signal });
  for (const warning of dataset.warnings) process.stderr.write(`motion-lens: ${warning}\n`);
}

async function printSummary({ motions, captions, encoded, failed, seconds }: IndexSummary): Promise<void> {
  clearProgress();
  await printLine(JSON.stringify({ motions, captions, encoded, failed, seconds }));
}

export const runSearch: Run<"search"> = async (engine, { folder, texts, options }, signal) => {
  const queries = await linesOf(texts);
  await loadModel(engine, options);
  const { top, exact } = options;
  await bringUpToDate(engine, resolve(folder), signal);
  for (const query of queries) {
    const request = { folder: resolve(folder), query, top, filters: filtersOf(options), exact };
    const answer = await engine.call("search", request, { signal });
    await printLine(options.json ? searchJson(answer) : searchText(answer));
  }
};

export function filtersOf({ split, path, hasCaption, parts }: Options): SearchFilters {
  return { split, path, hasCaption, parts };
}

export const runSimilar: Run<"similar"> = async (engine, { folder, motion, options }, signal) => {
  await loadModel(engine, options);
  const root = resolve(folder);
  await bringUpToDate(engine, root, signal);
  const { top, frames, exact } = options;
  const request = { folder: root, motion: motionHere(root, motion), frames, top, filters: filtersOf(options), exact };
  const answer = await engine.call("similar", request, { signal });
  await printLine(options.json ? similarJson(answer) : similarText(answer));
};

function similarJson({ path, results }: SimilarAnswer): string {
  return JSON.stringify({
    path,
    results: results.map(({ path, score, rank, window }) => ({ path, score, rank, window })),
  });
}

function similarText({ path, results, searched }: SimilarAnswer): string {
  const rows = results.map(({ rank, score, path, window, caption }) => [
    `${rank}.`,
    score.toFixed(3),
    path,
    `frames ${window.join("-")}`,
    caption ?? "",
  ]);
  return [`${path}  (${searched} motions searched)`, table(rows)].join("\n");
}

/** Relative to the folder; a path that only exists as seen from here is meant from here. */
function motionHere(root: string, path: string): string {
  const fromHere = !isAbsolute(path) && !existsSync(join(root, path)) && existsSync(path);
  return fromHere ? resolve(path) : path;
}

export function searchJson({ query, results }: SearchAnswer): string {
  return JSON.stringify({
    query,
    results: results.map(({ path, score, rank, evidence, window }) => ({ path, score, rank, evidence, window })),
  });
}

export function searchText({ query, results, captionMatches, searched }: SearchAnswer): string {
  const rows = results.map(({ rank, score, path, caption, evidence, window }) => {
    const telling = evidence.filter(({ token }) => !isNeutralWord(token));
    const shown = telling.length > 0 ? telling : evidence;
    const [best] = [...shown].sort((a, b) => b.score - a.score);
    const why = best === undefined ? "" : `${best.token}: ${best.part} ${best.frames.join("-")}`;
    // Of a long recording: where to look.
    const where = window === undefined ? "" : `, best in ${window.join("-")}`;
    return [`${rank}.`, score.toFixed(3), path, why + where, caption ?? ""];
  });
  const matches = captionMatches.map(({ path, caption }) => ["", "words", path, "", caption.text]);
  const title = `${query}  (${searched} motions searched)`;
  return [title, table([...rows, ...matches])].join("\n");
}

export const runDescribe: Run<"describe"> = async (engine, { folder, motions, options }, signal) => {
  const paths = await linesOf(motions);
  await loadModel(engine, options);
  const root = resolve(folder);
  await bringUpToDate(engine, root, signal);
  for (const path of paths) {
    const motion = motionHere(root, path);
    const answer = await engine.call("describe", { folder: root, motion, top: options.top }, { signal });
    await printLine(options.json ? describeJson(answer) : describeText(answer));
  }
};

function describeJson({ path, results }: DescribeAnswer): string {
  return JSON.stringify({
    path,
    results: results.map(({ text, path, line, score, rank, own }) => ({ text, path, line, score, rank, own })),
  });
}

function describeText({ path, results, own }: DescribeAnswer): string {
  const beyond = own.filter(({ rank }) => rank > results.length);
  const rows = [...results, ...beyond].map(({ rank, score, own, text, path, line }) => [
    `${rank}.`,
    score.toFixed(3),
    own ? "own" : "",
    `${path}:${line}`,
    text,
  ]);
  return [path, table(rows)].join("\n");
}

export const runAlign: Run<"align"> = async (engine, { pairs, options }, signal) => {
  const list = "file" in pairs ? await readPairs(pairs.file) : [pairs];
  await loadModel(engine, options);
  for (const { motion, text } of list) {
    const answer = await engine.call("align", { motion: resolve(motion), text }, { signal });
    await printLine(options.json ? alignJson(answer) : alignText(answer));
  }
};

function alignJson({ score, tokens, parts, times, matrix }: AlignAnswer): string {
  const note = times.length === 0 ? { note: WHOLE_ONLY } : {};
  return JSON.stringify({ score, tokens, parts, times, matrix, ...note });
}

function alignText({ score, tokens, parts, times, matrix }: AlignAnswer): string {
  if (times.length === 0) return `score ${score.toFixed(4)}\n${WHOLE_ONLY}`;
  const rows = tokens.map(({ token, score }, index) => {
    const cells = matrix[index]!.flatMap((row, time) => row.map((value, part) => ({ value, time, part })));
    const best = cells.reduce((a, b) => (b.value > a.value ? b : a));
    return [token, score.toFixed(3), parts[best.part]!, `frames ${times[best.time]!.join("-")}`];
  });
  return [`score ${score.toFixed(4)}`, table(rows)].join("\n");
}

/** Vectors of motions and texts in the order of the lists, one JSON line each, as the model gives them. */
export const runEncode: Run<"encode"> = async (engine, { motions, texts, options }, signal) => {
  const files = motions === undefined ? [] : await linesOf(motions);
  const queries = texts === undefined ? [] : await linesOf(texts);
  await loadModel(engine, options);
  for (const motion of files) await printLine(vectorsJson({ motion }, await engine.rawVectors({ motion }, signal)));
  for (const text of queries) await printLine(vectorsJson({ text }, await engine.rawVectors({ text }, signal)));
};

/** `grid`: one vector a patch (times index * parts + part) or token; `whole`: what the model says of the whole. */
function vectorsJson(of: object, { grid, count, whole, tokens }: RawVectors): string {
  const dim = count === 0 ? 0 : grid.length / count;
  const rows = Array.from({ length: count }, (_, row) => Array.from(grid.subarray(row * dim, (row + 1) * dim)));
  return JSON.stringify({ ...of, ...(tokens !== undefined && { tokens }), grid: rows, whole: Array.from(whole) });
}

export const runInspect: Run<"inspect"> = async (engine, { motion, options }) => {
  const answer = await engine.call("inspect", { path: resolve(motion), angles: options.angles });
  await printLine(
    options.json ? JSON.stringify({ ...answer, path: motion }) : inspectText({ ...answer, path: motion }),
  );
};

function inspectText(answer: InspectAnswer): string {
  const { path, format, layout, shape, dtype, frames, fps, skeleton, duration, warnings, angles } = answer;
  return [
    table([
      ["file", path],
      ["format", `${format}, ${layout}`],
      ["array", `(${shape.join(", ")}) ${dtype}`],
      ["motion", `${frames} frames at ${fps} a second, ${duration.toFixed(2)} s, ${skeleton}`],
      ...warnings.map((warning) => ["warning", warning]),
    ]),
    ...(angles ?? []).map((row) => row.map((value) => value.toFixed(3)).join(" ")),
  ].join("\n");
}

export async function linesOf(texts: TextSource): Promise<readonly string[]> {
  return "file" in texts ? (await readList(texts.file)).map(({ text }) => text) : [texts.one];
}
