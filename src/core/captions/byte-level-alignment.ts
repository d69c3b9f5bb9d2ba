/**
 * From tokens of a byte-level BPE tokenizer (GPT-2, RoBERTa) back to places in the text. Such tokens spell the text's
 * UTF-8 bytes, each byte written as one character; nothing of the text is changed or dropped.
 */
import type { Range } from "../range.js";

/** Bytes that stand for themselves in tokens; the others are written as U+0100, U+0101, ... in their order. */
function isPlain(byte: number): boolean {
  return (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae;
}

const BYTE_OF: ReadonlyMap<string, number> = (() => {
  const bytes = new Map<string, number>();
  let next = 0x100;
  for (let byte = 0; byte < 256; byte++) {
    bytes.set(String.fromCodePoint(isPlain(byte) ? byte : next++), byte);
  }
  return bytes;
})();

/** UTF-8 bytes of a token; undefined for one that spells none, such as an added `<s>` with other characters. */
export function bytesOfToken(token: string): readonly number[] | undefined {
  const bytes: number[] = [];
  for (const character of token) {
    const byte = BYTE_OF.get(character);
    if (byte === undefined) return undefined;
    bytes.push(byte);
  }
  return bytes;
}

interface TextBytes {
  readonly bytes: Uint8Array;
  /** Code point that each byte belongs to. */
  readonly points: readonly number[];
  readonly length: number;
}

function bytesOfText(text: string): TextBytes {
  const characters = Array.from(text);
  const encoder = new TextEncoder();
  const points = characters.flatMap((character, point) => Array.from(encoder.encode(character), () => point));
  // Lone surrogates become U+FFFD in both.
  return { bytes: encoder.encode(text), points, length: characters.length };
}

const FIRST = "<s>";
const WHITE_SPACE = new Set([0x09, 0x0a, 0x0b, 0x0c, 0x0d, 0x20]);

/**
 * Where each token of a byte-level BPE tokenizer stands in the text it was made from.
 *
 * @param text the text exactly as given to the tokenizer.
 * @param tokens the tokens in order, with or without the added `<s>` and `</s>`; may be cut short.
 * @returns half-open ranges of **code points**, one per token, without the white space that a token begins with. The
 *   tokens of a character whose bytes are split share its range. Added special tokens, and tokens that this text cannot
 *   have, get an empty range where they would stand.
 */
export function alignByteTokens(text: string, tokens: readonly string[]): Range[] {
  const { bytes, points, length } = bytesOfText(text);
  let at = 0;
  // `<s>` written at the start of the text itself is text, the one before it is added.
  const added = tokens[0] === FIRST && (!text.startsWith(FIRST) || tokens[1] === FIRST);
  return tokens.map((token, index): Range => {
    if (index === 0 && added) return [0, 0];
    const found = place(bytes, at, token);
    if (found === undefined) {
      const point = at < bytes.length ? points[at]! : length;
      return [point, point];
    }
    const [start, end] = found;
    at = end;
    let first = start;
    while (first < end && WHITE_SPACE.has(bytes[first]!)) first++;
    // A token of white space alone keeps it.
    if (first === end) first = start;
    return first === end ? [points[start] ?? length, points[start] ?? length] : [points[first]!, points[end - 1]! + 1];
  });
}

/** Bytes [start, end) of the text that a token spells from `at` on; undefined when it spells something else. */
function place(bytes: Uint8Array, at: number, token: string): Range | undefined {
  const spelled = bytesOfToken(token);
  if (spelled === undefined || spelled.length === 0) return undefined;
  if (matches(bytes, at, spelled)) return [at, at + spelled.length];
  // Some tokenizers put a space before the text.
  const rest = at === 0 && spelled[0] === 0x20 ? spelled.slice(1) : [];
  if (rest.length > 0 && matches(bytes, at, rest)) return [at, at + rest.length];
  // Special tokens written in the text may swallow the white space around them.
  let next = at;
  while (next < bytes.length && WHITE_SPACE.has(bytes[next]!)) next++;
  return next > at && matches(bytes, next, spelled) ? [next, next + spelled.length] : undefined;
}

function matches(bytes: Uint8Array, at: number, spelled: readonly number[]): boolean {
  return at + spelled.length <= bytes.length && spelled.every((byte, index) => bytes[at + index] === byte);
}
