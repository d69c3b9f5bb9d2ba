/**
 * Installs the VS Code server that tests and `npm start` use: code-server 4.139.1, which carries VS Code 1.139.1,
 * and a private Node that runs it.
 *
 *   node scripts/host/install-host.mjs [--force]
 *
 * It goes to .vscode-host/ (MOTION_LENS_HOST names another folder). scripts/host/lock/package-lock.json pins every
 * package by version and hash. Install scripts stay off; the two native modules that the server cannot do without and
 * that come without a binary are compiled here. A stamp, written last, ends later runs at once; an install that was
 * interrupted leaves no stamp and starts over.
 */
import { createHash } from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { mustRun, onStop } from "../lib/processes.mjs";
import { hostFolder, shown } from "../lib/project.mjs";
import { ensureSystem } from "../lib/system-packages.mjs";
import { seconds } from "../lib/prepare.mjs";

const lockFolder = path.join(import.meta.dirname, "lock");

/** Counts up when the steps of the install change in a way that makes existing installs useless. */
const RECIPE = 1;

/** Where the parts of an installed host lie. */
export function hostPaths(folder = hostFolder) {
  const modules = path.join(folder, "node_modules");
  const server = path.join(modules, "code-server");
  const nodePackage = path.join(modules, `node-${process.platform}-${process.arch}`);
  return {
    folder,
    nodePackage,
    node: path.join(nodePackage, "bin", "node"),
    entry: path.join(server, "out", "node", "entry.js"),
    vscode: path.join(server, "lib", "vscode"),
    gyp: path.join(modules, "node-gyp", "bin", "node-gyp.js"),
    stamp: path.join(folder, ".installed"),
    turn: path.join(folder, ".installing"),
  };
}

/** Hash of all that decides what an install makes. */
function wantedStamp() {
  const hash = createHash("sha256");
  for (const name of ["package.json", "package-lock.json"]) hash.update(fs.readFileSync(path.join(lockFolder, name)));
  return `${RECIPE} ${hash.digest("hex")} ${process.platform}-${process.arch}\n`;
}

/** Whether the host is there, complete and of the pinned versions. */
export function hostPresent(folder = hostFolder) {
  const host = hostPaths(folder);
  return (
    fs.existsSync(host.stamp) &&
    fs.readFileSync(host.stamp, "utf8") === wantedStamp() &&
    fs.existsSync(host.node) &&
    fs.existsSync(host.entry)
  );
}

/**
 * Installs the host where it is missing.
 * @param {{ folder?: string, force?: boolean, log?: (line: string) => void }} [options]
 * @returns {Promise<ReturnType<typeof hostPaths>>}
 * @throws {Error} on a system the host does not exist for, where a system package is missing, or where a step failed
 */
export async function ensureHost({ folder = hostFolder, force = false, log = console.log } = {}) {
  const host = hostPaths(folder);
  if (!force && hostPresent(folder)) return host;
  if (process.platform !== "linux" || !["x64", "arm64"].includes(process.arch)) {
    throw new Error(
      `the VS Code server runs on Linux (x64, arm64), not on ${process.platform}-${process.arch}; use desktop VS Code (--code PATH)`,
    );
  }
  fs.mkdirSync(folder, { recursive: true });
  await takeTurn(host.turn, log);
  try {
    if (!force && hostPresent(folder)) return host; // another run installed it meanwhile
    await ensureSystem(["gypPython", "make", "compiler"], { log });
    await install(host, log);
    return host;
  } finally {
    fs.rmSync(host.turn, { force: true });
  }
}

/** Waits until no other living process installs into the same folder. */
async function takeTurn(/** @type {string} */ file, /** @type {(line: string) => void} */ log) {
  for (let told = false; ;) {
    try {
      fs.writeFileSync(file, String(process.pid), { flag: "wx" });
      return;
    } catch (error) {
      if (/** @type {NodeJS.ErrnoException} */ (error).code !== "EEXIST") throw error;
    }
    const owner = Number(fs.existsSync(file) ? fs.readFileSync(file, "utf8") : 0);
    if (!isAlive(owner)) {
      fs.rmSync(file, { force: true });
      continue;
    }
    if (!told) log(`Waiting for process ${owner}, which installs the VS Code server …`);
    told = true;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

function isAlive(/** @type {number} */ pid) {
  if (!pid || pid === process.pid) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return /** @type {NodeJS.ErrnoException} */ (error).code === "EPERM";
  }
}

/** The install itself, about half a minute. */
async function install(/** @type {ReturnType<typeof hostPaths>} */ host, /** @type {(line: string) => void} */ log) {
  const started = Date.now();
  log(`Installing the VS Code server into ${shown(host.folder)} (once) …`);
  fs.rmSync(host.stamp, { force: true });
  for (const name of ["package.json", "package-lock.json"]) {
    fs.copyFileSync(path.join(lockFolder, name), path.join(host.folder, name));
  }
  // What an outer npm hands on would steer the inner one, and a preset path of Node headers would be of another Node.
  /** @type {Record<string, string | undefined>} */
  const env = { npm_config_audit: "false", npm_config_fund: "false", npm_config_update_notifier: "false" };
  for (const key of Object.keys(process.env)) {
    if (/^npm_(config_(nodedir|local_prefix|prefix)|lifecycle|package)/i.test(key)) env[key] = undefined;
  }

  // The server wants a newer Node than may be running here; with scripts off, nothing but file copies happens.
  await mustRun("npm", ["ci", "--ignore-scripts", "--engine-strict=false"], { cwd: host.folder, env });
  if (!fs.existsSync(host.node)) throw new Error(`npm installed no Node in ${shown(host.nodePackage)}`);
  const own = { ...env, PATH: path.dirname(host.node) + path.delimiter + (process.env["PATH"] ?? "") };

  // VS Code's own packages, by the shrinkwrap inside the package; `npm ci` does not accept that one.
  await mustRun("npm", ["install", "--omit=dev", "--ignore-scripts"], { cwd: host.vscode, env: own });

  // The log writer and the watchdog of extension hosts.
  for (const name of ["spdlog", "native-watchdog"]) {
    const cwd = path.join(host.vscode, "node_modules", "@vscode", name);
    await mustRun(host.node, [host.gyp, "rebuild", `--nodedir=${host.nodePackage}`, "--jobs=2"], { cwd, env: own });
  }

  const config = emptyConfig(host.folder);
  const version = await mustRun(host.node, [host.entry, "--config", config, "--version"], { cwd: host.folder, env });
  fs.writeFileSync(host.stamp, wantedStamp());
  log(`VS Code server installed in ${seconds(started)}: ${version.trim().split("\n").at(-1)}`);
}

/** A configuration file with nothing to say: without one, code-server writes one into the home folder. */
export function emptyConfig(/** @type {string} */ folder) {
  const file = path.join(folder, "code-server.yaml");
  if (!fs.existsSync(file)) fs.writeFileSync(file, "auth: none\n");
  return file;
}

if (process.argv[1] && fs.realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  onStop();
  try {
    const host = await ensureHost({ force: process.argv.includes("--force") });
    console.log(`VS Code server: ${shown(host.folder)}`);
  } catch (error) {
    console.error(`Motion Lens: ${/** @type {Error} */ (error).message}`);
    process.exitCode = 1;
  }
}
