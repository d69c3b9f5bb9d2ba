/**
 * Stands between a script and a program it starts, so that the program never outlives the script: the script holds this
 * process's standard input open, and however the script ends, killed outright included, that input ends.
 *
 *   node guardian.mjs FOLDER PROGRAM ARGUMENT...
 *
 * A script that ends in good order says "stop" first and cleans up itself. Where it cannot any more, FOLDER (temporary
 * files of the program; may be empty text) is removed here.
 *
 * The program leads a process group of its own, which is ended as a whole: a VS Code server forks extension hosts, and
 * those fork. The exit code is the program's.
 */
import { spawn } from "node:child_process";
import fs from "node:fs";

const PATIENCE = 4000;
const [folder = "", command = "", ...args] = process.argv.slice(2);
const program = spawn(command, args, { stdio: ["ignore", "inherit", "inherit"], detached: true });

const groupAlive = () => {
  try {
    process.kill(-(program.pid ?? 0), 0);
    return program.pid !== undefined;
  } catch {
    return false;
  }
};

const signal = (/** @type {NodeJS.Signals} */ name) => {
  try {
    if (program.pid !== undefined) process.kill(-program.pid, name);
  } catch {
    // Nobody left.
  }
};

let ending = false;
function end(/** @type {number} */ code) {
  if (ending) return;
  ending = true;
  signal("SIGTERM");
  const started = Date.now();
  const timer = setInterval(() => {
    const overdue = Date.now() - started > PATIENCE;
    if (overdue) signal("SIGKILL");
    if (overdue || !groupAlive()) {
      clearInterval(timer);
      if (abandoned && folder !== "") fs.rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
      process.exit(code);
    }
  }, 50);
}

let abandoned = false;
let said = "";
const inputEnded = () => {
  abandoned = said.trim() !== "stop";
  end(abandoned ? 1 : 0);
};
process.stdin.on("data", (data) => (said += data));
process.stdin.on("end", inputEnded);
process.stdin.on("error", inputEnded);
for (const name of /** @type {NodeJS.Signals[]} */ (["SIGINT", "SIGTERM", "SIGHUP"])) process.on(name, () => end(143));
program.once("error", (error) => {
  console.error(error.message);
  process.exit(127);
});
program.once("exit", (code) => end(code ?? 1));
