/** When a search scores all motions and when only candidates, and how many. */

/** Below this many motions, scoring all of them takes no time that anybody would notice. */
export const ALWAYS_EXACT = 4000;
const LEAST_CANDIDATES = 400;
/** Candidates grow with the square root of the set. Measured: see `motion-lens bench` and docs. */
const PER_ROOT = 16;

/** Motions that a staged search over `motions` scores exactly, for an answer of `top`. */
export function defaultCandidates(motions: number, top: number): number {
  return Math.min(motions, Math.max(LEAST_CANDIDATES, 20 * top, Math.round(PER_ROOT * Math.sqrt(motions))));
}
