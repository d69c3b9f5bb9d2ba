/** The answers of search, describe and align, from vectors alone. */
import type { Range } from "../core/range.js";
import { patchFrameRanges } from "../core/motion/motion-image.js";
import { alignmentMatrix, tokenMaxima } from "../core/retrieval/maxsim.js";
import { compareResults, rankResults, type Rankable, type Ranked } from "../core/retrieval/ranking.js";
import { percentileOf } from "../core/retrieval/support.js";
import type { TokenVectors } from "../core/retrieval/vectors.js";
import type {
  AlignAnswer,
  CaptionMatch,
  DescribeAnswer,
  DescribeResult,
  Evidence,
  SearchAnswer,
  SearchFilters,
  SearchResult,
} from "../protocol/engine.js";
import type { CaptionLibrary } from "./dataset/caption-library.js";
import type { DatasetScan, ScannedMotion } from "./dataset/scan.js";
import { wordMatcher } from "./dataset/word-match.js";
import type { EncodedMotion } from "./encoders/motion-encoder.js";
import type { EncodedText } from "./encoders/text-encoder.js";
import type { IndexStore } from "./index/store.js";
import { Pacer } from "./tasks.js";

export interface SearchQuery {
  readonly query: string;
  readonly top: number;
  readonly filters?: SearchFilters;
}

/** Ranked motions of a folder for an encoded query. Gives way to other work; rejects when cancelled. */
export async function searchMotions(
  store: IndexStore,
  scan: DatasetScan,
  text: EncodedText,
  parts: readonly string[],
  { query, top, filters = {} }: SearchQuery,
  signal?: AbortSignal,
): Promise<SearchAnswer> {
  // Merging of segments may put another collection in its place meanwhile.
  const { motions } = store;
  const wanted = scan.motions.filter((motion) => passes(motion, store.captionLibrary, filters));
  const scores = await motions.scoreAgainstText(text.vectors, signal);
  const found = wanted.flatMap((motion) => {
    const key = store.files.get(motion.path)?.key;
    const index = key === undefined ? undefined : motions.indexOf(key);
    return index === undefined || index >= scores.length ? [] : [{ path: motion.path, index, score: scores[index]! }];
  });
  const searched = found.length;
  const results = topRanked(
    found.filter(({ score }) => score > -Infinity),
    top,
  ).map(({ path, index, score, rank }): SearchResult => {
    const item = motions.items[index]!;
    const motion = scan.byPath.get(path)!;
    const caption = store.captionLibrary.rowsOf(motion.captionPath)[0]?.text;
    const evidence = evidenceOf(text, motions.vectorsOf(index), parts, item);
    return {
      path,
      score,
      rank,
      evidence,
      splits: motion.splits,
      fps: item.fps,
      ...(caption !== undefined && { caption }),
    };
  });
  return { query, results, captionMatches: matchCaptions(store.captionLibrary, wanted, query, top), searched };
}

function passes(motion: ScannedMotion, library: CaptionLibrary, { split, path, hasCaption }: SearchFilters): boolean {
  if (split !== undefined && !motion.splits.includes(split)) return false;
  if (path !== undefined && !motion.path.toLowerCase().includes(path.toLowerCase())) return false;
  return hasCaption === undefined || library.rowsOf(motion.captionPath).length > 0 === hasCaption;
}

/** The strongest patch of each scored token. */
function evidenceOf(
  text: EncodedText,
  vectors: TokenVectors,
  parts: readonly string[],
  { frames, fps }: { readonly frames: number; readonly fps: number },
): Evidence[] {
  const times = Math.max(1, Math.floor(vectors.count / parts.length));
  const ranges = patchFrameRanges(frames, fps, times);
  const { vectors: own, share } = text.grid;
  const maxima = tokenMaxima(alignmentMatrix(own, vectors), own.count, vectors.count);
  return maxima.map(({ score, index }, token) => ({
    token: text.tokens[token]!,
    chars: text.chars[token]!,
    part: parts[index % parts.length]!,
    frames: ranges[Math.floor(index / parts.length)]!,
    score: score / share,
  }));
}

function matchCaptions(
  library: CaptionLibrary,
  motions: readonly ScannedMotion[],
  query: string,
  top: number,
): CaptionMatch[] {
  const matches = wordMatcher(query);
  const found: CaptionMatch[] = [];
  if (matches === undefined) return found;
  for (const motion of motions) {
    if (found.length >= top) break;
    const row = library.rowsOf(motion.captionPath).find(({ text }) => matches(text));
    if (row === undefined) continue;
    found.push({ path: motion.path, caption: { text: row.text, path: motion.captionPath!, line: row.line } });
  }
  return found;
}

/** Captions of the dataset ranked against a motion; `motion` is undefined for one that is not of the dataset. */
export async function describeMotion(
  store: IndexStore,
  scan: DatasetScan,
  path: string,
  motion: ScannedMotion | undefined,
  vectors: TokenVectors,
  top: number,
  signal?: AbortSignal,
): Promise<DescribeAnswer> {
  const { captions } = store;
  const scores = await captions.scoreAgainstMotion(vectors, signal);
  const rows: Omit<DescribeResult, "rank">[] = [];
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
  const own = rows
    .filter((row) => row.own)
    .map((row) => ({
      ...row,
      rank: 1 + rows.reduce((before, other) => before + (compareResults(other, row) < 0 ? 1 : 0), 0),
    }))
    .sort((a, b) => a.rank - b.rank);
  return { path, results: topRanked(rows, top), own };
}

/** `rankResults`, without sorting what cannot be among the first `top`. */
export function topRanked<T extends Rankable>(results: readonly T[], top: number): Ranked<T>[] {
  if (results.length <= 2 * top) return rankResults(results, top);
  const sorted = Float64Array.from(results, ({ score }) => score).sort();
  const least = sorted[sorted.length - top]!;
  return rankResults(
    results.filter(({ score }) => score >= least),
    top,
  );
}

/** The alignment of a text with a motion; `offset` is the frame of the file at which the motion's cut starts. */
export function alignTextWithMotion(
  text: EncodedText,
  motion: EncodedMotion,
  parts: readonly string[],
  kind: "late-interaction" | "global",
  offset = 0,
): AlignAnswer {
  const { count } = motion.vectors;
  const maxima = tokenMaxima(alignmentMatrix(text.vectors, motion.vectors), text.vectors.count, count);
  const own = alignmentMatrix(text.grid.vectors, motion.vectors);
  const times = motion.frameRanges.map(([start, end]): Range => [start + offset, end + offset]);
  const onGrid = kind === "late-interaction";
  return {
    score: maxima.reduce((sum, maximum) => sum + maximum.score, 0) / text.vectors.count,
    tokens: maxima.map(({ score, index }, token) => ({
      token: text.tokens[token]!,
      chars: text.chars[token]!,
      score,
      // A global model has one vector for the whole motion, and none on the grid.
      ...(onGrid ? beyondGridOf(score, own[token * count + index]!, text.grid.share) : { beyondGrid: 1 }),
    })),
    parts,
    times,
    matrix: maxima.map((_, token) =>
      times.map((_, time) =>
        parts.map((_, part) => (onGrid ? own[token * count + time * parts.length + part]! / text.grid.share : 0)),
      ),
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
  kind: "late-interaction" | "global",
  signal?: AbortSignal,
): Promise<(number | undefined)[]> {
  const { motions } = store;
  const onGrid = kind === "late-interaction";
  const count = motions.items.length;
  const step = Math.max(1, count / SUPPORT_SAMPLE);
  const samples = answer.tokens.map((): number[] => []);
  const pacer = new Pacer(8, signal);
  for (let at = 0; at < count; at += step) {
    motions.tokenMaxima(Math.floor(at), text.grid.vectors).forEach((value, token) => samples[token]!.push(value));
    if (pacer.due) await pacer.pause();
  }
  return answer.matrix.map((grid, token) => {
    const sample = Float64Array.from(samples[token]!, (value) => value / text.grid.share).sort();
    // Of a model without a grid every motion has one strength a token, the score.
    const strongest = onGrid ? Math.max(...grid.flat()) : answer.tokens[token]!.score;
    return percentileOf(sample, strongest);
  });
}
