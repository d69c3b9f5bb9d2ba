/** A text search answered by a vector store alone, in the form and the order of a search in a folder. */
import { CLEAN_FPS } from "../../core/motion/clean-features.js";
import { patchCosines, wholeScore } from "../../core/retrieval/maxsim.js";
import { constrainedMaxima, scoreOfMaxima, type Conditions } from "../../core/retrieval/constrained.js";
import { phrasesOfTokens } from "../../core/retrieval/phrases.js";
import { rankResults } from "../../core/retrieval/ranking.js";
import type { EncodedText } from "../../engine/encoders/text-encoder.js";
import { evidenceOf, gridOf, isConditional, partFilter, type SearchQuery } from "../../engine/search.js";
import type { SearchAnswer, SearchResult } from "../../protocol/engine.js";
import type { VectorHit, VectorStore } from "./vector-store.js";

/** So many more are fetched where conditions can change the order. */
const CONDITIONAL_FACTOR = 4;

/**
 * @param parts the model's body parts, in the order of its grid.
 * @throws EngineError `DatasetError` when a filter names a part that there is not.
 */
export async function searchStore(
  store: VectorStore,
  text: EncodedText,
  parts: readonly string[],
  { query, top, filters = {}, imageFps = CLEAN_FPS }: SearchQuery,
  signal?: AbortSignal,
): Promise<SearchAnswer> {
  const { split, path, hasCaption } = filters;
  const filter = { split, path, hasCaption };
  const phrases = phrasesOfTokens(query, text.chars);
  const hasGrid = text.vectors.grid.dim > 0;
  const conditions: Conditions = { ...(phrases && { phrases }), ...partFilter(parts, filters, hasGrid) };
  const hits = isConditional(conditions)
    ? await underConditions(store, text, parts.length, conditions, { top, filter }, signal)
    : await store.search(text.vectors, { top, filter }, signal);
  const results = rankResults(
    hits.map(({ motion, score }) => ({ path: motion.id, score, motion })),
    top,
  ).map(({ path, score, rank, motion }): SearchResult => {
    const { vectors, splits, fps, caption } = motion;
    const evidence = hasGrid
      ? evidenceOf(text, patchCosines(text.vectors.grid, vectors), parts, motion, imageFps, conditions)
      : { evidence: [] };
    return { path, score, rank, ...evidence, splits, fps, ...(caption !== undefined && { caption }) };
  });
  return { query, results, captionMatches: [], searched: await store.count(filter) };
}

/**
 * The best under conditions, which a store does not know. They can only lower a score: once the last motion that was
 * fetched has no better plain score than the last one of the answer, nothing behind it can come in.
 */
async function underConditions(
  store: VectorStore,
  text: EncodedText,
  parts: number,
  conditions: Conditions,
  { top, filter }: Parameters<VectorStore["search"]>[1],
  signal?: AbortSignal,
): Promise<VectorHit[]> {
  const { grid, whole } = text.vectors;
  const { count } = grid;
  for (let fetched = top * CONDITIONAL_FACTOR; ; fetched *= CONDITIONAL_FACTOR) {
    const plain = await store.search(text.vectors, { top: fetched, filter }, signal);
    const found = plain.map(({ motion }) => {
      const cosines = patchCosines(grid, motion.vectors);
      const maxima = constrainedMaxima(cosines, count, gridOf(cosines.length / count, parts), conditions);
      const score = scoreOfMaxima(maxima) + wholeScore(whole, motion.vectors.whole);
      return { motion, score, path: motion.id };
    });
    const best = rankResults(found, top);
    const isSure = plain.length < fetched || best[top - 1]!.score > plain.at(-1)!.score;
    if (isSure) return best;
  }
}
