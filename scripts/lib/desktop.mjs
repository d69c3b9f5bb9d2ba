/**
 * Desktop VS Code: whether there is one that can show a window here, and opening it.
 */
import fs from "node:fs";
import path from "node:path";
import { run } from "./processes.mjs";
import { inProject, root } from "./project.mjs";
import { findProgram } from "./system-packages.mjs";

const MAC = "/Applications/Visual Studio Code.app/Contents/Resources/app/bin/code";

/** Whether a window could be shown. */
export function hasDisplay(env = process.env, platform = process.platform) {
  if (platform === "linux") return Boolean(env["DISPLAY"] || env["WAYLAND_DISPLAY"]);
  return !env["SSH_CONNECTION"];
}

/**
 * Whether a program called `code` is no desktop: inside a remote session (SSH, container, WSL, a browser's terminal) it
 * only passes requests on to a window that is somewhere else, and in WSL it is a Windows program.
 * @param {string} file
 */
export function isRemoteCommand(file, env = process.env) {
  if (env["VSCODE_IPC_HOOK_CLI"]) return true;
  const real = fs.realpathSync(file);
  return [file, real].some((name) => /[\\/]remote-cli[\\/]|^\/mnt\/[a-z]\/|code-server/.test(name));
}

/**
 * The desktop VS Code to use.
 * @param {string} [given] path of a program; counts whatever it is
 * @returns {{ program?: string, why: string }} why: without a program, the reason in a few words
 * @throws {Error} where the given path is not there
 */
export function findDesktop(given, env = process.env) {
  if (given) {
    if (!fs.existsSync(given)) throw new Error(`there is no VS Code at ${given}`);
    return { program: path.resolve(given), why: "given" };
  }
  if (!hasDisplay(env)) return { why: "this machine has no display" };
  const program =
    findProgram(["code", "code-insiders", "codium"], env["PATH"]) ?? (fs.existsSync(MAC) ? MAC : undefined);
  if (!program) return { why: "no desktop VS Code was found" };
  if (isRemoteCommand(program, env)) return { why: `${program} belongs to a remote session` };
  return { program, why: "found" };
}

/** Oldest VS Code that the manifest accepts, as [major, minor]. */
function oldestAccepted() {
  const range = JSON.parse(fs.readFileSync(inProject("package.json"), "utf8")).engines.vscode;
  return versionNumbers(range);
}

const versionNumbers = (/** @type {string} */ text) => {
  const [, major = "0", minor = "0"] = /(\d+)\.(\d+)/.exec(text) ?? [];
  return /** @type {[number, number]} */ ([Number(major), Number(minor)]);
};

/**
 * Opens a folder in a new window with the extension loaded from this clone.
 * @param {string} program
 * @param {string} folder
 * @throws {Error} where VS Code is too old or does not start
 */
export async function openDesktop(program, folder) {
  const asRoot = process.getuid?.() === 0;
  // As root VS Code starts only with a folder of its own for its data.
  const extra = asRoot ? ["--no-sandbox", "--user-data-dir", inProject(".vscode-host", "desktop-profile")] : [];
  const asked = await run(program, [...extra, "--version"], { quiet: true, timeout: 30_000 });
  if (asked.code !== 0) throw new Error(`${program} does not start: ${asked.output.trim().split("\n").at(-1)}`);
  const [major, minor] = versionNumbers(asked.output);
  const [wantedMajor, wantedMinor] = oldestAccepted();
  if (major < wantedMajor || (major === wantedMajor && minor < wantedMinor)) {
    throw new Error(`${program} is VS Code ${major}.${minor}; ${wantedMajor}.${wantedMinor} or newer is needed`);
  }
  const args = [...extra, `--extensionDevelopmentPath=${root}`, "--new-window", folder];
  const { code, output } = await run(program, args, { quiet: true });
  if (code !== 0) throw new Error(`${program} ended with ${code}: ${output.trim().split("\n").at(-1)}`);
}
