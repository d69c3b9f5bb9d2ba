/** How motions are put into groups for the tree. */
import type { MotionEntry } from "../../protocol/engine.js";

export interface MotionGroup {
  readonly label: string;
  readonly motions: readonly MotionEntry[];
}

/** Rows that a tree level shows at most before it is cut into lots. */
export const LOT_SIZE = 500;

/** Splits in the order people name them; others follow by name. */
const SPLIT_ORDER = ["train", "val", "test"];

/**
 * Groups by split where there are splits, else by folder. A motion stands in one group only: that of its first split
 * other than `all` and `train_val`, which only unite the others.
 */
export function groupMotions(motions: readonly MotionEntry[]): MotionGroup[] {
  const bySplit = motions.some((motion) => motion.splits.length > 0);
  const groups = new Map<string, MotionEntry[]>();
  for (const motion of motions) {
    const label = bySplit ? splitOf(motion) : folderOf(motion);
    const group = groups.get(label);
    if (group === undefined) groups.set(label, [motion]);
    else group.push(motion);
  }
  const order = (label: string) => (SPLIT_ORDER.includes(label) ? SPLIT_ORDER.indexOf(label) : SPLIT_ORDER.length);
  return [...groups]
    .map(([label, members]) => ({ label, motions: members }))
    .sort((a, b) => order(a.label) - order(b.label) || (a.label < b.label ? -1 : 1));
}

/** Cuts a long list into lots of `LOT_SIZE`, each named by its first and last motion. */
export function lotsOf(motions: readonly MotionEntry[]): MotionGroup[] {
  const lots: MotionGroup[] = [];
  for (let start = 0; start < motions.length; start += LOT_SIZE) {
    const lot = motions.slice(start, start + LOT_SIZE);
    lots.push({ label: `${nameOf(lot[0]!)} – ${nameOf(lot.at(-1)!)}`, motions: lot });
  }
  return lots;
}

function splitOf(motion: MotionEntry): string {
  const own = motion.splits.find((split) => split !== "all" && split !== "train_val");
  return own ?? motion.splits[0] ?? "no split";
}

function folderOf(motion: MotionEntry): string {
  const slash = motion.path.lastIndexOf("/");
  return slash < 0 ? "." : motion.path.slice(0, slash);
}

function nameOf(motion: MotionEntry): string {
  return motion.id.slice(motion.id.lastIndexOf("/") + 1);
}
