/**
 * Programs that do not come from npm or PyPI: found, on Debian as root installed, elsewhere named.
 */
import { execFileSync } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { mustRun } from "./processes.mjs";

/** First file of these names that can be run from PATH, or undefined. */
export function findProgram(/** @type {string[]} */ names, searchPath = process.env["PATH"] ?? "") {
  const endings = process.platform === "win32" ? [".exe", ".cmd", ""] : [""];
  for (const name of names) {
    for (const folder of searchPath.split(path.delimiter).filter(Boolean)) {
      for (const ending of endings) {
        const file = path.join(folder, name + ending);
        try {
          fs.accessSync(file, fs.constants.X_OK);
          if (fs.statSync(file).isFile()) return file;
        } catch {
          // Not here.
        }
      }
    }
  }
  return undefined;
}

const CHROMIUM_NAMES = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"];
const CHROMIUM_FILES = [
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
  "C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe",
  "C:\\Program Files (x86)\\Google\\Chrome\\Application\\chrome.exe",
];

/** The browser that tests drive: CHROMIUM, or one that is installed; undefined where there is none. */
export function findChromium() {
  const given = process.env["CHROMIUM"];
  if (given) return fs.existsSync(given) ? given : undefined;
  return findProgram(CHROMIUM_NAMES) ?? CHROMIUM_FILES.find((file) => fs.existsSync(file));
}

/** Python 3 that can make virtual environments, or undefined. */
export function findPython() {
  const python = findProgram(process.platform === "win32" ? ["python", "python3"] : ["python3", "python"]);
  if (!python) return undefined;
  try {
    execFileSync(python, ["-c", "import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))"], {
      stdio: "ignore",
    });
    return python;
  } catch {
    return undefined;
  }
}

/** Whether a text could be drawn at all: any font file in the usual folders. */
function hasFont() {
  if (process.platform !== "linux") return true;
  const folders = ["/usr/share/fonts", "/usr/local/share/fonts", path.join(os.homedir(), ".fonts")];
  folders.push(path.join(os.homedir(), ".local", "share", "fonts"));
  return folders.some((folder) => {
    if (!fs.existsSync(folder)) return false;
    return fs.readdirSync(folder, { recursive: true }).some((name) => /\.(ttf|otf|ttc|pfb)$/i.test(String(name)));
  });
}

/**
 * What the scripts may need of the system, by the name they ask for it.
 * @type {Record<string, { what: string, debian: string[], present: () => boolean }>}
 */
export const NEEDS = {
  browser: { what: "Chromium or Chrome", debian: ["chromium"], present: () => findChromium() !== undefined },
  font: { what: "a font", debian: ["fonts-dejavu-core"], present: hasFont },
  python: {
    what: "Python 3.11 or newer with venv",
    debian: ["python3", "python3-venv"],
    present: () => findPython() !== undefined,
  },
  gypPython: {
    what: "Python 3",
    debian: ["python3"],
    present: () => findProgram(["python3", "python"]) !== undefined,
  },
  make: { what: "make", debian: ["make"], present: () => findProgram(["make", "gmake"]) !== undefined },
  compiler: {
    what: "a C++ compiler",
    debian: ["g++"],
    present: () => findProgram(["g++", "clang++", "c++"]) !== undefined,
  },
};

function isDebian() {
  if (process.platform !== "linux" || !findProgram(["apt-get"])) return false;
  try {
    return /^ID(_LIKE)?=.*debian/m.test(fs.readFileSync("/etc/os-release", "utf8"));
  } catch {
    return false;
  }
}

/**
 * Sees to it that the named needs are met: installs what is missing on Debian as root, else names it.
 * @param {string[]} names keys of NEEDS
 * @param {{ log?: (line: string) => void, debian?: boolean, asRoot?: boolean }} [options] debian, asRoot: what this
 * machine is, found out where not given
 * @throws {Error} one line that names what is missing and, on Debian, the command that installs it
 */
export async function ensureSystem(names, options = {}) {
  const { log = console.log, debian = isDebian(), asRoot = process.getuid?.() === 0 } = options;
  const missing = () =>
    names.flatMap((name) => {
      const need = NEEDS[name];
      if (!need) throw new Error(`unknown need ${name}`);
      return need.present() ? [] : [need];
    });
  const before = missing();
  if (before.length === 0) return;
  const packages = [...new Set(before.flatMap((need) => need.debian))];
  if (debian && asRoot) {
    log(`Installing system packages: ${packages.join(" ")}`);
    const env = { DEBIAN_FRONTEND: "noninteractive" };
    await mustRun("apt-get", ["update", "-qq"], { env });
    await mustRun("apt-get", ["install", "-y", "-qq", "--no-install-recommends", ...packages], { env });
    if (missing().length === 0) return;
  }
  const what = missing().map((need) => need.what);
  const how = debian ? ` (sudo apt-get install -y ${packages.join(" ")})` : "";
  throw new Error(`Please install what is missing on this machine: ${what.join(", ")}${how}.`);
}
