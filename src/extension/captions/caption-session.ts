/** The alignment of one open caption file: which motion, which lines, what each word finds. */
import * as vscode from "vscode";
import { captionFrames, captionLines, parseCaptionDocument, type CaptionLine } from "../../core/captions/document.js";
import type { LoadedMotion } from "../../core/motion/motion.js";
import type { Range, SupportedAlignment } from "../../protocol/engine.js";
import { LatestOnly } from "../engine-client/latest.js";
import { shortMessage } from "../errors.js";
import type { Services } from "../services.js";
import { setting } from "../settings.js";
import { NO_MARKS, type CaptionScore, type DrawnMarks } from "./word-decorations.js";
import { wordAt, wordsAtFrame, wordSupportOf, type WordSupport } from "./word-support.js";

/** An aligned caption. */
export interface AlignedLine {
  readonly text: string;
  readonly answer: SupportedAlignment;
  readonly words: readonly WordSupport[];
}

/** A place in the document, as far as it is aligned. */
export interface CaptionPlace {
  readonly line: CaptionLine;
  readonly aligned?: AlignedLine;
  readonly word?: WordSupport;
}

export class CaptionSession implements vscode.Disposable {
  readonly #services: Services;
  readonly #aligning = new LatestOnly();
  /** By text and cut; captions that come back after an undo are there at once. */
  readonly #aligned = new Map<string, AlignedLine>();
  #loaded: LoadedMotion | undefined;
  #problem: string | undefined;

  /** @param motion absolute path. */
  constructor(
    services: Services,
    readonly document: vscode.TextDocument,
    readonly folder: string,
    readonly motion: string,
  ) {
    this.#services = services;
  }

  /** Why the motion cannot be aligned, in the user's words. */
  get problem(): string | undefined {
    return this.#problem;
  }

  get frames(): number {
    return this.#loaded?.motion.frames ?? 0;
  }

  get fps(): number {
    return this.#loaded?.motion.fps ?? 0;
  }

  get aligning(): boolean {
    return this.#aligning.running;
  }

  /** Forgets all alignments: the motion, the model or the index changed. */
  forget(): void {
    this.#aligned.clear();
    this.#loaded = undefined;
  }

  /**
   * Aligns the captions that are new or changed, the preferred line (from 1) first; a later call overtakes this one.
   * Failures are kept in `problem`.
   *
   * @param onProgress called after each aligned line.
   */
  async align(preferredLine: number, onProgress: () => void): Promise<void> {
    const { engine, loader } = this.#services;
    await this.#aligning
      .run(async (signal) => {
        this.#loaded ??= await loader.load(this.motion, signal);
        this.#problem = undefined;
        const lines = captionLines(parseCaptionDocument(this.document.getText()));
        const ordered = [...lines].sort((a, b) => distance(a, preferredLine) - distance(b, preferredLine));
        for (const line of ordered) {
          const frames = this.#framesOf(line);
          const key = keyOf(line.text, frames);
          if (this.#aligned.has(key)) continue;
          const answer = await engine.call(
            "align",
            {
              motion: this.motion,
              text: line.text,
              folder: this.folder,
              ...(frames === undefined ? {} : { frames }),
            },
            { signal },
          );
          this.#aligned.set(key, { text: line.text, answer, words: wordSupportOf(line.text, answer) });
          onProgress();
        }
      })
      .catch((error: unknown) => {
        this.#problem = shortMessage(error, this.motion);
        this.#services.notifications.logged(error, `align ${this.document.uri.fsPath}`);
      });
    onProgress();
  }

  /** Whether every caption of the document is aligned as it stands. */
  get complete(): boolean {
    const lines = captionLines(parseCaptionDocument(this.document.getText()));
    return this.#loaded !== undefined && lines.every((line) => this.#alignedLine(line) !== undefined);
  }

  /** Whether the model gives scores alone, and nothing of single words. */
  get wholeOnly(): boolean {
    const [first] = this.#aligned.values();
    return first !== undefined && first.answer.times.length === 0;
  }

  /** What stands at a position; undefined where there is no caption. */
  placeAt(position: vscode.Position): CaptionPlace | undefined {
    const parsed = parseCaptionDocument(this.document.getText());
    const line = captionLines(parsed).find((candidate) => candidate.line === position.line + 1);
    if (line === undefined) return undefined;
    const aligned = this.#alignedLine(line);
    const offset = this.document.offsetAt(position) - line.textStart;
    const word = aligned === undefined ? undefined : wordAt(aligned.words, offset);
    return { line, ...(aligned === undefined ? {} : { aligned }), ...(word === undefined ? {} : { word }) };
  }

  /** The first caption of the document. */
  firstPlace(): CaptionPlace | undefined {
    const first = captionLines(parseCaptionDocument(this.document.getText()))[0];
    return first === undefined ? undefined : this.placeAt(new vscode.Position(first.line - 1, 0));
  }

  /** What is to be drawn now, following the settings. */
  marks(): DrawnMarks {
    const parsed = parseCaptionDocument(this.document.getText());
    const words: Record<keyof DrawnMarks["words"], vscode.Range[]> = {
      weak: [],
      medium: [],
      strong: [],
      unsupported: [],
    };
    const scores: CaptionScore[] = [];
    const fields: vscode.Range[] = [];
    if (this.#problem !== undefined) return { ...NO_MARKS, problem: this.#problem };
    const tint = setting("inlineAlignment.tintWords");
    const dots = setting("inlineAlignment.markUnsupported");
    for (const line of captionLines(parsed)) {
      const [textEnd, end] = [this.document.positionAt(line.textEnd), this.document.positionAt(line.end)];
      if (line.kind === "humanml3d") fields.push(new vscode.Range(textEnd, end));
      const aligned = this.#alignedLine(line);
      if (aligned === undefined) continue;
      for (const word of aligned.words) {
        if (word.level === "neutral" || (word.level === "unsupported" ? !dots : !tint)) continue;
        words[word.level].push(this.#rangeOf(line, word));
      }
      if (setting("inlineAlignment.showScore")) {
        scores.push({ position: textEnd, text: aligned.answer.score.toFixed(2) });
      }
    }
    return { words, scores, fields };
  }

  /** Ranges of the words of one line that a frame shows. */
  playingWords(line: CaptionLine, frame: number): vscode.Range[] {
    const aligned = this.#alignedLine(line);
    if (aligned === undefined) return [];
    return wordsAtFrame(aligned.words, aligned.answer.times, frame).map((word) => this.#rangeOf(line, word));
  }

  dispose(): void {
    this.#aligning.dispose();
  }

  #alignedLine(line: CaptionLine): AlignedLine | undefined {
    return this.#aligned.get(keyOf(line.text, this.#framesOf(line)));
  }

  #framesOf(line: CaptionLine): Range | undefined {
    return this.#loaded === undefined ? undefined : captionFrames(line, this.#loaded.motion);
  }

  #rangeOf(line: CaptionLine, word: WordSupport): vscode.Range {
    const start = line.textStart + word.start;
    return new vscode.Range(this.document.positionAt(start), this.document.positionAt(start + word.end - word.start));
  }
}

function keyOf(text: string, frames: Range | undefined): string {
  return `${frames?.[0] ?? ""}:${frames?.[1] ?? ""}:${text}`;
}

function distance(line: CaptionLine, preferred: number): number {
  return Math.abs(line.line - preferred);
}
