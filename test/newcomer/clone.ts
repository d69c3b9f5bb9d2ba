import { spawn, type ChildProcess } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { hostFolder, root } from "../../scripts/lib/project.mjs";

/** What git ignores: made by installs, builds and runs. */
const IGNORED = ["node_modules", "dist", "out", ".git", ".vscode-host", ".venv", ".cache", "runs", "__pycache__"];

/** Copies the project as it is now, without anything that is made from it. */
export function freshClone(): string {
  const clone = fs.mkdtempSync(path.join(os.tmpdir(), "motion-lens-clone-"));
  const filter = (source: string) =>
    !IGNORED.includes(path.basename(source)) && !source.endsWith(".vsix") && fs.existsSync(source);
  fs.cpSync(root, clone, { recursive: true, filter });
  return clone;
}

/** The environment of a terminal: nothing of the npm that runs these tests, nor of the project's own programs. */
function terminalEnvironment(): NodeJS.ProcessEnv {
  const env: NodeJS.ProcessEnv = { ...process.env, MOTION_LENS_HOST: hostFolder };
  for (const key of Object.keys(env))
    if (/^(npm_|INIT_CWD$|NODE$|VITEST|NODE_ENV$|DISPLAY$)/.test(key)) delete env[key];
  const folders = (env["PATH"] ?? "").split(path.delimiter);
  env["PATH"] = folders.filter((folder) => !folder.includes("node_modules")).join(path.delimiter);
  return env;
}

export interface Started {
  readonly npm: ChildProcess;
  readonly output: () => string;
  /** Settles when npm has ended. */
  readonly ended: Promise<void>;
  /** The address, once it is printed. */
  readonly address: (withinSeconds: number) => Promise<string>;
}

/** Types `npm start` in a clone. */
export function npmStart(clone: string, ...args: string[]): Started {
  const npm = spawn("npm", ["start", "--", ...args], {
    cwd: clone,
    env: terminalEnvironment(),
    stdio: ["ignore", "pipe", "pipe"],
    detached: true, // as in a terminal, where Ctrl-C reaches the whole group
  });
  let output = "";
  for (const stream of [npm.stdout, npm.stderr]) stream?.on("data", (data) => (output += String(data)));
  const ended = new Promise<void>((resolve) => npm.once("close", () => resolve()));
  const address = async (withinSeconds: number) => {
    let over = false;
    void ended.then(() => (over = true));
    for (const end = Date.now() + withinSeconds * 1000; Date.now() < end;) {
      const found = /^Motion Lens is open at (http:\/\/\S+)$/m.exec(output)?.[1];
      if (found) return found;
      if (over) throw new Error(`npm start has ended:\n${output}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    throw new Error(`no address within ${withinSeconds} s:\n${output}`);
  };
  return { npm, output: () => output, ended, address };
}

/** Command lines of living processes that mention a folder (Linux). */
export function processesOf(folder: string): string[] {
  return fs
    .readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .flatMap((pid) => {
      try {
        const line = fs.readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ");
        const inside = fs.readlinkSync(`/proc/${pid}/cwd`).startsWith(folder);
        return line !== "" && (inside || line.includes(folder)) ? [`${pid} ${line}`] : [];
      } catch {
        return []; // it has ended meanwhile
      }
    });
}
