/**
 * Scores under conditions: phrases that follow one another in time, and some body parts only. The readable definition;
 * search, describe and align all use it, so that they give one number.
 */
import type { Range } from "../range.js";
import type { TokenMaximum } from "./maxsim.js";

/** A motion's patches: index `time * parts + part`. */
export interface Grid {
  readonly times: number;
  readonly parts: number;
}

export interface Conditions {
  /** See `phrasesOfTokens`. */
  readonly phrases?: Int32Array;
  /** Parts that count; undefined means all. */
  readonly parts?: readonly number[];
}

/**
 * The best patch of each token under the conditions. With phrases, the motion's time is cut into as many parts as
 * there are phrases, in their order, none empty, and a token looks only into the time of its phrase; of all cuts the one
 * with the largest sum counts, the earliest on ties. A motion with fewer times than phrases is looked at as a whole.
 *
 * @param cosines `[token][patch]`, as of `alignmentMatrix`.
 */
export function constrainedMaxima(
  cosines: Float64Array,
  tokens: number,
  grid: Grid,
  { phrases, parts }: Conditions,
): TokenMaximum[] {
  const best = timeMaxima(cosines, tokens, grid, parts);
  const whole: Range = [0, grid.times];
  const cuts = phrases === undefined ? undefined : bestCuts(best, phrases, grid.times);
  return best.map((byTime, token) => {
    const phrase = phrases?.[token] ?? -1;
    return bestWithin(byTime, cuts === undefined || phrase < 0 ? whole : [cuts[phrase]!, cuts[phrase + 1]!]);
  });
}

/** Mean of the maxima, as `maxSimScore` adds them; -Infinity without any. */
export function scoreOfMaxima(maxima: readonly TokenMaximum[]): number {
  return maxima.length === 0 ? -Infinity : maxima.reduce((sum, { score }) => sum + score, 0) / maxima.length;
}

/** Best patch of each token at each time, `[token][time]`. */
function timeMaxima(
  cosines: Float64Array,
  tokens: number,
  { times, parts: width }: Grid,
  parts: readonly number[] = Array.from({ length: width }, (_, part) => part),
): TokenMaximum[][] {
  return Array.from({ length: tokens }, (_, token) =>
    Array.from({ length: times }, (_, time): TokenMaximum => {
      let score = -Infinity;
      let index = -1;
      for (const part of parts) {
        const value = cosines[(token * times + time) * width + part]!;
        if (value > score) [score, index] = [value, time * width + part];
      }
      return { score, index };
    }),
  );
}

function bestWithin(byTime: readonly TokenMaximum[], [from, to]: Range): TokenMaximum {
  let best: TokenMaximum = { score: -Infinity, index: -1 };
  for (let time = from; time < to; time++) if (byTime[time]!.score > best.score) best = byTime[time]!;
  return best;
}

/**
 * Where the times of the phrases begin and end: phrase p has [cuts[p], cuts[p + 1]). Undefined when there are fewer
 * times than phrases.
 */
function bestCuts(best: readonly TokenMaximum[][], phrases: Int32Array, times: number): number[] | undefined {
  const count = phrases.reduce((most, phrase) => Math.max(most, phrase + 1), 0);
  if (times < count) return undefined;
  // sums[end]: the most that the phrases so far give within [0, end); from[p][end]: where phrase p then begins.
  let sums = new Float64Array(times + 1).fill(-Infinity);
  sums[0] = 0;
  const from: Int32Array[] = [];
  for (let phrase = 0; phrase < count; phrase++) {
    const next = new Float64Array(times + 1).fill(-Infinity);
    const begins = new Int32Array(times + 1).fill(-1);
    const rows = best.filter((_, token) => phrases[token] === phrase);
    const last = phrase === count - 1;
    for (let start = phrase; start < times; start++) {
      if (sums[start] === -Infinity) continue;
      const maxima = new Float64Array(rows.length).fill(-Infinity);
      for (let end = start + 1; end <= times; end++) {
        let sum = sums[start]!;
        rows.forEach((row, token) => {
          maxima[token] = Math.max(maxima[token]!, row[end - 1]!.score);
          sum += maxima[token]!;
        });
        if ((!last || end === times) && sum > next[end]!) [next[end], begins[end]] = [sum, start];
      }
    }
    sums = next;
    from.push(begins);
  }
  const cuts = [times];
  for (let phrase = count - 1; phrase >= 0; phrase--) cuts.unshift(from[phrase]![cuts[0]!]!);
  return cuts;
}

/**
 * The window of `length` times in which the maxima of the tokens have the largest sum; the earliest on ties. Used to
 * point into long recordings.
 */
export function bestWindow(cosines: Float64Array, tokens: number, grid: Grid, length: number): Range {
  const best = timeMaxima(cosines, tokens, grid);
  const size = Math.min(length, grid.times);
  let found = 0;
  let most = -Infinity;
  for (let start = 0; start + size <= grid.times; start++) {
    const sum = best.reduce((total, byTime) => total + bestWithin(byTime, [start, start + size]).score, 0);
    if (sum > most) [most, found] = [sum, start];
  }
  return [found, found + size];
}
