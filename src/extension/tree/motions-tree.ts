/**
 * The Motions view: datasets, their splits or folders, and motions in lots, each level made only when it is opened, so
 * that 100,000 motions cost nothing until someone looks at some of them.
 */
import * as path from "node:path";
import * as vscode from "vscode";
import type { MotionEntry } from "../../protocol/engine.js";
import { isEngineError } from "../../protocol/errors.js";
import type { CommandId, MotionRow } from "../commands/command-map.js";
import { absolutePath } from "../search/search-items.js";
import type { Datasets } from "../datasets/datasets.js";
import { DisposableStore } from "../disposable.js";
import { messageOf } from "../errors.js";
import type { Notifications } from "../notifications.js";
import { groupMotions, lotsOf } from "./grouping.js";

interface DatasetNode {
  readonly type: "dataset";
  readonly folder: string;
}

interface GroupNode {
  readonly type: "group";
  readonly folder: string;
  readonly label: string;
  readonly motions: readonly MotionEntry[];
}

interface MotionNode extends MotionRow {
  readonly type: "motion";
  readonly entry: MotionEntry;
}

interface ProblemNode {
  readonly type: "problem";
  readonly text: string;
  /** The folder is fine but holds no motions. */
  readonly noMotions: boolean;
}

export type MotionsNode = DatasetNode | GroupNode | MotionNode | ProblemNode;

export class MotionsTree implements vscode.TreeDataProvider<MotionsNode>, vscode.Disposable {
  readonly #datasets: Datasets;
  readonly #notifications: Notifications;
  readonly #store = new DisposableStore();
  readonly #onDidChangeTreeData = this.#store.add(new vscode.EventEmitter<void>());

  readonly onDidChangeTreeData = this.#onDidChangeTreeData.event;

  constructor(datasets: Datasets, notifications: Notifications) {
    this.#datasets = datasets;
    this.#notifications = notifications;
    this.#store.add(datasets.onDidChange(() => this.#onDidChangeTreeData.fire()));
    this.#store.add(
      vscode.window.createTreeView("motionLens.motions", { treeDataProvider: this, showCollapseAll: true }),
    );
  }

  async getChildren(node?: MotionsNode): Promise<MotionsNode[]> {
    if (node === undefined) return this.#roots();
    if (node.type === "dataset") return this.#childrenOfDataset(node.folder);
    if (node.type === "group") return this.#childrenOfGroup(node);
    return [];
  }

  getTreeItem(node: MotionsNode): vscode.TreeItem {
    switch (node.type) {
      case "dataset": {
        const item = new vscode.TreeItem(path.basename(node.folder), vscode.TreeItemCollapsibleState.Expanded);
        item.iconPath = new vscode.ThemeIcon("database");
        item.tooltip = node.folder;
        return item;
      }
      case "group": {
        const item = new vscode.TreeItem(node.label, vscode.TreeItemCollapsibleState.Collapsed);
        item.description = node.motions.length.toLocaleString();
        item.id = `${node.folder}|${node.label}|${node.motions[0]?.path ?? ""}`;
        return item;
      }
      case "motion":
        return motionItem(node);
      case "problem": {
        const item = new vscode.TreeItem(node.text);
        item.iconPath = new vscode.ThemeIcon("warning");
        item.tooltip = node.text;
        return item;
      }
    }
  }

  dispose(): void {
    this.#store.dispose();
  }

  async #roots(): Promise<MotionsNode[]> {
    const folders = this.#datasets.folders();
    const only = folders[0];
    if (only === undefined) return [];
    if (folders.length > 1) return folders.map((folder) => ({ type: "dataset", folder }));
    const children = await this.#childrenOfDataset(only);
    const [first] = children;
    // The view's welcome text says what to do about it.
    const empty = first?.type === "problem" && first.noMotions;
    void vscode.commands.executeCommand("setContext", "motionLens.noMotions", empty);
    return empty ? [] : children;
  }

  async #childrenOfDataset(folder: string): Promise<MotionsNode[]> {
    try {
      return this.#nodesOf(folder, groupMotions(await this.#datasets.motions(folder)));
    } catch (error) {
      this.#notifications.logged(error, `list motions of ${folder}`);
      return [{ type: "problem", text: messageOf(error), noMotions: isEngineError(error, "DatasetError") }];
    }
  }

  #childrenOfGroup({ folder, motions }: GroupNode): MotionsNode[] {
    const lots = lotsOf(motions);
    if (lots.length > 1) return this.#nodesOf(folder, lots);
    return motions.map((entry) => ({
      type: "motion",
      entry,
      folder,
      motion: absolutePath(folder, entry.path),
      ...(entry.captionPath === undefined ? {} : { captions: absolutePath(folder, entry.captionPath) }),
    }));
  }

  /** Groups as nodes; a single small group is opened up at once. */
  #nodesOf(folder: string, groups: readonly { label: string; motions: readonly MotionEntry[] }[]): MotionsNode[] {
    const nodes = groups.map(({ label, motions }): GroupNode => ({ type: "group", folder, label, motions }));
    const [only] = nodes;
    return only !== undefined && nodes.length === 1 ? this.#childrenOfGroup(only) : nodes;
  }
}

function motionItem(node: MotionNode): vscode.TreeItem {
  const { entry } = node;
  const item = new vscode.TreeItem(path.posix.basename(entry.id));
  item.id = `${node.folder}|${entry.splits.join(",")}|${entry.path}`;
  const count =
    entry.captionCount === 1 ? vscode.l10n.t("1 caption") : vscode.l10n.t("{0} captions", entry.captionCount);
  // The group's name says a single split already.
  const splits = entry.splits.length > 1 ? entry.splits : [];
  item.description = [count, ...splits, ...(entry.mirrored ? [vscode.l10n.t("mirrored")] : [])].join(" · ");
  item.resourceUri = vscode.Uri.file(node.motion);
  item.iconPath = new vscode.ThemeIcon("run");
  item.tooltip = entry.path;
  item.contextValue = node.captions === undefined ? "motion" : "motion.captioned";
  item.command = {
    command: "motionLens.previewMotion" satisfies CommandId,
    title: vscode.l10n.t("Play Motion"),
    arguments: [node],
  };
  return item;
}
