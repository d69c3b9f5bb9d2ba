/** Runs the built command line as other programs do. */
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import * as v from "valibot";
import { PART_NAMES } from "../../src/core/motion/parts.js";
import { ROOT } from "../engine/support.js";

export const CLI = join(ROOT, "dist", "cli.js");

export interface CliResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CliOptions {
  readonly cwd?: string;
  readonly environment?: Readonly<Record<string, string>>;
  /** A shell line that ends in `exec "$@"`, to run the program under a limit. */
  readonly shell?: string;
  /** Another copy of the program. */
  readonly program?: string;
}

export async function cli(
  args: readonly string[],
  { cwd, environment, shell, program: file = CLI }: CliOptions = {},
): Promise<CliResult> {
  if (!existsSync(CLI)) throw new Error("dist/cli.js is missing: npm run build");
  const command = [process.execPath, file, ...args];
  const [program, ...rest] = shell === undefined ? command : ["sh", "-c", shell, "sh", ...command];
  const child = spawn(program!, rest, {
    cwd,
    env: { ...process.env, ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => (stdout += chunk));
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => (stderr += chunk));
  const code = await new Promise<number | null>((resolve) => child.on("close", resolve));
  return { code, stdout, stderr };
}

const whole = v.pipe(v.number(), v.integer(), v.minValue(0));
const fromOne = v.pipe(v.number(), v.integer(), v.minValue(1));
const range = v.pipe(
  v.strictTuple([whole, whole]),
  v.check(([start, end]) => start < end, "a half-open range that is not empty"),
);
const score = v.pipe(v.number(), v.finite(), v.minValue(-1.01), v.maxValue(1.01));
const part = v.picklist(PART_NAMES);
const parts = v.pipe(v.array(part), v.length(PART_NAMES.length));
const failure = v.strictObject({ path: v.string(), reason: v.pipe(v.string(), v.nonEmpty()) });

/** Exactly the answers of the fixed forms: no key more, no key less. */
export const answers = {
  index: v.strictObject({
    motions: whole,
    captions: whole,
    encoded: whole,
    failed: v.array(failure),
    seconds: v.pipe(v.number(), v.minValue(0)),
  }),
  search: v.strictObject({
    query: v.string(),
    results: v.array(
      v.strictObject({
        path: v.string(),
        score,
        rank: fromOne,
        evidence: v.array(v.strictObject({ token: v.string(), chars: range, part, frames: range, score })),
      }),
    ),
  }),
  describe: v.strictObject({
    path: v.string(),
    results: v.array(
      v.strictObject({ text: v.string(), path: v.string(), line: fromOne, score, rank: fromOne, own: v.boolean() }),
    ),
  }),
  align: v.strictObject({
    score,
    tokens: v.array(v.strictObject({ token: v.string(), chars: range, score, beyondGrid: v.optional(score) })),
    parts,
    times: v.array(range),
    matrix: v.array(v.array(v.array(score))),
  }),
  inspect: v.strictObject({
    path: v.string(),
    format: v.string(),
    layout: v.string(),
    shape: v.array(whole),
    dtype: v.string(),
    frames: fromOne,
    fps: v.pipe(v.number(), v.gtValue(0)),
    skeleton: v.picklist(["humanml3d22", "kit21"]),
    duration: v.number(),
    warnings: v.array(v.string()),
    angles: v.optional(v.array(v.array(v.nullable(v.number())))),
  }),
};

/** The JSON lines of an output, each checked against its schema. */
export function jsonLines<S extends v.GenericSchema>(schema: S, stdout: string): v.InferOutput<S>[] {
  if (!stdout.endsWith("\n")) throw new Error("the last line is not ended");
  return stdout
    .slice(0, -1)
    .split("\n")
    .map((line) => v.parse(schema, JSON.parse(line)));
}
