/**
 * The Python environment of models/training: made once, renewed when its requirements change.
 */
import { createHash } from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import { mustRun } from "./processes.mjs";
import { seconds } from "./prepare.mjs";
import { inProject } from "./project.mjs";
import { ensureSystem, findPython } from "./system-packages.mjs";

export const trainingFolder = inProject("models", "training");

/**
 * Makes models/training/.venv with the pinned requirements where it is missing, incomplete or of other requirements.
 * @returns {Promise<string>} absolute path of its Python
 * @throws {Error} where Python is missing or an install fails
 */
export async function ensurePython({ log = console.log } = {}) {
  const venv = path.join(trainingFolder, ".venv");
  const python = path.join(venv, ...(process.platform === "win32" ? ["Scripts", "python.exe"] : ["bin", "python"]));
  const stamp = path.join(venv, ".requirements");
  const requirements = path.join(trainingFolder, "requirements.txt");
  const wanted = createHash("sha256").update(fs.readFileSync(requirements)).digest("hex");
  if (fs.existsSync(python) && fs.existsSync(stamp) && fs.readFileSync(stamp, "utf8") === wanted) return python;

  await ensureSystem(["python"], { log });
  const base = findPython();
  if (!base) throw new Error("no Python with venv");
  log("Installing the Python packages of models/training …");
  const started = Date.now();
  fs.rmSync(venv, { recursive: true, force: true });
  await mustRun(base, ["-m", "venv", venv]);
  await mustRun(python, ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", requirements]);
  fs.writeFileSync(stamp, wanted);
  log(`Python packages installed in ${seconds(started)}.`);
  return python;
}
