/** Opening and searching a written set, in a process of its own so that memory and opening are those of a user. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { ItemVectors, TokenVectors } from "../../core/retrieval/vectors.js";
import { MotionScorer } from "../../engine/index/scoring.js";
import { SET_MODEL_KEY, type MotionSet } from "./motion-set.js";
import { quantile } from "./read-limit.js";

/** What the process that measures is given: a file, because it may be large. */
export interface MeasureTask {
  readonly set: MotionSet;
  readonly queries: readonly { readonly grid: PlainVectors; readonly whole: PlainVectors }[];
  readonly exactQueries: number;
}

export interface PlainVectors {
  readonly count: number;
  readonly dim: number;
  readonly data: readonly number[];
  readonly scales: readonly number[];
}

export interface Measured {
  readonly kernel: string;
  readonly threads: number;
  readonly openMs: number;
  readonly exactMs: number;
  readonly stagedP50: number;
  readonly stagedP95: number;
  readonly recall10: number;
  readonly rssMb: number;
  readonly bytes: number;
}

export const TASK_FILE = "task.json";

export async function measureSet(folder: string): Promise<Measured> {
  const {
    set,
    queries: plain,
    exactQueries,
  } = JSON.parse(readFileSync(join(folder, TASK_FILE), "utf8")) as MeasureTask;
  const queries = plain.map(({ grid, whole }): ItemVectors => ({ grid: typed(grid), whole: typed(whole) }));
  const began = performance.now();
  const scorer = await MotionScorer.open(folder, set.entries, SET_MODEL_KEY, set.shape);
  const openMs = performance.now() - began;
  try {
    const exact: number[] = [];
    const staged: number[] = [];
    let found = 0;
    let wanted = 0;
    await scorer.staged(queries[0]!, 10);
    const stagedItems: number[][] = [];
    for (const query of queries) {
      const start = performance.now();
      stagedItems.push((await scorer.staged(query, 10)).map(({ item }) => item));
      staged.push(performance.now() - start);
    }
    await scorer.exact(queries[0]!, 10);
    for (const [at, query] of queries.slice(0, exactQueries).entries()) {
      const start = performance.now();
      const best = await scorer.exact(query, 10);
      exact.push(performance.now() - start);
      wanted += best.length;
      found += best.filter(({ item }) => stagedItems[at]!.includes(item)).length;
    }
    return {
      kernel: scorer.kernel,
      threads: scorer.threads,
      openMs,
      exactMs: quantile(exact, 0.5),
      stagedP50: quantile(staged, 0.5),
      stagedP95: quantile(staged, 0.95),
      recall10: found / wanted,
      rssMb: process.resourceUsage().maxRSS / 1024,
      bytes: scorer.bytes,
    };
  } finally {
    await scorer.close();
  }
}

function typed({ count, dim, data, scales }: PlainVectors): TokenVectors {
  return { count, dim, data: Int8Array.from(data), scales: Float32Array.from(scales) };
}

export function plainVectors({ count, dim, data, scales }: TokenVectors): PlainVectors {
  return { count, dim, data: [...data], scales: [...scales] };
}
