/** Every command of the extension and its arguments. Only what stands here can be registered or run by our code. */
import type * as vscode from "vscode";
import type { Range } from "../../protocol/engine.js";

/** A row of the Motions view, as menus pass it. */
export interface MotionRow {
  readonly folder: string;
  /** Absolute path of the motion file. */
  readonly motion: string;
  /** Absolute path of its caption file. */
  readonly captions?: string;
}

/** Explorer menus pass the clicked file and all selected ones; the palette passes nothing; views pass their row. */
type Target = vscode.Uri | MotionRow;

export interface CommandMap {
  "motionLens.search": (query?: string) => Promise<void>;
  "motionLens.findDescriptions": (target?: Target, selected?: readonly Target[]) => Promise<void>;
  "motionLens.findSimilar": (target?: Target, selected?: readonly Target[]) => Promise<void>;
  "motionLens.findSimilarToLoop": () => Promise<void>;
  "motionLens.openAsMotion": (target?: Target, selected?: readonly Target[]) => Promise<void>;
  "motionLens.showBeside": () => Promise<void>;
  "motionLens.toggleInlineAlignment": () => Promise<void>;
  "motionLens.insertCaption": (text?: string) => Promise<void>;
  "motionLens.playPause": () => void;
  "motionLens.nextMoment": () => void;
  "motionLens.previousMoment": () => void;
  "motionLens.indexFolder": (target?: vscode.Uri | { readonly folder: string }) => Promise<void>;
  "motionLens.rebuildIndex": (target?: vscode.Uri | { readonly folder: string }) => Promise<void>;
  "motionLens.cancelIndexing": () => void;
  "motionLens.refresh": () => Promise<void>;
  "motionLens.openSample": () => Promise<void>;
  "motionLens.showLog": () => void;
  "motionLens.restartEngine": () => Promise<void>;
  "motionLens.chooseIndexFolder": () => Promise<void>;
  "motionLens.chooseModelFolder": () => Promise<void>;
  "motionLens.copyMotionPath": (target?: Target) => Promise<void>;
  "motionLens.openCaptions": (target?: Target) => Promise<void>;
  "motionLens.previewMotion": (target?: Target) => Promise<void>;
  "motionLens.playFrames": (motion?: string, frames?: Range) => Promise<void>;
  "motionLens.showStatusMenu": () => Promise<void>;
}

export type CommandId = keyof CommandMap;
