/**
 * The one in-memory form of a motion. Everything that reads files produces it, everything that
 * looks at motions takes it.
 */

export type SkeletonName = "humanml3d22" | "kit21";

/**
 * Joint positions over time.
 *
 * Frame of reference: right-handed, metres, y up, floor near y = 0. A person who faces +z has their
 * left at +x (HumanML3D, `new_joints`).
 */
export interface Motion {
  /** Frame-major positions: `joints[(frame * jointCount + joint) * 3 + axis]`, metres. */
  readonly joints: Float32Array;
  readonly frames: number;
  /** Frames per second of `joints` (20 for HumanML3D, 12.5 for KIT-ML). */
  readonly fps: number;
  readonly skeleton: SkeletonName;
}

/** What is known of the file that a motion came from; shown by `inspect` and in the player. */
export interface MotionFileInfo {
  /** For example `npy`, `npz`, `bvh`. */
  readonly format: string;
  /** What the array means: joint positions, flattened positions, HumanML3D or KIT feature vectors, ... */
  readonly layout: string;
  readonly shape: readonly number[];
  /** NumPy dtype as written in the file (`<f4`), or `text` for BVH. */
  readonly dtype: string;
  /** Assumptions made and implausible values found, in the user's words. Never refusals. */
  readonly warnings: readonly string[];
}

export interface LoadedMotion {
  readonly motion: Motion;
  readonly info: MotionFileInfo;
}
