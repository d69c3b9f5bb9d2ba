/** When a search scores all motions and when only candidates, and how many. */
import type { VectorShape } from "../../core/retrieval/vectors.js";

/** Below this many motions, scoring all of them takes no time that anybody would notice. */
export const ALWAYS_EXACT = 4000;
const LEAST_CANDIDATES = 400;
/**
 * Candidates grow with the square root of the set. Where the model has wholes, these alone find the best motions among
 * few; without, more are needed. Measured: see `motion-lens bench` and docs.
 */
const PER_ROOT = { wholes: 4, pooled: 16 };
/** So many times more where phrases or parts can change the order of the candidates. */
const CONDITIONAL_FACTOR = 8;

/** Motions that a staged search over `motions` scores exactly, for an answer of `top`. */
export function defaultCandidates(
  motions: number,
  top: number,
  { wholeDim }: VectorShape,
  isConditional = false,
): number {
  const perRoot = wholeDim > 0 ? PER_ROOT.wholes : PER_ROOT.pooled;
  const plain = Math.max(LEAST_CANDIDATES, 20 * top, Math.round(perRoot * Math.sqrt(motions)));
  return Math.min(motions, isConditional ? CONDITIONAL_FACTOR * plain : plain);
}
