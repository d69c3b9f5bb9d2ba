/** How alignment looks in the text: tints, dots, outlines of playing words, faint tags. */
import * as vscode from "vscode";
import { DisposableStore } from "../disposable.js";

export type WordMark = "weak" | "medium" | "strong" | "unsupported" | "playing";

/** What is drawn into one editor; also what tests look at. */
export interface DrawnMarks {
  readonly words: Readonly<Record<Exclude<WordMark, "playing">, readonly vscode.Range[]>>;
  /** The score of each caption, behind its text. */
  readonly scores: readonly CaptionScore[];
  /** Why there is nothing, or not everything, to see. */
  readonly problem?: string;
  /** What follows a caption on its line (tags and times), drawn faintly. */
  readonly fields: readonly vscode.Range[];
}

export interface CaptionScore {
  readonly position: vscode.Position;
  readonly text: string;
}

export const NO_MARKS: DrawnMarks = {
  words: { weak: [], medium: [], strong: [], unsupported: [] },
  scores: [],
  fields: [],
};

export class WordDecorations implements vscode.Disposable {
  readonly #store = new DisposableStore();
  readonly #types: Record<WordMark, vscode.TextEditorDecorationType>;
  readonly #fields: vscode.TextEditorDecorationType;

  constructor() {
    const make = (options: vscode.DecorationRenderOptions) =>
      this.#store.add(
        vscode.window.createTextEditorDecorationType({
          rangeBehavior: vscode.DecorationRangeBehavior.ClosedClosed,
          ...options,
        }),
      );
    const tint = (id: string) =>
      make({ backgroundColor: new vscode.ThemeColor(`motionLens.word.${id}`), borderRadius: "3px" });
    this.#types = {
      weak: tint("weak"),
      medium: tint("medium"),
      strong: tint("strong"),
      unsupported: make({
        borderWidth: "0 0 2px 0",
        borderStyle: "dotted",
        borderColor: new vscode.ThemeColor("motionLens.word.unsupported"),
      }),
      playing: make({
        outline: "1.5px solid",
        outlineColor: new vscode.ThemeColor("motionLens.word.playing"),
        borderRadius: "3px",
        overviewRulerColor: new vscode.ThemeColor("motionLens.word.playing"),
        overviewRulerLane: vscode.OverviewRulerLane.Right,
      }),
    };
    this.#fields = make({ opacity: "0.55" });
  }

  /** Draws everything but the playing words. */
  draw(editor: vscode.TextEditor, marks: DrawnMarks): void {
    for (const [mark, ranges] of Object.entries(marks.words)) {
      editor.setDecorations(this.#types[mark as WordMark], ranges as vscode.Range[]);
    }
    editor.setDecorations(this.#fields, marks.fields);
  }

  drawPlaying(editor: vscode.TextEditor, ranges: readonly vscode.Range[]): void {
    editor.setDecorations(this.#types.playing, ranges);
  }

  clear(editor: vscode.TextEditor): void {
    this.draw(editor, NO_MARKS);
    this.drawPlaying(editor, []);
  }

  dispose(): void {
    this.#store.dispose();
  }
}
