/** Retrieval metrics over ranks that count from 1 and may be halves where scores tie. */

/**
 * Share of queries, in per cent, whose right answer is among the first `k`; NaN without queries. A tie that straddles the
 * border (rank k + 1/2) counts as inside, as in the published protocols, whose ranks from 0 are compared with k.
 */
export function recallAt(ranks: readonly number[], k: number): number {
  if (ranks.length === 0) return NaN;
  return (100 * ranks.filter((rank) => rank < k + 1).length) / ranks.length;
}

/** Median rank; NaN without queries. */
export function medianRank(ranks: readonly number[]): number {
  if (ranks.length === 0) return NaN;
  const sorted = [...ranks].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

export interface RetrievalMetrics {
  readonly queries: number;
  readonly r1: number;
  readonly r3: number;
  readonly r5: number;
  readonly r10: number;
  readonly medianRank: number;
}

export function summariseRanks(ranks: readonly number[]): RetrievalMetrics {
  return {
    queries: ranks.length,
    r1: recallAt(ranks, 1),
    r3: recallAt(ranks, 3),
    r5: recallAt(ranks, 5),
    r10: recallAt(ranks, 10),
    medianRank: medianRank(ranks),
  };
}
