/**
 * Runs a mocha suite inside the extension host of a real VS Code.
 *
 *   node scripts/host/run-integration.mjs [--extension DIR] [--tests FILE] [--folder DIR]
 *        [--timeout SECONDS] [--report FILE] [--screenshots DIR] [--verbose] [--keep]
 *
 * FILE (default out/test/extension/index.js) exports `run()`. It appends its text to $VSCODE_TEST_LOG, which is shown
 * here as it comes, and writes mocha's statistics as JSON to $VSCODE_TEST_RESULT. DIR (default: the sample dataset) is
 * copied; $VSCODE_TEST_WORKSPACE names the copy, which is the open folder and may be written to. Caches go into the
 * throw-away profile. --report writes the statistics where the caller wants them; --keep leaves the profile in place.
 *
 * Exit code: 0 every test passed; 1 a test failed; 2 the suite did not run to its end.
 */
import fs from "node:fs";
import path from "node:path";
import { parseArgs } from "node:util";
import { onStop } from "../lib/processes.mjs";
import { inProject, root, sampleDataset } from "../lib/project.mjs";
import { seconds } from "../lib/prepare.mjs";
import { startBrowser, VIEWPORT } from "./browser.mjs";
import { ensureHost } from "./install-host.mjs";
import { folderUrl, makeProfile, startServer } from "./server.mjs";

const { values: option } = parseArgs({
  options: {
    extension: { type: "string", default: root },
    tests: { type: "string", default: inProject("out", "test", "extension", "index.js") },
    folder: { type: "string", default: sampleDataset },
    timeout: { type: "string", default: "420" },
    report: { type: "string" },
    screenshots: { type: "string" },
    verbose: { type: "boolean", default: false },
    keep: { type: "boolean", default: false },
  },
});

const started = Date.now();
/** @type {(() => unknown)[]} */
const undo = [];
const cleanUp = async () => {
  for (const step of undo.splice(0).reverse()) await step();
};
onStop(cleanUp);

/**
 * @typedef {{ tests: number, passes: number, failures: number, pending: number }} Totals
 */

/**
 * What the run amounts to. Both the code that the extension host gave and the totals count: one that dies can be
 * reported as code 0, and an empty suite ends well.
 * @param {unknown} exit
 * @param {Totals | undefined} totals
 */
function verdict(exit, totals) {
  if (totals === undefined || typeof exit !== "number" || totals.tests === 0) return 2;
  return totals.failures > 0 || exit !== 0 ? 1 : 0;
}

async function main() {
  const tests = path.resolve(option.tests);
  if (!fs.existsSync(tests)) throw new Error(`${option.tests} is missing: npm run build:tests`);
  await ensureHost();
  const profile = makeProfile();
  if (!option.keep) undo.push(profile.remove);
  const folder = path.join(profile.folder, "workspace");
  fs.cpSync(path.resolve(option.folder), folder, { recursive: true });
  const log = path.join(profile.folder, "mocha.log");
  const result = path.join(profile.folder, "result.json");
  fs.writeFileSync(log, "");
  undo.push(follow(log));

  const server = await startServer({
    profile,
    // Without the smoke test driver the workbench silently ignores the suite it is given.
    options: ["--vscode-option", "enable-smoke-test-driver", "--idle-timeout-seconds", "180"],
    env: {
      VSCODE_TEST_LOG: log,
      VSCODE_TEST_RESULT: result,
      VSCODE_TEST_WORKSPACE: folder,
      XDG_CACHE_HOME: path.join(profile.folder, "cache"),
    },
  });
  undo.push(server.stop);
  const browser = await startBrowser();
  undo.push(() => browser.close());
  const page = await browser.newPage({ viewport: VIEWPORT });

  // The workbench calls these two: when the extension host ends its run, and for everything the suite prints.
  const ended = new Promise((resolve) => void page.exposeFunction("codeAutomationExit", resolve));
  /** @type {string[]} */
  const messages = [];
  await page.exposeFunction("codeAutomationLog", (/** @type {string} */ type, /** @type {unknown[]} */ args) => {
    messages.push(`[${type}] ${args.join(" ")}`);
    if (option.verbose) console.log(messages.at(-1));
  });
  const inHost = (/** @type {string} */ file) => `vscode-remote://${new URL(server.url).host}${path.resolve(file)}`;
  const payload = JSON.stringify([
    ["extensionDevelopmentPath", inHost(option.extension)],
    ["extensionTestsPath", inHost(tests)],
  ]);
  // The tests begin while the page still loads: what it waits for is the first answer, on a busy machine a slow one.
  await page.goto(`${folderUrl(server.url, folder)}&payload=${encodeURIComponent(payload)}`, {
    timeout: 120_000,
    waitUntil: "commit",
  });

  const limit = new Promise((resolve) => setTimeout(resolve, Number(option.timeout) * 1000, "time limit").unref());
  const exit = await Promise.race([ended, limit, server.ended.then(() => "the server ended")]);
  if (option.screenshots) {
    fs.mkdirSync(option.screenshots, { recursive: true });
    await page.screenshot({ path: path.join(option.screenshots, "integration-end.png") });
  }
  /** @type {Totals | undefined} */
  const totals = fs.existsSync(result) ? JSON.parse(fs.readFileSync(result, "utf8")) : undefined;
  const code = verdict(exit, totals);
  if (option.report && totals) fs.writeFileSync(option.report, JSON.stringify(totals));
  const serverLog = server.log();
  await cleanUp();
  if (code === 2) {
    console.error(
      messages
        .filter((line) => option.verbose || line.startsWith("[error]"))
        .slice(-20)
        .join("\n"),
    );
    console.error(serverLog.slice(-3000));
    console.error(`The suite did not run to its end (${exit}; totals ${JSON.stringify(totals) ?? "none"}).`);
  }
  const count = totals ? `${totals.passes} passed, ${totals.failures} failed, ${totals.pending} pending` : "no totals";
  console.log(`extension host: ${count} in ${seconds(started)}`);
  return code;
}

/** Shows what is appended to a file; the function given back shows the rest and stops. */
function follow(/** @type {string} */ file) {
  let shown = 0;
  const show = () => {
    const text = fs.readFileSync(file);
    if (text.length > shown) process.stdout.write(text.subarray(shown));
    shown = text.length;
  };
  const timer = setInterval(show, 200);
  return () => {
    clearInterval(timer);
    show();
  };
}

try {
  process.exitCode = await main();
} catch (error) {
  await cleanUp();
  console.error(error);
  process.exitCode = 2;
}
// Chromium's pipes may linger for a moment; nothing is left to wait for.
process.exit();
