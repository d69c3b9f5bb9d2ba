/** The same search by LanceDB, where it is installed, over a part of the set that it can take in good time. */
import { rmSync } from "node:fs";
import { join } from "node:path";
import type { Table, VectorQuery } from "@lancedb/lancedb";
import { joinedVectors } from "../../core/retrieval/quantise.js";
import type { ItemVectors, VectorShape } from "../../core/retrieval/vectors.js";
import { LanceDbStore } from "../stores/lancedb-store.js";
import { readSetItems, SET_MODEL_KEY, type MotionSet } from "./motion-set.js";
import { quantile } from "./read-limit.js";

export interface LanceDbTimes {
  /** All motions compared. Worked out for the whole set from the motions below, in proportion. */
  readonly lancedb_flat_ms: number | null;
  /** By its index (IVF_PQ), worked out likewise. */
  readonly lancedb_ivfpq_ms: number | null;
  /** Against its own flat search. */
  readonly lancedb_ivfpq_recall10: number | null;
  readonly lancedb_measured_motions: number | null;
  /** Seconds for taking those motions in, and for making the index. */
  readonly lancedb_ingest_s: number | null;
  readonly lancedb_index_s: number | null;
}

const NO_TIMES: LanceDbTimes = {
  lancedb_flat_ms: null,
  lancedb_ivfpq_ms: null,
  lancedb_ivfpq_recall10: null,
  lancedb_measured_motions: null,
  lancedb_ingest_s: null,
  lancedb_index_s: null,
};
const MOST_MOTIONS = 2000;
const QUERIES = 5;
const TOP = 10;
/** Of its index: few partitions and a short training, as building it takes minutes by its own choice. */
const PARTITIONS = 32;
const SUB_VECTORS = 64;
const TRAINING = { sampleRate: 64, maxIterations: 12 };
/** Fewer vectors than this are too few to train its index on. */
const LEAST_VECTORS = 5000;

/** @param scratch a folder for its table, which is removed again. */
export async function measureLanceDb(
  scratch: string,
  set: MotionSet,
  queries: readonly ItemVectors[],
  say: (text: string) => void,
): Promise<LanceDbTimes> {
  const uri = join(scratch, "lancedb");
  const measured = Math.min(MOST_MOTIONS, set.motions);
  const asked = queries.slice(0, QUERIES);
  try {
    let began = performance.now();
    const model = { key: SET_MODEL_KEY, name: SET_MODEL_KEY, shape: set.shape };
    const store = await LanceDbStore.open(uri, { model, create: true });
    const { table, close } = await openTable(uri);
    try {
      const items = await readSetItems(set, measured);
      began = performance.now();
      await store.upsert(items);
      const ingest = (performance.now() - began) / 1000;
      await table.checkoutLatest();
      const flat = await searchAll(table, asked);
      say(`LanceDB: ${measured} motions taken in, searched flat`);
      began = performance.now();
      const vectors = items.reduce((sum, item) => sum + item.vectors.grid.count, 0);
      const hasIndex = vectors >= LEAST_VECTORS && (await makeIndex(table, set.shape, say));
      const index = (performance.now() - began) / 1000;
      const indexed = hasIndex ? await searchAll(table, asked) : undefined;
      const scale = set.motions / measured;
      return {
        lancedb_flat_ms: flat.ms * scale,
        lancedb_ivfpq_ms: indexed === undefined ? null : indexed.ms * scale,
        lancedb_ivfpq_recall10: indexed === undefined ? null : recall(flat.found, indexed.found),
        lancedb_measured_motions: measured,
        lancedb_ingest_s: ingest,
        lancedb_index_s: indexed === undefined ? null : index,
      };
    } finally {
      close();
      await store.close();
      rmSync(uri, { recursive: true, force: true });
    }
  } catch (error) {
    say((error as Error).message);
    return NO_TIMES;
  }
}

/** The table that the store fills, to be searched by LanceDB alone: the store scores what it finds once more. */
async function openTable(uri: string): Promise<{ table: Table; close: () => void }> {
  const lancedb = await import("@lancedb/lancedb");
  const connection = await lancedb.connect(uri);
  const [name] = await connection.tableNames();
  const table = await connection.openTable(name!);
  const close = () => {
    table.close();
    connection.close();
  };
  return { table, close };
}

/** Makes LanceDB's index; false when it cannot. */
async function makeIndex(table: Table, shape: VectorShape, say: (text: string) => void): Promise<boolean> {
  const { Index } = await import("@lancedb/lancedb");
  const divides = (shape.gridDim + shape.wholeDim) % SUB_VECTORS === 0;
  try {
    const config = Index.ivfPq({
      distanceType: "cosine",
      numPartitions: PARTITIONS,
      ...TRAINING,
      ...(divides && { numSubVectors: SUB_VECTORS }),
    });
    await table.createIndex("vectors", { config });
    return true;
  } catch (error) {
    say(`LanceDB makes no index: ${(error as Error).message.split("\n")[0]}`);
    return false;
  }
}

/** Ids of the best motions of each query, and the median of its milliseconds. */
async function searchAll(table: Table, queries: readonly ItemVectors[]) {
  const times: number[] = [];
  const found: string[][] = [];
  await search(table, queries[0]!);
  for (const query of queries) {
    const began = performance.now();
    found.push(await search(table, query));
    times.push(performance.now() - began);
  }
  return { ms: quantile(times, 0.5), found };
}

async function search(table: Table, query: ItemVectors): Promise<string[]> {
  const { count, values } = joinedVectors(query);
  const dim = values.length / count;
  const token = (at: number) => [...values.subarray(at * dim, (at + 1) * dim)];
  let asked: VectorQuery = table.query().nearestTo(token(0)).column("vectors").distanceType("cosine");
  for (let at = 1; at < count; at++) asked = asked.addQueryVector(token(at));
  const rows = (await asked.select(["id", "_distance"]).limit(TOP).toArray()) as { id: string }[];
  return rows.map(({ id }) => id);
}

function recall(wanted: readonly string[][], found: readonly string[][]): number {
  const hits = wanted.map((best, query) => best.filter((id) => found[query]!.includes(id)).length);
  return hits.reduce((sum, count) => sum + count, 0) / wanted.reduce((sum, { length }) => sum + length, 0);
}
