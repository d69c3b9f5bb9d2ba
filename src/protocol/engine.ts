/**
 * The contract between the extension (or any other client) and the engine process.
 *
 * Paths in answers are relative to the dataset folder and use `/`, except where a comment says absolute.
 * Ranks and lines count from 1; frames are half-open ranges in the file's own frames; `chars` are half-open
 * ranges of Unicode code points in the text as given.
 */
import type { LoadedMotion } from "../core/motion/motion.js";

export type Range = readonly [start: number, end: number];

export interface EngineSettings {
  /** Absolute path of the model package folder (the one that holds `model.json`). */
  readonly modelFolder: string;
  /** Where indexes are kept; undefined means the user's cache directory. */
  readonly indexFolder?: string;
  readonly executionProvider: "auto" | "cpu" | "wasm";
  /** 0 lets the engine choose. */
  readonly threads: number;
  /** Overrides the assumption of 20 (22 joints) or 12.5 (21 joints) frames per second; 0 keeps it. */
  readonly assumedFps?: number;
  /** What is stored of motions; undefined means `full`. An index is of one level. */
  readonly level?: StorageLevel;
}

/** All patches of a motion, or one vector for those that nearly agree. */
export const STORAGE_LEVELS = ["full", "pooled"] as const;
export type StorageLevel = (typeof STORAGE_LEVELS)[number];

export interface EngineInfo {
  readonly model: ModelInfo;
  /** What really runs the encoders, for example `cpu (onnxruntime-node 1.30.0)` or `wasm (onnxruntime-web 1.30.0)`. */
  readonly provider: string;
  readonly processId: number;
}

export interface ModelInfo {
  readonly id: string;
  readonly name: string;
  readonly kind: "late-interaction" | "global";
  readonly licence: string;
  readonly partNames: readonly string[];
  readonly framesPerPatch: number;
}

export interface CaptionEntry {
  /** The caption as written, without token and range fields. */
  readonly text: string;
  /** Caption file, relative to the folder. */
  readonly path: string;
  readonly line: number;
  /** The part of the motion that the caption speaks of, in frames of the file; undefined means the whole. */
  readonly frames?: Range;
}

export interface MotionEntry {
  /** Relative path, reported under `new_joints` where both `new_joints` and `new_joint_vecs` hold it. */
  readonly path: string;
  readonly id: string;
  readonly splits: readonly string[];
  readonly mirrored: boolean;
  readonly captionPath?: string;
  readonly captionCount: number;
}

export interface DatasetSummary {
  /** Absolute real path. */
  readonly folder: string;
  readonly layout: "humanml3d" | "loose";
  readonly motions: number;
  readonly captions: number;
  readonly splits: Readonly<Record<string, number>>;
  readonly warnings: readonly string[];
  readonly index: IndexStatus;
}

export interface IndexStatus {
  readonly state: "none" | "partial" | "ready" | "indexing";
  readonly motions: number;
  readonly captions: number;
  /** Motions that could not be read when last indexed. */
  readonly failed: readonly Failure[];
  readonly modelId?: string;
  /** Absolute folder of the index. */
  readonly location: string;
}

export interface Failure {
  readonly path: string;
  readonly reason: string;
}

export interface IndexSummary {
  readonly motions: number;
  readonly captions: number;
  readonly encoded: number;
  readonly failed: readonly Failure[];
  readonly seconds: number;
}

export interface IndexProgress {
  readonly folder: string;
  readonly phase: "scanning" | "motions" | "captions" | "saving";
  readonly done: number;
  readonly total: number;
}

export interface SearchFilters {
  /** Only motions of this split. */
  readonly split?: string;
  /** Only motions whose relative path contains this text. */
  readonly path?: string;
  readonly hasCaption?: boolean;
  /** Only what these body parts do counts: names of the model's grid, or of limbs (see `partsNamed`). */
  readonly parts?: readonly string[];
}

export interface Evidence {
  readonly token: string;
  readonly chars: Range;
  readonly part: string;
  readonly frames: Range;
  readonly score: number;
}

export interface SearchResult {
  readonly path: string;
  readonly score: number;
  readonly rank: number;
  /** One entry per scored token, in the order of the text; none from a model of kind `global`. */
  readonly evidence: readonly Evidence[];
  /** Of a recording longer than 15 s: the ten seconds that fit the text best. */
  readonly window?: Range;
  /** First caption of the motion, for display. */
  readonly caption?: string;
  readonly splits?: readonly string[];
  readonly fps?: number;
}

export interface SearchAnswer {
  readonly query: string;
  readonly results: readonly SearchResult[];
  /** Motions whose captions contain every word of the query: a separate, marked group. */
  readonly captionMatches: readonly CaptionMatch[];
  /** Motions that were searched (fewer than the folder holds while indexing). */
  readonly searched: number;
}

export interface SimilarResult {
  readonly path: string;
  readonly score: number;
  readonly rank: number;
  /** Frames that fit the query motion best, about as long as it. */
  readonly window: Range;
  /** First caption of the motion, for display. */
  readonly caption?: string;
  readonly splits?: readonly string[];
  readonly fps?: number;
}

export interface SimilarAnswer {
  /** The motion that was asked about. */
  readonly path: string;
  /** Other motions, best first. */
  readonly results: readonly SimilarResult[];
  readonly searched: number;
}

export interface CaptionMatch {
  readonly path: string;
  readonly caption: CaptionEntry;
}

export interface DescribeResult {
  readonly text: string;
  readonly path: string;
  readonly line: number;
  readonly score: number;
  readonly rank: number;
  /** The caption belongs to the described motion. */
  readonly own: boolean;
}

export interface DescribeAnswer {
  readonly path: string;
  readonly results: readonly DescribeResult[];
  /** The motion's own captions with their true ranks, also those beyond `top`. */
  readonly own: readonly DescribeResult[];
}

export interface AlignToken {
  readonly token: string;
  readonly chars: Range;
  /**
   * What this token brings to the score: of its strongest patch (with phrases that follow one another, within the time
   * of its phrase) and, where the model has it, of the whole motion.
   */
  readonly score: number;
  /** Share of the score that no patch of the grid carries; only for models with vectors outside the grid. */
  readonly beyondGrid?: number;
}

/** Of a model of kind `global` there is a score alone: no tokens, no parts, no times. */
export interface AlignAnswer {
  /** The score by which search and describe rank this pair. */
  readonly score: number;
  readonly tokens: readonly AlignToken[];
  readonly parts: readonly string[];
  /** Frame range of each grid row, in the file's own frames. */
  readonly times: readonly Range[];
  /** Cosine of token and patch, `[token][time][part]`. */
  readonly matrix: readonly (readonly (readonly number[])[])[];
}

/** What a model of one vector a motion cannot say: which word finds what, where and when. */
export const WHOLE_ONLY =
  "this model has one vector for a whole motion: it ranks, but cannot say which word is carried by which body part, or when";

/**
 * How strongly a word is supported, against what the same word gets on other motions of the index:
 * 0.97 means stronger than for 97 % of motions. Undefined without an index.
 */
export interface SupportedAlignment extends AlignAnswer {
  readonly support: readonly (number | undefined)[];
}

export interface InspectAnswer {
  readonly path: string;
  readonly format: string;
  readonly layout: string;
  readonly shape: readonly number[];
  readonly dtype: string;
  readonly frames: number;
  readonly fps: number;
  readonly skeleton: string;
  readonly duration: number;
  readonly warnings: readonly string[];
  readonly angles?: readonly (readonly number[])[];
}

/** Requests. Every call takes an AbortSignal on the client side; an aborted call rejects with `CancelledError`. */
export interface EngineRequests {
  initialize(settings: EngineSettings): EngineInfo;
  /** Finds motions and captions of a folder (no encoding). */
  openDataset(request: { readonly folder: string }): DatasetSummary;
  listMotions(request: { readonly folder: string }): readonly MotionEntry[];
  /** Captions of one motion (path relative to the folder). */
  captionsOf(request: { readonly folder: string; readonly motion: string }): readonly CaptionEntry[];
  /** Absolute path of the motion that a caption file (absolute) belongs to, if there is one. */
  motionOfCaptionFile(request: { readonly folder: string; readonly captionFile: string }): string | null;
  /**
   * Encodes what is new or changed; resumes by itself after a kill. Reports `IndexProgress`. `rebuild`: encodes all of
   * it anew. `shard` (index from 1): encodes only its part, apart; the next run without it takes the parts in.
   */
  index(request: {
    readonly folder: string;
    readonly rebuild?: boolean;
    readonly shard?: { readonly index: number; readonly count: number };
  }): IndexSummary;
  indexStatus(request: { readonly folder: string }): IndexStatus;
  search(request: {
    readonly folder: string;
    readonly query: string;
    readonly top: number;
    readonly filters?: SearchFilters;
    /** Scores every motion; otherwise the candidates of a large folder (over 4,000 motions) are. */
    readonly exact?: boolean;
  }): SearchAnswer;
  /** Motions like a motion (absolute, or relative to the folder), or like the cut `frames` of it. */
  similar(request: {
    readonly folder: string;
    readonly motion: string;
    readonly frames?: Range;
    readonly top: number;
    readonly filters?: SearchFilters;
    readonly exact?: boolean;
  }): SimilarAnswer;
  /** `motion`: absolute, or relative to the folder. Works for motions that are not in the index. */
  describe(request: { readonly folder: string; readonly motion: string; readonly top: number }): DescribeAnswer;
  /** `motion`: absolute path. `folder` gives the index that support percentiles are taken from. `frames` restricts to a cut. */
  align(request: {
    readonly motion: string;
    readonly text: string;
    readonly folder?: string;
    readonly frames?: Range;
  }): SupportedAlignment;
  /** Absolute path. Joints go to the player as they are. */
  loadMotion(request: { readonly path: string }): LoadedMotion;
  inspect(request: { readonly path: string; readonly angles?: "compat" | "clean" }): InspectAnswer;
}

/** One-way messages from the engine. */
export interface EngineEvents {
  indexProgress(progress: IndexProgress): void;
  log(entry: { readonly level: "debug" | "info" | "warn" | "error"; readonly message: string }): void;
}

/** Names of the errors that cross the process boundary; `message` is in the user's words and names the file. */
export type EngineErrorName =
  | "CancelledError" // the caller gave up
  | "MotionFileError" // not a motion, damaged, or unreadable
  | "CaptionFileError"
  | "ModelError" // model package missing, damaged (file and hash named) or unknown
  | "IndexError" // index missing, locked, read-only place, disk full
  | "DatasetError" // no motions in the folder, folder missing
  | "EngineStoppedError"; // the process ended while the call was under way
