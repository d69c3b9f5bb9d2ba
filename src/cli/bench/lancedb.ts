/** The same search by LanceDB, where it is installed: flat, over a part of the set that it can hold in good time. */
import { rmSync } from "node:fs";
import { join } from "node:path";
import type { ItemVectors } from "../../core/retrieval/vectors.js";
import { LanceDbStore } from "../stores/lancedb-store.js";
import { readSetItems } from "./motion-set.js";
import type { MotionSet } from "./motion-set.js";
import { quantile } from "./read-limit.js";

export interface LanceDbTimes {
  /** Worked out for the whole set from the motions below, in proportion. */
  readonly lancedb_flat_ms: number | null;
  readonly lancedb_measured_motions: number | null;
}

const MOST_MOTIONS = 2000;
const QUERIES = 3;

export async function measureLanceDb(
  set: MotionSet,
  queries: readonly ItemVectors[],
  say: (text: string) => void,
): Promise<LanceDbTimes> {
  const uri = join(set.folder, "lancedb");
  const measured = Math.min(MOST_MOTIONS, set.motions);
  try {
    const store = await LanceDbStore.open(uri, {
      model: { key: "bench", name: "bench", shape: set.shape },
      create: true,
    });
    try {
      await store.upsert(await readSetItems(set, measured));
      const times: number[] = [];
      await store.search(queries[0]!, { top: 10 });
      for (const query of queries.slice(0, QUERIES)) {
        const began = performance.now();
        await store.search(query, { top: 10 });
        times.push(performance.now() - began);
      }
      const flat = (quantile(times, 0.5) * set.motions) / measured;
      if (measured < set.motions) say(`LanceDB: measured on ${measured} motions, worked out for ${set.motions}`);
      return { lancedb_flat_ms: flat, lancedb_measured_motions: measured };
    } finally {
      await store.close();
      rmSync(uri, { recursive: true, force: true });
    }
  } catch (error) {
    say((error as Error).message);
    return { lancedb_flat_ms: null, lancedb_measured_motions: null };
  }
}
