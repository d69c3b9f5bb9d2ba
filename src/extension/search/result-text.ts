/** How a search hit reads in the list: a score bar, the number, and which word it found in which limb and when. */
import type { Evidence, Range, SearchResult } from "../../protocol/engine.js";
import { isNeutralWord } from "../captions/word-support.js";

const BAR_CELLS = 8;

/**
 * A bar of fixed width. Scores of one list lie close together, so the bar spans from the list's last to its first:
 * full for the best, one cell for the weakest shown.
 */
export function scoreBar(score: number, best: number, weakest: number): string {
  const share = best > weakest ? (score - weakest) / (best - weakest) : 1;
  const filled = Math.max(1, Math.min(BAR_CELLS, Math.round(1 + share * (BAR_CELLS - 1))));
  return "▰".repeat(filled) + "▱".repeat(BAR_CELLS - filled);
}

/** The word that best explains a hit: the strongest one that names something a body does; else the strongest of all. */
export function mainEvidence(evidence: readonly Evidence[]): Evidence | undefined {
  const telling = evidence.filter(({ token }) => !isNeutralWord(token) && !token.startsWith("##"));
  const pool = telling.length > 0 ? telling : evidence;
  return pool.reduce<Evidence | undefined>(
    (top, next) => (top === undefined || next.score > top.score ? next : top),
    undefined,
  );
}

/** The word as it stands in the query: the token's range, widened to the whole word. */
export function wordOfEvidence(query: string, { chars: [start, end] }: Evidence): string {
  const characters = [...query];
  const isLetter = (index: number) => /[\p{L}\p{M}\p{N}'’-]/u.test(characters[index] ?? " ");
  let [from, to] = [start, end];
  while (from > 0 && isLetter(from - 1) && isLetter(from)) from--;
  while (to < characters.length && isLetter(to) && isLetter(to - 1)) to++;
  return characters.slice(from, to).join("");
}

/** Seconds at which a range of frames has its middle. */
export function middleSeconds(frames: Range, fps: number): number {
  return (frames[0] + frames[1]) / 2 / fps;
}

/**
 * The moment to play for a hit: from a little before its main evidence to a little after, so that a movement is seen
 * to begin and end.
 */
export function bestMoment(result: SearchResult): Range | undefined {
  const evidence = mainEvidence(result.evidence);
  if (evidence === undefined) return undefined;
  const lead = Math.round((result.fps ?? 20) * 0.6);
  return [Math.max(0, evidence.frames[0] - lead), evidence.frames[1] + lead];
}
