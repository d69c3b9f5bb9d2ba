/**
 * Stands between a script and the server it starts, so that the server never outlives the script: the script holds
 * this process's standard input open, and however the script ends, killed outright included, that input ends.
 *
 *   node guardian.mjs FOLDER PROGRAM ARGUMENT...
 *
 * A script that ends in good order says "stop" first and cleans up itself. Where it cannot any more, FOLDER, which holds
 * the server's sockets and temporary files, is removed here.
 *
 * The server leads a process group of its own, which is ended as a whole (it forks extension hosts, and those fork).
 */
import { spawn } from "node:child_process";
import fs from "node:fs";

const PATIENCE = 4000;
const [folder = "", program = "", ...args] = process.argv.slice(2);
const server = spawn(program, args, { stdio: ["ignore", "inherit", "inherit"], detached: true });

const groupAlive = () => {
  try {
    process.kill(-(server.pid ?? 0), 0);
    return server.pid !== undefined;
  } catch {
    return false;
  }
};

const signal = (/** @type {NodeJS.Signals} */ name) => {
  try {
    if (server.pid !== undefined) process.kill(-server.pid, name);
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
      if (abandoned) fs.rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
      process.exit(code);
    }
  }, 50);
}

let abandoned = false;
let said = "";
const inputEnded = () => {
  abandoned = said.trim() !== "stop";
  end(0);
};
process.stdin.on("data", (data) => (said += data));
process.stdin.on("end", inputEnded);
process.stdin.on("error", inputEnded);
for (const name of /** @type {NodeJS.Signals[]} */ (["SIGINT", "SIGTERM", "SIGHUP"])) process.on(name, () => end(0));
server.once("error", (error) => {
  console.error(error.message);
  process.exit(127);
});
server.once("exit", (code) => end(code ?? 1));
