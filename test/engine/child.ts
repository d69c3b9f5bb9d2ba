/** The engine as the extension runs it: `dist/engine.js`, forked. */
import { fork, type ChildProcess } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { afterEach } from "vitest";
import type { EngineEvents, EngineSettings } from "../../src/protocol/engine.js";
import { EngineClient, ipcChannel } from "../../src/protocol/rpc.js";
import { MODEL, ROOT } from "./support.js";

export const ENGINE = join(ROOT, "dist", "engine.js");

const children: ChildProcess[] = [];

afterEach(() => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
});

export interface ChildEngine {
  readonly child: ChildProcess;
  readonly client: EngineClient;
  /** Resolves when the process is gone. */
  readonly ended: Promise<void>;
}

export interface ChildOptions {
  readonly events?: Partial<EngineEvents>;
  readonly environment?: Readonly<Record<string, string>>;
}

export function startChild({ events, environment }: ChildOptions = {}): ChildEngine {
  if (!existsSync(ENGINE)) throw new Error("dist/engine.js is missing: npm run build");
  const child = fork(ENGINE, [], {
    serialization: "advanced",
    stdio: "inherit",
    env: { ...process.env, ...environment },
  });
  children.push(child);
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  return { child, client: new EngineClient(ipcChannel(child), events), ended };
}

/** A child with the real model loaded. */
export async function openChild(
  settings: Partial<EngineSettings> & { readonly indexFolder: string },
  options: ChildOptions = {},
): Promise<ChildEngine> {
  const engine = startChild(options);
  await engine.client.call("initialize", { modelFolder: MODEL, executionProvider: "cpu", threads: 0, ...settings });
  return engine;
}
