/**
 * From WordPiece tokens back to places in the text. Tokenizer libraries for JavaScript give no offsets, so the
 * normalisation of BERT's uncased tokenizer is followed here character by character, each keeping the place it
 * came from; tokens are then read off word by word.
 */
import type { Range } from "../range.js";
import { splitWords, type Word } from "./bert-words.js";

const UNKNOWN = "[UNK]";
const FIRST = "[CLS]";
const LAST = "[SEP]";
const CONTINUES = "##";

/**
 * Where each WordPiece token of a BERT uncased tokenizer stands in the text it was made from.
 *
 * @param text the text exactly as given to the tokenizer.
 * @param tokens the tokens in order, with or without the added `[CLS]` and `[SEP]`; may be cut short.
 * @returns half-open ranges of **code points** of `text`, one per token, starts never descending. Pieces that
 *   share a character (the parts of a Hangul syllable) share its range. Marks that the tokenizer drops belong
 *   to the character they stand on. Added special tokens, and tokens that this text cannot have, get an empty
 *   range where they would stand.
 */
export function alignTokens(text: string, tokens: readonly string[]): Range[] {
  const words = splitWords(text);
  const length = Array.from(text).length;
  const ranges: Range[] = [];
  let next = 0;
  let at = 0;
  if (tokens[0] === FIRST && (words[0]?.literal !== FIRST || tokens[1] === FIRST)) {
    ranges.push([0, 0]);
    at = 1;
  }
  while (at < tokens.length) {
    const found = findWord(words, next, tokens, at);
    if (found === undefined) {
      const place = next < words.length ? words[next]!.start : length;
      ranges.push([place, place]);
      at++;
      continue;
    }
    ranges.push(...found.ranges);
    at += found.ranges.length;
    next = found.word + 1;
  }
  return ranges;
}

/** The next word that the tokens from `at` on spell; normally the very next one. */
function findWord(
  words: readonly Word[],
  next: number,
  tokens: readonly string[],
  at: number,
): { word: number; ranges: Range[] } | undefined {
  for (let word = next; word < words.length; word++) {
    const ranges = spell(words[word]!, tokens, at);
    if (ranges !== undefined) return { word, ranges };
  }
  return undefined;
}

/** Ranges of the tokens that spell a word, or undefined when they spell another one. */
function spell(word: Word, tokens: readonly string[], at: number): Range[] | undefined {
  const whole: Range = [word.start, word.end];
  if (word.literal !== undefined) return tokens[at] === word.literal ? [whole] : undefined;
  if (tokens[at] === UNKNOWN) return [whole];
  const ranges: Range[] = [];
  let done = 0;
  for (let piece = at; done < word.characters.length && piece < tokens.length; piece++) {
    const token = tokens[piece]!;
    // Tokens cut short in the middle of a word may end in an added [SEP].
    if (piece > at && token === LAST && piece === tokens.length - 1) return ranges;
    if (piece > at && !token.startsWith(CONTINUES)) return undefined;
    const spelling = Array.from(piece > at ? token.slice(CONTINUES.length) : token);
    const covered = word.characters.slice(done, done + spelling.length);
    if (spelling.length === 0 || covered.length < spelling.length) return undefined;
    if (!covered.every((character, index) => character.text === spelling[index])) return undefined;
    ranges.push([covered[0]!.start, covered.at(-1)!.end]);
    done += spelling.length;
  }
  return ranges;
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
