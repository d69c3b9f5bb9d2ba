/** The language status of caption files: which motion, aligned or why not. */
import * as vscode from "vscode";
import { DisposableStore } from "../disposable.js";
import { CAPTION_SELECTOR } from "./caption-hover.js";

export class CaptionStatus implements vscode.Disposable {
  readonly #store = new DisposableStore();
  #item: vscode.LanguageStatusItem | undefined;

  aligning(motion: string): void {
    const item = this.#show(motion, vscode.LanguageStatusSeverity.Information);
    item.busy = true;
    item.detail = vscode.l10n.t("aligning");
  }

  aligned(motion: string, unsupported: number): void {
    const item = this.#show(motion, vscode.LanguageStatusSeverity.Information);
    item.detail =
      unsupported === 0
        ? vscode.l10n.t("aligned; every word is supported")
        : vscode.l10n.t("aligned; words without support: {0}", unsupported);
  }

  /** Aligned with a model that has a score alone. */
  ranked(motion: string): void {
    this.#show(motion, vscode.LanguageStatusSeverity.Information).detail = vscode.l10n.t(
      "This model ranks captions and motions, but does not tell which word is shown where: it has one vector for a whole motion.",
    );
  }

  problem(text: string): void {
    this.#show(text, vscode.LanguageStatusSeverity.Warning).detail = vscode.l10n.t("Motion Lens");
  }

  hide(): void {
    if (this.#item !== undefined) this.#store.release(this.#item);
    this.#item = undefined;
  }

  dispose(): void {
    this.#store.dispose();
  }

  #show(text: string, severity: vscode.LanguageStatusSeverity): vscode.LanguageStatusItem {
    if (this.#item === undefined) {
      this.#item = this.#store.add(vscode.languages.createLanguageStatusItem("motionLens.captions", CAPTION_SELECTOR));
      this.#item.name = vscode.l10n.t("Motion captions");
      this.#item.command = {
        command: "motionLens.toggleInlineAlignment",
        title: vscode.l10n.t("Toggle Inline Alignment"),
      };
    }
    this.#item.busy = false;
    this.#item.text = text;
    this.#item.severity = severity;
    return this.#item;
  }
}
