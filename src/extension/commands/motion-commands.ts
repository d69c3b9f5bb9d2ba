/** Commands about motions and captions. */
import * as path from "node:path";
import * as vscode from "vscode";
import { insertIntoCaptionFile } from "../captions/insert-caption.js";
import type { InlineAlignment } from "../captions/inline-alignment.js";
import { isMotionFile } from "../datasets/layout.js";
import { type Describer, textColumn } from "../describe/describer.js";
import { ExpectedError } from "../errors.js";
import { RecentQueries } from "../search/recent-queries.js";
import { SearchSession, type Like } from "../search/search-session.js";
import type { Services } from "../services.js";
import { setting, updateSetting } from "../settings.js";
import type { CommandMap, MotionRow } from "./command-map.js";

type Target = vscode.Uri | MotionRow;

/** Each selected motion gets an editor with a 3D view of its own, and a window has few of those. */
const MOST_AT_ONCE = 8;

/** What the commands act on besides the shared services. */
export interface Features {
  readonly describer: Describer;
  readonly inlineAlignment: InlineAlignment;
}

export class MotionCommands {
  readonly #services: Services;
  readonly #features: Features;
  readonly #recent: RecentQueries;
  #search: SearchSession | undefined;

  constructor(services: Services, features: Features) {
    this.#services = services;
    this.#features = features;
    this.#recent = new RecentQueries(services.context.workspaceState);
  }

  /** The open search, or the one that was open last. */
  get search(): SearchSession | undefined {
    return this.#search;
  }

  commands(): Partial<CommandMap> {
    const { panels } = this.#services;
    return {
      "motionLens.search": (query) => this.#openSearch(query),
      "motionLens.findDescriptions": (target, selected) => this.#findDescriptions(target, selected),
      "motionLens.findSimilar": async (target, selected) => {
        const [uri] = await this.#motionUris(target, selected);
        if (uri !== undefined) this.#findSimilar({ file: await this.#services.loader.localPath(uri) });
      },
      "motionLens.findSimilarToLoop": () => this.#findSimilarToLoop(),
      "motionLens.openAsMotion": async (target, selected) => {
        const uris = await this.#motionUris(target, selected);
        for (const [index, uri] of uris.entries()) await openMotion(uri, index > 0);
      },
      "motionLens.previewMotion": async (target) => {
        const [uri] = await this.#motionUris(target);
        if (uri !== undefined) await panels.showInPlayer(await this.#services.loader.localPath(uri));
      },
      "motionLens.showBeside": () => this.#features.inlineAlignment.showBeside(),
      "motionLens.toggleInlineAlignment": () => toggleInlineAlignment(),
      "motionLens.insertCaption": (text) => this.#insertCaption(text),
      "motionLens.playPause": () => panels.active?.playback("toggle"),
      "motionLens.nextMoment": () => panels.active?.playback("nextMoment"),
      "motionLens.previousMoment": () => panels.active?.playback("previousMoment"),
      "motionLens.copyMotionPath": async (target) => {
        const [uri] = await this.#motionUris(target);
        if (uri !== undefined) await vscode.env.clipboard.writeText(uri.fsPath);
      },
      "motionLens.openCaptions": async (target) => {
        if (target !== undefined && !(target instanceof vscode.Uri) && target.captions !== undefined) {
          await vscode.window.showTextDocument(vscode.Uri.file(target.captions), { viewColumn: textColumn() });
        }
      },
      "motionLens.playFrames": async (motion, frames) => {
        if (typeof motion === "string" && Array.isArray(frames)) {
          const panel = panels.player?.key === motion ? panels.player : undefined;
          const shown = panel?.content;
          const player = await panels.showInPlayer(motion, { range: frames });
          // The same motion again: the overlay of the caption under the cursor stays.
          if (shown?.alignment !== undefined) player.setAlignment(motion, shown.alignment);
        }
      },
    };
  }

  async #openSearch(query?: unknown): Promise<void> {
    if (this.#services.datasets.folders().length === 0) {
      throw new ExpectedError(vscode.l10n.t("Open a folder with motions to search it."));
    }
    this.#search?.dispose();
    this.#search = new SearchSession(this.#services, this.#recent);
    this.#search.show(typeof query === "string" ? query : "");
    return Promise.resolve();
  }

  #findSimilar(like: Like): void {
    if (this.#services.datasets.folders().length === 0) {
      throw new ExpectedError(vscode.l10n.t("Open a folder with motions to search it."));
    }
    this.#search?.dispose();
    this.#search = new SearchSession(this.#services, this.#recent, like);
    this.#search.show();
  }

  /** The loop of the player is the selected time. */
  async #findSimilarToLoop(): Promise<void> {
    const panel = this.#services.panels.active;
    const motion = panel?.content.motion;
    if (panel === undefined || motion === undefined) {
      throw new ExpectedError(vscode.l10n.t("Show a motion first, then choose a part of it."));
    }
    // Before the panel has told its state, what it was given to loop.
    const frames = panel.state?.key === motion.key ? panel.state.range : motion.range;
    if (frames === undefined) {
      throw new ExpectedError(vscode.l10n.t("Set a loop in the player first, with its handles or the keys [ and ]."));
    }
    const { frames: count, fps } = motion.loaded.motion;
    const [start, end] = [Math.max(0, Math.floor(frames[0])), Math.min(count, Math.ceil(frames[1]))];
    this.#findSimilar({ file: motion.key, frames: [start, end], fps });
    return Promise.resolve();
  }

  /** One motion is described in the shared player, several each in an editor of their own. */
  async #findDescriptions(target?: Target, selected?: readonly Target[]): Promise<void> {
    const { panels, loader, motionEditors } = this.#services;
    const uris = await this.#motionUris(target, selected);
    const [only] = uris;
    if (only === undefined) return;
    if (uris.length === 1) {
      const editor = motionEditors.editorsOf(only).find((candidate) => candidate.webviewPanel.active);
      const panel = editor ?? panels.ensurePlayer();
      await this.#features.describer.describe(panel, await loader.localPath(only));
      return;
    }
    for (const uri of uris) {
      await openMotion(uri, true);
      const editor = motionEditors.editorsOf(uri)[0];
      if (editor !== undefined) await this.#features.describer.describe(editor, await loader.localPath(uri));
    }
  }

  async #insertCaption(text?: unknown): Promise<void> {
    const { panels, datasets } = this.#services;
    const panel = panels.active;
    const motion = panel?.key ?? this.#features.inlineAlignment.current?.motion;
    if (motion === undefined)
      throw new ExpectedError(vscode.l10n.t("Show a motion first, then insert a caption for it."));
    const chosen = typeof text === "string" ? text : await this.#askCaption(motion);
    if (chosen !== undefined && chosen.trim() !== "") await insertIntoCaptionFile(datasets, motion, chosen.trim());
  }

  /** Captions that fit, or a new one as typed. */
  async #askCaption(motion: string): Promise<string | undefined> {
    const { engine, datasets } = this.#services;
    const pick = vscode.window.createQuickPick();
    pick.placeholder = vscode.l10n.t("Type a caption for {0}, or choose one that fits", path.basename(motion));
    pick.busy = true;
    const fitting: vscode.QuickPickItem[] = [];
    const refresh = () => {
      const typed = pick.value.trim();
      pick.items = [...(typed === "" ? [] : [{ label: typed, description: vscode.l10n.t("new") }]), ...fitting];
    };
    const stop = new AbortController();
    const folder = datasets.folderOf(motion);
    engine.call("describe", { folder, motion, top: 30 }, { signal: stop.signal }).then(
      ({ results }) => {
        const others = results.filter(({ own }) => !own);
        fitting.push(...others.map(({ text, score }) => ({ label: text, description: score.toFixed(2) })));
        pick.busy = false;
        refresh();
      },
      (error: unknown) => {
        this.#services.notifications.logged(error, "describe");
        pick.busy = false;
      },
    );
    pick.onDidChangeValue(refresh);
    pick.show();
    try {
      return await new Promise<string | undefined>((resolve) => {
        pick.onDidAccept(() => resolve(pick.activeItems[0]?.label));
        pick.onDidHide(() => resolve(undefined));
      });
    } finally {
      stop.abort();
      pick.dispose();
    }
  }

  /** What a menu, a view or the palette means: the selected files, the row, or the active editor's motion. */
  async #motionUris(target?: Target, selected?: readonly Target[]): Promise<vscode.Uri[]> {
    const given = selected !== undefined && selected.length > 0 ? selected : target === undefined ? [] : [target];
    const uris = given.map((item) => (item instanceof vscode.Uri ? item : vscode.Uri.file(item.motion)));
    if (uris.length > 0) {
      const motions = uris.filter((uri) => isMotionFile(uri.path));
      if (motions.length > MOST_AT_ONCE) {
        throw new ExpectedError(vscode.l10n.t("Choose at most {0} motions at a time.", MOST_AT_ONCE));
      }
      if (motions.length > 0) return motions;
      throw new ExpectedError(vscode.l10n.t("Choose a .npy, .npz or .bvh file."));
    }
    const input = vscode.window.tabGroups.activeTabGroup.activeTab?.input;
    if (input instanceof vscode.TabInputCustom || input instanceof vscode.TabInputText) {
      if (isMotionFile(input.uri.path)) return [input.uri];
    }
    const shown = this.#services.panels.active?.key;
    if (shown !== undefined) return [vscode.Uri.file(shown)];
    return this.#askMotion();
  }

  /** From the palette with nothing open: choose among the folder's motions. */
  async #askMotion(): Promise<vscode.Uri[]> {
    const { datasets } = this.#services;
    const items = datasets.folders().map(async (folder) =>
      (await datasets.motions(folder)).map((entry) => ({
        label: path.posix.basename(entry.id),
        description: entry.splits.join(", "),
        detail: entry.path,
        file: path.join(folder, ...entry.path.split("/")),
      })),
    );
    const lists = Promise.all(items).then((found) => found.flat());
    const options = { placeHolder: vscode.l10n.t("Choose a motion"), matchOnDetail: true };
    const chosen = await vscode.window.showQuickPick(lists, options);
    return chosen === undefined ? [] : [vscode.Uri.file(chosen.file)];
  }
}

export async function openMotion(uri: vscode.Uri, keepOthers: boolean, viewColumn?: vscode.ViewColumn): Promise<void> {
  const options = { preview: !keepOthers, ...(viewColumn === undefined ? {} : { viewColumn }) };
  await vscode.commands.executeCommand("vscode.openWith", uri, "motionLens.motion", options);
}

/** Where the setting stands already it is changed there, else for the user. */
async function toggleInlineAlignment(): Promise<void> {
  const inspected = vscode.workspace.getConfiguration("motionLens").inspect<boolean>("inlineAlignment.enabled");
  const target =
    inspected?.workspaceValue === undefined ? vscode.ConfigurationTarget.Global : vscode.ConfigurationTarget.Workspace;
  await updateSetting("inlineAlignment.enabled", !setting("inlineAlignment.enabled"), target);
}
