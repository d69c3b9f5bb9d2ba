/** The document of a motion panel: one script, one style sheet, and a policy that allows nothing else. */
import { randomBytes } from "node:crypto";
import * as vscode from "vscode";

/** What a panel's webview may do and load. */
export function panelOptions(extensionUri: vscode.Uri): vscode.WebviewOptions {
  return {
    enableScripts: true,
    localResourceRoots: [vscode.Uri.joinPath(extensionUri, "dist"), vscode.Uri.joinPath(extensionUri, "media")],
  };
}

export function panelHtml(webview: vscode.Webview, extensionUri: vscode.Uri): string {
  const nonce = randomBytes(16).toString("base64");
  const script = webview.asWebviewUri(vscode.Uri.joinPath(extensionUri, "dist", "webview.js"));
  const style = webview.asWebviewUri(vscode.Uri.joinPath(extensionUri, "dist", "webview.css"));
  const policy = [
    "default-src 'none'",
    `script-src 'nonce-${nonce}'`, // the one bundle
    // Its style sheet. The components use constructed style sheets, but probe the browser with one empty inline style.
    `style-src ${webview.cspSource} 'nonce-${nonce}'`,
    `img-src ${webview.cspSource} data: blob:`, // textures drawn by the panel itself
    `font-src ${webview.cspSource}`,
  ].join("; ");
  return `<!DOCTYPE html>
<html lang="${vscode.env.language}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="stylesheet" href="${style.toString()}">
<title>Motion</title>
</head>
<body>
<div id="app"></div>
<script nonce="${nonce}" src="${script.toString()}"></script>
</body>
</html>`;
}

/**
 * The panel's texts in the language of the window: entries `panel.<key>` of the translation bundle. English needs none,
 * the panel's own texts are English.
 */
export function panelStrings(): Record<string, string> {
  const strings: Record<string, string> = {};
  for (const [key, text] of Object.entries(vscode.l10n.bundle ?? {})) {
    if (key.startsWith("panel.")) strings[key.slice("panel.".length)] = text;
  }
  return strings;
}
