/** The settings, typed and read in one place. Names and defaults are those of package.json (a test holds them equal). */
import * as path from "node:path";
import * as vscode from "vscode";
import type { EngineSettings } from "../protocol/engine.js";

const SECTION = "motionLens";

/** Every setting and the type of its value. */
export interface SettingTypes {
  "dataset.folders": string[];
  "motion.assumedFps": number;
  "inlineAlignment.enabled": boolean;
  "inlineAlignment.tintWords": boolean;
  "inlineAlignment.markUnsupported": boolean;
  "inlineAlignment.showScore": boolean;
  "inlineAlignment.lightPlayingWords": boolean;
  "inlineAlignment.typingDelay": number;
  editorTitleButton: boolean;
  "search.debounce": number;
  "search.results": number;
  "player.autoplay": boolean;
  "model.folder": string;
  "index.folder": string;
  "index.automatic": boolean;
  "engine.executionProvider": EngineSettings["executionProvider"];
  "engine.threads": number;
}

export type SettingName = keyof SettingTypes;

/** @throws nothing: VS Code gives the manifest's default where nothing is set. */
export function setting<N extends SettingName>(name: N, scope?: vscode.Uri): SettingTypes[N] {
  return vscode.workspace.getConfiguration(SECTION, scope).get(name) as SettingTypes[N];
}

export async function updateSetting<N extends SettingName>(
  name: N,
  value: SettingTypes[N],
  target: vscode.ConfigurationTarget,
): Promise<void> {
  await vscode.workspace.getConfiguration(SECTION).update(name, value, target);
}

/** Calls back when one of the named settings changes. */
export function onDidChangeSetting(names: readonly SettingName[], callback: () => void): vscode.Disposable {
  return vscode.workspace.onDidChangeConfiguration((event) => {
    if (names.some((name) => event.affectsConfiguration(`${SECTION}.${name}`))) callback();
  });
}

/** Settings that take effect by starting the engine anew. */
export const ENGINE_SETTINGS: readonly SettingName[] = [
  "model.folder",
  "index.folder",
  "engine.executionProvider",
  "engine.threads",
  "motion.assumedFps",
];

/** What the engine is started with. `extensionPath` holds the model that comes with the extension. */
export function engineSettings(extensionPath: string): EngineSettings {
  const modelFolder = setting("model.folder").trim();
  const indexFolder = setting("index.folder").trim();
  return {
    modelFolder: modelFolder === "" ? path.join(extensionPath, "models", "default") : absolute(modelFolder),
    ...(indexFolder === "" ? {} : { indexFolder: absolute(indexFolder) }),
    executionProvider: setting("engine.executionProvider"),
    threads: setting("engine.threads"),
    assumedFps: setting("motion.assumedFps"),
  };
}

/** Relative folders in settings are relative to the first workspace folder. */
function absolute(folder: string): string {
  if (path.isAbsolute(folder)) return folder;
  const root = vscode.workspace.workspaceFolders?.[0]?.uri;
  return root?.scheme === "file" ? path.join(root.fsPath, folder) : path.resolve(folder);
}
