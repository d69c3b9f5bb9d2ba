/** Bundles the suite of the extension host into out/test/extension, where scripts/host/run-integration.mjs finds it. */
import fs from "node:fs";
import path from "node:path";
import { build } from "esbuild";

const folder = import.meta.dirname;
const outdir = path.resolve(folder, "../../out/test/extension");
fs.rmSync(outdir, { recursive: true, force: true });
const entries = fs.readdirSync(folder).filter((name) => name === "index.ts" || name.endsWith(".test.ts"));
await build({
  entryPoints: entries.map((name) => path.join(folder, name)),
  outdir,
  bundle: true,
  platform: "node",
  target: "node22",
  format: "cjs",
  sourcemap: "inline",
  external: ["vscode", "mocha"],
  logLevel: "warning",
});
