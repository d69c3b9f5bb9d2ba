/** Opening and searching a written set, in a process of its own so that memory and opening are those of a user. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { pairScore } from "../../core/retrieval/maxsim.js";
import type { ItemVectors } from "../../core/retrieval/vectors.js";
import { Collection } from "../../engine/index/collection.js";
import { compileKernel } from "../../engine/index/kernel.js";
import { MotionScorer, type ScoredItem } from "../../engine/index/scoring.js";
import { readItem, type WrittenItem } from "./bench-queries.js";
import { SET_MODEL_KEY, type MotionSet } from "./motion-set.js";
import { quantile } from "./read-limit.js";

/** What the process that measures is given: a file, because it may be large. */
export interface MeasureTask {
  readonly set: MotionSet;
  readonly filled: readonly WrittenItem[];
  readonly natural: readonly WrittenItem[];
  /** How many of the queries are also searched exactly, of the first and of the second kind. */
  readonly exactQueries: number;
  readonly naturalExactQueries: number;
}

export interface Timing {
  readonly p50: number;
  readonly p95: number;
}

export interface Measured {
  readonly kernel: string;
  readonly threads: number;
  readonly openMs: number;
  /** The first staged search after opening. */
  readonly firstStagedMs: number;
  /** The first exact search: it reads all vectors. */
  readonly firstExactMs: number;
  readonly exact: Timing;
  readonly staged: Timing;
  readonly recall10: number;
  /** Of captions as they are. */
  readonly naturalStaged: Timing;
  /** Undefined where none of them was searched exactly. */
  readonly naturalRecall10?: number;
  readonly exactQueries: number;
  /** Peak of the process, after the staged searches and at the end. */
  readonly stagedRssMb: number;
  readonly rssMb: number;
  readonly bytes: number;
  /** Motions whose exact scores were held against the plain definition. */
  readonly checked: number;
}

export const TASK_FILE = "task.json";
const TOP = 10;
/** Beside the best of a query. */
const CHECKED = 100;

export async function measureSet(folder: string): Promise<Measured> {
  const task = JSON.parse(readFileSync(join(folder, TASK_FILE), "utf8")) as MeasureTask;
  const { set } = task;
  const filled = task.filled.map(readItem);
  const natural = task.natural.map(readItem);
  const began = performance.now();
  const scorer = await MotionScorer.open(set.folder, set.entries, SET_MODEL_KEY, set.shape);
  const openMs = performance.now() - began;
  try {
    const firstStagedMs = (await timed(() => scorer.staged(filled[0]!, TOP))).ms;
    const staged = await searchAll(filled, (query) => scorer.staged(query, TOP));
    const naturalStaged = await searchAll(natural, (query) => scorer.staged(query, TOP));
    const stagedRssMb = peakMb();
    const firstExactMs = (await timed(() => scorer.exact(filled[0]!, TOP))).ms;
    const some = task.exactQueries;
    const exact = await searchAll(filled.slice(0, some), (query) => scorer.exact(query, TOP));
    const naturalExact = await searchAll(natural.slice(0, task.naturalExactQueries), (query) =>
      scorer.exact(query, TOP),
    );
    return {
      kernel: scorer.kernel,
      threads: scorer.threads,
      openMs,
      firstStagedMs,
      firstExactMs,
      exact: exact.timing,
      staged: staged.timing,
      recall10: recall(exact.found, staged.found),
      naturalStaged: naturalStaged.timing,
      ...(naturalExact.found.length > 0 && { naturalRecall10: recall(naturalExact.found, naturalStaged.found) }),
      exactQueries: some,
      stagedRssMb,
      rssMb: peakMb(),
      bytes: scorer.bytes,
      checked: await checkScores(set, filled[0]!, exact.found[0]!),
    };
  } finally {
    await scorer.close();
  }
}

function peakMb(): number {
  return process.resourceUsage().maxRSS / 1024;
}

async function timed<T>(action: () => Promise<T>): Promise<{ value: T; ms: number }> {
  const start = performance.now();
  const value = await action();
  return { value, ms: performance.now() - start };
}

async function searchAll(queries: readonly ItemVectors[], search: (query: ItemVectors) => Promise<ScoredItem[]>) {
  const times: number[] = [];
  const found: ScoredItem[][] = [];
  for (const query of queries) {
    const { value, ms } = await timed(() => search(query));
    times.push(ms);
    found.push(value);
  }
  const timing: Timing = {
    p50: quantile(times, 0.5),
    p95: quantile(times, 0.95),
  };
  return { found, timing };
}

/** Share of what was wanted that was found. */
function recall(wanted: readonly ScoredItem[][], found: readonly ScoredItem[][]): number {
  let [hits, all] = [0, 0];
  wanted.forEach((best, query) => {
    const items = new Set(found[query]!.map(({ item }) => item));
    all += best.length;
    hits += best.filter(({ item }) => items.has(item)).length;
  });
  return hits / all;
}

/**
 * Holds the best of an exact search, and motions spread over the set, against the readable definition of the score.
 *
 * @throws Error when a score is not the same bit for bit, or a motion that was left out is better.
 */
async function checkScores(set: MotionSet, query: ItemVectors, best: readonly ScoredItem[]): Promise<number> {
  const compiled = await compileKernel(() => undefined, {
    kernel: "plain",
    threads: 1,
  });
  const collection = new Collection(set.folder, "motions", SET_MODEL_KEY, set.shape, compiled, undefined, 0);
  try {
    await collection.load(set.entries);
    const scoreOf = (item: number) => pairScore(query, collection.vectorsOf(item));
    for (const { item, score } of best) {
      if (scoreOf(item) !== score) throw new Error(`motion ${item}: scored ${score}, by definition ${scoreOf(item)}`);
    }
    const others = Math.min(CHECKED, set.motions);
    const inside = new Set(best.map(({ item }) => item));
    const least = best.at(-1)!.score;
    for (let at = 0; at < others; at++) {
      const item = Math.floor((at * set.motions) / others);
      if (!inside.has(item) && scoreOf(item) > least) throw new Error(`motion ${item} is better than what was found`);
    }
    return best.length + others;
  } finally {
    collection.dispose();
    await compiled.close();
  }
}
