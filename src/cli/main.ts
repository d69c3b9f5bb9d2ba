/**
 * The command line. It runs the engine in its own process; the process ends by itself once the work is done, with the
 * exit code set before: an exit call while ONNX Runtime works would abort it.
 */
import { version } from "../../package.json";
import { EngineService } from "../engine/service.js";
import { isEngineError } from "../protocol/errors.js";
import {
  runAlign,
  runDescribe,
  runEncode,
  runIndexCommand,
  runInspect,
  runMerge,
  runSearch,
  runSimilar,
} from "./commands.js";
import { runBench } from "./bench/run.js";
import { runExport, runStoreSearch } from "./store-commands.js";
import { printError, printLine, ReaderGone, showProgress } from "./output.js";
import { HELP, parseCommand, UsageError, type Command } from "./usage.js";

const interrupted = new AbortController();

async function main(argv: readonly string[]): Promise<void> {
  const command = parseCommand(argv);
  if (command.name === "help") return printLine(HELP.trimEnd());
  if (command.name === "version") return printLine(version);
  const { verbose, fps } = command.options;
  const engine = new EngineService(
    {
      indexProgress: showProgress,
      log: ({ level, message }) => {
        if (verbose || level === "warn" || level === "error") printError(message);
      },
    },
    { assumedFps: fps },
  );
  try {
    await run(engine, command);
  } finally {
    await engine.close();
  }
}

function run(engine: EngineService, command: Exclude<Command, { name: "help" | "version" }>): Promise<void> {
  const { signal } = interrupted;
  switch (command.name) {
    case "index":
      return runIndexCommand(engine, command, signal);
    case "search":
      return command.options.store === undefined
        ? runSearch(engine, command, signal)
        : runStoreSearch(command, command.options.store, signal);
    case "similar":
      return runSimilar(engine, command, signal);
    case "export":
      return runExport(engine, command, signal);
    case "merge":
      return runMerge(engine, command, signal);
    case "bench":
      return runBench(engine, command.options, signal);
    case "describe":
      return runDescribe(engine, command, signal);
    case "align":
      return runAlign(engine, command, signal);
    case "encode":
      return runEncode(engine, command, signal);
    case "inspect":
      return runInspect(engine, command, signal);
  }
}

function report(error: unknown): void {
  if (error instanceof ReaderGone) return;
  if (error instanceof UsageError) {
    printError(`${error.message} (see motion-lens --help)`);
    process.exitCode = 2;
  } else if (isEngineError(error, "CancelledError")) {
    printError("interrupted; what was done is saved");
    process.exitCode = 130;
  } else {
    printError(error instanceof Error ? error.message : String(error));
    if (process.env["MOTION_LENS_DEBUG"] && error instanceof Error) process.stderr.write(`${error.stack}\n`);
    process.exitCode = 1;
  }
}

// A write to a reader that is gone also raises an event; the promise of the write reports it.
process.stdout.on("error", () => undefined);
process.stderr.on("error", () => undefined);
for (const name of ["SIGINT", "SIGTERM"] as const) process.once(name, () => interrupted.abort());

main(process.argv.slice(2)).catch(report);
