/**
 * Opens Motion Lens on a folder of motions, from nothing but a clone.
 *
 *   npm start [-- [<folder>] [options]]
 *
 * Installs what is missing, builds what is old, then opens the folder (default: the sample dataset, as a copy) with the
 * extension loaded: in desktop VS Code where there is one and a display, else in the same workbench served to a browser
 * on this machine, until Ctrl-C.
 */
import fs from "node:fs";
import net from "node:net";
import path from "node:path";
import { parseArgs } from "node:util";
import { ensureHost } from "./host/install-host.mjs";
import { folderUrl, linkExtension, makeProfile, startServer } from "./host/server.mjs";
import { findDesktop, openDesktop } from "./lib/desktop.mjs";
import { ensureBuilt, ensureDependencies } from "./lib/prepare.mjs";
import { onStop } from "./lib/processes.mjs";
import { checkNode, profileFolder } from "./lib/project.mjs";
import { sampleCopy } from "./lib/sample.mjs";

const DEFAULT_PORT = 3741;

const USAGE = `Usage: npm start [-- [<folder>] [options]]

  <folder>       folder of motions; default: a copy of the sample dataset
  --browser      serve the workbench to a browser even where desktop VS Code is there
  --code <path>  desktop VS Code to use (also: MOTION_LENS_CODE)
  --port <n>     port of the served workbench; default ${DEFAULT_PORT}, or a free one where that is taken
  --fresh        start from a new copy of the sample dataset
  --help         show this`;

/** Wrong use of the command line: exit code 2. */
class UsageError extends Error {}

function readArguments() {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: {
        browser: { type: "boolean", default: false },
        code: { type: "string" },
        port: { type: "string" },
        fresh: { type: "boolean", default: false },
        help: { type: "boolean", default: false },
      },
    });
    if (positionals.length > 1) throw new Error("one folder at most");
    const port = values.port === undefined ? undefined : Number(values.port);
    if (port !== undefined && !(Number.isInteger(port) && port >= 0 && port < 65_536)) {
      throw new Error(`--port ${values.port} is no port`);
    }
    return { ...values, port, folder: positionals[0] };
  } catch (error) {
    throw new UsageError(`${/** @type {Error} */ (error).message}\n\n${USAGE}`);
  }
}

/** The folder to open: the one named, relative to where npm was called, or the sample's copy. */
function chooseFolder(/** @type {ReturnType<typeof readArguments>} */ option) {
  if (option.folder === undefined) return sampleCopy({ fresh: option.fresh });
  const folder = path.resolve(process.env["INIT_CWD"] ?? process.cwd(), option.folder);
  if (!fs.existsSync(folder)) throw new UsageError(`There is no folder ${folder}.`);
  if (!fs.statSync(folder).isDirectory()) throw new UsageError(`${folder} is a file, not a folder.`);
  return folder;
}

async function main() {
  const option = readArguments();
  if (option.help) return void console.log(USAGE);
  checkNode();
  const folder = chooseFolder(option);
  const desktop = option.browser ? { why: "asked for" } : findDesktop(option.code ?? process.env["MOTION_LENS_CODE"]);

  let stop = async () => {};
  let stopping = false;
  onStop(async () => {
    stopping = true;
    await stop();
    return 0; // Ctrl-C is how this ends
  });
  await ensureDependencies();
  await ensureBuilt();

  if (desktop.program) {
    try {
      await openDesktop(desktop.program, folder);
      return void console.log(`Motion Lens is open in ${desktop.program} on ${folder}`);
    } catch (error) {
      if (desktop.why === "given") throw error;
      console.log(`${/** @type {Error} */ (error).message}; the workbench is served to a browser instead.`);
    }
  }
  const server = await serve(folder, option.port, (how) => (stop = how));
  if (!server) return;
  const code = await server.ended;
  if (stopping) return;
  await stop();
  throw new Error(`the VS Code server ended by itself with ${code}\n${server.log().slice(-2000)}`);
}

/**
 * Serves the workbench with the kept profile.
 * @param {string} folder
 * @param {number | undefined} wanted port
 * @param {(stop: () => Promise<void>) => void} onStarted is given the way to end it
 * @returns the server, or undefined where another run serves this profile already
 */
async function serve(folder, wanted, onStarted) {
  const running = path.join(profileFolder, "running.json");
  const other = await servedAlready(running);
  if (other) {
    console.log(`Motion Lens is open at ${folderUrl(other, folder)}`);
    console.log("It is served by the npm start that runs already.");
    return undefined;
  }
  await ensureHost();
  const profile = makeProfile({ keepIn: profileFolder });
  try {
    linkExtension(profile);
    const server = await startServer({ profile, port: await choosePort(wanted) });
    onStarted(async () => {
      await server.stop();
      fs.rmSync(running, { force: true });
      profile.remove();
    });
    fs.writeFileSync(running, JSON.stringify({ process: process.pid, url: server.url }));
    console.log(`Motion Lens is open at ${folderUrl(server.url, folder)}`);
    console.log("Open that address in a browser on this machine; Ctrl-C here ends it.");
    return server;
  } catch (error) {
    profile.remove();
    throw error;
  }
}

/** Address of a server that an earlier run still serves from this profile. */
async function servedAlready(/** @type {string} */ file) {
  try {
    const { process: owner, url } = JSON.parse(fs.readFileSync(file, "utf8"));
    process.kill(owner, 0);
    const answer = await fetch(`${url}/healthz`, { signal: AbortSignal.timeout(2000) });
    return answer.ok ? String(url) : undefined;
  } catch {
    return undefined; // no such file, process or server
  }
}

/** A browser keeps a workbench's open editors by address, so the port is the same each time where it can be. */
async function choosePort(/** @type {number | undefined} */ wanted) {
  const port = wanted ?? DEFAULT_PORT;
  const free = await new Promise((resolve) => {
    const probe = net.createServer();
    probe.once("error", () => resolve(false));
    probe.listen(port, "127.0.0.1", () => probe.close(() => resolve(true)));
  });
  if (free) return port;
  if (wanted !== undefined) throw new Error(`port ${wanted} is taken`);
  return 0;
}

try {
  await main();
  // Nothing is left to do where the desktop or an earlier run has the window.
  process.exitCode = 0;
} catch (error) {
  const { message } = /** @type {Error} */ (error);
  console.error(error instanceof UsageError ? message : `Motion Lens could not be opened: ${message}`);
  process.exitCode = error instanceof UsageError ? 2 : 1;
}
