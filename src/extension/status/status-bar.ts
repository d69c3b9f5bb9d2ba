/** One item in the status bar: idle, indexing with a count, no model, or stopped; a click offers what can be done. */
import * as path from "node:path";
import * as vscode from "vscode";
import type { CommandId } from "../commands/command-map.js";
import { DisposableStore } from "../disposable.js";
import type { Services } from "../services.js";

interface MenuItem extends vscode.QuickPickItem {
  readonly command?: CommandId;
}

export class StatusBar implements vscode.Disposable {
  readonly #services: Services;
  readonly #store = new DisposableStore();
  readonly #item: vscode.StatusBarItem;

  constructor(services: Services) {
    this.#services = services;
    this.#item = this.#store.add(
      vscode.window.createStatusBarItem("motionLens.status", vscode.StatusBarAlignment.Left),
    );
    this.#item.name = vscode.l10n.t("Motion Lens");
    this.#item.command = "motionLens.showStatusMenu" satisfies CommandId;
    this.#store.add(services.engine.onDidChangeState(() => this.#update()));
    this.#store.add(services.indexer.onDidChange(() => this.#update()));
    this.#update();
    this.#item.show();
  }

  /** What the item says now. */
  get text(): string {
    return this.#item.text;
  }

  async showMenu(): Promise<void> {
    const { indexer } = this.#services;
    const separator = { label: this.#describeEngine(), kind: vscode.QuickPickItemKind.Separator };
    const indexing: MenuItem[] =
      indexer.running.length > 0
        ? [{ label: vscode.l10n.t("$(stop-circle) Cancel Indexing"), command: "motionLens.cancelIndexing" }]
        : [{ label: vscode.l10n.t("$(database) Index Folder"), command: "motionLens.indexFolder" }];
    const items: MenuItem[] = [
      separator,
      { label: vscode.l10n.t("$(search) Search Motions by Text"), command: "motionLens.search" },
      ...indexing,
      { label: vscode.l10n.t("$(folder) Choose Index Folder..."), command: "motionLens.chooseIndexFolder" },
      { label: vscode.l10n.t("$(debug-restart) Restart Engine"), command: "motionLens.restartEngine" },
      { label: vscode.l10n.t("$(output) Show Log"), command: "motionLens.showLog" },
    ];
    const chosen = await vscode.window.showQuickPick(items, { placeHolder: vscode.l10n.t("Motion Lens") });
    if (chosen?.command !== undefined) await vscode.commands.executeCommand(chosen.command);
  }

  dispose(): void {
    this.#store.dispose();
  }

  #update(): void {
    const { engine, indexer } = this.#services;
    const { state } = engine;
    const folder = indexer.running[0];
    if (folder !== undefined) {
      const progress = indexer.progress(folder);
      this.#item.text =
        progress === undefined || progress.total === 0
          ? vscode.l10n.t("$(sync~spin) Indexing")
          : progressText(progress);
    } else if (state.kind === "stopped" || state.kind === "noModel") {
      this.#item.text = vscode.l10n.t("$(warning) Motion Lens");
    } else {
      this.#item.text = vscode.l10n.t("$(run-all) Motion Lens");
    }
    const tooltip = new vscode.MarkdownString(undefined, true);
    tooltip.appendText(this.#describeEngine());
    if (folder !== undefined) tooltip.appendText(`\n${vscode.l10n.t("Indexing {0}", path.basename(folder))}`);
    this.#item.tooltip = tooltip;
  }

  /** Model and provider, or why there are none. */
  #describeEngine(): string {
    const { state } = this.#services.engine;
    switch (state.kind) {
      case "ready":
        return vscode.l10n.t("Model {0} on {1}", state.info.model.name, state.info.provider);
      case "noModel":
      case "stopped":
        return state.error.message;
      case "starting":
        return vscode.l10n.t("The engine is starting.");
      case "idle":
        return vscode.l10n.t("The engine starts when it is first needed.");
    }
  }
}

function progressText({ phase, done, total }: { phase: string; done: number; total: number }): string {
  const [count, all] = [done.toLocaleString(), total.toLocaleString()];
  if (phase === "captions") return vscode.l10n.t("$(sync~spin) Indexing {0} of {1} captions", count, all);
  if (phase === "motions") return vscode.l10n.t("$(sync~spin) Indexing {0} of {1} motions", count, all);
  return vscode.l10n.t("$(sync~spin) Indexing");
}
