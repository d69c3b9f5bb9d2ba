/** Choose Model Folder: the packages of the workspace, the one that comes with the extension, or any folder. */
import * as path from "node:path";
import * as vscode from "vscode";
import { ExpectedError } from "../errors.js";
import type { Services } from "../services.js";
import { engineSettings, updateSetting } from "../settings.js";
import { findModels, readModel, type FoundModel } from "./model-packages.js";

interface ModelItem extends vscode.QuickPickItem {
  /** What the setting becomes; undefined asks for a folder. */
  readonly setting?: string;
}

/** Asks for a model and uses it; the folders' indexes are made anew for it, which is said. */
export async function chooseModel(services: Services): Promise<void> {
  const items = await modelItems(services.context.extensionPath);
  const chosen = await vscode.window.showQuickPick(items, { placeHolder: vscode.l10n.t("Model to search with") });
  if (chosen === undefined) return;
  const setting = chosen.setting ?? (await askForFolder());
  if (setting === undefined) return;
  if (setting !== "" && (await readModel(setting)) === undefined) {
    throw new ExpectedError(vscode.l10n.t("{0} holds no model package (model.json).", setting));
  }
  await useModel(services, setting);
}

/** What can be chosen, the model in use marked. */
export async function modelItems(extensionPath: string): Promise<ModelItem[]> {
  const { modelFolder } = engineSettings(extensionPath);
  const shipped = await readModel(path.join(extensionPath, "models", "default"));
  const roots = (vscode.workspace.workspaceFolders ?? []).filter(({ uri }) => uri.scheme === "file");
  const found = await findModels(roots.map(({ uri }) => uri.fsPath));
  const current = found.some(({ folder }) => folder === modelFolder) ? undefined : await readModel(modelFolder);
  const others = [...found, ...(current === undefined ? [] : [current])].filter(
    ({ folder }) => folder !== shipped?.folder,
  );
  const item = (model: FoundModel, setting: string, detail: string): ModelItem => ({
    label: model.name,
    description: [
      model.folder === modelFolder ? vscode.l10n.t("in use") : "",
      model.kind === "global" ? vscode.l10n.t("one vector a motion, no overlay") : "",
    ]
      .filter((text) => text !== "")
      .join(" · "),
    detail,
    setting,
  });
  return [
    ...(shipped === undefined ? [] : [item(shipped, "", vscode.l10n.t("comes with Motion Lens"))]),
    ...others.map((model) => item(model, model.folder, model.folder)),
    { label: vscode.l10n.t("$(folder) Another Folder...") },
  ];
}

async function useModel({ context }: Services, setting: string): Promise<void> {
  const before = engineSettings(context.extensionPath).modelFolder;
  await updateSetting("model.folder", setting, vscode.ConfigurationTarget.Global);
  const { modelFolder } = engineSettings(context.extensionPath);
  const model = await readModel(modelFolder);
  if (modelFolder === before || model === undefined) return;
  void vscode.window.showInformationMessage(
    vscode.l10n.t("Motion Lens uses {0} now. Folders are indexed anew for it when they are searched.", model.name),
  );
}

async function askForFolder(): Promise<string | undefined> {
  const openLabel = vscode.l10n.t("Use This Model");
  const chosen = await vscode.window.showOpenDialog({ canSelectFolders: true, canSelectFiles: false, openLabel });
  return chosen?.[0]?.fsPath;
}
