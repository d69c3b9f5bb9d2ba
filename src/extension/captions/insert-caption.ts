/** Puts a caption into a motion's caption file, as an edit that can be undone. */
import { stat } from "node:fs/promises";
import * as path from "node:path";
import * as vscode from "vscode";
import { insertCaption, parseCaptionDocument } from "../../core/captions/document.js";
import type { Datasets } from "../datasets/datasets.js";
import { textColumn } from "../describe/describer.js";
import { ExpectedError } from "../errors.js";

/**
 * Where the captions of a motion stand, or would stand.
 *
 * @returns absolute path; for HumanML3D's folders `texts/<id>.txt`, else the motion's name with `.txt`.
 */
export async function captionFileOf(datasets: Datasets, motion: string): Promise<string> {
  const folder = datasets.folderOf(motion);
  const entry = await datasets.entryOf(folder, motion).catch(() => undefined);
  if (entry?.captionPath !== undefined) return path.join(folder, ...entry.captionPath.split("/"));
  const parent = path.dirname(motion);
  const name = `${path.basename(motion, path.extname(motion))}.txt`;
  const inLayout = /^new_joint(s|_vecs)$/.test(path.basename(parent));
  return inLayout ? path.join(path.dirname(parent), "texts", name) : path.join(parent, name);
}

/**
 * Adds a caption at the end of the motion's caption file (made if missing), shows the new line, and leaves saving to
 * the user. Undo takes it back.
 *
 * @returns the caption file.
 * @throws ExpectedError when VS Code refuses the edit, for example for a read-only file.
 */
export async function insertIntoCaptionFile(datasets: Datasets, motion: string, text: string): Promise<vscode.Uri> {
  const uri = vscode.Uri.file(await captionFileOf(datasets, motion));
  const edit = new vscode.WorkspaceEdit();
  if (!(await exists(uri.fsPath))) {
    const made = new vscode.WorkspaceEdit();
    made.createFile(uri, { ignoreIfExists: true });
    if (!(await vscode.workspace.applyEdit(made))) throw refused(uri);
  }
  const document = await vscode.workspace.openTextDocument(uri);
  const insertion = insertCaption(parseCaptionDocument(document.getText()), { text });
  edit.insert(uri, document.positionAt(insertion.offset), insertion.text);
  if (!(await vscode.workspace.applyEdit(edit))) throw refused(uri);
  const added = document.positionAt(insertion.offset + insertion.text.trimEnd().length);
  const start = new vscode.Position(added.line, 0);
  const column = textColumn();
  await vscode.window.showTextDocument(document, { viewColumn: column, selection: new vscode.Selection(start, start) });
  return uri;
}

async function exists(file: string): Promise<boolean> {
  return stat(file).then(
    () => true,
    () => false,
  );
}

function refused(uri: vscode.Uri): ExpectedError {
  return new ExpectedError(vscode.l10n.t("{0} cannot be changed.", vscode.workspace.asRelativePath(uri)));
}
