// Runs test/golden/golden.ts: bundles it, because Node cannot resolve the project's TypeScript imports by itself.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";

const folder = await mkdtemp(join(tmpdir(), "motion-lens-golden-"));
try {
  const outfile = join(folder, "golden.mjs");
  await build({
    entryPoints: [fileURLToPath(new URL("../test/golden/golden.ts", import.meta.url))],
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
