/** Ordering of search results: one rule for motions and captions, so that every surface lists the same. */

export interface Rankable {
  readonly score: number;
  readonly path: string;
  /** Line in the file at `path`, for captions. */
  readonly line?: number;
}

export type Ranked<T> = T & { readonly rank: number };

/** Score descending; ties by path (code units, the same on every machine and locale), then line. */
export function compareResults(a: Rankable, b: Rankable): number {
  if (a.score !== b.score) return b.score > a.score ? 1 : -1;
  if (a.path !== b.path) return a.path < b.path ? -1 : 1;
  return (a.line ?? 0) - (b.line ?? 0);
}

/** All results in order, ranks counting from 1; the input is left as it is. */
export function rankResults<T extends Rankable>(results: readonly T[], top = Infinity): Ranked<T>[] {
  return [...results]
    .sort(compareResults)
    .slice(0, top)
    .map((result, index) => ({ ...result, rank: index + 1 }));
}

/**
 * Rank of one entry among scores, for metrics: 1 + better ones + half of the other equal ones. A model that
 * gives every entry the same score thus gets the middle rank, not the first.
 */
export function meanTieRank(scores: ArrayLike<number>, index: number): number {
  const own = scores[index]!;
  let better = 0;
  let equal = 0;
  for (let other = 0; other < scores.length; other++) {
    if (scores[other]! > own) better++;
    else if (other !== index && scores[other]! === own) equal++;
  }
  return 1 + better + equal / 2;
}
