/**
 * Writes THIRD_PARTY_NOTICES.md: what of other people's work the extension ships, and under which terms.
 *
 *   npm run notices
 *
 * The list is what esbuild really puts into the bundles, plus the packages that are shipped as they are, so it cannot
 * fall behind unnoticed: a test compares it.
 */
import { build } from "esbuild";
import fs from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { inProject, root } from "./lib/project.mjs";

const ENTRIES = [
  "src/extension/extension.ts",
  "src/engine/main.ts",
  "src/engine/index/scoring-worker.ts",
  "src/cli/main.ts",
  "src/webview/main.ts",
];

/** Shipped in node_modules (scripts/package.mjs). */
const AS_THEY_ARE = ["onnxruntime-common", "onnxruntime-node", "onnxruntime-web"];

/** Packages under the MIT licence that carry no text of it, all of them Microsoft's. */
const WITHOUT_TEXT = /^(onnxruntime-(common|node|web)|@microsoft\/fast-.*)$/;
const HOLDER = "Copyright (c) Microsoft Corporation";

/**
 * Packages of which some file is in a bundle, and those shipped beside the bundles.
 * @returns {Promise<string[]>} names, sorted
 */
export async function shippedPackages() {
  const names = new Set(AS_THEY_ARE);
  for (const entry of ENTRIES) {
    const { metafile } = await build({
      absWorkingDir: root,
      entryPoints: [entry],
      bundle: true,
      write: false,
      metafile: true,
      logLevel: "silent",
      platform: entry.includes("webview") ? "browser" : "node",
      loader: { ".css": "text", ".wasm": "binary" },
      external: ["vscode", "onnxruntime-node", "onnxruntime-web", "@lancedb/lancedb", "apache-arrow"],
      outdir: "out",
    });
    for (const file of Object.keys(metafile.inputs)) {
      const name = /.*node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(file)?.[1];
      if (name) names.add(name);
    }
  }
  return [...names].sort();
}

/** Text of a package's licence file, or the usual text where it carries none. */
function licenceText(/** @type {string} */ name, /** @type {string} */ licence) {
  const folder = inProject("node_modules", ...name.split("/"));
  const file = fs.readdirSync(folder).find((entry) => /^licen[cs]e(\.(md|txt))?$/i.test(entry));
  if (file) return fs.readFileSync(path.join(folder, file), "utf8").trim();
  if (licence !== "MIT" || !WITHOUT_TEXT.test(name)) throw new Error(`${name} (${licence}) carries no licence text`);
  const own = fs.readFileSync(inProject("LICENSE"), "utf8");
  return own.replace(/^Copyright .*$/m, HOLDER).trim();
}

/**
 * The whole document.
 * @param {string[]} names from `shippedPackages`
 */
export function noticesText(names) {
  const rows = names.map((name) => {
    const manifest = JSON.parse(fs.readFileSync(inProject("node_modules", ...name.split("/"), "package.json"), "utf8"));
    return { name, version: manifest.version, licence: manifest.license, text: licenceText(name, manifest.license) };
  });
  const lines = [
    "# Third-party notices",
    "",
    "Motion Lens is under the MIT licence (LICENSE). It ships what follows, each under its own terms.",
    "",
    "The **model files** in `models/default` are not under the MIT licence: their weights are CC BY-NC 4.0, for research",
    "and other non-commercial use, because motions of the Bandai-Namco-Research-Motiondataset trained them; their text",
    "encoder started from all-MiniLM-L6-v2 (Apache-2.0). `models/default/LICENSE.md` lists every source with its credit.",
    "",
    "Packages, made by `npm run notices`:",
    "",
    ...rows.map((row) => `- ${row.name} ${row.version} (${row.licence})`),
    "",
    ...rows.flatMap((row) => [
      `## ${row.name} ${row.version}`,
      "",
      "```text",
      row.text.replaceAll("\r", ""),
      "```",
      "",
    ]),
  ];
  return lines.map((line) => line.trimEnd()).join("\n");
}

if (process.argv[1] && fs.realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const names = await shippedPackages();
  fs.writeFileSync(inProject("THIRD_PARTY_NOTICES.md"), noticesText(names));
  console.log(`THIRD_PARTY_NOTICES.md: ${names.length} packages`);
}
