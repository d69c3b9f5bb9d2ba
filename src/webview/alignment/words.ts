/**
 * Words of a caption, put together from the model's tokens, and what each of them finds in the motion.
 */
import { isNeutralWord } from "../../core/captions/neutral-words.js";
import type { AlignAnswer, Range, SupportedAlignment } from "../../protocol/engine.js";

export type Side = "left" | "right";

export interface Word {
  readonly text: string;
  /** Half-open code point range in the caption. */
  readonly chars: Range;
  /** Indices into the alignment's tokens, ascending. */
  readonly tokens: readonly number[];
  /** Strongest patch score of any of its tokens. */
  readonly score: number;
  /** Mean percentile of its tokens (0 to 1), where the index gave any. */
  readonly support?: number;
  /** Largest share of a token's score that no patch carries. */
  readonly beyondGrid?: number;
  readonly side?: Side;
  /** Names no movement, limb, side, count or direction ("the"): never tinted, never marked. */
  readonly neutral: boolean;
}

/** A stretch of the caption: a scored word, or text between words. */
export interface Segment {
  readonly text: string;
  /** Index into the words; undefined for what was not scored (spaces, punctuation, text beyond the model's length). */
  readonly word?: number;
}

/** What a word finds: one score per patch, and the strongest of each time step. */
export interface WordSignal {
  /** `patches[time * parts + part]`, cosine. */
  readonly patches: Float32Array;
  /** Strongest patch of each time step. */
  readonly series: Float32Array;
  readonly parts: number;
  readonly times: number;
  /** Median and maximum of all patches: what the word finds anywhere, and at its best. */
  readonly base: number;
  readonly peak: number;
  readonly peakTime: number;
  readonly peakPart: number;
}

const WORD_CHARACTER = /[\p{L}\p{M}\p{N}]/u;
/** Scripts written without spaces: each character stands for itself. */
const UNSPACED = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Khmer}\p{Script=Lao}]/u;

function joins(before: string, after: string): boolean {
  return WORD_CHARACTER.test(before) && WORD_CHARACTER.test(after) && !UNSPACED.test(before) && !UNSPACED.test(after);
}

/**
 * Merges tokens whose character ranges touch inside a word ("kick" + "s"). Ranges are code points of `text`;
 * tokens may leave gaps (dropped punctuation) and may end before the text does.
 */
export function wordsOf(text: string, alignment: Pick<SupportedAlignment, "tokens" | "support">): Word[] {
  const characters = [...text];
  const groups: { start: number; end: number; tokens: number[] }[] = [];
  alignment.tokens.forEach((token, index) => {
    const start = Math.max(0, Math.min(token.chars[0], characters.length));
    const end = Math.max(start, Math.min(token.chars[1], characters.length));
    if (end === start) return;
    const last = groups.at(-1);
    if (last && start < last.end) {
      last.end = Math.max(last.end, end);
      last.tokens.push(index);
    } else if (last && start === last.end && joins(characters[start - 1] ?? "", characters[start] ?? "")) {
      last.end = end;
      last.tokens.push(index);
    } else {
      groups.push({ start, end, tokens: [index] });
    }
  });
  return groups.map(({ start, end, tokens }) => {
    const supports = tokens.map((token) => alignment.support[token]).filter((value) => value !== undefined);
    const shares = tokens.map((token) => alignment.tokens[token]?.beyondGrid).filter((value) => value !== undefined);
    const spelled = characters.slice(start, end).join("");
    return {
      text: spelled,
      chars: [start, end] as const,
      tokens,
      score: Math.max(...tokens.map((token) => alignment.tokens[token]!.score)),
      support: supports.length > 0 ? supports.reduce((sum, value) => sum + value, 0) / supports.length : undefined,
      beyondGrid: shares.length > 0 ? Math.max(...shares) : undefined,
      side: sideOf(spelled),
      neutral: isNeutralWord(spelled),
    };
  });
}

/** The side a word names, if it does. */
export function sideOf(word: string): Side | undefined {
  const lower = word.toLowerCase();
  return lower === "left" || lower === "right" ? lower : undefined;
}

/** Cuts the caption into words and the text between them, in order, losing no character. */
export function segmentsOf(text: string, words: readonly Word[]): Segment[] {
  const characters = [...text];
  const segments: Segment[] = [];
  let at = 0;
  words.forEach((word, index) => {
    if (word.chars[0] > at) segments.push({ text: characters.slice(at, word.chars[0]).join("") });
    segments.push({ text: word.text, word: index });
    at = word.chars[1];
  });
  if (at < characters.length) segments.push({ text: characters.slice(at).join("") });
  return segments;
}

/** The word that holds a token; undefined when the token is in none. */
export function wordOfToken(words: readonly Word[], token: number | undefined): number | undefined {
  if (token === undefined) return undefined;
  const found = words.findIndex((word) => word.tokens.includes(token));
  return found < 0 ? undefined : found;
}

/** The strongest score of any of the given tokens, patch by patch. */
export function signalOf(alignment: AlignAnswer, tokens: readonly number[]): WordSignal {
  const times = alignment.times.length;
  const parts = alignment.parts.length;
  const patches = new Float32Array(times * parts).fill(Number.NEGATIVE_INFINITY);
  for (const token of tokens) {
    for (let time = 0; time < times; time++) {
      for (let part = 0; part < parts; part++) {
        const at = time * parts + part;
        patches[at] = Math.max(patches[at]!, alignment.matrix[token]?.[time]?.[part] ?? Number.NEGATIVE_INFINITY);
      }
    }
  }
  const series = new Float32Array(times).fill(Number.NEGATIVE_INFINITY);
  let peakAt = 0;
  patches.forEach((value, at) => {
    const time = Math.floor(at / parts);
    series[time] = Math.max(series[time]!, value);
    if (value > patches[peakAt]!) peakAt = at;
  });
  const sorted = Float32Array.from(patches).sort();
  return {
    patches,
    series,
    parts,
    times,
    base: sorted[sorted.length >> 1] ?? 0,
    peak: patches[peakAt] ?? 0,
    peakTime: parts > 0 ? Math.floor(peakAt / parts) : 0,
    peakPart: parts > 0 ? peakAt % parts : 0,
  };
}

/** A score on the word's own scale: 0 at what it finds anywhere (median) or below, 1 at its best patch. */
export function relativeStrength(signal: WordSignal, value: number): number {
  const span = signal.peak - signal.base;
  if (!(span > 1e-6)) return value >= signal.peak ? 1 : 0;
  return Math.max(0, Math.min(1, (value - signal.base) / span));
}

/**
 * The moments of a word: stretches of time steps whose strength is above half of the word's best,
 * as half-open ranges of time steps, ascending. The one with the peak is always among them.
 */
export function momentsOf(signal: WordSignal): Range[] {
  const moments: [number, number][] = [];
  for (let time = 0; time < signal.times; time++) {
    if (relativeStrength(signal, signal.series[time]!) < 0.5) continue;
    const last = moments.at(-1);
    if (last && last[1] === time) last[1] = time + 1;
    else moments.push([time, time + 1]);
  }
  return moments;
}

/** The strongest moment of a word in frames, with its peak's first frame; undefined for an empty grid. */
export function strongestMoment(
  signal: WordSignal,
  times: readonly Range[],
): { readonly range: Range; readonly frame: number } | undefined {
  const moment = momentsOf(signal).find(([start, end]) => start <= signal.peakTime && signal.peakTime < end);
  const first = moment && times[moment[0]];
  const last = moment && times[moment[1] - 1];
  const peak = times[signal.peakTime];
  if (!first || !last || !peak) return undefined;
  return { range: [first[0], last[1]], frame: peak[0] };
}
