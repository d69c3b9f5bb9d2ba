import type { Range } from "../range.js";

/**
 * Where each WordPiece token of a BERT uncased tokenizer stands in the text it was made from.
 *
 * @param text the text exactly as given to the tokenizer.
 * @param tokens the tokens in order, with or without the added `[CLS]` and `[SEP]`; may be cut short.
 * @returns half-open ranges of **code points** of `text`, one per token, in ascending order; added special
 *   tokens get an empty range at the start or the end.
 */
export function alignTokens(text: string, tokens: readonly string[]): Range[] {
  throw new Error(`not there yet: ${text} ${tokens.length}`);
}

/** Converts a code point offset of `text` to the UTF-16 offset that editors use. */
export function codePointToUtf16(text: string, offset: number): number {
  let units = 0;
  let points = 0;
  for (const character of text) {
    if (points >= offset) break;
    units += character.length;
    points++;
  }
  return units;
}

/** Converts a UTF-16 offset of `text` to a code point offset; inside a surrogate pair, that of the pair. */
export function utf16ToCodePoint(text: string, offset: number): number {
  let units = 0;
  let points = 0;
  for (const character of text) {
    if (units + character.length > offset) break;
    units += character.length;
    points++;
  }
  return points;
}
