/** Indexing as the window sees it: one run per folder, progress, cancelling, and who is told when it ends. */
import { realpath } from "node:fs/promises";
import * as vscode from "vscode";
import type { IndexProgress, IndexStatus, IndexSummary } from "../../protocol/engine.js";
import type { Datasets } from "../datasets/datasets.js";
import { DisposableStore } from "../disposable.js";
import type { EngineHost } from "../engine-client/engine-host.js";
import type { Notifications } from "../notifications.js";
import { setting } from "../settings.js";
import { kindOfError } from "../errors.js";

export interface Indexed {
  readonly folder: string;
  readonly summary: IndexSummary;
}

interface Run {
  readonly controller: AbortController;
  readonly ended: Promise<IndexSummary>;
  /** Real path, by which the engine names the folder. */
  realFolder: string;
  /** Files changed since it began: it may have looked at them before. */
  overtaken: boolean;
  progress?: IndexProgress;
}

export class Indexer implements vscode.Disposable {
  readonly #engine: EngineHost;
  readonly #notifications: Notifications;
  readonly #store = new DisposableStore();
  readonly #onDidIndex = this.#store.add(new vscode.EventEmitter<Indexed>());
  readonly #onDidChange = this.#store.add(new vscode.EventEmitter<void>());
  readonly #runs = new Map<string, Run>();
  /** Folders that were found complete, or were completed, since their files last changed. */
  readonly #fresh = new Set<string>();
  /** Automatic runs that failed or were cancelled are not tried again until someone asks. */
  readonly #givenUp = new Set<string>();

  readonly onDidIndex = this.#onDidIndex.event;
  /** A run started, advanced or ended. */
  readonly onDidChange = this.#onDidChange.event;

  constructor(engine: EngineHost, datasets: Datasets, notifications: Notifications) {
    this.#engine = engine;
    this.#notifications = notifications;
    this.#store.add(engine.onIndexProgress((progress) => this.#advanced(progress)));
    this.#store.add(datasets.onDidChangeFiles((folder) => this.#filesChanged(folder)));
  }

  get running(): readonly string[] {
    return [...this.#runs.keys()];
  }

  /** Progress of a folder's run, or of any run; undefined while none has reported. */
  progress(folder?: string): IndexProgress | undefined {
    if (folder !== undefined) return this.#runs.get(folder)?.progress;
    return [...this.#runs.values()].find((run) => run.progress !== undefined)?.progress;
  }

  isIndexing(folder: string): boolean {
    return this.#runs.has(folder);
  }

  /** @throws IndexError, ModelError. */
  status(folder: string): Promise<IndexStatus> {
    return this.#engine.call("indexStatus", { folder });
  }

  /**
   * Encodes what is new or changed; joins a run that is under way.
   *
   * @throws as the engine does; `CancelledError` after `cancel`.
   */
  index(folder: string): Promise<IndexSummary> {
    this.#givenUp.delete(folder);
    return this.#start(folder).ended;
  }

  /** Encodes everything anew, once a run that is under way has ended. @throws as `index`. */
  async rebuild(folder: string): Promise<IndexSummary> {
    this.#givenUp.delete(folder);
    await this.#runs.get(folder)?.ended.catch(() => undefined);
    return this.#start(folder, true).ended;
  }

  /**
   * Makes sure, in the background, that a folder's index is complete. Failures are shown once.
   *
   * @returns whether the index is complete now; if not, `onDidIndex` tells when it is.
   */
  async ensure(folder: string): Promise<boolean> {
    if (this.#runs.has(folder)) return false;
    const status = await this.status(folder);
    if (status.state === "ready" && this.#fresh.has(folder)) return true;
    if (!setting("index.automatic") || this.#givenUp.has(folder)) return status.state === "ready";
    // A complete index still gets one quick run a session: files may have changed while no window was open.
    this.#inBackground(folder);
    return status.state === "ready";
  }

  /** Stops one folder's run, or all of them. What was encoded is kept. */
  cancel(folder?: string): void {
    for (const [running, { controller }] of this.#runs) {
      if (folder === undefined || folder === running) {
        this.#givenUp.add(running);
        controller.abort();
      }
    }
  }

  dispose(): void {
    for (const { controller } of this.#runs.values()) controller.abort();
    this.#store.dispose();
  }

  #inBackground(folder: string): void {
    this.#start(folder).ended.catch((error: unknown) => {
      this.#givenUp.add(folder);
      if (kindOfError(error) !== "cancelled") this.#notifications.error(error, vscode.l10n.t("indexing {0}", folder));
    });
  }

  #start(folder: string, rebuild = false): Run {
    const existing = this.#runs.get(folder);
    if (existing !== undefined) return existing;
    const controller = new AbortController();
    const ended = this.#engine.call("index", { folder, rebuild }, { signal: controller.signal }).then(
      (summary) => {
        this.#runs.delete(folder);
        if (!run.overtaken) this.#fresh.add(folder);
        this.#onDidIndex.fire({ folder, summary });
        if (run.overtaken && setting("index.automatic")) this.#inBackground(folder);
        this.#changed();
        return summary;
      },
      (error: unknown) => {
        this.#runs.delete(folder);
        this.#changed();
        throw error;
      },
    );
    // Whoever waits for `ended` handles its failure; nobody waiting must not count as unhandled.
    ended.catch(() => undefined);
    const run: Run = { controller, ended, realFolder: folder, overtaken: false };
    void realpath(folder).then(
      (real) => (run.realFolder = real),
      () => undefined,
    );
    this.#runs.set(folder, run);
    this.#changed();
    return run;
  }

  #advanced(progress: IndexProgress): void {
    const run = [...this.#runs.values()].find(({ realFolder }) => realFolder === progress.folder);
    if (run === undefined) return;
    run.progress = progress;
    this.#onDidChange.fire();
  }

  #filesChanged(folder: string): void {
    const run = this.#runs.get(folder);
    if (run !== undefined) run.overtaken = true;
    const wasFresh = this.#fresh.delete(folder);
    if (wasFresh && setting("index.automatic") && !this.#givenUp.has(folder)) this.#inBackground(folder);
  }

  #changed(): void {
    void vscode.commands.executeCommand("setContext", "motionLens.indexing", this.#runs.size > 0);
    this.#onDidChange.fire();
  }
}
