/**
 * Scores and problems in caption files. Scores are inlay hints, because the editor counts them when it wraps lines (text
 * of decorations is pushed out of the window by the long tag fields); a problem is a line of its own above the captions.
 */
import * as vscode from "vscode";
import { DisposableStore } from "../disposable.js";
import { CAPTION_SELECTOR } from "./caption-hover.js";
import type { DrawnMarks } from "./word-decorations.js";

export class CaptionHints implements vscode.InlayHintsProvider, vscode.CodeLensProvider, vscode.Disposable {
  readonly #marksOf: (document: vscode.Uri) => DrawnMarks;
  readonly #store = new DisposableStore();
  readonly #onDidChange = this.#store.add(new vscode.EventEmitter<void>());

  readonly onDidChangeInlayHints = this.#onDidChange.event;
  readonly onDidChangeCodeLenses = this.#onDidChange.event;

  constructor(marksOf: (document: vscode.Uri) => DrawnMarks) {
    this.#marksOf = marksOf;
    this.#store.add(vscode.languages.registerInlayHintsProvider(CAPTION_SELECTOR, this));
    this.#store.add(vscode.languages.registerCodeLensProvider(CAPTION_SELECTOR, this));
  }

  /** The marks of some document changed. */
  refresh(): void {
    this.#onDidChange.fire();
  }

  provideInlayHints(document: vscode.TextDocument, range: vscode.Range): vscode.InlayHint[] {
    return this.#marksOf(document.uri)
      .scores.filter(({ position }) => range.contains(position))
      .map(({ position, text }) => {
        const hint = new vscode.InlayHint(position, text);
        hint.paddingLeft = true;
        hint.paddingRight = true;
        hint.tooltip = vscode.l10n.t("How well this caption fits the motion: the score by which it is ranked.");
        return hint;
      });
  }

  provideCodeLenses(document: vscode.TextDocument): vscode.CodeLens[] {
    const { problem } = this.#marksOf(document.uri);
    if (problem === undefined) return [];
    const place = new vscode.Range(0, 0, 0, 0);
    return [new vscode.CodeLens(place, { title: `$(warning) ${problem}`, command: "motionLens.showLog" })];
  }

  dispose(): void {
    this.#store.dispose();
  }
}
