/** Rows of the search list. */
import * as path from "node:path";
import * as vscode from "vscode";
import type { CaptionMatch, Range, SearchResult, SimilarResult } from "../../protocol/engine.js";
import type { CommandId } from "../commands/command-map.js";
import { partLabel } from "../parts.js";
import { bestMoment, mainEvidence, middleSeconds, scoreBar, wordOfEvidence } from "./result-text.js";

/** A motion in the list. */
export interface MotionItem extends vscode.QuickPickItem {
  readonly type: "motion";
  readonly folder: string;
  /** Absolute path. */
  readonly file: string;
  /** The moment to play. */
  readonly range?: Range;
}

/** A recent or example query; choosing it searches for it. */
export interface QueryItem extends vscode.QuickPickItem {
  readonly type: "query";
  readonly query: string;
}

/** Starts indexing a folder. */
export interface IndexItem extends vscode.QuickPickItem {
  readonly type: "index";
  readonly folder: string;
}

/** Says something; choosing it does nothing, or what there is to do about it. */
export interface NoteItem extends vscode.QuickPickItem {
  readonly type: "note";
  readonly action?: CommandId;
}

export interface SeparatorItem extends vscode.QuickPickItem {
  readonly type: "separator";
}

export type SearchItem = MotionItem | QueryItem | IndexItem | NoteItem | SeparatorItem;

/** A hit of one of the searched folders. */
export interface FolderHit<R = SearchResult> {
  readonly folder: string;
  readonly result: R;
}

export interface FolderCaptionMatch {
  readonly folder: string;
  readonly match: CaptionMatch;
}

export const OPEN_TO_SIDE: vscode.QuickInputButton = {
  iconPath: new vscode.ThemeIcon("split-horizontal"),
  tooltip: vscode.l10n.t("Open to the Side"),
};
export const COPY_PATH: vscode.QuickInputButton = {
  iconPath: new vscode.ThemeIcon("copy"),
  tooltip: vscode.l10n.t("Copy Motion Path"),
};

export function separator(label: string): SeparatorItem {
  return { type: "separator", kind: vscode.QuickPickItemKind.Separator, label };
}

export function queryItem(query: string, icon: string): QueryItem {
  return { type: "query", label: `$(${icon}) ${query}`, query, alwaysShow: true };
}

export function note(label: string, detail?: string): NoteItem {
  return { type: "note", label, detail, alwaysShow: true };
}

/** Rows for ranked motions, in the order given. `several` adds the folder's name. */
export function motionItems(query: string, hits: readonly FolderHit[], several: boolean): MotionItem[] {
  const best = hits[0]?.result.score ?? 0;
  const weakest = hits.at(-1)?.result.score ?? 0;
  return hits.map(({ folder, result }) => {
    const range = bestMoment(result);
    return {
      type: "motion",
      label: motionName(result.path),
      description: [scoreBar(result.score, best, weakest), result.score.toFixed(2), why(query, result)].join("  "),
      detail: detailOf(result.caption, result.splits, several ? folder : undefined),
      alwaysShow: true,
      buttons: [OPEN_TO_SIDE, COPY_PATH],
      folder,
      file: absolutePath(folder, result.path),
      ...(range === undefined ? {} : { range }),
    };
  });
}

/** Rows for motions that are like a motion; each plays what is like it. */
export function similarItems(hits: readonly FolderHit<SimilarResult>[], several: boolean): MotionItem[] {
  const best = hits[0]?.result.score ?? 0;
  const weakest = hits.at(-1)?.result.score ?? 0;
  return hits.map(({ folder, result }) => ({
    type: "motion",
    label: motionName(result.path),
    description: [
      scoreBar(result.score, best, weakest),
      result.score.toFixed(2),
      seconds(result.window, result.fps),
    ].join("  "),
    detail: detailOf(result.caption, result.splits, several ? folder : undefined),
    alwaysShow: true,
    buttons: [OPEN_TO_SIDE, COPY_PATH],
    folder,
    file: absolutePath(folder, result.path),
    range: result.window,
  }));
}

/** `1.2–3.4 s`. */
export function seconds([start, end]: Range, fps = 20): string {
  return vscode.l10n.t("{0}–{1} s", (start / fps).toFixed(1), (end / fps).toFixed(1));
}

/** Rows for motions whose captions hold the words themselves. */
export function captionItems(matches: readonly FolderCaptionMatch[], several: boolean): MotionItem[] {
  return matches.map(({ folder, match }) => ({
    type: "motion",
    label: motionName(match.path),
    description: vscode.l10n.t("line {0}", match.caption.line),
    detail: detailOf(match.caption.text, [], several ? folder : undefined),
    alwaysShow: true,
    buttons: [OPEN_TO_SIDE, COPY_PATH],
    folder,
    file: absolutePath(folder, match.path),
    ...(match.caption.frames === undefined ? {} : { range: match.caption.frames }),
  }));
}

export function absolutePath(folder: string, relative: string): string {
  return path.join(folder, ...relative.split("/"));
}

/** `new_joints/000017.npy` as `000017`; deeper folders keep their path. */
export function motionName(relative: string): string {
  return relative.replace(/\.[^./]+$/, "").replace(/^(.*\/)?new_joint(s|_vecs)\//, "$1");
}

function why(query: string, result: SearchResult): string {
  const evidence = mainEvidence(result.evidence);
  if (evidence === undefined) return "";
  const moment = middleSeconds(evidence.frames, result.fps ?? 20).toFixed(1);
  const reason = vscode.l10n.t("{0} → {1}, {2} s", wordOfEvidence(query, evidence), partLabel(evidence.part), moment);
  // Of a long recording: which part of it is meant.
  return result.window === undefined ? reason : `${reason}  (${seconds(result.window, result.fps)})`;
}

function detailOf(caption: string | undefined, splits: readonly string[] | undefined, folder?: string): string {
  const facts = [
    caption ?? vscode.l10n.t("no caption"),
    ...(splits !== undefined && splits.length > 0 ? [splits.join(", ")] : []),
    ...(folder === undefined ? [] : [path.basename(folder)]),
  ];
  return facts.join("  ·  ");
}
