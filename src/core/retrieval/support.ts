/**
 * Share of a sample that lies below a value, counting equal ones half: 0.97 means that the value is above
 * 97 % of the sample.
 *
 * @param sorted ascending, finite.
 * @returns a number in [0, 1], or undefined for an empty sample.
 */
export function percentileOf(sorted: ArrayLike<number>, value: number): number | undefined {
  if (sorted.length === 0 || Number.isNaN(value)) return undefined;
  const below = lowerBound(sorted, (entry) => entry >= value);
  const upTo = lowerBound(sorted, (entry) => entry > value);
  return (below + upTo) / 2 / sorted.length;
}

/** First index whose entry fulfils a condition that, once true, stays true. */
function lowerBound(sorted: ArrayLike<number>, reached: (entry: number) => boolean): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (reached(sorted[middle]!)) high = middle;
    else low = middle + 1;
  }
  return low;
}
