/** What motion panels ask of the extension: captions inserted, copied, opened; descriptions; a restored motion. */
import * as vscode from "vscode";
import { insertIntoCaptionFile } from "../captions/insert-caption.js";
import { runCommand } from "../commands/command-registry.js";
import { openCaption, type Describer } from "../describe/describer.js";
import { DisposableStore } from "../disposable.js";
import type { Services } from "../services.js";
import type { PanelMessage } from "./panel-manager.js";

export class PanelMessages implements vscode.Disposable {
  readonly #services: Services;
  readonly #describer: Describer;
  readonly #store = new DisposableStore();

  constructor(services: Services, describer: Describer) {
    this.#services = services;
    this.#describer = describer;
    const { panels, notifications } = services;
    this.#store.add(
      panels.onDidReceive((message) => {
        this.#handle(message).catch((error: unknown) => notifications.error(error, message.message.type));
      }),
    );
    this.#store.add(
      panels.onDidRestorePlayer(({ panel, state }) => {
        if (state.motionPath === undefined && state.key === undefined) return;
        const file = state.motionPath ?? state.key ?? "";
        void panel.show(file, { autoplay: false }).then(async (shown) => {
          const { text } = state;
          if (!shown || text === undefined || text === "") return;
          await this.#describer.align(panel, file, { text, line: 0, own: false });
          panel.selectToken(file, state.token);
        });
      }),
    );
  }

  dispose(): void {
    this.#store.dispose();
  }

  async #handle({ panel, message }: PanelMessage): Promise<void> {
    const { datasets } = this.#services;
    const motion = panel.key;
    switch (message.type) {
      case "insertCaption":
        if (motion !== undefined) await insertIntoCaptionFile(datasets, motion, message.text);
        return;
      case "copyCaption":
        await vscode.env.clipboard.writeText(message.text);
        return;
      case "openCaption":
        if (motion !== undefined) await openCaption(datasets.folderOf(motion), message.path, message.line);
        return;
      case "findDescriptions":
        if (motion !== undefined) await this.#describer.describe(panel, motion);
        return;
      case "showLog":
        await runCommand("motionLens.showLog");
        return;
      default:
        return;
    }
  }
}
