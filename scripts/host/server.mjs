/**
 * Profiles for the VS Code server, and its start and end.
 */
import { execFile, spawn } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { root } from "../lib/project.mjs";
import { emptyConfig, hostPaths } from "./install-host.mjs";

/** Settings of every profile made here: quiet, offline, and saving only when told to, as on the desktop. */
export const QUIET_SETTINGS = {
  "workbench.startupEditor": "none",
  "workbench.secondarySideBar.defaultVisibility": "hidden",
  "chat.disableAIFeatures": true,
  "telemetry.telemetryLevel": "off",
  "extensions.autoUpdate": false,
  "extensions.autoCheckUpdates": false,
  "extensions.ignoreRecommendations": true,
  "update.mode": "none",
  "files.autoSave": "off",
};

/** What tests add: nothing of the machine's git, nothing of an earlier window, no animation to catch half-way. */
export const TEST_SETTINGS = {
  ...QUIET_SETTINGS,
  "git.enabled": false,
  "window.restoreWindows": "none",
  "workbench.reduceMotion": "on",
};

/**
 * @typedef {object} Profile
 * @property {string} folder
 * @property {string} userData
 * @property {string} extensions
 * @property {string} run short-lived files and sockets of one server; its path must stay short
 * @property {() => void} remove deletes what should not outlive the server
 */

/**
 * Makes a profile.
 * @param {{ keepIn?: string, settings?: Record<string, unknown> }} [options] keepIn: a folder that lasts; there, settings
 * that the user has changed since stay as they are. Without it the profile is thrown away by `remove`.
 * @returns {Profile}
 */
export function makeProfile({ keepIn, settings = {} } = {}) {
  // Socket names may hold little more than a hundred characters, so they never go below the project's own path.
  const run = fs.mkdtempSync(path.join(os.tmpdir(), "motion-lens-"));
  const folder = keepIn ?? run;
  const profile = {
    folder,
    userData: path.join(folder, "user"),
    extensions: path.join(folder, "extensions"),
    run,
    remove: () => fs.rmSync(run, { recursive: true, force: true, maxRetries: 5 }),
  };
  fs.mkdirSync(path.join(profile.userData, "User"), { recursive: true });
  fs.mkdirSync(profile.extensions, { recursive: true });
  const file = path.join(profile.userData, "User", "settings.json");
  if (!keepIn || !fs.existsSync(file)) {
    const all = { ...(keepIn ? QUIET_SETTINGS : TEST_SETTINGS), ...settings };
    fs.writeFileSync(file, JSON.stringify(all, null, 2) + "\n");
  }
  return profile;
}

/**
 * Puts an extension's folder into a profile by a link, so that a rebuild is taken by "Developer: Reload Window".
 * @param {Profile} profile
 * @param {string} [folder] holds the package.json
 * @returns {string} the extension's identifier
 */
export function linkExtension(profile, folder = root) {
  const { publisher, name, version } = JSON.parse(fs.readFileSync(path.join(folder, "package.json"), "utf8"));
  const id = `${publisher}.${name}`;
  for (const entry of fs.readdirSync(profile.extensions)) {
    if (entry.startsWith(`${id}-`)) fs.rmSync(path.join(profile.extensions, entry), { recursive: true, force: true });
  }
  // The server's own list would hide a new version; without the list it looks at the folder.
  fs.rmSync(path.join(profile.extensions, "extensions.json"), { force: true });
  fs.symlinkSync(path.resolve(folder), path.join(profile.extensions, `${id}-${version}`), "dir");
  return id;
}

/** The environment without what an outer VS Code, npm or test run left in it. */
function serverEnvironment(/** @type {Record<string, string | undefined>} */ extra) {
  // An empty gallery keeps the server off the network.
  /** @type {Record<string, string | undefined>} */
  const env = { ...process.env, EXTENSIONS_GALLERY: "{}", ...extra };
  for (const key of Object.keys(env)) {
    if (/^(VSCODE_(?!TEST_)|npm_|ELECTRON_)/.test(key)) delete env[key];
  }
  for (const key of ["NODE_OPTIONS", "PORT", "PASSWORD", "HASHED_PASSWORD", "VITEST", "VITEST_WORKER_ID"]) {
    delete env[key];
  }
  return env;
}

const profileArguments = (/** @type {ReturnType<typeof hostPaths>} */ host, /** @type {Profile} */ profile) => [
  host.entry,
  ...["--config", emptyConfig(profile.folder)],
  ...["--user-data-dir", profile.userData],
  ...["--extensions-dir", profile.extensions],
];

/**
 * Installs a .vsix into a profile by the server's own command line.
 * @param {Profile} profile
 * @param {string} vsix
 * @returns {Promise<string[]>} what is installed then, each as `publisher.name@version`
 */
export async function installVsix(profile, vsix) {
  const host = hostPaths();
  const call = async (/** @type {string[]} */ ...args) => {
    const env = serverEnvironment({});
    const answer = await promisify(execFile)(host.node, [...profileArguments(host, profile), ...args], { env });
    return answer.stdout;
  };
  await call("--install-extension", path.resolve(vsix), "--force");
  const listed = await call("--list-extensions", "--show-versions");
  return listed.split("\n").filter((line) => /^[\w-]+\.[\w-]+@\S+$/.test(line));
}

/**
 * @typedef {object} Server
 * @property {string} url origin, without a slash at its end
 * @property {number | undefined} pid of the process that guards it
 * @property {() => string} log what it has printed
 * @property {Promise<number>} ended
 * @property {() => Promise<void>} stop ends it and every process it started
 */

/**
 * Starts the server on the loopback address.
 * @param {{ profile: Profile, port?: number, options?: string[], env?: Record<string, string | undefined>, trust?: boolean,
 *   patience?: number }} options port 0 takes a free one; trust false asks the workbench's question; patience in ms
 * @returns {Promise<Server>} once it listens
 * @throws {Error} where it ends or stays silent instead, with what it printed
 */
export function startServer({ profile, port = 0, options = [], env = {}, trust = true, patience = 60_000 }) {
  const host = hostPaths();
  if (!fs.existsSync(host.entry)) {
    throw new Error("the VS Code server is not installed: node scripts/host/install-host.mjs");
  }
  const args = [
    ...profileArguments(host, profile),
    ...["--auth", "none", "--bind-addr", `127.0.0.1:${port}`],
    ...["--disable-telemetry", "--disable-update-check", "--disable-getting-started-override", "--disable-proxy"],
    ...(trust ? ["--disable-workspace-trust"] : []),
    ...options,
  ];
  const guard = spawn(
    process.execPath,
    [path.join(import.meta.dirname, "guardian.mjs"), profile.run, host.node, ...args],
    {
      env: serverEnvironment({ XDG_RUNTIME_DIR: profile.run, TMPDIR: profile.run, ...env }),
      stdio: ["pipe", "pipe", "pipe"],
      detached: true, // Ctrl-C in the terminal is for the script; the server ends when the script says so
    },
  );
  let text = "";
  /** @type {Promise<number>} */
  const ended = new Promise((resolve) => guard.once("close", (code) => resolve(code ?? 1)));
  const stop = async () => {
    guard.stdin.end("stop");
    await ended;
  };
  guard.stdin.on("error", () => {}); // it may be gone already
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      void stop().then(() => reject(new Error(`the VS Code server did not listen in time\n${text.slice(-3000)}`)));
    }, patience);
    const onData = (/** @type {Buffer} */ data) => {
      if (text.length > 1_000_000) text = text.slice(-500_000);
      text += String(data);
      const address = /HTTP server listening on (http:\/\/127\.0\.0\.1:\d+)/.exec(text)?.[1];
      if (!address) return;
      clearTimeout(timer);
      resolve({ url: address, pid: guard.pid, log: () => text, ended, stop });
    };
    guard.stdout.on("data", onData);
    guard.stderr.on("data", onData);
    void ended.then((code) => {
      clearTimeout(timer);
      reject(new Error(`the VS Code server ended with ${code}\n${text.trim().slice(-3000)}`));
    });
  });
}

/** Address that opens a folder; its slashes stay readable. */
export const folderUrl = (/** @type {string} */ origin, /** @type {string} */ folder) =>
  `${origin}/?folder=${encodeURIComponent(folder).replaceAll("%2F", "/")}`;
