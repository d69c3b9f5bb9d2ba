/**
 * The columns of the `clean` motion image (docs/motion-image.md): how many each part has, and what
 * mirroring does to them.
 */
import { MIRROR_PART, PART_NAMES, type PartName } from "./parts.js";

/** Signs of a part's columns under mirroring, as in the table of docs/motion-image.md. */
const PART_SIGNS: Readonly<Record<PartName, string>> = {
  global: "-++-++-+-",
  pelvis: "-+++-++-",
  right_hip: "-+++",
  left_hip: "-+++",
  right_knee: "-++++-++",
  left_knee: "-++++-++",
  right_ankle: "-++++",
  left_ankle: "-++++",
  lumbar: "-+++---++",
  neck: "-+++",
  right_shoulder: "-+++",
  left_shoulder: "-+++",
  right_elbow: "-++++-++-++",
  left_elbow: "-++++-++-++",
};

export interface ColumnBand {
  readonly start: number;
  readonly count: number;
}

/** Where each part's columns stand, in the order of `PART_NAMES`. */
export const CLEAN_PART_COLUMNS: readonly ColumnBand[] = (() => {
  let start = 0;
  return PART_NAMES.map((part) => {
    const band = { start, count: PART_SIGNS[part].length };
    start += band.count;
    return band;
  });
})();

/** Columns of the image: 94. */
export const CLEAN_COLUMNS: number = CLEAN_PART_COLUMNS.reduce((sum, band) => sum + band.count, 0);

/** +1 or -1 for each column. */
export const CLEAN_MIRROR_SIGNS: readonly number[] = PART_NAMES.flatMap((part) =>
  Array.from(PART_SIGNS[part], (sign) => (sign === "-" ? -1 : 1)),
);

/** For each column, the column of the unmirrored image that it is made from. */
export const CLEAN_MIRROR_SOURCE: readonly number[] = CLEAN_PART_COLUMNS.flatMap((band, part) => {
  const other = CLEAN_PART_COLUMNS[MIRROR_PART[part]!]!;
  return Array.from({ length: band.count }, (_, index) => other.start + index);
});
