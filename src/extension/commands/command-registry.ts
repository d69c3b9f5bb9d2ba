import * as vscode from "vscode";
import { DisposableStore } from "../disposable.js";
import type { Notifications } from "../notifications.js";
import type { CommandId, CommandMap } from "./command-map.js";

/** Registers commands so that whatever they throw ends in the one error funnel. */
export class CommandRegistry implements vscode.Disposable {
  readonly #store = new DisposableStore();
  readonly #notifications: Notifications;

  constructor(notifications: Notifications) {
    this.#notifications = notifications;
  }

  register(commands: Partial<CommandMap>): void {
    for (const [id, handler] of Object.entries(commands)) {
      this.#store.add(
        vscode.commands.registerCommand(id, async (...parameters: unknown[]) => {
          try {
            await (handler as (...parameters: unknown[]) => unknown)(...parameters);
          } catch (error) {
            this.#notifications.error(error, id);
          }
        }),
      );
    }
  }

  dispose(): void {
    this.#store.dispose();
  }
}

/** Runs a command of ours with checked arguments. */
export function runCommand<I extends CommandId>(id: I, ...parameters: Parameters<CommandMap[I]>): Thenable<void> {
  return vscode.commands.executeCommand(id, ...parameters);
}
