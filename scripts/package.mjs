/**
 * Makes the .vsix of one platform.
 *
 *   npm run package [-- --target <platform>] [--out <file>]
 *
 * The platform is the current one by default. .vscodeignore says which of the project's own files go in; the part about
 * node_modules is decided here, because it differs by platform: of ONNX Runtime only what runs there (the whole package
 * holds binaries of five platforms, 290 MB), and its WebAssembly build for machines without a native one. All of it is
 * copied into a folder that holds nothing else, and packed there.
 */
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { npmRun } from "./lib/prepare.mjs";
import { mustRun, onStop } from "./lib/processes.mjs";
import { inProject, root, shown, toolEntry, toolNode } from "./lib/project.mjs";

/** Where onnxruntime-node keeps a platform's binaries; platforms that are missing here run the WebAssembly build. */
const NATIVE = {
  "linux-x64": "linux/x64",
  "linux-arm64": "linux/arm64",
  "win32-x64": "win32/x64",
  "win32-arm64": "win32/arm64",
  "darwin-arm64": "darwin/arm64",
};
const WASM_ONLY = ["darwin-x64", "linux-armhf", "alpine-x64", "alpine-arm64"];

/** Name of the platform that this runs on, as VS Code names them. */
function currentTarget() {
  const report = /** @type {any} */ (process.report.getReport());
  const musl = process.platform === "linux" && !report.header.glibcVersionRuntime;
  const arch = process.arch === "arm" ? "armhf" : process.arch;
  return `${musl ? "alpine" : process.platform}-${arch}`;
}

/** What is shipped of node_modules, as patterns relative to the project. */
function runtimeFiles(/** @type {string} */ target) {
  const native = NATIVE[/** @type {keyof typeof NATIVE} */ (target)];
  const files = [
    "onnxruntime-common/package.json",
    "onnxruntime-common/dist/cjs/**/*.js",
    "onnxruntime-common/dist/cjs/package.json",
    "onnxruntime-common/dist/esm/**/*.js",
    "onnxruntime-common/dist/esm/package.json",
    "onnxruntime-web/package.json",
    "onnxruntime-web/dist/ort.node.min.js",
    "onnxruntime-web/dist/ort.node.min.mjs",
    "onnxruntime-web/dist/ort-wasm-simd-threaded.mjs",
    "onnxruntime-web/dist/ort-wasm-simd-threaded.wasm",
  ];
  if (native) {
    files.push("onnxruntime-node/package.json", "onnxruntime-node/dist/*.js");
    files.push(`onnxruntime-node/bin/napi-v6/${native}/*`);
  }
  return files.map((file) => `node_modules/${file}`);
}

/** The project's own files that are shipped: the lines of .vscodeignore that let something in. */
function ownFiles() {
  const lines = fs.readFileSync(inProject(".vscodeignore"), "utf8").split(/\r?\n/);
  return lines.filter((line) => line.startsWith("!")).map((line) => line.slice(1));
}

/** Copies the files of some patterns into a folder. */
function stage(/** @type {string[]} */ patterns, /** @type {string} */ folder) {
  for (const pattern of patterns) {
    for (const name of fs.globSync(pattern, { cwd: root })) {
      if (!fs.statSync(inProject(name)).isFile()) continue;
      fs.mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
      fs.copyFileSync(inProject(name), path.join(folder, name));
    }
  }
}

/**
 * Takes out of the copied manifests what only matters before packing: scripts, tools, and packages that are needed to
 * install but not to run.
 */
function trimManifests(/** @type {string} */ folder) {
  const modules = path.join(folder, "node_modules");
  const shipped = fs.readdirSync(modules);
  for (const place of [folder, ...shipped.map((name) => path.join(modules, name))]) {
    const file = path.join(place, "package.json");
    const manifest = JSON.parse(fs.readFileSync(file, "utf8"));
    delete manifest.devDependencies;
    delete manifest.scripts;
    const needed = Object.entries(manifest.dependencies ?? {}).filter(([name]) => shipped.includes(name));
    fs.writeFileSync(file, JSON.stringify({ ...manifest, dependencies: Object.fromEntries(needed) }, null, 2) + "\n");
  }
}

async function main() {
  const { values } = parseArgs({
    options: { target: { type: "string", default: currentTarget() }, out: { type: "string" } },
  });
  const { target } = values;
  if (!(target in NATIVE) && !WASM_ONLY.includes(target)) {
    throw new Error(`no such platform ${target}; there are ${[...Object.keys(NATIVE), ...WASM_ONLY].join(", ")}`);
  }
  const { name, version } = JSON.parse(fs.readFileSync(inProject("package.json"), "utf8"));
  const out = path.resolve(process.env["INIT_CWD"] ?? root, values.out ?? `${name}-${target}-${version}.vsix`);
  onStop();

  await npmRun("build", "--", "--production");
  fs.rmSync(inProject("dist", ".sources"), { force: true }); // the next start builds for development again
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "motion-lens-package-"));
  try {
    stage([...ownFiles(), ...runtimeFiles(target)], folder);
    trimManifests(folder);
    const args = ["package", "--target", target, "--out", out];
    args.push("--allow-missing-repository", "--no-rewrite-relative-links");
    await mustRun(toolNode(), [toolEntry("@vscode/vsce", "vsce"), ...args], { cwd: folder });
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
  const megabytes = (fs.statSync(out).size / 1e6).toFixed(1);
  console.log(`${shown(out)} (${target}, ${megabytes} MB)`);
}

try {
  await main();
} catch (error) {
  console.error(`The package could not be made: ${/** @type {Error} */ (error).message}`);
  process.exitCode = 1;
}
