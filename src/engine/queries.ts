/** The answers of describe and align, from vectors alone. */
import type { Range } from "../core/range.js";
import { constrainedMaxima, scoreOfMaxima } from "../core/retrieval/constrained.js";
import { patchCosines, pairScore, tokenMaxima, wholeScore } from "../core/retrieval/maxsim.js";
import { mayHavePhrases, phrasesOfTokens } from "../core/retrieval/phrases.js";
import { compareResults } from "../core/retrieval/ranking.js";
import { percentileOf } from "../core/retrieval/support.js";
import { patchCount, type ItemVectors } from "../core/retrieval/vectors.js";
import type { AlignAnswer, DescribeAnswer, DescribeResult } from "../protocol/engine.js";
import type { DatasetScan, ScannedMotion } from "./dataset/scan.js";
import type { EncodedMotion } from "./encoders/motion-encoder.js";
import type { EncodedText } from "./encoders/text-encoder.js";
import type { IndexStore } from "./index/store.js";
import { gridOf, topRanked } from "./search.js";
import { Pacer } from "./tasks.js";

/**
 * Captions of the dataset ranked against a motion; `motion` is undefined for one that is not of the dataset.
 *
 * @param wordsOf a text's scored tokens and their places, without encoding it.
 */
export async function describeMotion(
  store: IndexStore,
  scan: DatasetScan,
  path: string,
  motion: ScannedMotion | undefined,
  vectors: ItemVectors,
  parts: number,
  wordsOf: (text: string) => Pick<EncodedText, "chars">,
  top: number,
  signal?: AbortSignal,
): Promise<DescribeAnswer> {
  const { captions } = store;
  const scores = await captions.scoreAgainstMotion(vectors, signal);
  const rows: Row[] = [];
  const pacer = new Pacer(8, signal);
  for (const captionPath of scan.byCaptionPath.keys()) {
    for (const { text, line } of store.captionLibrary.rowsOf(captionPath)) {
      const index = captions.indexOf(text);
      const score = index === undefined || index >= scores.length ? -Infinity : scores[index]!;
      if (score === -Infinity) continue;
      rows.push({ text, path: captionPath, line, score, own: captionPath === motion?.captionPath });
    }
    if (pacer.due) await pacer.pause();
  }
  await orderPhrases(rows, store, vectors, parts, wordsOf, top, pacer);
  const own = rows
    .filter((row) => row.own)
    .map((row) => ({
      ...row,
      rank: 1 + rows.reduce((before, other) => before + (compareResults(other, row) < 0 ? 1 : 0), 0),
    }))
    .sort((a, b) => a.rank - b.rank);
  return { path, results: topRanked(rows, top), own };
}

type Row = Omit<DescribeResult, "rank" | "score"> & { score: number };

/**
 * Puts the score with phrases in order in place of the plain one, for the captions made of phrases. It can only be
 * lower: what is below all that is shown already needs no look.
 */
async function orderPhrases(
  rows: Row[],
  { captions }: IndexStore,
  vectors: ItemVectors,
  parts: number,
  wordsOf: (text: string) => Pick<EncodedText, "chars">,
  top: number,
  pacer: Pacer,
): Promise<void> {
  const grid = gridOf(patchCount(vectors), parts);
  const ordered = new Map<string, number>();
  const scoreInOrder = ({ text, score }: Row): number => {
    const known = ordered.get(text);
    if (known !== undefined) return known;
    const phrases =
      vectors.grid.dim > 0 && mayHavePhrases(text) ? phrasesOfTokens(text, wordsOf(text).chars) : undefined;
    let result = score;
    if (phrases !== undefined) {
      const tokens = captions.vectorsOf(captions.indexOf(text)!);
      const cosines = patchCosines(tokens.grid, vectors);
      const maxima = constrainedMaxima(cosines, tokens.grid.count, grid, { phrases });
      result = scoreOfMaxima(maxima) + wholeScore(tokens.whole, vectors.whole);
    }
    ordered.set(text, result);
    return result;
  };
  for (const row of rows) if (row.own) row.score = scoreInOrder(row);
  const leastOwn = rows.reduce((least, row) => (row.own ? Math.min(least, row.score) : least), Infinity);
  const plain = rows.filter(({ text }) => !mayHavePhrases(text));
  const leastShown = plain.length < top ? -Infinity : topRanked(plain, top).at(-1)!.score;
  for (const row of rows) {
    if (row.own || row.score < Math.min(leastOwn, leastShown)) continue;
    row.score = scoreInOrder(row);
    if (pacer.due) await pacer.pause();
  }
}

/** The alignment of a text with a motion; `offset` is the frame of the file at which the motion's cut starts. */
export function alignTextWithMotion(
  text: EncodedText,
  motion: EncodedMotion,
  parts: readonly string[],
  kind: "late-interaction" | "global",
  offset = 0,
): AlignAnswer {
  const times = motion.frameRanges.map(([start, end]): Range => [start + offset, end + offset]);
  // A model of one vector for the whole motion says nothing of single words, parts and moments.
  if (kind === "global") {
    return { score: pairScore(text.vectors, motion.vectors), tokens: [], parts: [], times: [], matrix: [] };
  }
  const { grid } = text.vectors;
  const count = patchCount(motion.vectors);
  const cosines = patchCosines(grid, motion.vectors);
  const whole = wholeScore(text.vectors.whole, motion.vectors.whole);
  const phrases = phrasesOfTokens(text.text, text.chars);
  const maxima =
    phrases === undefined
      ? tokenMaxima(cosines, grid.count, count)
      : constrainedMaxima(cosines, grid.count, gridOf(count, parts.length), { phrases });
  return {
    score: scoreOfMaxima(maxima) + whole,
    tokens: maxima.map(({ score }, token) => ({
      token: text.tokens[token]!,
      chars: text.chars[token]!,
      score: score + whole,
      ...beyondGridOf(score + whole, score, text.share),
    })),
    parts,
    times,
    matrix: maxima.map((_, token) =>
      times.map((_, time) => parts.map((_, part) => cosines[token * count + time * parts.length + part]! / text.share)),
    ),
  };
}

/** The share of a token's score that its strongest patch does not carry; nothing for a model whose vectors are all grid. */
function beyondGridOf(score: number, own: number, share: number): { beyondGrid?: number } {
  if (share === 1) return {};
  return { beyondGrid: score > 0 ? Math.min(1, Math.max(0, 1 - own / score)) : 0 };
}

/** Motions of the index that a token's strength is compared with. */
const SUPPORT_SAMPLE = 500;

/** For each token: the share of a sample of the index's motions on which it is weaker than here. */
export async function supportOf(
  store: IndexStore,
  text: EncodedText,
  answer: AlignAnswer,
  signal?: AbortSignal,
): Promise<(number | undefined)[]> {
  const { motions } = store;
  const count = motions.items.length;
  const step = Math.max(1, count / SUPPORT_SAMPLE);
  const samples = answer.tokens.map((): number[] => []);
  const pacer = new Pacer(8, signal);
  for (let at = 0; at < count; at += step) {
    motions.tokenMaxima(Math.floor(at), text.vectors.grid).forEach((value, token) => samples[token]!.push(value));
    if (pacer.due) await pacer.pause();
  }
  return answer.matrix.map((grid, token) => {
    const sample = Float64Array.from(samples[token]!, (value) => value / text.share).sort();
    return percentileOf(sample, Math.max(...grid.flat()));
  });
}
