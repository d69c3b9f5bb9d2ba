// Runs a TypeScript file of the project: bundles it first, because Node cannot resolve the project's imports by itself.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { build } from "esbuild";

/** @param {string} entry absolute path; it finds its arguments in `process.argv` */
export async function runTypeScript(entry) {
  const folder = await mkdtemp(join(tmpdir(), "motion-lens-script-"));
  try {
    const outfile = join(folder, "script.mjs");
    await build({
      entryPoints: [entry],
      bundle: true,
      platform: "node",
      format: "esm",
      outfile,
      logLevel: "warning",
    });
    await import(pathToFileURL(outfile).href);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
