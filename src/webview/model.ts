/** What the panel shows, in one place, and what its controls can ask for. */
import type { LoadedMotion } from "../core/motion/motion.js";
import type { DescribeResult, Range, SupportedAlignment } from "../protocol/engine.js";
import {
  heatLayout,
  strongestWords,
  type HeatCell,
  type HeatLayout,
  type StrongestWords,
} from "./alignment/heat-layout.js";
import { isUnsupported, patchTint, supportLevel } from "./alignment/tint.js";
import { segmentsOf, signalOf, wordsOf, type Segment, type Word, type WordSignal } from "./alignment/words.js";
import type { Playback } from "./player/playback.js";
import { timeLookup } from "./player/timeline.js";
import type { ViewName } from "./player/camera-rig.js";
import type { StageStatus } from "./player/stage.js";
import type { Theme } from "./theme.js";

/** Height of a heat map row, pixels. */
export const HEAT_ROW = 14;

export interface ShownMotion {
  readonly key: string;
  readonly title: string;
  readonly loaded: LoadedMotion;
}

/** An alignment with everything drawn from it, computed once when it arrives. */
export interface Overlay {
  readonly text: string;
  readonly alignment: SupportedAlignment;
  readonly words: readonly Word[];
  readonly segments: readonly Segment[];
  readonly signals: readonly WordSignal[];
  readonly levels: readonly number[];
  readonly unsupported: readonly boolean[];
  readonly layout: HeatLayout;
  /** Time step of each frame. */
  readonly lookup: Int32Array;
  readonly strongest: StrongestWords;
}

export function makeOverlay(text: string, alignment: SupportedAlignment, frames: number): Overlay {
  const words = wordsOf(text, alignment);
  const signals = words.map((word) => signalOf(alignment, word.tokens));
  const levels = words.map(supportLevel);
  return {
    text,
    alignment,
    words,
    segments: segmentsOf(text, words),
    signals,
    levels,
    unsupported: words.map(isUnsupported),
    layout: heatLayout(alignment.parts, HEAT_ROW),
    lookup: timeLookup(alignment.times, frames),
    strongest: strongestWords(signals, levels, patchTint),
  };
}

/** Whether the model has one vector for the whole motion: the overlay then holds a score, and nothing to draw. */
export function isWholeOnly({ alignment }: Overlay): boolean {
  return alignment.times.length === 0;
}

export interface Captions {
  readonly own: readonly DescribeResult[];
  readonly retrieved: readonly DescribeResult[];
  readonly note?: string;
}

/** Which parts of the panel there is room for. */
export interface Room {
  readonly retrieved: boolean;
  readonly mannequin: boolean;
  readonly heatMap: boolean;
}

/** What falls away in a small panel, in this order: retrieved captions, mannequin, heat map. */
export function roomFor(width: number, height: number): Room {
  return {
    retrieved: width >= 560 && height >= 420,
    mannequin: width >= 480 && height >= 380,
    heatMap: width >= 380 && height >= 340,
  };
}

export interface Model {
  motion?: ShownMotion;
  overlay?: Overlay;
  captions?: Captions;
  busy?: string;
  error?: string;
  /** The panel itself failed. */
  fault?: string;
  selected?: number;
  hoveredWord?: number;
  hoveredCell?: HeatCell;
  showRetrieved?: boolean;
  follow: boolean;
  mirror: boolean;
  ghosts: boolean;
  heatMap: boolean;
  table: boolean;
  notes: boolean;
  room: Room;
  theme: Theme;
  stage: StageStatus;
  readonly playback: Playback;
}

/** What controls ask for. */
export interface Actions {
  toggle(): void;
  step(frames: number): void;
  seek(frame: number): void;
  setSpeed(speed: number): void;
  setRange(range: Range | undefined): void;
  flip(what: "loop" | "follow" | "mirror" | "ghosts" | "heatMap" | "table" | "notes" | "showRetrieved"): void;
  look(view: ViewName): void;
  zoom(factor: number): void;
  choose(word: number | undefined): void;
  hoverWord(word: number | undefined, element?: Element): void;
  /** Shows what a focused word means, without lighting it. */
  explainWord(word: number | undefined, element?: Element): void;
  hoverCell(cell: HeatCell | undefined, at?: DOMRectReadOnly): void;
  pickCell(cell: HeatCell): void;
  insert(text: string): void;
  copy(text: string): void;
  open(path: string, line: number): void;
  findDescriptions(): void;
  showLog(): void;
  dismissError(): void;
}
