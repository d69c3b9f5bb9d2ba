/**
 * Makes the .vsix of one platform.
 *
 *   npm run package [-- --target <platform>] [--out <file>]
 *
 * The platform is the current one by default. .vscodeignore says which of the project's own files go in; the part about
 * node_modules is decided here, because it differs by platform: of ONNX Runtime only what runs there (the whole package
 * holds binaries of five platforms, 290 MB), and its WebAssembly build for machines without a native one.
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

/** Lines of the ignore file about node_modules: what is named is shipped, all else is not. */
export function runtimeFiles(/** @type {string} */ target) {
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
  return files.map((file) => `!node_modules/${file}`);
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
    const own = fs.readFileSync(inProject(".vscodeignore"), "utf8").split(/\r?\n/);
    const lines = [...own.filter((line) => !line.startsWith("!node_modules/")), ...runtimeFiles(target)];
    const ignoreFile = path.join(folder, "vscodeignore");
    fs.writeFileSync(ignoreFile, lines.join("\n") + "\n");
    const args = ["package", "--target", target, "--out", out, "--ignoreFile", ignoreFile];
    args.push("--allow-missing-repository", "--no-rewrite-relative-links");
    await mustRun(toolNode(), [toolEntry("@vscode/vsce", "vsce"), ...args], { cwd: root });
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
