/**
 * The tiers of `npm test`, cheapest first. docs/testing.md says what each is for.
 */
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { run } from "./processes.mjs";
import { ensureBuilt, npmRun } from "./prepare.mjs";
import { ensurePython, trainingFolder } from "./python.mjs";
import { inProject, root, toolEntry, toolNode } from "./project.mjs";
import { fromMocha, fromPytest, fromVitest, unable } from "./reports.mjs";
import { ensureSystem } from "./system-packages.mjs";

/** @typedef {import("./reports.mjs").Outcome} Outcome */

/**
 * @typedef {object} Tier
 * @property {string} name
 * @property {string} title
 * @property {number} minutes after which it is ended
 * @property {(limit: number) => Promise<Outcome>} run limit in milliseconds; an error is the reason why it could not run
 */

/** Runs one of the project's tools under the project's Node, its output shown. */
const tool = (
  /** @type {string} */ packageName,
  /** @type {string} */ bin,
  /** @type {string[]} */ args,
  /** @type {number} */ timeout,
) => run(toolNode(), [toolEntry(packageName, bin), ...args], { cwd: root, timeout });

/**
 * Runs something that leaves a report in a file, and reads it.
 * @param {(file: string) => ReturnType<typeof run>} start
 * @param {(report: string, exitCode: number) => Outcome} read
 * @param {number} limit
 * @returns {Promise<Outcome>}
 */
async function reported(start, read, limit) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "motion-lens-report-"));
  try {
    const file = path.join(folder, "report");
    const { code, timedOut } = await start(file);
    if (timedOut) return unable(`not finished after ${Math.round(limit / 60_000)} minutes`);
    if (!fs.existsSync(file)) return unable(`the runner ended with ${code} and reported nothing`);
    return read(fs.readFileSync(file, "utf8"), code);
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

/** A run of vitest over some folders or files. */
function vitest(/** @type {string[]} */ args, /** @type {number} */ limit) {
  return reported(
    (file) => {
      const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${file}`];
      return tool("vitest", "vitest", ["run", ...reporters, ...args], limit);
    },
    fromVitest,
    limit,
  );
}

/** How test files that start a browser end. */
const IN_BROWSER = ".browser.test.ts";
const DRIVEN = ["--config", "vitest.workbench.config.mts"];
const exclude = (/** @type {string[]} */ globs) => globs.flatMap((glob) => ["--exclude", glob]);

/** One check that either passes or fails as a whole. */
async function check(/** @type {string} */ name, /** @type {ReturnType<typeof run>} */ running) {
  const { code, timedOut } = await running;
  const passed = code === 0 && !timedOut;
  console.log(`${passed ? "passed" : "FAILED"}: ${name}`);
  /** @type {Outcome} */
  const outcome = { passed: passed ? 1 : 0, failed: passed ? 0 : 1, reasons: passed ? [] : [`${name} failed`] };
  return outcome;
}

/** @type {Tier[]} */
export const TIERS = [
  {
    name: "static",
    title: "types, lint rules, formatting",
    minutes: 6,
    run: async (limit) => {
      const outcomes = [
        await check("types (tsc)", tool("typescript", "tsc", ["--noEmit", "-p", "."], limit)),
        await check("lint (eslint)", tool("eslint", "eslint", ["."], limit)),
        await check("format (prettier)", tool("prettier", "prettier", ["--check", "--log-level", "warn", "."], limit)),
      ];
      return {
        passed: outcomes.filter((outcome) => outcome.passed).length,
        failed: outcomes.filter((outcome) => outcome.failed).length,
        reasons: outcomes.flatMap((outcome) => outcome.reasons),
      };
    },
  },
  {
    name: "unit",
    title: "core, formats, manifest, logic of extension and panel, scripts",
    minutes: 10,
    run: (limit) => vitest(exclude(["test/engine/**", "test/cli/**", `**/*${IN_BROWSER}`]), limit),
  },
  {
    name: "engine",
    title: "engine and command line with the real model",
    minutes: 10,
    run: async (limit) => {
      await ensureBuilt();
      return vitest(["test/engine/", "test/cli/"], limit);
    },
  },
  {
    name: "webview",
    title: "the panel in a real browser",
    minutes: 6,
    run: async (limit) => {
      await ensureBuilt();
      await ensureSystem(["browser", "font"]);
      return vitest([IN_BROWSER], limit);
    },
  },
  {
    name: "extension",
    title: "the extension inside the real extension host",
    minutes: 8,
    run: async (limit) => {
      await ensureBuilt();
      await ensureSystem(["browser", "font"]);
      await npmRun("build:tests");
      return reported(
        (file) => run("npm", ["run", "--silent", "test:host", "--", "--report", file], { cwd: root, timeout: limit }),
        fromMocha,
        limit,
      );
    },
  },
  {
    name: "workbench",
    title: "the whole workbench, driven as a person would",
    minutes: 10,
    run: async (limit) => {
      await ensureBuilt();
      await ensureSystem(["browser", "font"]);
      return vitest([...DRIVEN, "test/workbench/"], limit);
    },
  },
  {
    name: "newcomer",
    title: "a fresh clone, npm start, the package",
    minutes: 8,
    run: async (limit) => {
      await ensureBuilt();
      await ensureSystem(["browser", "font"]);
      return vitest([...DRIVEN, "test/newcomer/"], limit);
    },
  },
  {
    name: "python",
    title: "training package",
    minutes: 12,
    run: async (limit) => {
      // Parts of it hold the package to the extension's own code, through the built command line.
      await ensureBuilt();
      const python = await ensurePython();
      return reported(
        (file) => run(python, ["-m", "pytest", "-q", `--junitxml=${file}`], { cwd: trainingFolder, timeout: limit }),
        fromPytest,
        limit,
      );
    },
  },
];

/**
 * Test files that no tier ran: a file in a folder that nobody looks at would otherwise pass for ever.
 * @param {string[]} ran absolute paths
 * @returns {string[]} relative paths
 */
export function filesNotRun(ran) {
  const known = new Set(ran.map((file) => path.relative(root, file).split(path.sep).join("/")));
  return fs
    .readdirSync(inProject("test"), { recursive: true })
    .map((name) => `test/${String(name).split(path.sep).join("/")}`)
    .filter((name) => /\.test\.ts$/.test(name) && !name.startsWith("test/extension/") && !known.has(name))
    .sort();
}
