// Bundles the programs (extension host, engine process and its scoring threads, command line, webview panel) and
// compiles the scoring kernel. `npm run build -- engine cli` makes only those named.
import { build, context } from "esbuild";
import { buildKernel } from "./scripts/kernel.mjs";

const watch = process.argv.includes("--watch");
const production = process.argv.includes("--production");

const node = {
  bundle: true,
  platform: "node",
  target: "node22",
  format: "cjs",
  sourcemap: !production,
  minify: production,
  // Native code and WebAssembly files are loaded from node_modules, not bundled.
  external: ["vscode", "onnxruntime-node", "onnxruntime-web", "@lancedb/lancedb", "apache-arrow"],
  logLevel: "warning",
};

const targets = [
  { ...node, entryPoints: { extension: "src/extension/extension.ts" }, outdir: "dist" },
  { ...node, entryPoints: { engine: "src/engine/main.ts" }, outdir: "dist" },
  { ...node, entryPoints: { "scoring-worker": "src/engine/index/scoring-worker.ts" }, outdir: "dist" },
  { ...node, entryPoints: { cli: "src/cli/main.ts" }, outdir: "dist", banner: { js: "#!/usr/bin/env node" } },
  {
    bundle: true,
    platform: "browser",
    target: "chrome120",
    format: "iife",
    sourcemap: !production,
    minify: production,
    entryPoints: { webview: "src/webview/main.ts" },
    outdir: "dist",
    logLevel: "warning",
  },
];

const wanted = process.argv.slice(2).filter((argument) => !argument.startsWith("-"));

await buildKernel();
for (const options of targets) {
  const names = Object.keys(options.entryPoints);
  const isPartOf = (name) => wanted.includes(name) || name === "scoring-worker";
  if (wanted.length > 0 && !names.some(isPartOf)) continue;
  if (watch) await (await context(options)).watch();
  else await build(options);
}
