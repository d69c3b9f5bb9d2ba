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

/** Side words of a text, in order. Words that only look like one ("upright", "all right", "right away") are left out. */
export function findSideWords(text: string): SideWord[] {
  throw new Error(`not there yet: ${text}`);
}

/** The text with every side word exchanged; swapping twice gives the text back up to spelling of "anticlockwise". */
export function swapSides(text: string): string {
  throw new Error(`not there yet: ${text}`);
}
