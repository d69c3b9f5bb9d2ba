/** Starts the writing process of these tests and follows what it says. */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { build } from "esbuild";
import { afterEach } from "vitest";
import { ROOT } from "../support.js";
import type { State } from "./synthetic.js";

export const WRITER = join(ROOT, "out", "test", "writer-process.cjs");

/** Bundles the process; once per test file. */
export async function buildWriter(): Promise<void> {
  await build({
    entryPoints: [join(import.meta.dirname, "writer-process.ts")],
    outfile: WRITER,
    bundle: true,
    platform: "node",
    format: "cjs",
    target: "node22",
    external: ["onnxruntime-node", "onnxruntime-web"],
    logLevel: "error",
  });
}

const children: ChildProcess[] = [];

afterEach(() => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
});

interface Change {
  readonly set?: readonly (readonly [string, number])[];
  readonly gone?: readonly string[];
  readonly merge?: boolean;
}

export interface WriterOptions {
  readonly folder: string;
  readonly seed: number;
  readonly changes?: number;
  /** Motions that it works on. */
  readonly prefix?: string;
  readonly preload?: string;
  /** Put before the command, for example a shell that sets a limit. */
  readonly wrap?: (command: readonly string[]) => readonly string[];
}

/** One run of the writing process, from its start to its end. */
export class WriterProcess {
  /** What the index held when it was opened. */
  opened: State | undefined;
  /** What it holds for sure, by what the process has said. */
  safe: State | undefined;
  /** The same after the change that was under way when it ended. */
  pending: State | undefined;
  /** Whether a merge was under way. */
  merging = false;
  readonly warnings: string[] = [];
  error: string | undefined;
  finished = false;
  readonly child: ChildProcess;
  readonly ended: Promise<void>;
  readonly #waiting: (() => void)[] = [];
  #rest = "";

  constructor({ folder, seed, changes = 1e9, prefix = "m", preload, wrap = (command) => command }: WriterOptions) {
    const node = [process.execPath, ...(preload === undefined ? [] : ["--require", preload])];
    const [program, ...args] = wrap([...node, WRITER, folder, `${seed}`, `${changes}`, prefix]) as [string];
    // Its start is what a kill costs: compiled code is kept between the starts.
    const env = { ...process.env, NODE_COMPILE_CACHE: join(WRITER, "..", "compiled") };
    this.child = spawn(program, args, { stdio: ["pipe", "pipe", "inherit"], env });
    children.push(this.child);
    this.child.stdin!.on("error", () => undefined);
    this.child.stdout!.setEncoding("utf8").on("data", (text: string) => this.#read(text));
    this.ended = once(this.child, "close").then(() => this.#waiting.splice(0).forEach((wake) => wake()));
  }

  go(): void {
    this.child.stdin!.write("go\n");
  }

  /** Waits until the process has said so much, or has ended. */
  async until(condition: () => boolean): Promise<void> {
    while (!condition() && this.child.exitCode === null && this.child.signalCode === null) {
      await new Promise<void>((wake) => this.#waiting.push(wake));
    }
  }

  #read(text: string): void {
    const lines = (this.#rest + text).split("\n");
    this.#rest = lines.pop()!;
    for (const line of lines) this.#take(line.slice(0, line.indexOf(" ")), JSON.parse(line.slice(line.indexOf(" "))));
    this.#waiting.splice(0).forEach((wake) => wake());
  }

  #take(word: string, value: unknown): void {
    if (word === "open") this.opened = this.safe = new Map(value as [string, number][]);
    if (word === "begin") {
      const { set = [], gone = [], merge = false } = value as Change;
      const next = new Map(this.safe);
      for (const [key, version] of set) next.set(key, version);
      for (const key of gone) next.delete(key);
      this.pending = next;
      this.merging = merge;
    }
    if (word === "done") {
      this.safe = this.pending;
      this.pending = undefined;
      this.merging = false;
    }
    if (word === "warn") this.warnings.push(String(value));
    if (word === "error") this.error = String(value);
    if (word === "end") this.finished = true;
  }
}
