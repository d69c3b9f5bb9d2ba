import { jointCount } from "./skeletons.js";
import type { Motion } from "./motion.js";

/** Guards against `(T - 1) / fps * target` falling a rounding error short of a whole frame. */
const FRAME_TOLERANCE = 1e-6;

/** Frames that `resampleMotion` makes of `frames` frames: floor((frames - 1) / from * to + 1e-6) + 1. */
export function resampledFrames(frames: number, from: number, to: number): number {
  return Math.floor(((frames - 1) / from) * to + FRAME_TOLERANCE) + 1;
}

/**
 * The motion at another frame rate, by linear interpolation of positions. Output frame k is taken at time
 * k / fps; the last output frame is the last one that lies within the motion. At the motion's own rate the
 * motion itself is returned.
 *
 * @throws RangeError when `fps` is not a positive number.
 */
export function resampleMotion(motion: Motion, fps: number): Motion {
  if (!(fps > 0) || !Number.isFinite(fps)) throw new RangeError(`Frame rate must be a positive number, not ${fps}.`);
  if (fps === motion.fps || motion.frames === 0) return fps === motion.fps ? motion : { ...motion, fps };
  const stride = jointCount(motion.skeleton) * 3;
  const frames = resampledFrames(motion.frames, motion.fps, fps);
  const joints = new Float32Array(frames * stride);
  for (let frame = 0; frame < frames; frame++) {
    const position = Math.min((frame / fps) * motion.fps, motion.frames - 1);
    const before = Math.floor(position);
    const after = Math.min(before + 1, motion.frames - 1);
    const weight = position - before;
    for (let at = 0; at < stride; at++) {
      const a = motion.joints[before * stride + at]!;
      const b = motion.joints[after * stride + at]!;
      joints[frame * stride + at] = a + (b - a) * weight;
    }
  }
  return { ...motion, joints, frames, fps };
}
