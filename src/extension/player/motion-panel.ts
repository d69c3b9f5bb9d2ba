/**
 * One motion panel (the shared player, or a custom editor): what it shows, kept here so that a panel that comes back
 * (hidden, moved, reloaded) can be sent everything again, and so that a search can put back what was shown before.
 */
import * as path from "node:path";
import * as vscode from "vscode";
import type { LoadedMotion } from "../../core/motion/motion.js";
import type { DescribeResult, Range, SupportedAlignment } from "../../protocol/engine.js";
import type { FromPanel, PanelState, ToPanel } from "../../protocol/webview.js";
import { DisposableStore } from "../disposable.js";
import { LatestOnly } from "../engine-client/latest.js";
import { messageOf, shortMessage } from "../errors.js";
import { setting } from "../settings.js";
import type { MotionLoader } from "./motion-loader.js";
import { panelHtml, panelOptions, panelStrings } from "./panel-html.js";

export interface PanelMotion {
  /** Identifies what is shown: the file's absolute path. */
  readonly key: string;
  readonly title: string;
  readonly loaded: LoadedMotion;
  readonly range?: Range;
  readonly autoplay: boolean;
}

export interface PanelAlignment {
  readonly text: string;
  readonly answer: SupportedAlignment;
  readonly line?: number;
}

export interface PanelCaptions {
  readonly own: readonly DescribeResult[];
  readonly retrieved: readonly DescribeResult[];
  readonly note?: string;
}

/** Everything a panel shows. Immutable: a snapshot is the object itself. */
export interface PanelContent {
  readonly motion?: PanelMotion;
  readonly alignment?: PanelAlignment;
  readonly captions?: PanelCaptions;
  readonly token?: number;
  readonly busy?: string;
  readonly error?: string;
}

export interface ShowOptions {
  readonly title?: string;
  /** Frames to start on and loop. */
  readonly range?: Range;
  readonly autoplay?: boolean;
}

export interface PanelFrame {
  readonly key: string;
  readonly frame: number;
  readonly playing: boolean;
}

export interface PanelServices {
  readonly extensionUri: vscode.Uri;
  readonly loader: MotionLoader;
  readonly log: vscode.LogOutputChannel;
}

export class MotionPanel implements vscode.Disposable {
  readonly #services: PanelServices;
  readonly #store = new DisposableStore();
  readonly #loading = this.#store.add(new LatestOnly());
  readonly #onDidReceive = this.#store.add(new vscode.EventEmitter<FromPanel>());
  readonly #onDidChangeContent = this.#store.add(new vscode.EventEmitter<void>());
  readonly #onDidDispose = this.#store.add(new vscode.EventEmitter<void>());
  #content: PanelContent = {};
  #ready = false;
  #frame: PanelFrame | undefined;
  #state: PanelState | undefined;

  readonly onDidReceive = this.#onDidReceive.event;
  readonly onDidChangeContent = this.#onDidChangeContent.event;
  /** The user closed it, or the window is closing. */
  readonly onDidDispose = this.#onDidDispose.event;

  constructor(
    readonly webviewPanel: vscode.WebviewPanel,
    services: PanelServices,
  ) {
    this.#services = services;
    const { webview } = webviewPanel;
    webview.options = panelOptions(services.extensionUri);
    this.#store.add(webview.onDidReceiveMessage((message: FromPanel) => this.#received(message)));
    this.#store.add(webviewPanel.onDidDispose(() => this.#gone()));
    let visible = webviewPanel.visible;
    this.#store.add(
      webviewPanel.onDidChangeViewState(() => {
        if (visible === webviewPanel.visible) return;
        visible = webviewPanel.visible;
        this.#post({ type: "visible", visible });
      }),
    );
    webview.html = panelHtml(webview, services.extensionUri);
  }

  get content(): PanelContent {
    return this.#content;
  }

  /** The last frame the panel reported. */
  get frame(): PanelFrame | undefined {
    return this.#frame;
  }

  /** What the panel last asked to be kept over a reload. */
  get state(): PanelState | undefined {
    return this.#state;
  }

  get ready(): boolean {
    return this.#ready;
  }

  get disposed(): boolean {
    return this.#store.disposed;
  }

  get key(): string | undefined {
    return this.#content.motion?.key;
  }

  /**
   * Loads and shows a motion; a later `show` overtakes this one. The same file keeps its frame and camera unless a
   * range is given. Failures are shown in the panel, in the engine's words.
   *
   * @returns whether this motion is shown now.
   */
  async show(file: string, options: ShowOptions = {}): Promise<boolean> {
    const outcome = await this.#loading.run(async (signal) => {
      try {
        return { loaded: await this.#services.loader.load(file, signal) };
      } catch (error) {
        return { error };
      }
    });
    if (outcome === undefined || this.disposed) return false;
    if (outcome.loaded === undefined) {
      this.#services.log.warn(`Showing ${file}: ${messageOf(outcome.error)}`);
      this.#replace({ error: shortMessage(outcome.error, file) });
      return false;
    }
    const same = this.#content.motion?.key === file;
    const motion: PanelMotion = {
      key: file,
      title: options.title ?? path.basename(file, path.extname(file)),
      loaded: outcome.loaded,
      ...(options.range === undefined ? {} : { range: options.range }),
      autoplay: (options.autoplay ?? true) && setting("player.autoplay"),
    };
    this.#replace(same ? { ...this.#content, motion, error: undefined, busy: undefined } : { motion });
    return true;
  }

  /** Puts back a snapshot of `content`. */
  restore(content: PanelContent): void {
    this.#loading.cancel();
    this.#replace(content);
  }

  /** The overlay of one text; undefined takes it away. Ignored when another motion is shown meanwhile. */
  setAlignment(key: string, alignment: PanelAlignment | undefined): void {
    if (key !== this.key) return;
    this.#content = { ...this.#content, alignment, token: undefined };
    this.#postAlignment(key, alignment);
    this.#onDidChangeContent.fire();
  }

  selectToken(key: string, token: number | undefined): void {
    if (key !== this.key || token === this.#content.token) return;
    this.#content = { ...this.#content, token };
    this.#post({ type: "selectToken", token });
  }

  setCaptions(key: string, captions: PanelCaptions | undefined): void {
    if (key !== this.key) return;
    this.#content = { ...this.#content, captions };
    this.#post({ type: "captions", key, own: [], retrieved: [], ...captions });
    this.#onDidChangeContent.fire();
  }

  /** Text of what is being waited for; undefined ends it. */
  setBusy(busy: string | undefined): void {
    this.#content = { ...this.#content, busy };
    this.#post({ type: "busy", what: busy });
  }

  showError(message: string): void {
    this.#content = { ...this.#content, error: message };
    this.#post({ type: "error", message });
    this.#onDidChangeContent.fire();
  }

  playback(action: Extract<ToPanel, { type: "playback" }>["action"]): void {
    this.#post({ type: "playback", action });
  }

  /** Lets go of a panel that stays open: VS Code restores it after a reload of the window. */
  detach(): void {
    this.#store.dispose();
  }

  dispose(): void {
    this.webviewPanel.dispose();
    this.#gone();
  }

  /** The webview is gone, whoever closed it. */
  #gone(): void {
    if (this.disposed) return;
    this.#onDidDispose.fire();
    this.#store.dispose();
  }

  #replace(content: PanelContent): void {
    this.#content = content;
    this.#frame = undefined;
    this.#postAll();
    this.#onDidChangeContent.fire();
  }

  #received(message: FromPanel): void {
    if (message.type === "ready") {
      this.#ready = true;
      this.#state = message.state ?? this.#state;
      this.#post({ type: "strings", strings: panelStrings() });
      this.#postAll();
    } else if (message.type === "frame") {
      this.#frame = { key: message.key, frame: message.frame, playing: message.playing };
    } else if (message.type === "state") {
      this.#state = message.state;
    } else if (message.type === "tokenSelected") {
      this.#content = { ...this.#content, token: message.token };
    } else if (message.type === "failed") {
      this.#services.log.error(`Motion panel: ${message.message}`);
    }
    this.#onDidReceive.fire(message);
  }

  #postAll(): void {
    const { motion, alignment, captions, token, busy, error } = this.#content;
    if (motion !== undefined) {
      this.#post({ type: "motion", ...motion });
      this.#postAlignment(motion.key, alignment);
      if (token !== undefined) this.#post({ type: "selectToken", token });
      this.#post({ type: "captions", key: motion.key, own: [], retrieved: [], ...captions });
    }
    this.#post({ type: "busy", what: busy });
    if (error !== undefined) this.#post({ type: "error", message: error });
  }

  #postAlignment(key: string, alignment: PanelAlignment | undefined): void {
    this.#post({
      type: "alignment",
      key,
      text: alignment?.text ?? "",
      ...(alignment === undefined ? {} : { alignment: alignment.answer }),
      ...(alignment?.line === undefined ? {} : { line: alignment.line }),
    });
  }

  /** Hidden or unborn panels get nothing: they say `ready` when they live, and get everything then. */
  #post(message: ToPanel): void {
    if (this.#ready && !this.disposed) void this.webviewPanel.webview.postMessage(message);
  }
}
