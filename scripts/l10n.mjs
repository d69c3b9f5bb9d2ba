/**
 * Texts for translators: what `vscode.l10n.t` gets in the extension and what the panel says, in l10n/bundle.l10n.json.
 *
 *   node scripts/l10n.mjs [--check]
 *
 * --check writes nothing and ends with 1 where the file is out of date. A translation is a file bundle.l10n.<language>.json
 * beside it with the same keys; texts of the panel have keys `panel.<key>`.
 */
import fs from "node:fs";
import path from "node:path";
import ts from "typescript";
import { inProject } from "./lib/project.mjs";

const BUNDLE = inProject("l10n", "bundle.l10n.json");
const PANEL_TEXTS = inProject("src", "webview", "strings.ts");

/** @returns {Record<string, string>} all texts by key, sorted */
export function collectTexts() {
  /** @type {Record<string, string>} */
  const texts = {};
  const folder = inProject("src", "extension");
  for (const name of fs.readdirSync(folder, { recursive: true })) {
    const file = path.join(folder, String(name));
    if (file.endsWith(".ts")) for (const text of localisedTexts(parse(file))) texts[text] = text;
  }
  for (const [key, text] of panelTexts(parse(PANEL_TEXTS))) texts[`panel.${key}`] = text;
  return Object.fromEntries(Object.entries(texts).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** @param {string} file */
const parse = (file) => ts.createSourceFile(file, fs.readFileSync(file, "utf8"), ts.ScriptTarget.Latest, true);

/**
 * First arguments of `vscode.l10n.t(...)`.
 * @param {ts.SourceFile} source
 * @throws {Error} where the text is not a literal: it could not be translated
 */
function localisedTexts(source) {
  /** @type {string[]} */
  const found = [];
  /** @param {ts.Node} node */
  const visit = (node) => {
    if (ts.isCallExpression(node) && node.expression.getText(source) === "vscode.l10n.t") {
      const text = node.arguments[0];
      if (!text || !ts.isStringLiteralLike(text)) throw new Error(`${source.fileName}: ${node.getText(source)}`);
      found.push(text.text);
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

/**
 * Keys and texts of `DEFAULT_STRINGS`.
 * @param {ts.SourceFile} source
 */
function panelTexts(source) {
  /** @type {[string, string][]} */
  const found = [];
  /** @param {ts.Node} node */
  const visit = (node) => {
    if (ts.isVariableDeclaration(node) && node.name.getText(source) === "DEFAULT_STRINGS") {
      /** @param {ts.Node} part */
      const collect = (part) => {
        if (ts.isPropertyAssignment(part) && ts.isStringLiteralLike(part.initializer)) {
          found.push([/** @type {ts.StringLiteral} */ (part.name).text, part.initializer.text]);
        }
        ts.forEachChild(part, collect);
      };
      collect(node);
    } else ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

/** The bundle's content as it should be. */
export const bundleText = () => `${JSON.stringify(collectTexts(), null, 2)}\n`;

if (process.argv[1] !== undefined && fs.realpathSync(process.argv[1]) === import.meta.filename) {
  const wanted = bundleText();
  const found = fs.existsSync(BUNDLE) ? fs.readFileSync(BUNDLE, "utf8") : "";
  if (process.argv.includes("--check")) {
    if (wanted !== found) {
      console.error("l10n/bundle.l10n.json is out of date: npm run l10n");
      process.exitCode = 1;
    }
  } else if (wanted !== found) fs.writeFileSync(BUNDLE, wanted);
}
