/**
 * Where things of this project lie, and which Node runs its tools.
 *
 * Everything under scripts/ that a fresh clone runs first (start.mjs, test.mjs and what they import at load time)
 * uses Node's own modules only and runs on Node 20, because nothing is installed yet.
 */
import fs from "node:fs";
import path from "node:path";

/** Absolute path of the repository. */
export const root = path.resolve(import.meta.dirname, "..", "..");

/** Absolute path of a file or folder of the repository. */
export const inProject = (/** @type {string[]} */ ...parts) => path.join(root, ...parts);

/** Shows a path as a person in the repository would type it. */
export const shown = (/** @type {string} */ file) => {
  const relative = path.relative(root, file);
  return relative === "" ? "." : relative.startsWith("..") ? file : relative;
};

/** The sample dataset as it is committed. */
export const sampleDataset = inProject("media", "sample-dataset");

/** Where the VS Code server lives; MOTION_LENS_HOST moves it, so that several clones can share one. */
export const hostFolder = path.resolve(process.env["MOTION_LENS_HOST"] || inProject(".vscode-host"));

/** Where `npm start` keeps its settings and its copy of the sample; MOTION_LENS_PROFILE names another folder. */
export const profileFolder = path.resolve(process.env["MOTION_LENS_PROFILE"] || inProject(".vscode-host", "profile"));

const OLDEST = 20;
const TOOLS = 22;

/** @param {string} version as in `process.version` */
const major = (version) => Number(/^v?(\d+)/.exec(version)?.[1] ?? 0);

/**
 * Refuses a Node that cannot even run these scripts.
 * @throws {Error} one line that names both versions
 */
export function checkNode(version = process.version) {
  if (major(version) < OLDEST) throw new Error(`Node ${OLDEST} or newer is needed, this is ${version}.`);
}

/**
 * The Node that runs the build and test tools: the one that `npm ci` brings, or the one running now if that is new
 * enough (where install scripts are switched off, the package `node` brings none).
 * @returns {string} absolute path
 * @throws {Error} where neither is there
 */
export function toolNode() {
  const brought = inProject("node_modules", "node", "bin", process.platform === "win32" ? "node.exe" : "node");
  if (fs.existsSync(brought)) return brought;
  if (major(process.version) >= TOOLS) return process.execPath;
  throw new Error(
    `node_modules has no Node: run "npm ci" with install scripts allowed, or use Node ${TOOLS} or newer (this is ${process.version}).`,
  );
}

/** Absolute path of a program that `npm ci` installed as a JavaScript file, such as vitest's entry. */
export const toolEntry = (/** @type {string} */ packageName, /** @type {string} */ bin) => {
  const folder = inProject("node_modules", ...packageName.split("/"));
  const manifest = JSON.parse(fs.readFileSync(path.join(folder, "package.json"), "utf8"));
  const entry = typeof manifest.bin === "string" ? manifest.bin : manifest.bin?.[bin];
  if (!entry) throw new Error(`the package ${packageName} has no program ${bin}`);
  return path.join(folder, entry);
};
