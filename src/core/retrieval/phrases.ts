/** Phrases of a text that follow one another in time: "a person sits down, then waves". */
import type { Range } from "../range.js";

/**
 * What stands between two phrases of which the first comes first. "before" only where it joins two actions, not in
 * "holds his hands before his face".
 */
const CONNECTIVE =
  /[,;.]?\s*\b(?:and\s+then|then|(?:and\s+)?after\s+that|followed\s+by|(?:and\s+)?afterwards?|before(?=\s+(?:\w+ing|he|she|they|it)\b))(?![\w'])[,;]?/giu;

/**
 * Which phrase each token of a text belongs to.
 *
 * @param chars half-open ranges of code points, one a token.
 * @returns the number of its phrase, counting from 0, or -1 for tokens of the words between phrases, which are bound
 *   to no time; undefined when the text is not made of two or more phrases with tokens.
 */
export function phrasesOfTokens(text: string, chars: readonly Range[]): Int32Array | undefined {
  const joints = connectives(text);
  if (joints.length === 0) return undefined;
  const raw = chars.map(([start, end]) => {
    if (joints.some(([from, to]) => start >= from && end <= to)) return -1;
    return joints.filter(([from]) => from <= start).length;
  });
  // A connective at the start of the text, or two in a row, leave a phrase without tokens.
  const used = [...new Set(raw.filter((phrase) => phrase >= 0))].sort((a, b) => a - b);
  if (used.length < 2) return undefined;
  return Int32Array.from(raw, (phrase) => (phrase < 0 ? -1 : used.indexOf(phrase)));
}

/** Whether a text can be made of phrases; cheap. */
export function mayHavePhrases(text: string): boolean {
  return /then|after|before|followed/i.test(text);
}

/** Places of the connectives, in code points. */
function connectives(text: string): Range[] {
  const points = (units: number) => Array.from(text.slice(0, units)).length;
  return Array.from(text.matchAll(CONNECTIVE), ({ 0: found, index }) => [points(index), points(index + found.length)]);
}
