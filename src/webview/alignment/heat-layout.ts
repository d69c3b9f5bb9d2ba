/** Rows, columns and cells of the heat map: body parts in groups from head to foot, time from left to right. */
import type { Range } from "../../protocol/engine.js";
import type { WordSignal, Side } from "./words.js";

export interface HeatRow {
  /** Index of the part in the alignment. */
  readonly part: number;
  readonly name: string;
  readonly side?: Side;
  /** Top edge in pixels. */
  readonly top: number;
}

export interface HeatGroup {
  readonly id: GroupId;
  readonly rows: readonly HeatRow[];
  readonly top: number;
  readonly height: number;
}

export interface HeatLayout {
  readonly groups: readonly HeatGroup[];
  readonly rows: readonly HeatRow[];
  readonly rowHeight: number;
  readonly height: number;
}

export type GroupId = "whole" | "trunk" | "rightArm" | "leftArm" | "rightLeg" | "leftLeg" | "other";

const GROUPS: readonly (readonly [GroupId, readonly string[]])[] = [
  ["whole", ["global"]],
  ["trunk", ["neck", "lumbar", "pelvis"]],
  ["rightArm", ["right_shoulder", "right_elbow"]],
  ["leftArm", ["left_shoulder", "left_elbow"]],
  ["rightLeg", ["right_hip", "right_knee", "right_ankle"]],
  ["leftLeg", ["left_hip", "left_knee", "left_ankle"]],
];

const GROUP_GAP = 5;

/** Lays out the parts of an alignment; parts that no group knows come last, none is lost. */
export function heatLayout(parts: readonly string[], rowHeight: number): HeatLayout {
  const known = new Set(GROUPS.flatMap(([, names]) => names));
  const wanted: (readonly [GroupId, readonly string[]])[] = [
    ...GROUPS,
    ["other", parts.filter((name) => !known.has(name))],
  ];
  const groups: HeatGroup[] = [];
  let top = 0;
  for (const [id, names] of wanted) {
    const present = names.filter((name) => parts.includes(name));
    if (present.length === 0) continue;
    if (groups.length > 0) top += GROUP_GAP;
    const rows = present.map((name, index) => ({
      part: parts.indexOf(name),
      name,
      side: name.startsWith("left_") ? ("left" as const) : name.startsWith("right_") ? ("right" as const) : undefined,
      top: top + index * rowHeight,
    }));
    groups.push({ id, rows, top, height: rows.length * rowHeight });
    top += rows.length * rowHeight;
  }
  return { groups, rows: groups.flatMap((group) => group.rows), rowHeight, height: top };
}

export interface HeatCell {
  readonly part: number;
  readonly time: number;
}

/** The cell under a point of the grid; undefined in gaps between groups and outside of all time steps. */
export function cellAt(
  layout: HeatLayout,
  times: readonly Range[],
  frames: number,
  x: number,
  y: number,
  width: number,
): HeatCell | undefined {
  const row = layout.rows.find(({ top }) => y >= top && y < top + layout.rowHeight);
  if (!row || !(width > 0) || x < 0 || x >= width) return undefined;
  const frame = (x / width) * frames;
  const time = times.findIndex(([start, end]) => frame >= start && frame < end);
  return time < 0 ? undefined : { part: row.part, time };
}

/** Left edge and width of a time step in pixels. */
export function columnSpan(time: Range, frames: number, width: number): { readonly x: number; readonly width: number } {
  const x = (time[0] / frames) * width;
  return { x, width: ((Math.min(time[1], frames) - time[0]) / frames) * width };
}

/** The strongest word at each patch, over all words: what "all words" of the heat map shows. */
export interface StrongestWords {
  /** Tint 0 to 1 per patch, `[time * parts + part]`. */
  readonly tints: Float32Array;
  /** Index of the word that gives it, -1 for none. */
  readonly words: Int32Array;
}

/**
 * Takes each word's relative strength (so that words with generally high scores do not drown the others)
 * weighted by how much the word is supported at all, and keeps the strongest.
 */
export function strongestWords(
  signals: readonly WordSignal[],
  levels: readonly number[],
  tintOf: (signal: WordSignal, value: number) => number,
): StrongestWords {
  const size = signals[0]?.patches.length ?? 0;
  const tints = new Float32Array(size);
  const words = new Int32Array(size).fill(-1);
  signals.forEach((signal, word) => {
    for (let at = 0; at < size; at++) {
      const tint = tintOf(signal, signal.patches[at]!) * levels[word]!;
      if (tint > tints[at]!) {
        tints[at] = tint;
        words[at] = word;
      }
    }
  });
  return { tints, words };
}
