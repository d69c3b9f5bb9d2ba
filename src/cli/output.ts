/** Writing to the terminal, or to whatever reads us. */
import type { IndexProgress } from "../protocol/engine.js";

/** The reader of stdout is gone (`| head`): no failure of ours, but no reason to go on. */
export class ReaderGone extends Error {
  override readonly name = "ReaderGone";
}

/** Writes a line to stdout and waits until it is taken. @throws ReaderGone */
export async function printLine(line: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    process.stdout.write(`${line}\n`, (error) => {
      if (!error) resolve();
      else reject((error as NodeJS.ErrnoException).code === "EPIPE" ? new ReaderGone() : error);
    });
  });
}

/** One line on stderr, whatever the message holds. */
export function printError(message: string): void {
  clearProgress();
  process.stderr.write(`motion-lens: ${message.replace(/\s*[\r\n]+\s*/g, " ")}\n`);
}

/** Lines a second where nobody watches. */
const QUIET_MS = 2_000;
let shown = false;
let last = 0;
let lastPhase = "";

/** Progress on stderr: one line that is rewritten in a terminal, a line now and then elsewhere. */
export function showProgress({ phase, done, total }: IndexProgress): void {
  if (total === 0 || phase === "scanning" || phase === "saving") return;
  const line = `indexing ${phase}: ${done} of ${total}`;
  if (process.stderr.isTTY) {
    process.stderr.write(`\r${line}\u001b[K`);
    shown = true;
    return;
  }
  const now = performance.now();
  if (phase === lastPhase && done < total && now - last < QUIET_MS) return;
  last = now;
  lastPhase = phase;
  process.stderr.write(`${line}\n`);
}

export function clearProgress(): void {
  if (shown) process.stderr.write("\r\u001b[K");
  shown = false;
}

/** Columns of text, the last one as long as it likes. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  return rows
    .map((row) => row.map((cell, column) => (column < row.length - 1 ? cell.padEnd(widths[column]!) : cell)).join("  "))
    .join("\n");
}
