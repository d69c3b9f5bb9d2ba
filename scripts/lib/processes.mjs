/**
 * Starts programs so that none outlives the script that started it.
 *
 * Each program leads a process group of its own (not on Windows, which has none): ending the group ends what the
 * program started in turn, and Ctrl-C reaches this script alone, which then decides the order of the end. A guardian
 * stands in between (scripts/host/guardian.mjs), so that the same happens when this script is killed outright: an
 * orphaned `npm ci`, say, would get in the way of the next one.
 */
import { execFileSync, spawn } from "node:child_process";
import fs from "node:fs";
import path from "node:path";

const groups = process.platform !== "win32";
const guardian = path.join(import.meta.dirname, "..", "host", "guardian.mjs");

/** @type {Set<import("node:child_process").ChildProcess>} */
const running = new Set();

/** Set once this script is on its way out: what it waits for then ends by force, and says nothing about the work. */
let leaving = false;

/** Sends a signal to a program and everything in its group. */
export function signalTree(/** @type {number | undefined} */ pid, /** @type {NodeJS.Signals} */ signal) {
  if (pid === undefined) return;
  try {
    if (groups) process.kill(-pid, signal);
    else execFileSync("taskkill", ["/pid", String(pid), "/t", "/f"], { stdio: "ignore" });
  } catch {
    // Already gone.
  }
}

/** Whether any process of the group is left. */
function groupAlive(/** @type {number} */ pid) {
  try {
    process.kill(groups ? -pid : pid, 0);
    return true;
  } catch {
    return false;
  }
}

const pause = (/** @type {number} */ ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Ends a program and its group: asks first, and after `patience` milliseconds (a guardian's and more) no longer asks. */
export async function endTree(/** @type {number | undefined} */ pid, patience = 6000) {
  if (pid === undefined) return;
  signalTree(pid, "SIGTERM");
  for (const end = Date.now() + patience; groupAlive(pid) && Date.now() < end;) await pause(50);
  signalTree(pid, "SIGKILL");
}

/**
 * @typedef {object} RunOptions
 * @property {string} [cwd]
 * @property {Record<string, string | undefined>} [env] added to the environment; undefined removes
 * @property {boolean} [quiet] keep the output instead of showing it
 * @property {number} [timeout] milliseconds until the program is ended
 */

/**
 * Runs a program to its end.
 * @param {string} command
 * @param {string[]} args
 * @param {RunOptions} [options]
 * @returns {Promise<{ code: number, output: string, timedOut: boolean }>} code 127 where it could not be started;
 * output holds both streams where `quiet` is set
 */
export async function run(command, args, options = {}) {
  const env = { ...process.env, ...options.env };
  for (const [key, value] of Object.entries(env)) if (value === undefined) delete env[key];
  const shownOrKept = options.quiet ? "pipe" : "inherit";
  const child = groups
    ? spawn(process.execPath, [guardian, "", command, ...args], {
        cwd: options.cwd,
        env,
        detached: true,
        stdio: ["pipe", shownOrKept, shownOrKept],
      })
    : spawn(command, args, {
        cwd: options.cwd,
        env,
        shell: command === "npm", // a .cmd file, which only a shell starts
        stdio: ["ignore", shownOrKept, shownOrKept],
      });
  running.add(child);
  child.stdin?.on("error", () => {}); // it may have ended already
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream?.on("data", (data) => (output += data));
  let timedOut = false;
  const timer = options.timeout
    ? setTimeout(() => {
        timedOut = true;
        void endTree(child.pid);
      }, options.timeout)
    : undefined;
  const code = await new Promise((resolve) => {
    child.once("error", (error) => {
      output += String(error.message);
      resolve(127);
    });
    child.once("close", (exit) => resolve(exit ?? 1));
  });
  clearTimeout(timer);
  running.delete(child);
  if (leaving) await new Promise(() => {});
  return { code, output, timedOut };
}

/**
 * Like `run` with its output kept, but a failure is an error.
 * @param {string} command
 * @param {string[]} args
 * @param {RunOptions} [options]
 * @returns {Promise<string>} the output
 * @throws {Error} whose message ends with the last lines of the output
 */
export async function mustRun(command, args, options = {}) {
  const { code, output, timedOut } = await run(command, args, { quiet: true, ...options });
  if (code === 0 && !timedOut) return output;
  const name = [path.basename(command), ...args.slice(0, 2).map((arg) => path.basename(arg))].join(" ");
  throw new Error(`${name} ${timedOut ? "took too long" : `ended with ${code}`}\n${output.trimEnd().slice(-3000)}`);
}

/**
 * Calls `end` once when this script is told to stop: by Ctrl-C, by SIGTERM or SIGHUP, or by the death of what
 * started it. The last happens when npm or its shell is killed: the signal stops there, and nobody is left to press
 * Ctrl-C. Afterwards every program still running is ended and the script leaves, with 128 + the signal's number or with
 * the number that `end` gives.
 * @param {(reason: string) => unknown} [end]
 */
export function onStop(end) {
  const stop = async (/** @type {string} */ reason, /** @type {number} */ code) => {
    if (leaving) return;
    leaving = true;
    /** @type {unknown} */
    let given;
    try {
      given = await end?.(reason);
    } finally {
      await Promise.all([...running].map((child) => endTree(child.pid)));
      process.exit(typeof given === "number" ? given : code);
    }
  };
  for (const [signal, number] of /** @type {[NodeJS.Signals, number][]} */ ([
    ["SIGINT", 2],
    ["SIGTERM", 15],
    ["SIGHUP", 1],
  ])) {
    process.on(signal, () => void stop(signal, 128 + number));
  }
  watchStarters((reason) => void stop(reason, 1));
}

/** Parent of a process, or undefined where that cannot be told. */
function parentOf(/** @type {number} */ pid) {
  try {
    if (fs.existsSync("/proc/self/stat")) {
      // "pid (name) state ppid": the name may hold anything, so count from its closing bracket.
      const stat = fs.readFileSync(`/proc/${pid}/stat`, "utf8");
      return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
    }
    return Number(execFileSync("ps", ["-o", "ppid=", "-p", String(pid)], { encoding: "utf8" }).trim());
  } catch {
    return undefined;
  }
}

/** Under npm: watches the shell that npm started and npm itself. */
function watchStarters(/** @type {(reason: string) => void} */ gone) {
  if (!process.env["npm_lifecycle_event"] || !groups) return;
  const shell = process.ppid;
  const npm = parentOf(shell);
  const timer = setInterval(() => {
    if (process.ppid !== shell) gone("the shell that ran this has ended");
    else if (npm !== undefined && npm > 1 && parentOf(shell) !== npm) gone("npm has ended");
  }, 500);
  timer.unref();
}
