/** The custom editor of motion files: read-only, reloaded when the file changes, open to a reason when it is no motion. */
import * as path from "node:path";
import * as vscode from "vscode";
import { DisposableStore } from "../disposable.js";
import { Debouncer } from "../engine-client/latest.js";
import { messageOf } from "../errors.js";
import type { MotionLoader } from "./motion-loader.js";
import type { MotionPanel } from "./motion-panel.js";
import type { PanelManager } from "./panel-manager.js";

export const MOTION_VIEW_TYPE = "motionLens.motion";

/** Programs that write a file in pieces raise several events. */
const RELOAD_DELAY_MS = 150;

class MotionDocument implements vscode.CustomDocument {
  constructor(readonly uri: vscode.Uri) {}

  dispose(): void {
    // Nothing is held: each panel loads for itself.
  }
}

export class MotionEditorProvider implements vscode.CustomReadonlyEditorProvider<MotionDocument> {
  readonly #panels: PanelManager;
  readonly #loader: MotionLoader;
  readonly #open = new Map<string, Set<MotionPanel>>();

  constructor(panels: PanelManager, loader: MotionLoader) {
    this.#panels = panels;
    this.#loader = loader;
  }

  register(): vscode.Disposable {
    return vscode.window.registerCustomEditorProvider(MOTION_VIEW_TYPE, this, {
      supportsMultipleEditorsPerDocument: true,
    });
  }

  openCustomDocument(uri: vscode.Uri): MotionDocument {
    return new MotionDocument(uri);
  }

  /** Custom editors of a file, the one used last first. */
  editorsOf(uri: vscode.Uri): readonly MotionPanel[] {
    return [...(this.#open.get(uri.toString()) ?? [])].reverse();
  }

  async resolveCustomEditor(document: MotionDocument, webviewPanel: vscode.WebviewPanel): Promise<void> {
    const panel = this.#panels.adoptEditor(webviewPanel);
    const key = document.uri.toString();
    const editors = this.#open.get(key) ?? new Set();
    this.#open.set(key, editors.add(panel));
    const store = new DisposableStore();
    panel.onDidDispose(() => {
      store.dispose();
      editors.delete(panel);
      if (editors.size === 0) this.#open.delete(key);
    });
    const load = async () => {
      try {
        const file = await this.#loader.localPath(document.uri);
        await panel.show(file, { title: path.posix.basename(document.uri.path) });
      } catch (error) {
        panel.showError(messageOf(error));
      }
    };
    const watcher = store.add(vscode.workspace.createFileSystemWatcher(watchPattern(document.uri)));
    const reload = store.add(new Debouncer());
    watcher.onDidChange(() => reload.schedule(RELOAD_DELAY_MS, () => void load()));
    watcher.onDidCreate(() => reload.schedule(RELOAD_DELAY_MS, () => void load()));
    await load();
  }
}

/** Exactly one file; characters that globs give a meaning to are taken literally. */
function watchPattern(uri: vscode.Uri): vscode.RelativePattern {
  const name = path.posix.basename(uri.path).replace(/[[\]{}*?]/g, (character) => `[${character}]`);
  return new vscode.RelativePattern(vscode.Uri.joinPath(uri, ".."), name);
}
