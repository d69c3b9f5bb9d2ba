/** All motion panels of the window: the one shared player beside the text, and the custom editors. */
import * as path from "node:path";
import * as vscode from "vscode";
import type { FromPanel, PanelState } from "../../protocol/webview.js";
import { DisposableStore } from "../disposable.js";
import { MotionPanel, type PanelContent, type PanelServices, type ShowOptions } from "./motion-panel.js";
import { panelOptions } from "./panel-html.js";

export const PLAYER_VIEW_TYPE = "motionLens.player";

export interface PanelMessage {
  readonly panel: MotionPanel;
  readonly message: FromPanel;
}

/** What the player showed at some time; undefined content means that there was no player. */
export interface PlayerSnapshot {
  readonly content: PanelContent | undefined;
}

export class PanelManager implements vscode.Disposable, vscode.WebviewPanelSerializer<PanelState | undefined> {
  readonly #services: PanelServices;
  readonly #store = new DisposableStore();
  readonly #panels = new Set<MotionPanel>();
  readonly #onDidReceive = this.#store.add(new vscode.EventEmitter<PanelMessage>());
  readonly #onDidClosePlayer = this.#store.add(new vscode.EventEmitter<void>());
  readonly #onDidRestorePlayer = this.#store.add(new vscode.EventEmitter<{ panel: MotionPanel; state: PanelState }>());
  #player: MotionPanel | undefined;
  #lastUsed: MotionPanel | undefined;
  /** We close the player ourselves when a search that opened it is given up. */
  #closing = false;

  readonly onDidReceive = this.#onDidReceive.event;
  /** The user closed the player. */
  readonly onDidClosePlayer = this.#onDidClosePlayer.event;
  /** The player came back after the window was reloaded, with the state it had kept. */
  readonly onDidRestorePlayer = this.#onDidRestorePlayer.event;

  constructor(services: PanelServices) {
    this.#services = services;
    this.#store.add(vscode.window.registerWebviewPanelSerializer(PLAYER_VIEW_TYPE, this));
  }

  get player(): MotionPanel | undefined {
    return this.#player;
  }

  get panels(): readonly MotionPanel[] {
    return [...this.#panels];
  }

  /**
   * Whether the player's tab is the active one. (`active` of a panel that was opened without the focus says true until
   * it changes for the first time.)
   */
  get playerIsActive(): boolean {
    const input = vscode.window.tabGroups.activeTabGroup.activeTab?.input;
    return input instanceof vscode.TabInputWebview && input.viewType.endsWith(PLAYER_VIEW_TYPE);
  }

  /** The panel that playback commands mean: the focused one, else the one used last. */
  get active(): MotionPanel | undefined {
    if (this.playerIsActive) return this.#player;
    const editors = [...this.#panels].filter((panel) => panel !== this.#player);
    return editors.find((panel) => panel.webviewPanel.active) ?? this.#lastUsed ?? this.#player;
  }

  /**
   * Shows a motion in the shared player, which opens beside the active editor if need be and never takes the focus.
   *
   * @returns the panel, once the motion is loaded or its failure is shown.
   */
  async showInPlayer(file: string, options: ShowOptions = {}): Promise<MotionPanel> {
    const panel = this.ensurePlayer();
    await panel.show(file, options);
    return panel;
  }

  /** The shared player, made visible without taking the focus. */
  ensurePlayer(): MotionPanel {
    const old = this.#player;
    const textColumn = vscode.window.activeTextEditor?.viewColumn;
    if (old !== undefined && !old.webviewPanel.visible && old.webviewPanel.viewColumn === textColumn) {
      // Hidden behind the very text it is to stand beside. VS Code would move it as a tab that the next file replaces.
      this.#closeQuietly(old);
      this.#createPlayer().restore(old.content);
    } else if (old !== undefined && !old.webviewPanel.visible) {
      old.webviewPanel.reveal(undefined, true);
    }
    this.#lastUsed = this.#player ?? this.#createPlayer();
    return this.#lastUsed;
  }

  /** Takes a panel that VS Code made (a custom editor). */
  adoptEditor(webviewPanel: vscode.WebviewPanel): MotionPanel {
    return this.#adopt(webviewPanel, false);
  }

  snapshotPlayer(): PlayerSnapshot {
    return { content: this.#player?.content };
  }

  /** Puts the player back to a snapshot: what it showed then, or closed. */
  restorePlayer(snapshot: PlayerSnapshot): void {
    if (snapshot.content !== undefined) {
      this.#player?.restore(snapshot.content);
    } else if (this.#player !== undefined) {
      this.#closeQuietly(this.#player);
    }
  }

  deserializeWebviewPanel(webviewPanel: vscode.WebviewPanel, state: PanelState | undefined): Promise<void> {
    if (this.#player !== undefined) webviewPanel.dispose();
    else {
      this.#player = this.#adopt(webviewPanel, true);
      if (state !== undefined) this.#onDidRestorePlayer.fire({ panel: this.#player, state });
    }
    return Promise.resolve();
  }

  dispose(): void {
    for (const panel of this.#panels) panel.detach();
    this.#store.dispose();
  }

  #createPlayer(): MotionPanel {
    const webviewPanel = vscode.window.createWebviewPanel(
      PLAYER_VIEW_TYPE,
      vscode.l10n.t("Motion"),
      { viewColumn: vscode.ViewColumn.Beside, preserveFocus: true },
      { ...panelOptions(this.#services.extensionUri), enableFindWidget: false },
    );
    this.#player = this.#adopt(webviewPanel, true);
    return this.#player;
  }

  /** Closes the player as our own doing, not the user's. */
  #closeQuietly(panel: MotionPanel): void {
    this.#closing = true;
    panel.dispose();
    this.#closing = false;
  }

  #adopt(webviewPanel: vscode.WebviewPanel, isPlayer: boolean): MotionPanel {
    const panel = new MotionPanel(webviewPanel, this.#services);
    this.#panels.add(panel);
    if (isPlayer) {
      const { extensionUri } = this.#services;
      const icon = (theme: string) => vscode.Uri.joinPath(extensionUri, "media", "icons", `motion-${theme}.svg`);
      webviewPanel.iconPath = { light: icon("light"), dark: icon("dark") };
      panel.onDidChangeContent(() => {
        const file = panel.key;
        webviewPanel.title =
          file === undefined
            ? vscode.l10n.t("Motion")
            : vscode.l10n.t("Motion: {0}", path.basename(file, path.extname(file)));
      });
    }
    webviewPanel.onDidChangeViewState(() => {
      if (webviewPanel.active) this.#lastUsed = panel;
    });
    panel.onDidReceive((message) => this.#onDidReceive.fire({ panel, message }));
    panel.onDidChangeContent(() => this.#updateContext());
    panel.onDidDispose(() => {
      this.#panels.delete(panel);
      if (this.#lastUsed === panel) this.#lastUsed = undefined;
      if (this.#player === panel) {
        this.#player = undefined;
        if (!this.#closing && !this.#store.disposed) this.#onDidClosePlayer.fire();
      }
      this.#updateContext();
    });
    return panel;
  }

  #updateContext(): void {
    const shown = [...this.#panels].some((panel) => panel.key !== undefined);
    void vscode.commands.executeCommand("setContext", "motionLens.motionShown", shown);
  }
}
