/** The Index view: per dataset what is indexed, what failed and where the index lies; and what runs the model. */
import * as path from "node:path";
import * as vscode from "vscode";
import type { DatasetSummary, Failure, IndexStatus } from "../../protocol/engine.js";
import { DisposableStore } from "../disposable.js";
import { Debouncer } from "../engine-client/latest.js";
import { messageOf } from "../errors.js";
import type { Services } from "../services.js";

interface DatasetNode {
  readonly type: "dataset";
  readonly folder: string;
  readonly summary?: DatasetSummary;
  readonly status?: IndexStatus;
  readonly problem?: string;
}

interface FactNode {
  readonly type: "fact";
  readonly label: string;
  readonly description: string;
  readonly icon: string;
  readonly tooltip?: string;
  readonly children?: readonly FactNode[];
}

type IndexNode = DatasetNode | FactNode;

/** Failed files listed one by one; a count says the rest. */
const MOST_FAILURES = 100;
const REFRESH_DELAY_MS = 300;

export class IndexTree implements vscode.TreeDataProvider<IndexNode>, vscode.Disposable {
  readonly #services: Services;
  readonly #store = new DisposableStore();
  readonly #onDidChangeTreeData = this.#store.add(new vscode.EventEmitter<void>());
  readonly #soon = this.#store.add(new Debouncer());

  readonly onDidChangeTreeData = this.#onDidChangeTreeData.event;

  constructor(services: Services) {
    this.#services = services;
    const changed = () => {
      if (!this.#soon.pending) this.#soon.schedule(REFRESH_DELAY_MS, () => this.#onDidChangeTreeData.fire());
    };
    this.#store.add(services.indexer.onDidChange(changed));
    this.#store.add(services.datasets.onDidChange(changed));
    this.#store.add(services.engine.onDidChangeState(changed));
    this.#store.add(vscode.window.createTreeView("motionLens.index", { treeDataProvider: this }));
  }

  async getChildren(node?: IndexNode): Promise<IndexNode[]> {
    if (node === undefined) {
      const folders = this.#services.datasets.folders();
      const datasets = await Promise.all(folders.map((folder) => this.#datasetNode(folder)));
      const only = datasets.length === 1 ? datasets[0] : undefined;
      // A folder without motions: the view's welcome text says so.
      if (only !== undefined && only.summary === undefined) return [];
      return datasets;
    }
    if (node.type === "fact") return [...(node.children ?? [])];
    return this.#facts(node);
  }

  getTreeItem(node: IndexNode): vscode.TreeItem {
    if (node.type === "dataset") return this.#datasetItem(node);
    const item = new vscode.TreeItem(
      node.label,
      node.children === undefined ? vscode.TreeItemCollapsibleState.None : vscode.TreeItemCollapsibleState.Collapsed,
    );
    item.description = node.description;
    item.tooltip = node.tooltip ?? `${node.label}: ${node.description}`;
    item.iconPath = new vscode.ThemeIcon(node.icon);
    return item;
  }

  dispose(): void {
    this.#store.dispose();
  }

  async #datasetNode(folder: string): Promise<DatasetNode> {
    try {
      const summary = await this.#services.datasets.summary(folder);
      const status = await this.#services.indexer.status(folder).catch(() => undefined);
      return { type: "dataset", folder, summary, status: status ?? summary.index };
    } catch (error) {
      return { type: "dataset", folder, problem: messageOf(error) };
    }
  }

  #datasetItem(node: DatasetNode): vscode.TreeItem {
    const { indexer } = this.#services;
    const item = new vscode.TreeItem(path.basename(node.folder), vscode.TreeItemCollapsibleState.Expanded);
    item.id = node.folder;
    const indexing = indexer.isIndexing(node.folder);
    item.contextValue = indexing ? "dataset.indexing" : "dataset";
    item.description = node.problem ?? (indexing ? this.#progress(node.folder) : stateText(node));
    item.iconPath = new vscode.ThemeIcon(
      indexing ? "sync~spin" : node.status?.state === "ready" ? "pass" : "circle-outline",
    );
    item.tooltip = node.folder;
    return item;
  }

  #progress(folder: string): string {
    const progress = this.#services.indexer.progress(folder);
    if (progress === undefined || progress.total === 0) return vscode.l10n.t("indexing");
    return vscode.l10n.t("indexing {0} of {1}", progress.done.toLocaleString(), progress.total.toLocaleString());
  }

  #facts({ summary, status }: DatasetNode): FactNode[] {
    if (summary === undefined || status === undefined) return [];
    const counts = (done: number, all: number) =>
      vscode.l10n.t("{0} of {1}", done.toLocaleString(), all.toLocaleString());
    return [
      fact(vscode.l10n.t("Motions"), counts(status.motions, summary.motions), "run"),
      fact(vscode.l10n.t("Captions"), counts(status.captions, summary.captions), "comment"),
      ...(status.failed.length > 0 ? [failuresFact(status.failed)] : []),
      ...summary.warnings.map((warning) => fact(vscode.l10n.t("Note"), warning, "info")),
      ...this.#engineFacts(),
      fact(vscode.l10n.t("Kept in"), status.location, "folder"),
    ];
  }

  #engineFacts(): FactNode[] {
    const { state } = this.#services.engine;
    if (state.kind === "ready") {
      const { model, provider } = state.info;
      return [
        fact(
          vscode.l10n.t("Model"),
          model.name,
          "chip",
          vscode.l10n.t("{0}, licence {1}, {2}", model.name, model.licence, model.id),
        ),
        fact(vscode.l10n.t("Runs on"), provider, "server-process"),
      ];
    }
    if (state.kind === "noModel" || state.kind === "stopped") {
      return [fact(vscode.l10n.t("Model"), state.error.message, "warning")];
    }
    return [];
  }
}

function fact(label: string, description: string, icon: string, tooltip?: string): FactNode {
  return { type: "fact", label, description, icon, ...(tooltip === undefined ? {} : { tooltip }) };
}

function failuresFact(failed: readonly Failure[]): FactNode {
  const children = failed.slice(0, MOST_FAILURES).map((failure) => fact(failure.path, failure.reason, "error"));
  const left = failed.length - children.length;
  if (left > 0) children.push(fact(vscode.l10n.t("and {0} more", left.toLocaleString()), "", "ellipsis"));
  return { ...fact(vscode.l10n.t("Could not be read"), failed.length.toLocaleString(), "warning"), children };
}

function stateText({ status }: DatasetNode): string {
  switch (status?.state) {
    case "ready":
      return vscode.l10n.t("ready");
    case "partial":
      return vscode.l10n.t("out of date");
    case "indexing":
      return vscode.l10n.t("being indexed by another window");
    default:
      return vscode.l10n.t("not indexed");
  }
}
