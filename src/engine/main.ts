/**
 * The engine process: forked with `serialization: "advanced"`, serves the contract over its IPC channel, and ends when
 * its parent is gone.
 */
import type { EngineEvents } from "../protocol/engine.js";
import { toWireError } from "../protocol/errors.js";
import { ipcChannel, serveEngine, type EngineServer } from "../protocol/rpc.js";
import { EngineService } from "./service.js";

if (process.send === undefined) {
  process.stderr.write(
    "This is the engine of Motion Lens; it is started by the extension. Use cli.js in a terminal.\n",
  );
  process.exitCode = 2;
} else {
  start();
}

function start(): void {
  const emit = <E extends keyof EngineEvents>(event: E, value: Parameters<EngineEvents[E]>[0]) =>
    server.emit(event, value);
  const service = new EngineService({
    indexProgress: (progress) => emit("indexProgress", progress),
    log: (entry) => emit("log", entry),
  });
  const server: EngineServer = serveEngine(ipcChannel(process), service.handlers);

  process.on("disconnect", () => {
    // Nobody is there who could want an answer. What runs is stopped, what is done is saved; nothing may keep this
    // process alive after that, and no exit call may come while ONNX Runtime works: its runs are synchronous, so none
    // is under way when this function runs.
    void service.close().finally(() => process.exit());
    setTimeout(() => process.exit(), 5_000).unref();
  });
  const report = (error: unknown) => {
    const { message, stack } = toWireError(error);
    emit("log", { level: "error", message: stack ?? message });
  };
  process.on("uncaughtException", report);
  process.on("unhandledRejection", report);
}
