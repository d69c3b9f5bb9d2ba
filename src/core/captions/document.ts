/**
 * Caption files: HumanML3D's lines `caption#word/POS word/POS#from#to`, or plain text, one caption a line.
 * Every line keeps its exact place, so that an editor can mark and change it; lines that cannot be understood
 * are kept byte for byte with the problem named.
 */
import type { Range } from "../range.js";

export interface CaptionToken {
  readonly word: string;
  /** Part-of-speech tag, whatever it is; empty when the file gives none. */
  readonly tag: string;
}

export type CaptionLineKind = "humanml3d" | "plain" | "blank" | "broken";

export interface CaptionLine {
  /** Counts from 1. */
  readonly line: number;
  readonly kind: CaptionLineKind;
  /** UTF-16 offsets in the document of the line without its ending. */
  readonly start: number;
  readonly end: number;
  /** The line without its ending, exactly as in the file. */
  readonly raw: string;
  readonly ending: "\n" | "\r\n" | "\r" | "";
  /** The caption as written, without surrounding blanks; empty for blank and broken lines. */
  readonly text: string;
  /** UTF-16 offsets in the document of `text`. */
  readonly textStart: number;
  readonly textEnd: number;
  readonly tokens: readonly CaptionToken[];
  /** The part of the motion that the caption speaks of; undefined means the whole motion. */
  readonly seconds?: readonly [from: number, to: number];
  /** Why a broken line is broken, in the user's words. */
  readonly problem?: string;
}

export interface CaptionDocument {
  /** The whole text as given. */
  readonly text: string;
  /** U+FEFF at the start; not part of the first line. */
  readonly byteOrderMark: boolean;
  /** All lines. A final line ending does not make another, empty line. */
  readonly lines: readonly CaptionLine[];
}

/** An insertion: put `text` at UTF-16 offset `offset`. */
export interface CaptionEdit {
  readonly offset: number;
  readonly text: string;
}

export interface NewCaption {
  readonly text: string;
  readonly tokens?: readonly CaptionToken[];
  readonly seconds?: readonly [from: number, to: number];
}

export function parseCaptionDocument(text: string): CaptionDocument {
  throw new Error(`not there yet: ${text}`);
}

/** The lines that hold a caption, in order. */
export function captionLines(document: CaptionDocument): CaptionLine[] {
  return document.lines.filter((line) => line.kind === "humanml3d" || line.kind === "plain");
}

/**
 * Frames that a line speaks of: floor(from * fps) up to floor(to * fps), as HumanML3D cuts them, kept within
 * the motion and at least one frame long. Undefined means the whole motion; also when the range lies outside.
 */
export function captionFrames(
  line: Pick<CaptionLine, "seconds">,
  motion: { readonly frames: number; readonly fps: number },
): Range | undefined {
  throw new Error(`not there yet: ${line.seconds} ${motion.frames}`);
}

/** One line of a caption file, without line ending. */
export function formatCaptionLine(caption: NewCaption, kind: "humanml3d" | "plain"): string {
  throw new Error(`not there yet: ${caption.text} ${kind}`);
}

/**
 * The edit that adds a caption: at the end of the file, or as the line after `afterLine` (from 1; 0 puts it
 * first). The kind follows the file's own lines; an empty file gets HumanML3D lines.
 */
export function insertCaption(document: CaptionDocument, caption: NewCaption, afterLine?: number): CaptionEdit {
  throw new Error(`not there yet: ${document.text} ${caption.text} ${afterLine}`);
}
