/**
 * What each word of a caption finds in a motion, as the editor shows it: place in the text, support, strongest limb and
 * moment. Pure: made from an answer of `align`.
 */
import { isNeutralWord, UNSUPPORTED_BELOW } from "../../core/captions/neutral-words.js";
import { codePointToUtf16 } from "../../core/captions/token-alignment.js";
import type { Range, SupportedAlignment } from "../../protocol/engine.js";

export { isNeutralWord };

export type SupportLevel = "neutral" | "unsupported" | "weak" | "medium" | "strong";

export interface WordSupport {
  /** As written in the caption. */
  readonly word: string;
  /** UTF-16 offsets in the caption's text, half-open. */
  readonly start: number;
  readonly end: number;
  /** Indices into the alignment's tokens. */
  readonly tokens: readonly number[];
  readonly score: number;
  /** Share of other motions on which the same word finds less; undefined without an index. */
  readonly support?: number;
  readonly level: SupportLevel;
  /** Strongest part and the frames around it. */
  readonly part: string;
  readonly frames: Range;
  /** Strongest score of each time step on the word's own scale: 0 its median patch, 1 its best. */
  readonly overTime: readonly number[];
}

const MEDIUM_FROM = 0.75;
const STRONG_FROM = 0.92;
/** A moment lasts while a word finds at least half of what it finds at its best. */
const MOMENT_FROM = 0.5;
/** A word counts as shown by a frame while it finds nearly its best. */
const PLAYING_FROM = 0.7;

const WORD_CHARACTER = /[\p{L}\p{M}\p{N}]/u;
const UNSPACED = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}]/u;

/** Words in the order of the text; tokens of one word ("kick" + "s") are put together. */
export function wordSupportOf(text: string, answer: SupportedAlignment): WordSupport[] {
  const characters = [...text];
  const groups: { start: number; end: number; tokens: number[] }[] = [];
  answer.tokens.forEach(({ chars: [start, end] }, token) => {
    if (end <= start) return;
    const last = groups.at(-1);
    const joined =
      last !== undefined &&
      (start < last.end || (start === last.end && isInsideWord(characters[start - 1], characters[start])));
    if (joined) {
      last.end = Math.max(last.end, end);
      last.tokens.push(token);
    } else {
      groups.push({ start, end, tokens: [token] });
    }
  });
  return groups.map(({ start, end, tokens }) => {
    const word = characters.slice(start, end).join("");
    const supports = tokens.map((token) => answer.support[token]).filter((value) => value !== undefined);
    const support =
      supports.length === 0 ? undefined : supports.reduce((sum, value) => sum + value, 0) / supports.length;
    const score = Math.max(...tokens.map((token) => answer.tokens[token]!.score));
    return {
      word,
      start: codePointToUtf16(text, start),
      end: codePointToUtf16(text, end),
      tokens,
      score,
      ...(support === undefined ? {} : { support }),
      level: levelOf(word, support),
      ...momentOf(answer, tokens),
    };
  });
}

function levelOf(word: string, support: number | undefined): SupportLevel {
  // Without an index there is nothing to compare with, and raw scores of different words do not compare.
  if (support === undefined || isNeutralWord(word)) return "neutral";
  if (support < UNSUPPORTED_BELOW) return "unsupported";
  return support < MEDIUM_FROM ? "weak" : support < STRONG_FROM ? "medium" : "strong";
}

/** The word under an offset of the caption's text (UTF-16), touching its end included. */
export function wordAt(words: readonly WordSupport[], offset: number): WordSupport | undefined {
  return (
    words.find((word) => offset >= word.start && offset < word.end) ??
    words.find((word) => offset >= word.start && offset === word.end)
  );
}

/** Words that the frame shows: those near their best moment, unless they are neutral or unsupported. */
export function wordsAtFrame(words: readonly WordSupport[], times: readonly Range[], frame: number): WordSupport[] {
  const step = times.findIndex(([start, end]) => frame >= start && frame < end);
  if (step < 0) return [];
  return words.filter(
    ({ word, level, overTime }) =>
      level !== "unsupported" && !isNeutralWord(word) && (overTime[step] ?? 0) >= PLAYING_FROM,
  );
}

function momentOf(
  answer: SupportedAlignment,
  tokens: readonly number[],
): Pick<WordSupport, "part" | "frames" | "overTime"> {
  const best = answer.times.map((_, step) => {
    let value = -Infinity;
    let part = 0;
    for (const token of tokens) {
      answer.matrix[token]?.[step]?.forEach((cosine, index) => {
        if (cosine > value) [value, part] = [cosine, index];
      });
    }
    return { value, part };
  });
  const peak = best.reduce((top, { value }, step) => (value > best[top]!.value ? step : top), 0);
  const patches = tokens.flatMap((token) => answer.matrix[token]!.flat()).sort((a, b) => a - b);
  const base = patches[patches.length >> 1] ?? 0;
  const top = best[peak]?.value ?? 0;
  const span = top - base;
  const overTime = best.map(({ value }) => (span > 1e-6 ? Math.max(0, Math.min(1, (value - base) / span)) : 1));
  let [first, last] = [peak, peak];
  while (first > 0 && overTime[first - 1]! >= MOMENT_FROM) first--;
  while (last + 1 < overTime.length && overTime[last + 1]! >= MOMENT_FROM) last++;
  return {
    part: answer.parts[best[peak]?.part ?? 0] ?? "",
    frames: [answer.times[first]?.[0] ?? 0, answer.times[last]?.[1] ?? 0],
    overTime,
  };
}

function isInsideWord(before: string | undefined, after: string | undefined): boolean {
  if (before === undefined || after === undefined) return false;
  return WORD_CHARACTER.test(before) && WORD_CHARACTER.test(after) && !UNSPACED.test(before) && !UNSPACED.test(after);
}
