/**
 * The 14 body parts that are the columns of a motion image, in the order of the joint-angle table
 * of MotionColBert (arXiv 2603.09930, section on joint-angle motion images).
 */
export const PART_NAMES = [
  "global",
  "pelvis",
  "right_hip",
  "left_hip",
  "right_knee",
  "left_knee",
  "right_ankle",
  "left_ankle",
  "lumbar",
  "neck",
  "right_shoulder",
  "left_shoulder",
  "right_elbow",
  "left_elbow",
] as const;

export type PartName = (typeof PART_NAMES)[number];

/** The part on the other side of the body, by index; parts on the midline map to themselves. */
export const MIRROR_PART: readonly number[] = [0, 1, 3, 2, 5, 4, 7, 6, 8, 9, 11, 10, 13, 12];

/** Frames in one patch: 0.8 s at 20 fps. */
export const FRAMES_PER_PATCH = 16;
