/** What a bench run says: one object for programs, tables for people. */
import { table } from "../output.js";
import { QUERY_TOKENS } from "./bench-queries.js";
import type { LanceDbTimes } from "./lancedb.js";
import type { Measured } from "./measure.js";
import type { MotionSet } from "./motion-set.js";

export interface BenchResult {
  readonly motions: number;
  readonly read_limit_ms: number;
  readonly exact_ms: number;
  readonly exact_tokens: number;
  readonly staged_p50_ms: number;
  readonly staged_p95_ms: number;
  readonly recall10: number;
  readonly bytes_per_motion: number;
  readonly open_ms: number;
  readonly rss_mb: number;
  /** Milliseconds, and what else their names say; null for what is not installed. */
  readonly baselines: Readonly<Record<string, number | null>>;
}

export type Baselines = Readonly<Record<string, number | null>> & LanceDbTimes;

export function benchResult(
  set: MotionSet,
  readLimitMs: number,
  measured: Measured,
  baselines: Baselines,
): BenchResult {
  return {
    motions: set.motions,
    read_limit_ms: round(readLimitMs),
    exact_ms: round(measured.exact.p50),
    exact_tokens: QUERY_TOKENS,
    staged_p50_ms: round(measured.staged.p50),
    staged_p95_ms: round(measured.staged.p95),
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

const NAMES: Readonly<Record<string, string>> = {
  numpy_ms: "NumPy float32",
  torch_fp32_ms: "PyTorch float32",
  torch_bf16_ms: "PyTorch bfloat16",
  onnx_fp32_ms: "ONNX Runtime graph, float32",
  maxsim_cpu_ms: "maxsim-cpu",
  fast_maxsim_ms: "fast-maxsim",
  maxsim_fast_ms: "maxsim-fast",
  lancedb_flat_ms: "LanceDB, flat",
  lancedb_ivfpq_ms: "LanceDB, IVF_PQ",
};

/** @param compared motions that the other programs (except LanceDB) searched. */
export function benchReport(set: MotionSet, measured: Measured, result: BenchResult, compared: number): string {
  const times = (name: string, ms: number | null) => [
    name,
    ms === null ? "not installed" : `${ms.toFixed(1)} ms`,
    ms === null ? "" : `${(ms / result.read_limit_ms).toFixed(2)} x the read limit`,
    ms === null ? "" : `${(ms / result.exact_ms).toFixed(2)} x exact`,
  ];
  const { baselines } = result;
  const { lancedb_measured_motions: inLance, lancedb_ingest_s: ingest, lancedb_index_s: indexing } = baselines;
  const notes = [
    ...(compared < set.motions
      ? [`Others searched ${compared} motions; their times are worked out in proportion.`]
      : []),
    ...(typeof inLance === "number" && inLance < set.motions
      ? [`LanceDB searched ${inLance} motions; its times are worked out in proportion.`]
      : []),
    ...(typeof ingest === "number" ? [`LanceDB took its motions in in ${ingest.toFixed(1)} s.`] : []),
    ...(typeof indexing === "number"
      ? [
          `LanceDB's index was made in ${indexing.toFixed(1)} s; recall@10 ` +
            `${baselines["lancedb_ivfpq_recall10"]!.toFixed(2)} of its own flat search.`,
        ]
      : []),
  ];
  return [
    `${set.motions} motions (${set.real} real, the others variations of them), ${set.vectors} patch vectors of ` +
      `${set.shape.gridDim} and one of ${set.shape.wholeDim} a motion; ${QUERY_TOKENS} tokens a query; ` +
      `kernel ${measured.kernel} on ${measured.threads} threads`,
    table([
      times("reading the int8 vectors once", result.read_limit_ms),
      times("exact, median", result.exact_ms),
      times("exact, 95 of 100", measured.exact.p95),
      times("staged, median", result.staged_p50_ms),
      times("staged, 95 of 100", result.staged_p95_ms),
      times("staged, captions as they are, median", measured.naturalStaged.p50),
      times("staged, captions as they are, 95 of 100", measured.naturalStaged.p95),
      ...Object.entries(NAMES).map(([key, name]) => times(name, baselines[key] ?? null)),
    ]),
    table([
      ["exact reaches", `${((100 * result.read_limit_ms) / result.exact_ms).toFixed(0)} % of the read limit`],
      ["recall@10 of staged", `${result.recall10.toFixed(4)} (${measured.exactQueries} queries)`],
      ["recall@10, captions as they are", measured.naturalRecall10?.toFixed(4) ?? "not measured"],
      ["exact scores checked", `${measured.checked} motions, equal to the plain definition`],
      ["stored", `${result.bytes_per_motion} bytes a motion`],
      ["made in", set.seconds === undefined ? "kept from an earlier run" : `${set.seconds.toFixed(1)} s`],
      ["opened in", `${result.open_ms.toFixed(0)} ms`],
      ["first staged search", `${measured.firstStagedMs.toFixed(0)} ms`],
      ["first exact search", `${measured.firstExactMs.toFixed(0)} ms (reads what is not in memory yet)`],
      [
        "peak memory",
        `${Math.round(measured.stagedRssMb)} MB with staged searches, ${result.rss_mb} MB with exact ones`,
      ],
    ]),
    ...notes,
  ].join("\n");
}

/** What the final line leaves out. */
export function benchDetails(set: MotionSet, measured: Measured) {
  const { exact, naturalStaged, naturalRecall10, firstExactMs, firstStagedMs, stagedRssMb } = measured;
  return {
    details: {
      kernel: measured.kernel,
      threads: measured.threads,
      real: set.real,
      vectors: set.vectors,
      grid_dim: set.shape.gridDim,
      whole_dim: set.shape.wholeDim,
      exact_p95_ms: round(exact.p95),
      natural_staged_p50_ms: round(naturalStaged.p50),
      natural_staged_p95_ms: round(naturalStaged.p95),
      natural_recall10: naturalRecall10 === undefined ? null : Math.round(naturalRecall10 * 1e4) / 1e4,
      recall_queries: measured.exactQueries,
      first_staged_ms: round(firstStagedMs),
      first_exact_ms: round(firstExactMs),
      staged_rss_mb: Math.round(stagedRssMb),
      build_s: set.seconds === undefined ? null : round(set.seconds),
      checked: measured.checked,
    },
  };
}
