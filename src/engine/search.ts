/** The answers of search and of similar motions, from vectors alone. */
import type { Range } from "../core/range.js";
import { CLEAN_FPS } from "../core/motion/clean-features.js";
import { PART_GROUPS, partsNamed } from "../core/motion/part-groups.js";
import { patchFrameRanges } from "../core/motion/motion-image.js";
import { FRAMES_PER_PATCH } from "../core/motion/parts.js";
import {
  bestWindow,
  constrainedMaxima,
  scoreOfMaxima,
  type Conditions,
  type Grid,
} from "../core/retrieval/constrained.js";
import { tokenMaxima, wholeScore } from "../core/retrieval/maxsim.js";
import { phrasesOfTokens } from "../core/retrieval/phrases.js";
import { compareResults, rankResults, type Rankable, type Ranked } from "../core/retrieval/ranking.js";
import { isEmptyItem, type ItemVectors } from "../core/retrieval/vectors.js";
import type { CaptionMatch, Evidence, SearchAnswer, SearchFilters, SearchResult } from "../protocol/engine.js";
import type { SimilarAnswer } from "../protocol/engine.js";
import { WHOLE_ONLY } from "../protocol/engine.js";
import { EngineError } from "../protocol/errors.js";
import type { CaptionLibrary } from "./dataset/caption-library.js";
import type { DatasetScan, ScannedMotion } from "./dataset/scan.js";
import { wordMatcher } from "./dataset/word-match.js";
import type { EncodedText } from "./encoders/text-encoder.js";
import type { Collection } from "./index/collection.js";
import { ALWAYS_EXACT, defaultCandidates } from "./index/staged.js";
import type { IndexStore } from "./index/store.js";
import { Pacer } from "./tasks.js";

export interface SearchQuery {
  readonly query: string;
  readonly top: number;
  readonly filters?: SearchFilters;
  /** Scores every motion, also of large sets. */
  readonly exact?: boolean;
  /** Frame rate of the model's motion image, where that is not the usual one. */
  readonly imageFps?: number;
}

/** A motion that may be in the answer. */
interface Candidate {
  readonly path: string;
  readonly index: number;
  readonly score: number;
}

/** From this length on, the best window of a motion is pointed out. */
const LONG_SECONDS = 15;
const WINDOW_SECONDS = 10;

/**
 * Ranked motions of a folder for an encoded query. Gives way to other work; rejects when cancelled.
 *
 * @throws EngineError `DatasetError` when a filter names a part that there is not.
 */
export async function searchMotions(
  store: IndexStore,
  scan: DatasetScan,
  text: EncodedText,
  parts: readonly string[],
  { query, top, filters = {}, exact = false, imageFps = CLEAN_FPS }: SearchQuery,
  signal?: AbortSignal,
): Promise<SearchAnswer> {
  // Merging of segments may put another collection in its place meanwhile.
  const { motions } = store;
  const wanted = scan.motions.filter((motion) => passes(motion, store.captionLibrary, filters));
  const known = indexed(store, motions, wanted);
  const phrases = phrasesOfTokens(query, text.chars);
  const hasGrid = text.vectors.grid.dim > 0;
  const conditions: Conditions = { ...(phrases && { phrases }), ...partFilter(parts, filters, hasGrid) };
  const best = await ranked(motions, known, text.vectors, parts.length, conditions, { top, exact }, signal);
  const results = best.map(({ path, index, score, rank }): SearchResult => {
    const item = motions.items[index]!;
    const motion = scan.byPath.get(path)!;
    const caption = store.captionLibrary.rowsOf(motion.captionPath)[0]?.text;
    return {
      path,
      score,
      rank,
      ...(hasGrid
        ? evidenceOf(text, motions.cosines(index, text.vectors.grid), parts, item, imageFps, conditions)
        : { evidence: [] }),
      splits: motion.splits,
      fps: item.fps,
      ...(caption !== undefined && { caption }),
    };
  });
  const captionMatches = matchCaptions(store.captionLibrary, wanted, query, top);
  return { query, results, captionMatches, searched: known.length };
}

/** Motions of a folder ranked by how well they show what a motion, or a cut of it, shows. */
export async function similarMotions(
  store: IndexStore,
  scan: DatasetScan,
  path: string,
  query: { readonly vectors: ItemVectors; readonly times: number; readonly own: string | undefined },
  parts: readonly string[],
  { top, filters = {}, exact = false, imageFps = CLEAN_FPS }: Omit<SearchQuery, "query">,
  signal?: AbortSignal,
): Promise<SimilarAnswer> {
  const { motions } = store;
  const wanted = scan.motions.filter((motion) => passes(motion, store.captionLibrary, filters));
  const known = indexed(store, motions, wanted).filter((candidate) => candidate.path !== query.own);
  const { grid: tokens } = query.vectors;
  const conditions = partFilter(parts, filters, tokens.dim > 0);
  const best = await ranked(motions, known, query.vectors, parts.length, conditions, { top, exact }, signal);
  const results = best.map(({ path, index, score, rank }) => {
    const { frames, fps } = motions.items[index]!;
    let window: Range = [0, frames];
    if (tokens.dim > 0) {
      const cosines = motions.cosines(index, tokens);
      const grid = gridOf(cosines.length / tokens.count, parts.length);
      const [from, to] = bestWindow(cosines, tokens.count, grid, query.times);
      const ranges = patchFrameRanges(frames, fps, grid.times, imageFps);
      window = [ranges[from]![0], ranges[to - 1]![1]];
    }
    const { splits, captionPath } = scan.byPath.get(path)!;
    const caption = store.captionLibrary.rowsOf(captionPath)[0]?.text;
    return { path, score, rank, window, splits, fps, ...(caption !== undefined && { caption }) };
  });
  return { path, results, searched: known.length };
}

/** The best of the motions by their scores, under conditions where there are some. */
async function ranked(
  motions: Collection<"motions">,
  known: readonly Omit<Candidate, "score">[],
  vectors: ItemVectors,
  parts: number,
  conditions: Conditions,
  { top, exact }: { readonly top: number; readonly exact: boolean },
  signal?: AbortSignal,
): Promise<Ranked<Candidate>[]> {
  const conditional = isConditional(conditions);
  const found = await scored(motions, known, vectors, { top, exact, conditional }, signal);
  return conditional ? underConditions(motions, found, vectors, parts, conditions, top, signal) : topRanked(found, top);
}

/** Those of the motions that have vectors. */
function indexed(
  store: IndexStore,
  motions: Collection<"motions">,
  wanted: readonly ScannedMotion[],
): Omit<Candidate, "score">[] {
  return wanted.flatMap(({ path }) => {
    const key = store.files.get(path)?.key;
    const index = key === undefined ? undefined : motions.indexOf(key);
    return index === undefined ? [] : [{ path, index }];
  });
}

/** Exact scores of all motions, or of the most promising ones of a large set. */
async function scored(
  motions: Collection<"motions">,
  known: readonly Omit<Candidate, "score">[],
  vectors: ItemVectors,
  { top, exact, conditional }: { readonly top: number; readonly exact: boolean; readonly conditional: boolean },
  signal?: AbortSignal,
): Promise<Candidate[]> {
  if (isEmptyItem(vectors)) return [];
  const byIndex = new Map<number, string[]>();
  for (const { path, index } of known) byIndex.set(index, [...(byIndex.get(index) ?? []), path]);
  let indices = Uint32Array.from(byIndex.keys()).sort();
  if (!exact && indices.length > ALWAYS_EXACT) {
    const count = defaultCandidates(indices.length, top, motions.shape, conditional);
    indices = (await motions.candidates(vectors, count, signal, indices)).sort() as typeof indices;
  }
  const scores = await motions.scoreAgainstText(vectors, signal, indices);
  const found: Candidate[] = [];
  indices.forEach((index, at) => {
    const score = scores[at]!;
    if (score > -Infinity) for (const path of byIndex.get(index)!) found.push({ path, index, score });
  });
  return found;
}

export function isConditional({ phrases, parts }: Conditions): boolean {
  return phrases !== undefined || parts !== undefined;
}

/**
 * The best under conditions. These can only lower a score, so that candidates are looked at from the best plain score
 * down until no later one can come in: the result is the one that looking at all of them would give.
 */
async function underConditions(
  motions: Collection<"motions">,
  found: readonly Candidate[],
  vectors: ItemVectors,
  parts: number,
  conditions: Conditions,
  top: number,
  signal?: AbortSignal,
): Promise<Ranked<Candidate>[]> {
  const pacer = new Pacer(8, signal);
  const byPlain = [...found].sort(compareResults);
  let best: Candidate[] = [];
  for (const candidate of byPlain) {
    if (best.length >= top && candidate.score < best[top - 1]!.score) break;
    const { count } = vectors.grid;
    const cosines = motions.cosines(candidate.index, vectors.grid);
    const grid = gridOf(cosines.length / count, parts);
    const whole = wholeScore(vectors.whole, motions.wholeOf(candidate.index));
    const score = scoreOfMaxima(constrainedMaxima(cosines, count, grid, conditions)) + whole;
    const at = best.findIndex((other) => compareResults({ ...candidate, score }, other) < 0);
    best.splice(at < 0 ? best.length : at, 0, { ...candidate, score });
    best = best.slice(0, top);
    if (pacer.due) await pacer.pause();
  }
  return rankResults(best, top);
}

/** The grid of a motion's patches. */
export function gridOf(vectors: number, parts: number): Grid {
  return vectors % parts === 0 && vectors > 0 ? { times: vectors / parts, parts } : { times: 1, parts: vectors };
}

export function partFilter(
  parts: readonly string[],
  { parts: wanted }: SearchFilters,
  hasGrid: boolean,
): Pick<Conditions, "parts"> {
  if (wanted === undefined || wanted.length === 0) return {};
  if (!hasGrid) throw new EngineError("ModelError", `${WHOLE_ONLY}; search without body parts`);
  const indices = wanted.flatMap((name) => {
    const found = partsNamed(name, parts);
    if (found.length > 0) return found;
    const known = [...PART_GROUPS, ...parts].join(", ");
    throw new EngineError("DatasetError", `there is no body part ${name} to search by; there are ${known}`);
  });
  return { parts: [...new Set(indices)].sort((a, b) => a - b) };
}

function passes(motion: ScannedMotion, library: CaptionLibrary, { split, path, hasCaption }: SearchFilters): boolean {
  if (split !== undefined && !motion.splits.includes(split)) return false;
  if (path !== undefined && !motion.path.toLowerCase().includes(path.toLowerCase())) return false;
  return hasCaption === undefined || library.rowsOf(motion.captionPath).length > 0 === hasCaption;
}

/** The strongest patch of each scored token, by the patches' own numbers; and where to look in a long recording. */
export function evidenceOf(
  text: EncodedText,
  cosines: Float64Array,
  parts: readonly string[],
  { frames, fps }: { readonly frames: number; readonly fps: number },
  imageFps: number,
  conditions: Conditions,
): Pick<SearchResult, "evidence" | "window"> {
  const { count } = text.vectors.grid;
  const vectors = cosines.length / count;
  const grid = gridOf(vectors, parts.length);
  const ranges = patchFrameRanges(frames, fps, grid.times, imageFps);
  const maxima = isConditional(conditions)
    ? constrainedMaxima(cosines, count, grid, conditions)
    : tokenMaxima(cosines, count, vectors);
  const evidence = maxima.map(({ score, index }, token): Evidence => ({
    token: text.tokens[token]!,
    chars: text.chars[token]!,
    part: parts[index % parts.length]!,
    frames: ranges[Math.floor(index / parts.length)] ?? ranges[0]!,
    score: score / text.share,
  }));
  if (frames / fps <= LONG_SECONDS || grid.times < 2) return { evidence };
  const [from, to] = bestWindow(cosines, count, grid, Math.ceil((WINDOW_SECONDS * imageFps) / FRAMES_PER_PATCH));
  return { evidence, window: [ranges[from]![0], ranges[to - 1]![1]] };
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
