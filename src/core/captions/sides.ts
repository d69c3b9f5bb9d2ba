/** Words that name a side of the body or a sense of turning, and their exchange. */

export type SideWordKind = "side" | "turn";

export interface SideWord {
  readonly word: string;
  /** UTF-16 offsets in the text, half-open. */
  readonly start: number;
  readonly end: number;
  /** `side`: left and right; `turn`: clockwise and counter-clockwise. */
  readonly kind: SideWordKind;
  /** The word for the other side, in the same case. */
  readonly swapped: string;
}

/** Word endings that "left" and "right" may carry: "lefthand", "left-handed", "rightwards", "leftmost", "left's". */
const SIDE_ENDING = String.raw`(?:(?:-?(?:hand|arm|leg|foot|side)(?:ed)?|-?wards?|-?most|s|y|ies)?)`;

const TURN = String.raw`(?:(?:counter|anti|contra)[- ]?)?clock-?wise`;

const SIDE_WORD = new RegExp(
  String.raw`(?<![\p{L}\p{N}_])(?:(left|right)(${SIDE_ENDING})|(${TURN}))(?![\p{L}\p{N}_])`,
  "giu",
);

/** Words that make "right" mean "just" or "correct" whatever stands before it. */
const NEVER_A_SIDE_AFTER = /^(?:\s+(?:away|now|around|angles?)|-?angled?)(?![\p{L}])/iu;
/** Words that make "right" mean "just" unless the words before say that it is a side. */
const NO_SIDE_AFTER =
  /^\s+(?:there|here|after|afterwards|before|behind|next|beside|above|below|under|back|up|down|off|in front|through|into|onto)(?![\p{L}])/iu;
const SIDE_BEFORE =
  /(?<![\p{L}])(?:the|his|her|their|its|my|your|own|to|and|or|turn(?:s|ed|ing)?|veer(?:s|ed|ing)?|fac(?:es?|ed|ing)|pivot(?:s|ed|ing)?|rotat(?:es?|ed|ing)|lean(?:s|ed|ing)?|bend(?:s|ing)?)\s+$/iu;
const ALL_BEFORE = /(?<![\p{L}])all\s+$/iu;
const LEAVING_BEFORE = /(?<![\p{L}])(?:he|she|they|it|who|person|man|woman|figure|someone|has|have|had|having)\s+$/iu;
const LEFT_OBJECT_AFTER = /^\s+(?:the|a|an|his|her|their|its|for|without)(?![\p{L}])/iu;

/**
 * Side words of a text, in order. Words that only look like one are left out: "upright", "outright", "all right",
 * "right away", "right after", "right angle", and "left" where a person left something.
 */
export function findSideWords(text: string): SideWord[] {
  const found: SideWord[] = [];
  for (const match of text.matchAll(SIDE_WORD)) {
    const [word, side, ending = "", turn] = match;
    const start = match.index;
    const end = start + word.length;
    if (side !== undefined && ending === "" && !meansSide(side.toLowerCase(), text.slice(0, start), text.slice(end)))
      continue;
    const swapped = side !== undefined ? otherSide(side) + ending : otherTurn(turn!);
    found.push({ word, start, end, kind: side !== undefined ? "side" : "turn", swapped });
  }
  return found;
}

function meansSide(side: string, before: string, after: string): boolean {
  if (side === "left") return !(LEAVING_BEFORE.test(before) && LEFT_OBJECT_AFTER.test(after));
  if (ALL_BEFORE.test(before) || NEVER_A_SIDE_AFTER.test(after)) return false;
  return !NO_SIDE_AFTER.test(after) || SIDE_BEFORE.test(before);
}

function sameCase(model: string, word: string): string {
  if (model === model.toUpperCase()) return word.toUpperCase();
  return model[0] === model[0]!.toUpperCase() ? word[0]!.toUpperCase() + word.slice(1) : word;
}

function otherSide(side: string): string {
  return sameCase(side, side.toLowerCase() === "left" ? "right" : "left");
}

/** The other sense keeps the word's spelling: "clock-wise" and "counter-clock-wise" stay hyphenated. */
function otherTurn(turn: string): string {
  const prefix = /^(?:counter|anti|contra)[- ]?/i.exec(turn);
  if (prefix) {
    const rest = turn.slice(prefix[0].length);
    return sameCase(turn, rest.toLowerCase());
  }
  const hyphen = turn.includes("-") ? "-" : "";
  return sameCase(turn, `counter${hyphen}${turn.toLowerCase()}`);
}

/**
 * The text with every side word exchanged, as the caption of the mirrored motion. Swapping twice gives the text
 * back, except that every spelling of "anticlockwise" comes back as "counterclockwise".
 */
export function swapSides(text: string): string {
  let swapped = "";
  let at = 0;
  for (const word of findSideWords(text)) {
    swapped += text.slice(at, word.start) + word.swapped;
    at = word.end;
  }
  return swapped + text.slice(at);
}
