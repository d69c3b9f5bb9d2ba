/**
 * Search Motions by Text: a list that answers while one types. The active row plays in the shared player at its best
 * moment; Enter keeps it, Escape puts back what was shown before.
 *
 * Find Similar Motions is the same list with a motion in place of the text; what is typed then only filters.
 */
import * as path from "node:path";
import * as vscode from "vscode";
import type { Range, SearchAnswer, SearchFilters, SimilarAnswer } from "../../protocol/engine.js";
import { DisposableStore } from "../disposable.js";
import { Debouncer, LatestOnly } from "../engine-client/latest.js";
import { messageOf } from "../errors.js";
import { actionsFor } from "../notifications.js";
import type { Services } from "../services.js";
import { setting } from "../settings.js";
import { parseQuery } from "./filters.js";
import { EXAMPLE_QUERIES, type RecentQueries } from "./recent-queries.js";
import {
  captionItems,
  COPY_PATH,
  motionItems,
  motionName,
  note,
  OPEN_TO_SIDE,
  queryItem,
  seconds,
  separator,
  similarItems,
  type MotionItem,
  type SearchItem,
} from "./search-items.js";

/** Holding an arrow key down must not load every motion that flies by. */
const PREVIEW_DELAY_MS = 60;
/** While indexing, the list is refreshed with what was added, this often at most. */
const REFRESH_WHILE_INDEXING_MS = 2000;

interface FolderAnswer<A = SearchAnswer> {
  readonly folder: string;
  readonly answer: A;
}

/** What motions are to be like. */
export interface Like {
  /** Absolute path of a motion. */
  readonly file: string;
  /** Only these frames of it. */
  readonly frames?: Range;
  readonly fps?: number;
}

export class SearchSession implements vscode.Disposable {
  readonly #services: Services;
  readonly #recent: RecentQueries;
  readonly #like: Like | undefined;
  readonly #store = new DisposableStore();
  readonly #pick = this.#store.add(vscode.window.createQuickPick<SearchItem>());
  readonly #typing = this.#store.add(new Debouncer());
  readonly #searching = this.#store.add(new LatestOnly());
  readonly #previewSoon = this.#store.add(new Debouncer());
  readonly #aligning = this.#store.add(new LatestOnly());
  readonly #refreshSoon = this.#store.add(new Debouncer());
  readonly #before;
  /** The player was the active editor when it was last shown here: being active then says nothing about the user. */
  #playerWasActive: boolean;
  #outcome: "open" | "kept" | "dismissed" = "open";
  #shownQuery = "";
  /** The row that we chose; any other active row is the user's choice. */
  #chosen: SearchItem | undefined;
  #previewed: MotionItem | undefined;
  #previewing: Promise<void> = Promise.resolve();

  constructor(services: Services, recent: RecentQueries, like?: Like) {
    this.#services = services;
    this.#recent = recent;
    this.#like = like;
    this.#before = services.panels.snapshotPlayer();
    this.#playerWasActive = services.panels.playerIsActive;
    const pick = this.#pick;
    if (like === undefined) {
      pick.placeholder = vscode.l10n.t("Describe a motion, for example: a person kicks with the left leg");
    } else {
      const name = motionName(path.basename(like.file));
      const what = like.frames === undefined ? name : `${name}, ${seconds(like.frames, like.fps)}`;
      pick.title = vscode.l10n.t("Motions like {0}", what);
      pick.placeholder = vscode.l10n.t("Filter, for example: split:test part:legs has:no-caption");
    }
    pick.keepScrollPosition = true;
    // Turning the camera of a previewed motion must not end the search with that motion gone; see `#focusMoved`.
    pick.ignoreFocusOut = true;
    // The label is the motion's name; texts that hold the typed words must not be moved up by the list's own filter.
    pick.matchOnDescription = false;
    pick.matchOnDetail = false;
    this.#store.add(pick.onDidChangeValue(() => this.#typed()));
    this.#store.add(pick.onDidChangeActive(([item]) => this.#activated(item)));
    this.#store.add(pick.onDidAccept(() => this.#accepted()));
    this.#store.add(pick.onDidTriggerItemButton(({ item, button }) => void this.#button(item, button)));
    this.#store.add(pick.onDidHide(() => this.#outcome === "open" && this.#dismiss()));
    this.#store.add(vscode.window.tabGroups.onDidChangeTabGroups(() => this.#focusMoved()));
    this.#store.add(
      vscode.window.onDidChangeTextEditorSelection(({ kind }) => {
        if (kind === vscode.TextEditorSelectionChangeKind.Mouse) this.#dismiss();
      }),
    );
    this.#store.add(services.indexer.onDidChange(() => this.#indexAdvanced()));
    this.#store.add(services.indexer.onDidIndex(() => this.#searchNow()));
  }

  /** For tests: what the list holds, and typing into it. */
  get pick(): vscode.QuickPick<SearchItem> {
    return this.#pick;
  }

  get open(): boolean {
    return this.#outcome === "open";
  }

  get #dismissed(): boolean {
    return this.#outcome === "dismissed";
  }

  show(query = ""): void {
    this.#pick.value = query;
    if (this.#like === undefined) this.#showSuggestions();
    this.#pick.show();
    if (query !== "" || this.#like !== undefined) this.#searchNow();
  }

  dispose(): void {
    this.#store.dispose();
  }

  #typed(): void {
    if (this.#pick.value.trim() === "" && this.#like === undefined) {
      this.#typing.cancel();
      this.#searching.cancel();
      this.#pick.busy = false;
      this.#shownQuery = "";
      this.#showSuggestions();
      return;
    }
    this.#pick.busy = true;
    // Suggestions are for an empty box: left there, Enter would take one instead of what is being typed.
    if (this.#shownQuery === "" && this.#like === undefined) this.#pick.items = [];
    this.#typing.schedule(setting("search.debounce"), () => this.#searchNow());
  }

  #showSuggestions(): void {
    const recent = this.#recent.all();
    this.#pick.items = [
      ...(recent.length > 0 ? [separator(vscode.l10n.t("Recent")), ...recent.map((q) => queryItem(q, "history"))] : []),
      separator(vscode.l10n.t("Examples")),
      ...EXAMPLE_QUERIES.filter((query) => !recent.includes(query)).map((query) => queryItem(query, "search")),
    ];
    this.#pick.activeItems = [];
  }

  #searchNow(): void {
    const { text, filters } = parseQuery(this.#pick.value);
    const like = this.#like;
    if ((text === "" && like === undefined) || !this.open) return;
    this.#pick.busy = true;
    void this.#searching
      .run(async (signal) => {
        const folders = this.#services.datasets.folders();
        const complete = await Promise.all(folders.map((folder) => this.#services.indexer.ensure(folder)));
        const incomplete = folders.filter((_, index) => !complete[index]);
        if (like !== undefined) {
          const wanted = text === "" ? filters : { ...filters, path: text };
          const similar = await this.#inFolders(folders, (folder) => this.#similarTo(like, folder, wanted, signal));
          return { similar, incomplete };
        }
        const answers = await this.#inFolders(folders, (folder) => {
          const request = { folder, query: text, top: setting("search.results"), filters };
          return this.#services.engine.call("search", request, { signal });
        });
        return { answers, incomplete };
      })
      .then(
        (found) => {
          if (found?.answers !== undefined) this.#showAnswers(text, found.answers, found.incomplete);
          if (found?.similar !== undefined) this.#showSimilar(found.similar, found.incomplete);
        },
        (error: unknown) => {
          this.#services.notifications.logged(error, "search");
          this.#pick.busy = false;
          const [action] = actionsFor(error);
          this.#pick.items = [{ ...note(`$(error) ${messageOf(error)}`, action?.title), action: action?.command }];
        },
      );
  }

  #inFolders<A>(folders: readonly string[], ask: (folder: string) => Promise<A>): Promise<FolderAnswer<A>[]> {
    return Promise.all(folders.map(async (folder) => ({ folder, answer: await ask(folder) })));
  }

  #similarTo({ file, frames }: Like, folder: string, filters: SearchFilters, signal: AbortSignal) {
    const request = { folder, motion: file, frames, top: setting("search.results"), filters };
    return this.#services.engine.call("similar", request, { signal });
  }

  #showSimilar(answers: readonly FolderAnswer<SimilarAnswer>[], incomplete: readonly string[]): void {
    const hits = best(answers);
    const items: SearchItem[] = [];
    if (hits.length > 0) {
      items.push(separator(this.#rankedTitle(answers)), ...similarItems(hits, answers.length > 1));
    } else items.push(note(vscode.l10n.t("$(info) No other motion is there to compare with")));
    items.push(...this.#indexRows(incomplete, hits.length));
    this.#showItems("", items);
  }

  #showAnswers(query: string, answers: readonly FolderAnswer[], incomplete: readonly string[]): void {
    const several = answers.length > 1;
    const hits = best(answers);
    const matches = answers.flatMap(({ folder, answer }) => answer.captionMatches.map((match) => ({ folder, match })));
    const items: SearchItem[] = [];
    if (answers.length === 0) items.push(note(vscode.l10n.t("$(info) Open a folder with motions to search it")));
    if (hits.length > 0) items.push(separator(this.#rankedTitle(answers)), ...motionItems(query, hits, several));
    items.push(...this.#indexRows(incomplete, hits.length));
    if (matches.length > 0) {
      items.push(separator(vscode.l10n.t("Captions with these words")), ...captionItems(matches, several));
    }
    this.#showItems(query, items);
  }

  #showItems(query: string, items: readonly SearchItem[]): void {
    const active = this.#pick.activeItems[0];
    const sameQuery = query === this.#shownQuery;
    this.#shownQuery = query;
    this.#pick.busy = false;
    // A list that says the same again stays as it is: setting it would move the focus under the user's hands for a moment.
    if (sameQuery && looksAlike(items, this.#pick.items)) return;
    this.#pick.items = [...items];
    // The same search with more motions in it keeps the row that the user went to; else the best hit is the one.
    const chosen = this.#chosen;
    const byUser = sameQuery && active?.type === "motion" && !(chosen && isSameMotion(chosen, active));
    const kept = byUser ? items.find((item) => isSameMotion(item, active)) : undefined;
    const next = kept ?? items.find((item) => item.type === "motion" || item.type === "index");
    if (kept === undefined) this.#chosen = next;
    if (next !== undefined) this.#pick.activeItems = [next];
  }

  #rankedTitle(answers: readonly FolderAnswer<{ readonly searched: number }>[]): string {
    const searched = answers.reduce((sum, { answer }) => sum + answer.searched, 0);
    return vscode.l10n.t("Best of {0} motions", searched.toLocaleString());
  }

  #indexRows(incomplete: readonly string[], hits: number): SearchItem[] {
    return incomplete.flatMap((folder): SearchItem[] => {
      const progress = this.#services.indexer.progress(folder);
      if (this.#services.indexer.isIndexing(folder)) {
        if (progress === undefined || progress.total === 0) {
          return [note(vscode.l10n.t("$(sync~spin) Indexing this folder; motions appear as they are read"))];
        }
        const [done, total] = [progress.done.toLocaleString(), progress.total.toLocaleString()];
        return [note(vscode.l10n.t("$(sync~spin) Indexing {0} of {1}; motions appear as they are read", done, total))];
      }
      const label = vscode.l10n.t("$(database) Index this folder to search all its motions");
      return hits > 0 && setting("index.automatic")
        ? []
        : [{ type: "index", label, folder, detail: folder, alwaysShow: true }];
    });
  }

  #indexAdvanced(): void {
    if (this.#refreshSoon.pending || (this.#pick.value.trim() === "" && this.#like === undefined)) return;
    this.#refreshSoon.schedule(REFRESH_WHILE_INDEXING_MS, () => this.#searchNow());
  }

  #activated(item: SearchItem | undefined): void {
    if (item?.type !== "motion" || !this.open) return;
    if (this.#previewed !== undefined && isSameMotion(item, this.#previewed) && sameRange(item, this.#previewed))
      return;
    this.#previewSoon.schedule(PREVIEW_DELAY_MS, () => {
      this.#previewing = this.#preview(item);
    });
  }

  async #preview(item: MotionItem): Promise<void> {
    this.#previewed = item;
    const { panels, engine, notifications } = this.#services;
    const panel = await panels.showInPlayer(item.file, { range: item.range });
    this.#playerWasActive ||= panels.playerIsActive;
    if (panel.key !== item.file || this.#dismissed) return;
    const text = this.#shownQuery;
    if (text === "") return;
    try {
      const answer = await this.#aligning.run((signal) =>
        engine.call("align", { motion: item.file, text, folder: item.folder }, { signal }),
      );
      if (answer !== undefined && !this.#dismissed) panel.setAlignment(item.file, { text, answer });
    } catch (error) {
      notifications.logged(error, "align");
    }
  }

  #accepted(): void {
    const item = this.#pick.activeItems[0];
    const isText = this.#like === undefined;
    const stale = isText && item?.type === "motion" && parseQuery(this.#pick.value).text !== this.#shownQuery;
    if (item === undefined || stale) {
      // Enter before the list has caught up: search at once rather than keep a motion of the text before.
      this.#typing.cancel();
      this.#searchNow();
      return;
    }
    if (item.type === "query") {
      this.#pick.value = item.query;
      this.#typing.cancel();
      this.#searchNow();
    } else if (item.type === "index") {
      this.#services.indexer.index(item.folder).catch((error: unknown) => {
        this.#services.notifications.error(error, vscode.l10n.t("indexing {0}", item.folder));
      });
      this.#searchNow();
    } else if (item.type === "motion") {
      void this.#keep(item);
    } else if (item.type === "note" && item.action !== undefined) {
      this.#dismiss();
      void vscode.commands.executeCommand(item.action);
    }
  }

  async #keep(item: MotionItem): Promise<void> {
    this.#outcome = "kept";
    this.#remember();
    this.#pick.hide();
    this.#previewSoon.cancel();
    if (this.#previewed !== item) this.#previewing = this.#preview(item);
    await this.#previewing;
    this.dispose();
  }

  #remember(): void {
    if (this.#like === undefined) void this.#recent.add(this.#pick.value.trim());
  }

  async #button(item: SearchItem, button: vscode.QuickInputButton): Promise<void> {
    if (item.type !== "motion") return;
    if (button === COPY_PATH) await vscode.env.clipboard.writeText(item.file);
    if (button === OPEN_TO_SIDE) {
      this.#remember();
      this.#dismiss();
      await this.#services.openMotionEditor(item.file, vscode.ViewColumn.Beside);
    }
  }

  /** Clicking into the player means: stay with this motion. (Clicking into a text ends the search like Escape.) */
  #focusMoved(): void {
    const previewed = this.#previewed;
    if (!this.open || previewed === undefined || this.#playerWasActive) return;
    if (this.#services.panels.player?.key === previewed.file && this.#services.panels.playerIsActive) {
      void this.#keep(previewed);
    }
  }

  #dismiss(): void {
    if (this.#outcome !== "open") return;
    this.#outcome = "dismissed";
    this.#pick.hide();
    this.#searching.cancel();
    this.#aligning.cancel();
    this.#previewSoon.cancel();
    if (this.#previewed !== undefined) this.#services.panels.restorePlayer(this.#before);
    this.dispose();
  }
}

/** The hits of all folders in one order, as many as are listed. */
function best<R extends { readonly score: number }>(
  answers: readonly FolderAnswer<{ readonly results: readonly R[] }>[],
): { folder: string; result: R }[] {
  return answers
    .flatMap(({ folder, answer }) => answer.results.map((result) => ({ folder, result })))
    .sort((a, b) => b.result.score - a.result.score)
    .slice(0, setting("search.results"));
}

function isSameMotion(a: SearchItem, b: MotionItem): boolean {
  return a.type === "motion" && a.file === b.file;
}

function looksAlike(a: readonly SearchItem[], b: readonly SearchItem[]): boolean {
  const said = ({ type, label, description, detail }: SearchItem) => JSON.stringify([type, label, description, detail]);
  return a.length === b.length && a.every((item, i) => said(item) === said(b[i]!));
}

function sameRange(a: MotionItem, b: MotionItem): boolean {
  return a.range?.[0] === b.range?.[0] && a.range?.[1] === b.range?.[1];
}
