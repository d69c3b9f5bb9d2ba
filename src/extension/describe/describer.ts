/** Find Descriptions: captions of the dataset ranked against one motion, shown in a panel, and put into its file. */
import * as path from "node:path";
import * as vscode from "vscode";
import type { DescribeAnswer, DescribeResult } from "../../protocol/engine.js";
import { isEngineError } from "../../protocol/errors.js";
import { DisposableStore } from "../disposable.js";
import { LatestOnly } from "../engine-client/latest.js";
import { messageOf } from "../errors.js";
import type { MotionPanel } from "../player/motion-panel.js";
import { absolutePath } from "../search/search-items.js";
import type { Services } from "../services.js";

/** Captions fetched for one motion. */
const TOP = 20;

interface Described {
  readonly file: string;
  readonly folder: string;
  readonly latest: LatestOnly;
  answer?: DescribeAnswer;
}

export class Describer implements vscode.Disposable {
  readonly #services: Services;
  readonly #store = new DisposableStore();
  /** Panels that show descriptions, so that they can be completed once the index is. */
  readonly #described = new Map<MotionPanel, Described>();

  constructor(services: Services) {
    this.#services = services;
    this.#store.add(
      services.indexer.onDidIndex(({ folder }) => {
        for (const [panel, described] of this.#described) {
          if (described.folder === folder) void this.#fill(panel, described);
        }
      }),
    );
    this.#store.add(services.indexer.onDidChange(() => this.#noteProgress()));
  }

  /** Shows the motion at once, and its descriptions as soon as they are ranked. */
  async describe(panel: MotionPanel, file: string): Promise<void> {
    if (panel.key !== file && !(await panel.show(file))) return;
    const described: Described = {
      file,
      folder: this.#services.datasets.folderOf(file),
      latest: new LatestOnly(),
    };
    const before = this.#described.get(panel);
    before?.latest.dispose();
    this.#described.set(panel, described);
    if (before === undefined) {
      panel.onDidDispose(() => {
        this.#described.get(panel)?.latest.dispose();
        this.#described.delete(panel);
      });
    }
    await this.#fill(panel, described);
  }

  /** The answer a panel shows, for commands that offer its captions. */
  answerOf(panel: MotionPanel): DescribeAnswer | undefined {
    const described = this.#described.get(panel);
    return described !== undefined && described.file === panel.key ? described.answer : undefined;
  }

  dispose(): void {
    for (const { latest } of this.#described.values()) latest.dispose();
    this.#described.clear();
    this.#store.dispose();
  }

  async #fill(panel: MotionPanel, described: Described): Promise<void> {
    const { file, folder, latest } = described;
    const { engine, indexer } = this.#services;
    if (panel.key !== file) return;
    if (described.answer === undefined) {
      panel.setCaptions(file, {
        own: [],
        retrieved: [],
        note: vscode.l10n.t("Ranking the captions of this folder..."),
      });
    }
    try {
      const answer = await latest.run(async (signal) => {
        await indexer.ensure(folder);
        return engine.call("describe", { folder, motion: file, top: TOP }, { signal });
      });
      if (answer === undefined || panel.key !== file) return;
      described.answer = answer;
      panel.setCaptions(file, {
        own: answer.own,
        retrieved: answer.results,
        ...(indexer.isIndexing(folder) ? { note: this.#indexingNote(folder) } : {}),
      });
      await this.#alignFirst(panel, described, answer);
    } catch (error) {
      this.#services.notifications.logged(error, "describe");
      if (panel.key !== file) return;
      // While the first index is being made there is nothing to rank yet; its end calls again.
      const waiting = isEngineError(error, "IndexError") && indexer.isIndexing(folder);
      panel.setCaptions(file, {
        own: [],
        retrieved: [],
        note: waiting ? this.#indexingNote(folder) : messageOf(error),
      });
    }
  }

  /** The overlay of the caption that fits best: an own one where there is one. */
  async #alignFirst(panel: MotionPanel, described: Described, answer: DescribeAnswer): Promise<void> {
    const first = answer.own[0] ?? answer.results[0];
    if (first === undefined || panel.content.alignment !== undefined) return;
    await this.align(panel, described.file, first);
  }

  /** Lays a caption over the motion that a panel shows. */
  async align(panel: MotionPanel, file: string, caption: Pick<DescribeResult, "text" | "line" | "own">): Promise<void> {
    const folder = this.#services.datasets.folderOf(file);
    const answer = await this.#services.engine.call("align", { motion: file, text: caption.text, folder });
    panel.setAlignment(file, { text: caption.text, answer, ...(caption.own ? { line: caption.line } : {}) });
  }

  #noteProgress(): void {
    for (const [panel, { file, folder, answer }] of this.#described) {
      if (panel.key !== file || !this.#services.indexer.isIndexing(folder)) continue;
      panel.setCaptions(file, {
        own: answer?.own ?? [],
        retrieved: answer?.results ?? [],
        note: this.#indexingNote(folder),
      });
    }
  }

  #indexingNote(folder: string): string {
    const progress = this.#services.indexer.progress(folder);
    if (progress === undefined || progress.total === 0) return vscode.l10n.t("This folder is being indexed.");
    const [done, total] = [progress.done.toLocaleString(), progress.total.toLocaleString()];
    return vscode.l10n.t("This folder is being indexed: {0} of {1}.", done, total);
  }
}

/** Opens a caption file at a line, as the panel's lists name it. */
export async function openCaption(folder: string, relative: string, line: number): Promise<void> {
  const file = path.isAbsolute(relative) ? relative : absolutePath(folder, relative);
  const document = await vscode.workspace.openTextDocument(vscode.Uri.file(file));
  const place = document.lineAt(Math.min(Math.max(0, line - 1), document.lineCount - 1)).range;
  await vscode.window.showTextDocument(document, {
    selection: place.with(place.start, place.start),
    viewColumn: textColumn(),
  });
}

/** A column for text that does not cover the player. */
export function textColumn(): vscode.ViewColumn {
  return (
    vscode.window.activeTextEditor?.viewColumn ??
    vscode.window.visibleTextEditors[0]?.viewColumn ??
    vscode.ViewColumn.One
  );
}
