/** What the features share; made once by `activate` and passed to each. */
import type * as vscode from "vscode";
import type { Datasets } from "./datasets/datasets.js";
import type { EngineHost } from "./engine-client/engine-host.js";
import type { Notifications } from "./notifications.js";
import type { MotionEditorProvider } from "./player/motion-editor.js";
import type { MotionLoader } from "./player/motion-loader.js";
import type { PanelManager } from "./player/panel-manager.js";
import type { Indexer } from "./status/indexer.js";

export interface Services {
  readonly context: vscode.ExtensionContext;
  readonly log: vscode.LogOutputChannel;
  readonly notifications: Notifications;
  readonly engine: EngineHost;
  readonly datasets: Datasets;
  readonly indexer: Indexer;
  readonly loader: MotionLoader;
  readonly panels: PanelManager;
  readonly motionEditors: MotionEditorProvider;
  /** Opens a motion in its own editor. */
  openMotionEditor(file: string, column?: vscode.ViewColumn): Promise<void>;
}
