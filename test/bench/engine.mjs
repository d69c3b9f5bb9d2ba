/**
 * `npm run bench [-- <folder>]`: how fast the engine is, beside the plain oracle of src/core in the same run.
 *
 * Without a folder the sample dataset is measured, and random vectors in the amount of a large one. Milliseconds differ
 * between machines; the ratios say whether a change made something slower.
 */
import { mkdirSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { build } from "esbuild";

const root = path.resolve(import.meta.dirname, "..", "..");
const outfile = path.join(root, "out", "bench", "engine.cjs");
mkdirSync(path.dirname(outfile), { recursive: true });
await build({
  entryPoints: [path.join(import.meta.dirname, "engine.ts")],
  outfile,
  bundle: true,
  platform: "node",
  format: "cjs",
  target: "node22",
  external: ["onnxruntime-node", "onnxruntime-web"],
  logLevel: "warning",
});
const { run } = await import(pathToFileURL(outfile).href);
await run(process.argv[2] === undefined ? undefined : path.resolve(process.env.INIT_CWD ?? ".", process.argv[2]));
