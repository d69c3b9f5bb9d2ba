/** What one line of a caption file says, without regard to where it stands. */

export interface CaptionToken {
  readonly word: string;
  /** Part-of-speech tag, whatever it is; empty when the file gives none. */
  readonly tag: string;
}

export type ParsedLine =
  | { readonly kind: "blank" | "plain" }
  | {
      readonly kind: "humanml3d";
      /** First field, blanks included. */
      readonly caption: string;
      readonly tokens: readonly CaptionToken[];
      readonly seconds?: readonly [from: number, to: number];
    }
  | { readonly kind: "broken"; readonly problem: string };

const SEPARATOR = "#";
const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;
const NOT_A_NUMBER = /^[+-]?nan$/i;
const INFINITE = /^[+-]?inf(inity)?$/i;
/** A word and its tag; the word may be a slash or hold one. */
const TAGGED = /^(.+)\/([^/\s]+)$/;
/** Tags are written in capitals in every tag set in use; a sentence is not full of such words. */
const CAPITAL_TAG = /^.+\/[A-Z][A-Z$_-]*$/;

/**
 * Reads a line as HumanML3D's four fields where it has them, as a plain caption where nothing looks like a
 * field. A line with some but not all of the fields is broken: reading `#` and tags as words would be worse.
 */
export function parseLine(raw: string): ParsedLine {
  if (raw.trim() === "") return { kind: "blank" };
  if (raw.includes("\0")) return broken("The line holds NUL characters; the file may be damaged or not be UTF-8.");
  const fields = raw.split(SEPARATOR);
  if (fields.length === 1) return { kind: "plain" };
  const numeric = fields.slice(-2).filter(looksNumeric).length;
  if (fields.length >= 4 && numeric === 2) return fourFields(fields);
  return otherFields(fields, numeric);
}

function broken(problem: string): ParsedLine {
  return { kind: "broken", problem };
}

function looksNumeric(field: string): boolean {
  const text = field.trim();
  return NUMBER.test(text) || NOT_A_NUMBER.test(text) || INFINITE.test(text);
}

function isTagged(field: string): boolean {
  const items = field.trim().split(/\s+/);
  return items.every((item) => TAGGED.test(item));
}

function isSurelyTagged(field: string): boolean {
  return field
    .trim()
    .split(/\s+/)
    .every((item) => CAPITAL_TAG.test(item));
}

/**
 * The last two fields are the times. Captions and tokens may hold a `#` of their own, so the tokens are the
 * shortest run of fields before the times in which every word has a tag; failing that, the field before them.
 */
function fourFields(fields: readonly string[]): ParsedLine {
  const times = fields.length - 2;
  let first = times - 1;
  for (let candidate = times - 1; candidate >= 1; candidate--) {
    if (isTagged(fields.slice(candidate, times).join(SEPARATOR))) {
      first = candidate;
      break;
    }
  }
  const caption = fields.slice(0, first).join(SEPARATOR);
  if (caption.trim() === "") return broken("There is no caption before the first #.");
  const tokens = parseTokens(fields.slice(first, times).join(SEPARATOR));
  const range = parseRange(fields[times]!.trim(), fields[times + 1]!.trim());
  if (typeof range === "string") return broken(range);
  return { kind: "humanml3d", caption, tokens, ...(range === null ? {} : { seconds: range }) };
}

function parseTokens(field: string): CaptionToken[] {
  return field
    .trim()
    .split(/\s+/)
    .filter((item) => item !== "")
    .map((item) => {
      const match = TAGGED.exec(item);
      return match ? { word: match[1]!, tag: match[2]! } : { word: item, tag: "" };
    });
}

/** A range of seconds, null for the whole motion, or what is wrong with it. `nan` counts as 0, as HumanML3D reads it. */
function parseRange(from: string, to: string): readonly [number, number] | null | string {
  for (const [name, text] of [
    ["start", from],
    ["end", to],
  ]) {
    if (INFINITE.test(text!)) return `The ${name} time ${text} is not finite.`;
  }
  const start = NOT_A_NUMBER.test(from) ? 0 : Number(from);
  const end = NOT_A_NUMBER.test(to) ? 0 : Number(to);
  if (start === 0 && end === 0) return null;
  if (start < 0 || end < 0) return `The time range ${from} to ${to} is negative.`;
  if (!Number.isFinite(start) || !Number.isFinite(end)) return `The time range ${from} to ${to} is too large.`;
  if (end <= start) return `The time range ends at ${to} s, which is not after its start at ${from} s.`;
  return [start, end];
}

/** Lines with # that do not end in two times: a plain caption that holds #, or a HumanML3D line gone wrong. */
function otherFields(fields: readonly string[], numeric: number): ParsedLine {
  const tagged = fields.slice(1).findIndex(isSurelyTagged) + 1;
  if (tagged > 0) {
    if (fields.length < 4) return broken(`The line has ${fields.length} of the 4 fields caption#tokens#start#end.`);
    const wrong = fields.slice(-2).find((field) => !looksNumeric(field))!;
    return broken(`"${wrong.trim()}" is not a time in seconds.`);
  }
  if (fields.length === 3 && numeric === 2)
    return broken("The field of tagged words is missing: caption#tokens#start#end.");
  return { kind: "plain" };
}
