/**
 * The words that BERT's uncased tokenizer sees in a text, each character with the code points of the text that
 * it came from. Follows the normaliser and pre-tokeniser settings of such models: control characters dropped,
 * blanks unified, CJK ideographs of the basic plane set apart, lower case, accents stripped, split at blanks,
 * every punctuation character a word of its own.
 */

/** A character after normalisation (one code point), and the half-open code points of the text it stands for. */
export interface PlacedCharacter {
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

export interface Word {
  readonly start: number;
  readonly end: number;
  readonly characters: readonly PlacedCharacter[];
  /** A special token that is written out in the text, such as `[MASK]`; it is taken as such. */
  readonly literal?: string;
}

const SPECIAL = /\[(?:PAD|UNK|CLS|SEP|MASK)\]/g;

export function splitWords(text: string): Word[] {
  const words: Word[] = [];
  let unit = 0;
  let point = 0;
  const section = (end: number): void => {
    const points = Array.from(text.slice(unit, end));
    words.push(...sectionWords(points, point));
    point += points.length;
    unit = end;
  };
  for (const match of text.matchAll(SPECIAL)) {
    section(match.index);
    const literal = match[0];
    words.push({ start: point, end: point + literal.length, characters: [], literal });
    point += literal.length;
    unit += literal.length;
  }
  section(text.length);
  return words;
}

/** Words of a stretch of text without special tokens, whose first code point has the offset `offset`. */
function sectionWords(points: readonly string[], offset: number): Word[] {
  const words: Word[] = [];
  let open: PlacedCharacter[] = [];
  const close = (): void => {
    if (open.length > 0) words.push({ start: open[0]!.start, end: open.at(-1)!.end, characters: open });
    open = [];
  };
  for (const character of normalise(points, offset)) {
    if (BLANK.test(character.text)) {
      close();
    } else if (PUNCTUATION.test(character.text)) {
      close();
      words.push({ start: character.start, end: character.end, characters: [character] });
    } else {
      open.push(character);
    }
  }
  close();
  return words;
}

const BLANK = /^\s$/;
const PUNCTUATION = /^[\p{P}!-/:-@[-`{-~]$/u;
const CONTROL = /^[\p{Cc}\p{Cf}\p{Co}\p{Cs}]$/u;
const MARK = /^\p{Mn}$/u;

/** CJK ideographs of the basic plane. The tokenizer in use looks at UTF-16 units, so others stay in their words. */
function isIdeograph(character: string): boolean {
  const code = character.codePointAt(0)!;
  return (code >= 0x4e00 && code <= 0x9fff) || (code >= 0x3400 && code <= 0x4dbf) || (code >= 0xf900 && code <= 0xfaff);
}

function normalise(points: readonly string[], offset: number): PlacedCharacter[] {
  return stripAccents(lowerCase(clean(points, offset)));
}

function clean(points: readonly string[], offset: number): PlacedCharacter[] {
  return points.flatMap((character, index): PlacedCharacter[] => {
    const [start, end] = [offset + index, offset + index + 1];
    if (character === "\t" || character === "\n" || character === "\r") return [{ text: " ", start, end }];
    if (character === "\uFFFD" || CONTROL.test(character)) return [];
    if (BLANK.test(character)) return [{ text: " ", start, end }];
    if (!isIdeograph(character)) return [{ text: character, start, end }];
    const gap = { text: " ", start, end };
    return [gap, { text: character, start, end }, gap];
  });
}

/** Lower-cases in context (a final sigma has its own form); the number of units does not depend on context. */
function lowerCase(characters: readonly PlacedCharacter[]): PlacedCharacter[] {
  const lowered = characters
    .map(({ text }) => text)
    .join("")
    .toLowerCase();
  let unit = 0;
  return characters.map(({ text, start, end }) => {
    const length = text.toLowerCase().length;
    unit += length;
    return { text: lowered.slice(unit - length, unit), start, end };
  });
}

/** Decomposes and drops accents; a dropped accent's place goes to the character it stands on. */
function stripAccents(characters: readonly PlacedCharacter[]): PlacedCharacter[] {
  const placed: PlacedCharacter[] = [];
  for (const { text, start, end } of characters) {
    for (const part of text.normalize("NFD")) {
      const previous = placed.at(-1);
      if (!MARK.test(part)) placed.push({ text: part, start, end });
      else if (previous !== undefined && previous.end === start && previous.text !== " ") {
        placed[placed.length - 1] = { ...previous, end };
      }
    }
  }
  return inCanonicalOrder(placed, characters);
}

/**
 * Decomposition sorts combining marks; a few that are not dropped can change places with their neighbours. All
 * characters of such a stretch then share its place.
 */
function inCanonicalOrder(placed: PlacedCharacter[], characters: readonly PlacedCharacter[]): PlacedCharacter[] {
  const whole = characters
    .map(({ text }) => text)
    .join("")
    .normalize("NFD");
  const expected = Array.from(whole).filter((part) => !MARK.test(part));
  for (let first = 0; first < placed.length; first++) {
    if (placed[first]!.text === expected[first]) continue;
    let last = first;
    while (last + 1 < placed.length && placed[last + 1]!.text !== expected[last + 1]) last++;
    const [start, end] = [placed[first]!.start, placed[last]!.end];
    for (let at = first; at <= last; at++) placed[at] = { text: expected[at]!, start, end };
    first = last;
  }
  return placed;
}
