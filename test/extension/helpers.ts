/** What the tests of the extension host share. */
import assert from "node:assert/strict";
import path from "node:path";
import * as vscode from "vscode";
import type { MotionLensApi } from "../../src/extension/api.js";
import type { MotionPanel } from "../../src/extension/player/motion-panel.js";

export async function activated(): Promise<MotionLensApi> {
  const extension = vscode.extensions.getExtension<MotionLensApi>("motion-lens.motion-lens");
  assert.ok(extension, "the extension is not installed");
  return extension.activate();
}

/** The open folder: a copy of the sample dataset. */
export function workspaceFolder(): string {
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri.fsPath;
  assert.ok(folder, "no folder is open");
  return folder;
}

export const inWorkspace = (...parts: string[]) => path.join(workspaceFolder(), ...parts);
export const uriInWorkspace = (...parts: string[]) => vscode.Uri.file(inWorkspace(...parts));

/** Waits until a condition gives something other than undefined or false. */
export async function eventually<T>(
  what: string,
  condition: () => T | undefined | false | Promise<T | undefined | false>,
  timeout = 90_000,
): Promise<T> {
  const end = Date.now() + timeout;
  for (;;) {
    const value = await condition();
    if (value !== undefined && value !== false) return value;
    if (Date.now() > end) assert.fail(`not within ${timeout} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

/** Makes sure that everything is indexed. */
export async function indexed(api: MotionLensApi): Promise<void> {
  const summary = await api.index();
  assert.equal(summary.failed.length, 0, JSON.stringify(summary.failed));
}

export function player(api: MotionLensApi): MotionPanel | undefined {
  return api.testing.services.panels.player;
}

export async function closeEverything(): Promise<void> {
  await vscode.commands.executeCommand("workbench.action.closeQuickOpen");
  for (const document of vscode.workspace.textDocuments) {
    if (document.isDirty) {
      await vscode.window.showTextDocument(document);
      await vscode.commands.executeCommand("workbench.action.files.revert");
    }
  }
  await vscode.commands.executeCommand("workbench.action.closeAllEditors");
}
