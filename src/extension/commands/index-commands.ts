/** Commands about the index, the engine and the folders they use. */
import { cp, stat } from "node:fs/promises";
import * as path from "node:path";
import * as vscode from "vscode";
import { ExpectedError } from "../errors.js";
import type { Services } from "../services.js";
import { updateSetting } from "../settings.js";
import type { StatusBar } from "../status/status-bar.js";
import { chooseModel } from "./choose-model.js";
import type { CommandMap } from "./command-map.js";

export function indexCommands(services: Services, statusBar: StatusBar): Partial<CommandMap> {
  const { indexer, datasets, engine, loader, log } = services;
  return {
    "motionLens.indexFolder": (target) => indexChosen(services, target, false),
    "motionLens.rebuildIndex": (target) => indexChosen(services, target, true),
    "motionLens.cancelIndexing": () => indexer.cancel(),
    "motionLens.refresh": () => {
      loader.forget();
      datasets.refresh();
      return Promise.resolve();
    },
    "motionLens.openSample": () => openSample(services),
    "motionLens.showLog": () => log.show(true),
    "motionLens.restartEngine": async () => {
      loader.forget();
      await engine.restart();
      datasets.refresh();
    },
    "motionLens.chooseIndexFolder": () =>
      chooseFolder(vscode.l10n.t("Keep Indexes Here"), (folder) =>
        updateSetting("index.folder", folder, vscode.ConfigurationTarget.Global),
      ),
    "motionLens.chooseModelFolder": () => chooseModel(services),
    "motionLens.showStatusMenu": () => statusBar.showMenu(),
  };
}

/** Indexes what is new or changed in a folder, or all of it anew, and says what came of it. */
async function indexChosen(
  services: Services,
  target: vscode.Uri | { readonly folder: string } | undefined,
  rebuild: boolean,
): Promise<void> {
  const { indexer, log, notifications } = services;
  const folder = await folderToIndex(services, target);
  if (folder === undefined) return;
  const summary = rebuild ? await indexer.rebuild(folder) : await indexer.index(folder);
  const [motions, captions] = [summary.motions.toLocaleString(), summary.captions.toLocaleString()];
  log.info(
    `Indexed ${folder}: ${motions} motions, ${captions} captions, ${summary.encoded} encoded, ${summary.seconds.toFixed(1)} s.`,
  );
  if (summary.failed.length === 0) return;
  for (const { path: file, reason } of summary.failed) log.warn(`${file}: ${reason}`);
  notifications.warning(
    vscode.l10n.t("{0} motions indexed; {1} files could not be read.", motions, summary.failed.length),
    [{ title: vscode.l10n.t("Show Log"), command: "motionLens.showLog" }],
  );
}

/** The folder that a menu or a row names, the only dataset, or the one the user picks. */
async function folderToIndex(
  { datasets }: Services,
  target: vscode.Uri | { readonly folder: string } | undefined,
): Promise<string | undefined> {
  if (target instanceof vscode.Uri) return target.fsPath;
  if (target !== undefined) return target.folder;
  const folders = datasets.folders();
  if (folders.length === 0) throw new ExpectedError(vscode.l10n.t("Open a folder with motions to index it."));
  if (folders.length === 1) return folders[0];
  const items = folders.map((folder) => ({ label: path.basename(folder), description: folder, folder }));
  const chosen = await vscode.window.showQuickPick(items, { placeHolder: vscode.l10n.t("Folder to index") });
  return chosen?.folder;
}

/** Opens a copy of the sample, so that trying things out leaves the extension's own files as they are. */
async function openSample({ context }: Services): Promise<void> {
  const source = context.asAbsolutePath(path.join("media", "sample-dataset"));
  if (!(await exists(source)))
    throw new ExpectedError(vscode.l10n.t("The sample dataset is missing from this installation."));
  const copy = path.join(context.globalStorageUri.fsPath, "sample-dataset");
  if (!(await exists(copy))) await cp(source, copy, { recursive: true });
  await vscode.commands.executeCommand("vscode.openFolder", vscode.Uri.file(copy), {
    forceNewWindow: (vscode.workspace.workspaceFolders ?? []).length > 0,
  });
}

async function chooseFolder(openLabel: string, use: (folder: string) => Promise<void>): Promise<void> {
  const chosen = await vscode.window.showOpenDialog({ canSelectFolders: true, canSelectFiles: false, openLabel });
  const folder = chosen?.[0]?.fsPath;
  if (folder !== undefined) await use(folder);
}

async function exists(file: string): Promise<boolean> {
  return stat(file).then(
    () => true,
    () => false,
  );
}
