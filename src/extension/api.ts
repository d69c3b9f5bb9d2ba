/**
 * What `activate` returns: for other extensions (search, describe, align) and, under `testing`, for the tests of this
 * one. The first part only grows; `testing` may change with any version.
 */
import type * as vscode from "vscode";
import type {
  DescribeAnswer,
  EngineInfo,
  IndexSummary,
  SearchAnswer,
  SearchFilters,
  SupportedAlignment,
} from "../protocol/engine.js";
import type { InlineAlignment } from "./captions/inline-alignment.js";
import type { MotionCommands } from "./commands/motion-commands.js";
import type { Services } from "./services.js";
import type { StatusBar } from "./status/status-bar.js";

export interface MotionLensApi {
  readonly version: 1;
  /** Ranks the motions of a folder (default: the first dataset of the window) by a text. */
  search(query: string, options?: SearchOptions): Promise<SearchAnswer>;
  /** Ranks the captions of the motion's dataset by the motion. */
  describe(
    motion: vscode.Uri,
    options?: { readonly top?: number; readonly signal?: AbortSignal },
  ): Promise<DescribeAnswer>;
  /** Which word of a text is carried by which limb at which moment of a motion. */
  align(motion: vscode.Uri, text: string, options?: { readonly signal?: AbortSignal }): Promise<SupportedAlignment>;
  /** Brings a folder's index up to date. */
  index(folder?: vscode.Uri): Promise<IndexSummary>;
  readonly onDidIndex: vscode.Event<{ readonly folder: vscode.Uri; readonly summary: IndexSummary }>;
  readonly testing: TestHooks;
}

export interface SearchOptions {
  readonly folder?: vscode.Uri;
  readonly top?: number;
  readonly filters?: SearchFilters;
  readonly signal?: AbortSignal;
}

export interface TestHooks {
  readonly services: Services;
  readonly motionCommands: MotionCommands;
  readonly inlineAlignment: InlineAlignment;
  readonly statusBar: StatusBar;
  /** Resolves with the running engine's description. */
  engineInfo(): Promise<EngineInfo>;
}
