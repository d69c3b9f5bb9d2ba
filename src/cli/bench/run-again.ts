/** This program, started again for a part of a bench: it answers with one line of JSON. */
import { spawn } from "node:child_process";
import { cancelled } from "../../protocol/rpc.js";

/** Before a number of motions, on stderr. */
const DONE = "done ";

/**
 * @param progress hears what the process says by `tellDone`.
 * @throws Error when it fails; what it says on stderr is shown.
 */
export async function runAgain<T>(
  options: readonly string[],
  signal: AbortSignal,
  progress: (motions: number) => void = () => undefined,
): Promise<T> {
  const child = spawn(process.execPath, [process.argv[1]!, "bench", ...options], {
    stdio: ["ignore", "pipe", "pipe"],
    signal,
    // It has nothing to save, and would finish what it does first.
    killSignal: "SIGKILL",
  });
  let text = "";
  let rest = "";
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop()!;
    for (const line of lines) {
      if (line.startsWith(DONE)) progress(Number(line.slice(DONE.length)));
      else process.stderr.write(`${line}\n`);
    }
  });
  await new Promise<void>((done, failed) => {
    child.once("error", (error) => failed(signal.aborted ? cancelled() : error));
    child.once("close", (code) => {
      if (code === 0) done();
      else failed(new Error(`bench ${options[0]} ended with ${code}`));
    });
  });
  return JSON.parse(text) as T;
}

export function tellDone(motions: number): void {
  process.stderr.write(`${DONE}${motions}\n`);
}
