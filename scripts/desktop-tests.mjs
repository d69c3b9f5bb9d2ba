/**
 * Runs the suite of the extension host in desktop VS Code instead of the served workbench.
 *
 *   npm run test:desktop
 *
 * VSCODE_DESKTOP names the program (the Electron binary, not the `code` script beside it); without it VS Code is
 * downloaded where that is possible. Needs a display (on Linux without one: xvfb-run -a npm run test:desktop).
 */
import { runTests } from "@vscode/test-electron";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { onStop } from "./lib/processes.mjs";
import { inProject, root, sampleDataset } from "./lib/project.mjs";

const folder = fs.mkdtempSync(path.join(os.tmpdir(), "motion-lens-"));
const cleanUp = () => fs.rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
onStop(cleanUp);

const log = path.join(folder, "mocha.log");
const result = path.join(folder, "result.json");
const workspace = path.join(folder, "workspace");

try {
  const tests = inProject("out", "test", "extension", "index.js");
  if (!fs.existsSync(tests)) throw new Error("out/test/extension/index.js is missing: npm run build:tests");
  fs.cpSync(sampleDataset, workspace, { recursive: true });
  fs.writeFileSync(log, "");
  const given = process.env["VSCODE_DESKTOP"];
  const profile = ["--user-data-dir", path.join(folder, "user"), "--extensions-dir", path.join(folder, "extensions")];
  const asRoot = process.getuid?.() === 0 ? ["--no-sandbox"] : [];
  let failure = "";
  try {
    await runTests({
      ...(given ? { vscodeExecutablePath: given } : { version: "stable" }),
      extensionDevelopmentPath: root,
      extensionTestsPath: tests,
      extensionTestsEnv: {
        VSCODE_TEST_LOG: log,
        VSCODE_TEST_RESULT: result,
        VSCODE_TEST_WORKSPACE: workspace,
        XDG_CACHE_HOME: path.join(folder, "cache"),
      },
      launchArgs: [workspace, "--disable-extensions", "--disable-workspace-trust", ...profile, ...asRoot],
    });
  } catch (error) {
    failure = /** @type {Error} */ (error).message;
  }
  process.stdout.write(fs.readFileSync(log));
  // Both count: a host that died may be reported as a success, an empty suite ends well.
  const totals = fs.existsSync(result) ? JSON.parse(fs.readFileSync(result, "utf8")) : undefined;
  if (!totals) throw new Error(`the suite did not run to its end: ${failure || "no totals"}`);
  console.log(`desktop VS Code: ${totals.passes} passed, ${totals.failures} failed, ${totals.pending} pending`);
  process.exitCode = failure || totals.failures > 0 || totals.passes === 0 ? 1 : 0;
} catch (error) {
  console.error(/** @type {Error} */ (error).message);
  process.exitCode = 2;
} finally {
  cleanUp();
}
