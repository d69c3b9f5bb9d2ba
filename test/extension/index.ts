/** Runs the suite inside the extension host; settling the promise of `run` ends the host. */
import fs from "node:fs";
import path from "node:path";
import { format } from "node:util";

export async function run(): Promise<void> {
  const log = process.env["VSCODE_TEST_LOG"];
  const result = process.env["VSCODE_TEST_RESULT"];
  const { default: Mocha } = await import("mocha");
  if (log !== undefined) {
    Mocha.reporters.Base.consoleLog = (...values: unknown[]) => fs.appendFileSync(log, `${format(...values)}\n`);
  }
  const mocha = new Mocha({ ui: "tdd", color: false, timeout: 180_000, slow: 2_000 });
  const only = process.env["MOTION_LENS_TEST_GREP"];
  if (only !== undefined) mocha.grep(only);
  const files = fs.readdirSync(__dirname).filter((name) => name.endsWith(".test.js"));
  for (const name of files.sort()) mocha.addFile(path.join(__dirname, name));
  await mocha.loadFilesAsync();
  const stats = await new Promise<Mocha.Stats>((done) => {
    const runner = mocha.run(() => done(runner.stats!));
  });
  if (result !== undefined) fs.writeFileSync(result, JSON.stringify(stats));
  if (stats.failures > 0) throw new Error(`${stats.failures} tests failed`);
}
