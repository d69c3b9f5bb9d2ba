/**
 * Everything that pops up goes through here. The rules:
 * - nothing waits for an answer: a notification that nobody closes must not hold up a command;
 * - a failure is either shown here or written into the place it belongs to (panel, line, status), never both;
 * - the same message is not shown again while it may still be on the screen;
 * - cancelling is not a failure and says nothing.
 */
import * as vscode from "vscode";
import { isEngineError } from "../protocol/errors.js";
import { kindOfError, messageOf } from "./errors.js";
import type { CommandId } from "./commands/command-map.js";

const REPEAT_AFTER_MS = 10_000;

export interface Action {
  readonly title: string;
  readonly command: CommandId;
}

export class Notifications {
  readonly #log: vscode.LogOutputChannel;
  readonly #lastShown = new Map<string, number>();

  constructor(log: vscode.LogOutputChannel) {
    this.#log = log;
  }

  /** The single funnel of failures. `scope` says what was being done, for the log and for internal errors. */
  error(error: unknown, scope: string): void {
    const kind = kindOfError(error);
    if (kind === "cancelled") {
      this.#log.debug(`Cancelled: ${scope}.`);
      return;
    }
    const message = messageOf(error);
    if (kind === "expected") {
      this.#log.error(`${scope}: ${message}`);
      this.#show("error", sentence(message), actionsFor(error));
      return;
    }
    this.#log.error(`Internal error while ${scope}: ${error instanceof Error ? (error.stack ?? message) : message}`);
    this.#show("error", vscode.l10n.t("Internal error while {0}: {1}", scope, message), [showLog()]);
  }

  /** Notes a failure that is shown elsewhere. */
  logged(error: unknown, scope: string): void {
    if (kindOfError(error) !== "cancelled") this.#log.warn(`${scope}: ${messageOf(error)}`);
  }

  warning(message: string, actions: readonly Action[] = []): void {
    this.#show("warning", message, actions);
  }

  info(message: string, actions: readonly Action[] = []): void {
    this.#show("info", message, actions);
  }

  #show(severity: "error" | "warning" | "info", message: string, actions: readonly Action[]): void {
    const now = Date.now();
    if (now - (this.#lastShown.get(message) ?? -Infinity) < REPEAT_AFTER_MS) return;
    this.#lastShown.set(message, now);
    const titles = actions.map((action) => action.title);
    const shown =
      severity === "error"
        ? vscode.window.showErrorMessage(message, ...titles)
        : severity === "warning"
          ? vscode.window.showWarningMessage(message, ...titles)
          : vscode.window.showInformationMessage(message, ...titles);
    void shown.then((title) => {
      const action = actions.find((candidate) => candidate.title === title);
      if (action !== undefined) void vscode.commands.executeCommand(action.command);
    });
  }
}

function showLog(): Action {
  return { title: vscode.l10n.t("Show Log"), command: "motionLens.showLog" };
}

/** What a user can do about a failure, the most useful first. */
export function actionsFor(error: unknown): Action[] {
  if (isEngineError(error, "ModelError")) {
    return [{ title: vscode.l10n.t("Choose Model Folder..."), command: "motionLens.chooseModelFolder" }, showLog()];
  }
  if (isEngineError(error, "IndexError")) {
    return [{ title: vscode.l10n.t("Choose Index Folder..."), command: "motionLens.chooseIndexFolder" }, showLog()];
  }
  if (isEngineError(error, "EngineStoppedError")) {
    return [{ title: vscode.l10n.t("Restart Engine"), command: "motionLens.restartEngine" }, showLog()];
  }
  return [showLog()];
}

/** Engine messages start with a file name or a small letter; a notification is a sentence. */
function sentence(message: string): string {
  return /^[a-z]+ /.test(message) ? message.charAt(0).toUpperCase() + message.slice(1) : message;
}
