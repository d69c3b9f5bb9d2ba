/**
 * The engine as the extension sees it: one forked child that starts when first needed, restarts by itself after a
 * crash, and answers typed calls. ONNX Runtime and file parsing live in that child, never in the extension host.
 */
import { fork, type ChildProcess } from "node:child_process";
import * as vscode from "vscode";
import type { EngineInfo, EngineSettings, IndexProgress } from "../../protocol/engine.js";
import { EngineError, isEngineError } from "../../protocol/errors.js";
import {
  EngineClient,
  ipcChannel,
  type AnswerOf,
  type CallOptions,
  type Engine,
  type EngineMethod,
  type RequestOf,
} from "../../protocol/rpc.js";
import { DisposableStore } from "../disposable.js";
import { CrashWindow } from "./crash-window.js";

/** Pause before a crashed engine is started again, times the number of recent crashes. */
const RESTART_DELAY_MS = 200;

/** Calls that need the model; the others (parsing, listing) also work without one. */
const NEEDS_MODEL: ReadonlySet<EngineMethod> = new Set<EngineMethod>([
  "index",
  "search",
  "similar",
  "describe",
  "align",
]);

/** A started process and what is known of it. */
interface Running {
  readonly child: ChildProcess;
  readonly client: EngineClient;
  /** Settles once `initialize` was answered; an error (no model, damaged model) is kept, not thrown. */
  readonly initialized: Promise<EngineInfo | Error>;
}

export type EngineState =
  | { readonly kind: "idle" }
  | { readonly kind: "starting" }
  | { readonly kind: "ready"; readonly info: EngineInfo }
  | { readonly kind: "noModel"; readonly error: Error }
  | { readonly kind: "stopped"; readonly error: Error };

export interface EngineHostOptions {
  /** Absolute path of the child's script. */
  readonly entry: string;
  readonly settings: () => EngineSettings;
  readonly log: vscode.LogOutputChannel;
}

export class EngineHost implements Engine, vscode.Disposable {
  readonly #options: EngineHostOptions;
  readonly #store = new DisposableStore();
  readonly #crashes = new CrashWindow();
  readonly #onDidChangeState = this.#store.add(new vscode.EventEmitter<EngineState>());
  readonly #onIndexProgress = this.#store.add(new vscode.EventEmitter<IndexProgress>());
  readonly #onDidGiveUp = this.#store.add(new vscode.EventEmitter<Error>());
  #state: EngineState = { kind: "idle" };
  #running: Running | undefined;
  #restartTimer: ReturnType<typeof setTimeout> | undefined;

  readonly onDidChangeState = this.#onDidChangeState.event;
  readonly onIndexProgress = this.#onIndexProgress.event;
  /** The engine crashed too often and stays down until `restart`. */
  readonly onDidGiveUp = this.#onDidGiveUp.event;

  constructor(options: EngineHostOptions) {
    this.#options = options;
  }

  get state(): EngineState {
    return this.#state;
  }

  get processId(): number | undefined {
    return this.#running?.child.pid;
  }

  /**
   * One call. Every call of the contract may be repeated (an index run resumes), so a call whose engine dies is sent
   * once more to the next engine.
   *
   * @throws EngineError as the engine names it; `EngineStoppedError` when the engine died twice or gave up.
   */
  async call<M extends EngineMethod>(
    method: M,
    request: RequestOf<M>,
    options: CallOptions = {},
  ): Promise<AnswerOf<M>> {
    try {
      return await this.#send(method, request, options);
    } catch (error) {
      if (!isEngineError(error, "EngineStoppedError") || this.#state.kind === "stopped" || this.#store.disposed) {
        throw error;
      }
      this.#options.log.info(`Sending ${method} again to the restarted engine.`);
      return await this.#send(method, request, options);
    }
  }

  /**
   * Model and provider, starting the engine if need be.
   *
   * @throws ModelError and what else `initialize` throws.
   */
  async info(): Promise<EngineInfo> {
    const outcome = await this.#ensureRunning().initialized;
    if (outcome instanceof Error) throw outcome;
    return outcome;
  }

  /** Ends the process, forgets earlier crashes and starts anew; also how changed settings take effect. */
  async restart(): Promise<void> {
    this.#crashes.reset();
    this.#end();
    this.#setState({ kind: "idle" });
    const outcome = await this.#ensureRunning().initialized;
    if (outcome instanceof Error) throw outcome;
  }

  dispose(): void {
    this.#end();
    this.#store.dispose();
  }

  async #send<M extends EngineMethod>(method: M, request: RequestOf<M>, options: CallOptions): Promise<AnswerOf<M>> {
    options.signal?.throwIfAborted();
    const running = this.#ensureRunning();
    const outcome = await running.initialized;
    if (outcome instanceof Error && (NEEDS_MODEL.has(method) || running.client.stopped)) throw outcome;
    return running.client.call(method, request, options);
  }

  #ensureRunning(): Running {
    if (this.#store.disposed) throw new EngineError("EngineStoppedError", "the extension is shutting down");
    if (this.#state.kind === "stopped") throw this.#state.error;
    this.#running ??= this.#start();
    return this.#running;
  }

  #start(): Running {
    clearTimeout(this.#restartTimer);
    const { entry, log, settings } = this.#options;
    const environment: NodeJS.ProcessEnv = { ...process.env, ELECTRON_RUN_AS_NODE: "1" };
    // Options meant for the extension host (a debugger, a loader) must not reach the child.
    delete environment["NODE_OPTIONS"];
    const child = fork(entry, [], {
      execPath: process.execPath,
      execArgv: [],
      env: environment,
      serialization: "advanced",
      stdio: ["ignore", "pipe", "pipe", "ipc"],
    });
    log.info(`Engine process ${child.pid ?? "?"} started.`);
    child.stdout?.on("data", (data: Buffer) => log.debug(`engine: ${data.toString().trimEnd()}`));
    child.stderr?.on("data", (data: Buffer) => log.warn(`engine: ${data.toString().trimEnd()}`));
    const client = new EngineClient(ipcChannel(child), {
      indexProgress: (progress) => this.#onIndexProgress.fire(progress),
      log: ({ level, message }) => log[level](message),
    });
    child.once("error", (error) => client.stop(error.message));
    child.once("exit", (code, signal) => this.#exited(child, signal === null ? `with code ${code}` : `by ${signal}`));
    // Calls are rejected as soon as the channel closes, before the exit is known: both mean that this one is gone.
    child.once("disconnect", () => this.#exited(child, "its connection"));
    this.#setState({ kind: "starting" });
    const initialized = client.call("initialize", settings()).then(
      (info) => {
        log.info(`Model ${info.model.name} (${info.model.id.slice(0, 12)}) runs on ${info.provider}.`);
        if (this.#running?.child === child) this.#setState({ kind: "ready", info });
        return info;
      },
      (error: unknown) => {
        const reason = error instanceof Error ? error : new Error(String(error));
        if (!client.stopped && this.#running?.child === child) {
          log.error(reason.message);
          this.#setState({ kind: "noModel", error: reason });
        }
        return reason;
      },
    );
    return { child, client, initialized };
  }

  #exited(child: ChildProcess, how: string): void {
    if (this.#running?.child !== child) return;
    this.#running = undefined;
    child.kill("SIGKILL");
    this.#options.log.warn(`Engine process ${child.pid ?? "?"} ended ${how}.`);
    if (this.#crashes.record(Date.now())) {
      const error = new EngineError(
        "EngineStoppedError",
        vscode.l10n.t("The engine ended {0} times within a minute and was not started again.", this.#crashes.count),
      );
      this.#setState({ kind: "stopped", error });
      this.#onDidGiveUp.fire(error);
      return;
    }
    this.#setState({ kind: "starting" });
    this.#restartTimer = setTimeout(() => {
      if (!this.#store.disposed) this.#running ??= this.#start();
    }, RESTART_DELAY_MS * this.#crashes.count);
  }

  #end(): void {
    clearTimeout(this.#restartTimer);
    const running = this.#running;
    this.#running = undefined;
    running?.client.stop("the extension ended it");
    // The engine keeps nothing in memory only, and a process inside ONNX Runtime heeds nothing gentler.
    running?.child.kill("SIGKILL");
  }

  #setState(state: EngineState): void {
    this.#state = state;
    if (!this.#store.disposed) this.#onDidChangeState.fire(state);
  }
}
