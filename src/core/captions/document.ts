/**
 * Caption files: HumanML3D's lines `caption#word/POS word/POS#from#to`, or plain text, one caption a line.
 * Every line keeps its exact place, so that an editor can mark and change it; lines that cannot be understood
 * are kept byte for byte with the problem named.
 */
import type { Range } from "../range.js";
import { parseLine, type CaptionToken } from "./line.js";

export type { CaptionToken } from "./line.js";

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

const BYTE_ORDER_MARK = "\uFEFF";
/** Lines as editors count them, each with its ending. */
const LINE = /([^\r\n]*)(\r\n|\n|\r|$)/gy;

/**
 * Parses the text of a caption file. Never fails: what is no caption becomes a broken line. The raw lines and
 * endings put together again are the text (`documentText`).
 */
export function parseCaptionDocument(text: string): CaptionDocument {
  const byteOrderMark = text.startsWith(BYTE_ORDER_MARK);
  const lines: CaptionLine[] = [];
  let at = byteOrderMark ? 1 : 0;
  while (at < text.length) {
    LINE.lastIndex = at;
    const match = LINE.exec(text)!;
    const raw = match[1]!;
    const ending = match[2] as CaptionLine["ending"];
    lines.push({ line: lines.length + 1, start: at, end: at + raw.length, raw, ending, ...understandLine(raw, at) });
    at += raw.length + ending.length;
  }
  return { text, byteOrderMark, lines };
}

/** The text that a document was parsed from, put together from its lines. */
export function documentText(document: CaptionDocument): string {
  const mark = document.byteOrderMark ? BYTE_ORDER_MARK : "";
  return mark + document.lines.map((line) => line.raw + line.ending).join("");
}

type Understood = Pick<CaptionLine, "kind" | "text" | "textStart" | "textEnd" | "tokens" | "seconds" | "problem">;

function understandLine(raw: string, start: number): Understood {
  const place = (caption: string): Pick<CaptionLine, "text" | "textStart" | "textEnd"> => {
    const text = caption.trim();
    const textStart = start + (text === "" ? 0 : caption.length - caption.trimStart().length);
    return { text, textStart, textEnd: textStart + text.length };
  };
  const parsed = parseLine(raw);
  switch (parsed.kind) {
    case "humanml3d":
      return { ...place(parsed.caption), kind: parsed.kind, tokens: parsed.tokens, seconds: parsed.seconds };
    case "broken":
      return { ...place(""), kind: parsed.kind, tokens: [], problem: parsed.problem };
    default:
      return { ...place(raw), kind: parsed.kind, tokens: [] };
  }
}

/** The lines that hold a caption, in order. */
export function captionLines(document: CaptionDocument): CaptionLine[] {
  return document.lines.filter((line) => line.kind === "humanml3d" || line.kind === "plain");
}

/** Guards against 0.15 * 20 falling a rounding error short of 3. */
const FRAME_TOLERANCE = 1e-6;

/**
 * Frames that a line speaks of: floor(from * fps) up to floor(to * fps), as HumanML3D cuts them, kept within
 * the motion and at least one frame long. Undefined means the whole motion; also when the range lies outside.
 */
export function captionFrames(
  line: Pick<CaptionLine, "seconds">,
  motion: { readonly frames: number; readonly fps: number },
): Range | undefined {
  if (line.seconds === undefined) return undefined;
  const [from, to] = line.seconds.map((seconds) => Math.floor(seconds * motion.fps + FRAME_TOLERANCE)) as [
    number,
    number,
  ];
  if (from >= motion.frames) return undefined;
  return [from, Math.min(motion.frames, Math.max(from + 1, to))];
}

/** Tag of words whose part of speech is not known: "other" in the Universal Dependencies tag set. */
const UNKNOWN_TAG = "X";

/**
 * One line of a caption file, without line ending. Line breaks and other control characters become blanks; in HumanML3D lines
 * so does `#`, which separates the fields there. Words without given tokens are tagged `X`.
 *
 * @throws RangeError for a caption without any text, or a time range that is none.
 */
export function formatCaptionLine(caption: NewCaption, kind: "humanml3d" | "plain"): string {
  const separators = kind === "humanml3d" ? /[\s\p{Cc}#]+/gu : /\s*\p{Cc}+\s*/gu;
  const text = caption.text.replace(separators, " ").trim();
  if (text === "") throw new RangeError("A caption needs at least one word.");
  if (kind === "plain") return text;
  const tokens = caption.tokens?.length ? caption.tokens : wordsOf(text).map((word) => ({ word, tag: UNKNOWN_TAG }));
  const tagged = tokens.map(({ word, tag }) => `${word.replace(/[\s#]+/g, "")}/${tag || UNKNOWN_TAG}`).join(" ");
  const [from, to] = caption.seconds ?? [0, 0];
  if (!(from >= 0 && (to > from || caption.seconds === undefined) && to < Infinity)) {
    throw new RangeError(`A caption cannot belong to the time from ${from} s to ${to} s.`);
  }
  return `${text}#${tagged}#${formatSeconds(from)}#${formatSeconds(to)}`;
}

/** As HumanML3D writes times: always with a decimal point. */
function formatSeconds(seconds: number): string {
  return Number.isInteger(seconds) ? seconds.toFixed(1) : String(seconds);
}

function wordsOf(text: string): string[] {
  return text.toLowerCase().match(/[\p{L}\p{N}\p{M}]+(?:['’-][\p{L}\p{N}\p{M}]+)*/gu) ?? [text];
}

/**
 * The edit that adds a caption: at the end of the file, or as the line after `afterLine` (from 1; 0 puts it
 * first). The kind follows the file's own lines; an empty file gets HumanML3D lines. Line endings are those of
 * the file's first line.
 */
export function insertCaption(document: CaptionDocument, caption: NewCaption, afterLine?: number): CaptionEdit {
  const { lines } = document;
  const plain = lines.some((line) => line.kind === "plain") && !lines.some((line) => line.kind === "humanml3d");
  const line = formatCaptionLine(caption, plain && caption.seconds === undefined ? "plain" : "humanml3d");
  const ending = lines[0]?.ending || "\n";
  const position = Math.max(0, Math.min(afterLine ?? lines.length, lines.length));
  const previous = lines[position - 1];
  if (previous === undefined) return { offset: document.byteOrderMark ? 1 : 0, text: line + ending };
  const offset = previous.end + previous.ending.length;
  // The last line may lack its ending: it gets one, and the new line stays the one without.
  return previous.ending === "" ? { offset, text: ending + line } : { offset, text: line + ending };
}
