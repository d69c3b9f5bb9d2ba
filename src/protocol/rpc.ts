/**
 * The transport of the engine contract: typed calls with cancellation, named errors, and one-way events, over any
 * channel that passes structured-cloneable values in order (a forked child with `serialization: "advanced"`, a pair
 * of message ports).
 *
 * Client side:
 * ```
 * const child = fork(enginePath, [], { serialization: "advanced" });
 * const client = new EngineClient(ipcChannel(child), { indexProgress: show, log: write });
 * await client.call("initialize", settings);
 * const answer = await client.call("search", { folder, query, top: 10 }, { signal });
 * ```
 * A client lives as long as its process: when the channel closes, every pending and later call is rejected with
 * `EngineStoppedError`. Whoever restarts the process makes a new client (and calls `initialize` on it again).
 */
import { createBirpc } from "birpc";
import type { EngineEvents, EngineRequests } from "./engine.js";
import { EngineError, fromWireError, toWireError, type WireError } from "./errors.js";

/** What both ends need of a channel. Each subscription returns the function that ends it. */
export interface RpcChannel {
  /** May throw or reject when the other end is gone. */
  send(message: unknown): void | Promise<void>;
  onMessage(listener: (message: unknown) => void): () => void;
  /** Called once when nothing can arrive any more; `reason` is in the user's words, where known. */
  onClose(listener: (reason?: string) => void): () => void;
}

// The listeners of node's emitters are typed with `any`, and nothing narrower is assignable to that.
// eslint-disable-next-line @typescript-eslint/no-explicit-any
type IpcListener = (...args: any[]) => void;

/** The part of node's ChildProcess (and of `process` in the child) that a channel needs; keeps this file free of node. */
export interface IpcEndpoint {
  send?: unknown;
  on(event: "message" | "disconnect" | "exit", listener: IpcListener): unknown;
  off(event: "message" | "disconnect" | "exit", listener: IpcListener): unknown;
}

/** Wraps a forked child (in the parent) or `process` (in the child). */
export function ipcChannel(endpoint: IpcEndpoint): RpcChannel {
  return {
    send: (message) =>
      new Promise<void>((resolve, reject) => {
        const { send } = endpoint as { send?: (message: unknown, done: (error: Error | null) => void) => void };
        if (send === undefined) return reject(new Error("there is no IPC channel"));
        send.call(endpoint, message, (error) => (error ? reject(error) : resolve()));
      }),
    onMessage: (listener) => {
      endpoint.on("message", listener);
      return () => endpoint.off("message", listener);
    },
    onClose: (listener) => {
      const onDisconnect = () => listener();
      const onExit = (code: number | null, signal: string | null) =>
        listener(signal === null ? `it ended with code ${code}` : `it was ended by ${signal}`);
      endpoint.on("disconnect", onDisconnect);
      endpoint.on("exit", onExit);
      return () => {
        endpoint.off("disconnect", onDisconnect);
        endpoint.off("exit", onExit);
      };
    },
  };
}

export type EngineMethod = keyof EngineRequests;
export type RequestOf<M extends EngineMethod> = Parameters<EngineRequests[M]>[0];
export type AnswerOf<M extends EngineMethod> = ReturnType<EngineRequests[M]>;

export interface CallOptions {
  /** Aborting it rejects the call at once with `CancelledError` and tells the engine to stop working on it. */
  readonly signal?: AbortSignal;
}

/** What the extension and the CLI call; `EngineClient` is it over a process, `EngineService` is it in-process. */
export interface Engine {
  call<M extends EngineMethod>(method: M, request: RequestOf<M>, options?: CallOptions): Promise<AnswerOf<M>>;
}

/** Every request of the contract, as the engine implements it. */
export type EngineHandlers = {
  readonly [M in EngineMethod]: (request: RequestOf<M>, signal: AbortSignal) => Promise<AnswerOf<M>>;
};

type WireAnswer = { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly error: WireError };

interface ServerFunctions {
  call(id: number, method: string, request: unknown): Promise<WireAnswer>;
  cancel(id: number): void;
}

interface ClientFunctions {
  event(name: keyof EngineEvents, value: unknown): void;
}

/** The client's end: one per engine process. */
export class EngineClient implements Engine {
  readonly #rpc;
  readonly #pending = new Map<number, (error: Error) => void>();
  readonly #stopListening: (() => void)[] = [];
  #nextId = 1;
  #stopped: Error | undefined;

  /** `events` receives the engine's one-way messages; what a listener throws is dropped. */
  constructor(channel: RpcChannel, events: Partial<EngineEvents> = {}) {
    const functions: ClientFunctions = {
      event(name, value) {
        (events[name] as ((value: unknown) => void) | undefined)?.(value);
      },
    };
    this.#rpc = createBirpc<ServerFunctions, ClientFunctions, false>(functions, {
      ...birpcChannel(channel),
      proxify: false,
      timeout: -1,
      // A failed send rejects the call it belongs to; nothing is to surface as an unhandled rejection.
      onGeneralError: () => false,
    });
    this.#stopListening.push(channel.onClose((reason) => this.stop(reason)));
  }

  /** Whether the process behind this client is gone. */
  get stopped(): boolean {
    return this.#stopped !== undefined;
  }

  /**
   * One request. Rejects with an `EngineError` (see `EngineErrorName`), or an ordinary error with the engine's stack
   * where the engine has a bug.
   */
  async call<M extends EngineMethod>(
    method: M,
    request: RequestOf<M>,
    options: CallOptions = {},
  ): Promise<AnswerOf<M>> {
    if (this.#stopped !== undefined) throw this.#stopped;
    const { signal } = options;
    if (signal?.aborted === true) throw cancelled();
    const id = this.#nextId++;
    let onAbort: (() => void) | undefined;
    try {
      const answer = await new Promise<WireAnswer>((resolve, reject) => {
        this.#pending.set(id, reject);
        this.#rpc.$call("call", id, method, request).then(resolve, (error: unknown) => {
          reject(this.#stopped ?? new EngineError("EngineStoppedError", stoppedMessage(messageOf(error))));
        });
        onAbort = () => {
          reject(cancelled());
          this.#rpc.$callEvent("cancel", id).catch(() => undefined);
        };
        signal?.addEventListener("abort", onAbort, { once: true });
      });
      if (!answer.ok) throw fromWireError(answer.error);
      return answer.value as AnswerOf<M>;
    } finally {
      this.#pending.delete(id);
      if (onAbort !== undefined) signal?.removeEventListener("abort", onAbort);
    }
  }

  /** Rejects what is pending and every later call with `EngineStoppedError`. Called by itself when the channel closes. */
  stop(reason?: string): void {
    if (this.#stopped !== undefined) return;
    this.#stopped = new EngineError("EngineStoppedError", stoppedMessage(reason));
    for (const reject of this.#pending.values()) reject(this.#stopped);
    this.#pending.clear();
    for (const stopListening of this.#stopListening) stopListening();
    this.#rpc.$close();
  }
}

/** The engine's end. */
export interface EngineServer {
  /** Sends a one-way message; lost silently when the client is gone. */
  emit<E extends keyof EngineEvents>(event: E, value: Parameters<EngineEvents[E]>[0]): void;
}

/** Serves `handlers` on a channel. When the channel closes, the signal of every running request is aborted. */
export function serveEngine(channel: RpcChannel, handlers: EngineHandlers): EngineServer {
  const running = new Map<number, AbortController>();
  const functions: ServerFunctions = {
    async call(id, method, request) {
      if (!Object.hasOwn(handlers, method)) {
        return { ok: false, error: { name: "Error", message: `the engine knows no request named ${method}` } };
      }
      const controller = new AbortController();
      running.set(id, controller);
      try {
        const handler = handlers[method as EngineMethod] as (request: unknown, signal: AbortSignal) => Promise<unknown>;
        return { ok: true, value: await handler(request, controller.signal) };
      } catch (error) {
        return { ok: false, error: toWireError(error) };
      } finally {
        running.delete(id);
      }
    },
    cancel(id) {
      running.get(id)?.abort(cancelled());
    },
  };
  const rpc = createBirpc<ClientFunctions, ServerFunctions, false>(functions, {
    ...birpcChannel(channel),
    proxify: false,
    timeout: -1,
    // An answer that cannot be sent has nobody who waits for it.
    onGeneralError: () => true,
  });
  channel.onClose(() => {
    for (const controller of running.values()) controller.abort(cancelled());
    rpc.$close();
  });
  return {
    emit: (event, value) => {
      if (!rpc.$closed) rpc.$callEvent("event", event, value).catch(() => undefined);
    },
  };
}

function birpcChannel(channel: RpcChannel) {
  let unsubscribe: (() => void) | undefined;
  return {
    post: (message: unknown) => channel.send(message),
    on: (listener: (message: unknown) => void) => {
      unsubscribe = channel.onMessage(listener);
    },
    off: () => unsubscribe?.(),
  };
}

/** The error of a call that its caller gave up. */
export function cancelled(): EngineError {
  return new EngineError("CancelledError", "the request was cancelled");
}

function stoppedMessage(reason: string | undefined): string {
  return reason === undefined ? "the engine stopped" : `the engine stopped: ${reason}`;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
