/**
 * Brings a clone into a state that can run: packages installed, bundles built. Does nothing where that is so already.
 */
import { createHash } from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import { mustRun } from "./processes.mjs";
import { inProject, root, toolNode } from "./project.mjs";

/**
 * Whether node_modules holds what package-lock.json asks for. npm writes node_modules/.package-lock.json as the last
 * step of an install, so an interrupted one is seen too.
 * @param {string} folder the project
 */
export function dependenciesPresent(folder = root) {
  try {
    const read = (/** @type {string} */ file) => JSON.parse(fs.readFileSync(path.join(folder, file), "utf8")).packages;
    const wanted = read("package-lock.json");
    const found = read(path.join("node_modules", ".package-lock.json"));
    return Object.entries(wanted).every(([name, entry]) => {
      if (name === "") return true;
      // Packages for other systems are in the lock file but not in the folder.
      if (!(name in found)) return entry.optional === true;
      return found[name].version === entry.version;
    });
  } catch {
    return false;
  }
}

/** Runs `npm ci` where node_modules is missing, incomplete or of another lock file. */
export async function ensureDependencies({ log = console.log } = {}) {
  if (!dependenciesPresent()) {
    log("Installing packages (npm ci) …");
    const started = Date.now();
    await mustRun("npm", ["ci"], { cwd: root });
    log(`Packages installed in ${seconds(started)}.`);
  }
  toolNode(); // says so where install scripts were off
}

/** Files and folders whose change makes the bundles old. */
const SOURCES = ["src", "esbuild.mjs", "scripts/kernel.mjs", "tsconfig.json", "package.json", "package-lock.json"];
const BUNDLES = [
  "extension.js",
  "engine.js",
  "cli.js",
  "webview.js",
  "scoring-worker.js",
  "maxsim-relaxed.wasm",
  "maxsim-simd.wasm",
];

/** Hash of names and contents of files and folders, in a fixed order. */
export function contentHash(/** @type {string[]} */ places, folder = root) {
  const hash = createHash("sha256");
  const add = (/** @type {string} */ place) => {
    const file = path.join(folder, place);
    const stat = fs.statSync(file, { throwIfNoEntry: false });
    if (!stat) return;
    if (stat.isDirectory()) {
      for (const name of fs.readdirSync(file).sort()) add(`${place}/${name}`);
    } else {
      hash.update(`${place}\0${stat.size}\0`).update(fs.readFileSync(file));
    }
  };
  places.forEach(add);
  return hash.digest("hex");
}

/** Runs `npm run build` where the bundles are missing or older than their sources. */
export async function ensureBuilt({ log = console.log } = {}) {
  const stamp = inProject("dist", ".sources");
  const present = BUNDLES.every((name) => fs.existsSync(inProject("dist", name)));
  const hash = contentHash(SOURCES);
  if (present && fs.existsSync(stamp) && fs.readFileSync(stamp, "utf8") === hash) return;
  log("Building (npm run build) …");
  const started = Date.now();
  await npmRun("build");
  for (const name of BUNDLES) {
    if (!fs.existsSync(inProject("dist", name))) throw new Error(`npm run build made no dist/${name}`);
  }
  // A build step may write into src (generated files), so the hash is taken again.
  fs.writeFileSync(stamp, contentHash(SOURCES));
  log(`Built in ${seconds(started)}.`);
}

/** Runs one of package.json's scripts, its output kept for the error. */
export const npmRun = (/** @type {string} */ script, /** @type {string[]} */ ...args) =>
  mustRun("npm", ["run", "--silent", script, ...args], { cwd: root });

/** Time since a moment, for people. */
export const seconds = (/** @type {number} */ since) => `${((Date.now() - since) / 1000).toFixed(1)} s`;
