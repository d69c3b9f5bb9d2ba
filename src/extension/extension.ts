/** Entry of the extension: makes the services once, wires the features to them, and offers the API. */
import * as path from "node:path";
import * as vscode from "vscode";
import type { MotionLensApi } from "./api.js";
import { InlineAlignment } from "./captions/inline-alignment.js";
import { CommandRegistry } from "./commands/command-registry.js";
import { indexCommands } from "./commands/index-commands.js";
import { MotionCommands, openMotion } from "./commands/motion-commands.js";
import { Datasets } from "./datasets/datasets.js";
import { Describer } from "./describe/describer.js";
import { DisposableStore } from "./disposable.js";
import { EngineHost } from "./engine-client/engine-host.js";
import { ExpectedError } from "./errors.js";
import { Notifications } from "./notifications.js";
import { MotionEditorProvider } from "./player/motion-editor.js";
import { MotionLoader } from "./player/motion-loader.js";
import { PanelManager } from "./player/panel-manager.js";
import { PanelMessages } from "./player/panel-messages.js";
import type { Services } from "./services.js";
import { ENGINE_SETTINGS, engineSettings, onDidChangeSetting } from "./settings.js";
import { Indexer } from "./status/indexer.js";
import { StatusBar } from "./status/status-bar.js";
import { IndexTree } from "./tree/index-tree.js";
import { MotionsTree } from "./tree/motions-tree.js";

const store = new DisposableStore();

export function activate(context: vscode.ExtensionContext): MotionLensApi {
  const services = makeServices(context);
  const { engine, notifications, datasets, indexer, motionEditors } = services;
  store.add(motionEditors.register());
  const statusBar = store.add(new StatusBar(services));
  const describer = store.add(new Describer(services));
  store.add(new PanelMessages(services, describer));
  store.add(new MotionsTree(datasets, notifications));
  store.add(new IndexTree(services));
  const inlineAlignment = store.add(new InlineAlignment(services));
  const motionCommands = new MotionCommands(services, { describer, inlineAlignment });
  const commands = store.add(new CommandRegistry(notifications));
  commands.register(motionCommands.commands());
  commands.register(indexCommands(services, statusBar));

  store.add(engine.onDidGiveUp((error) => notifications.error(error, vscode.l10n.t("running the engine"))));
  store.add(onDidChangeSetting(ENGINE_SETTINGS, () => void restartForSettings(services)));
  context.subscriptions.push(store);

  return {
    version: 1,
    search: (query, { folder, top = 10, filters, signal } = {}) =>
      engine.call("search", { folder: folder?.fsPath ?? firstFolder(datasets), query, top, filters }, { signal }),
    describe: async (motion, { top = 10, signal } = {}) =>
      engine.call("describe", { folder: datasets.folderOf(motion.fsPath), motion: motion.fsPath, top }, { signal }),
    align: async (motion, text, { signal } = {}) =>
      engine.call("align", { motion: motion.fsPath, text, folder: datasets.folderOf(motion.fsPath) }, { signal }),
    index: async (folder) => indexer.index(folder?.fsPath ?? firstFolder(datasets)),
    onDidIndex: (listener, thisArgument, disposables) =>
      indexer.onDidIndex(
        ({ folder, summary }) => void listener.call(thisArgument, { folder: vscode.Uri.file(folder), summary }),
        undefined,
        disposables,
      ),
    testing: { services, motionCommands, inlineAlignment, statusBar, engineInfo: () => engine.info() },
  };

  function makeServices(extension: vscode.ExtensionContext): Services {
    const log = store.add(vscode.window.createOutputChannel("Motion Lens", { log: true }));
    const messages = new Notifications(log);
    const host = store.add(
      new EngineHost({
        entry: extension.asAbsolutePath(path.join("dist", "engine.js")),
        settings: () => engineSettings(extension.extensionPath),
        log,
      }),
    );
    const scratch = path.join((extension.storageUri ?? extension.globalStorageUri).fsPath, "copies");
    const loader = new MotionLoader(host, scratch);
    const known = store.add(new Datasets(host));
    const motionPanels = store.add(new PanelManager({ extensionUri: extension.extensionUri, loader, log }));
    return {
      context: extension,
      log,
      notifications: messages,
      engine: host,
      datasets: known,
      indexer: store.add(new Indexer(host, known, messages)),
      loader,
      panels: motionPanels,
      motionEditors: new MotionEditorProvider(motionPanels, loader),
      openMotionEditor: (file, column) => openMotion(vscode.Uri.file(file), true, column),
    };
  }
}

export function deactivate(): void {
  store.dispose();
}

function firstFolder(datasets: Datasets): string {
  const folder = datasets.folders()[0];
  if (folder === undefined) throw new ExpectedError(vscode.l10n.t("Open a folder with motions first."));
  return folder;
}

/** New settings need a new engine; one that was never started reads them when it is. */
async function restartForSettings({ engine, loader, datasets, notifications }: Services): Promise<void> {
  if (engine.state.kind === "idle") return;
  try {
    loader.forget();
    await engine.restart();
  } catch (error) {
    notifications.error(error, vscode.l10n.t("starting the engine"));
  }
  datasets.refresh();
}
