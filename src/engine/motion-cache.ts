/** Motions read and encoded lately: a caption that is being written is aligned with the same motion again and again. */
import { stat } from "node:fs/promises";
import { jointCount } from "../core/motion/skeletons.js";
import type { LoadedMotion, Motion } from "../core/motion/motion.js";
import type { Range } from "../core/range.js";
import { MotionFileError } from "../formats/errors.js";
import { describeFileError } from "../formats/file-errors.js";
import { readMotion } from "../formats/read-motion.js";
import type { Encoder } from "./encoders/encoder.js";
import type { EncodedMotion } from "./encoders/motion-encoder.js";
import { LruCache } from "./lru-cache.js";

const REMEMBERED = 16;

interface CachedFile {
  readonly loaded: LoadedMotion;
  /** By the cut, written `start-end`; the whole motion as `whole`. */
  readonly encoded: Map<string, EncodedMotion>;
}

export class MotionCache {
  readonly #files = new LruCache<string, CachedFile>(REMEMBERED);

  /** `fps`: frame rate to read files at in place of the assumed one. */
  constructor(private readonly fps?: number) {}

  /** @throws MotionFileError. */
  async load(path: string): Promise<LoadedMotion> {
    return (await this.#file(path)).loaded;
  }

  /**
   * The vectors of a motion, or of a cut of it.
   *
   * @throws MotionFileError, also when the cut lies outside the motion.
   */
  async encode(
    encoder: Encoder,
    path: string,
    frames: Range | undefined,
    signal?: AbortSignal,
  ): Promise<EncodedMotion> {
    const { loaded, encoded } = await this.#file(path);
    const name = frames === undefined ? "whole" : frames.join("-");
    const known = encoded.get(name);
    if (known !== undefined) return known;
    const motion = frames === undefined ? loaded.motion : cutMotion(path, loaded.motion, frames);
    const vectors = await encoder.encodeMotion(motion, signal);
    encoded.set(name, vectors);
    return vectors;
  }

  async #file(path: string): Promise<CachedFile> {
    const found = await stat(path).catch((error: unknown) => {
      throw new MotionFileError(path, describeFileError(error), { cause: error });
    });
    const key = `${path} ${found.size} ${found.mtimeMs}`;
    const known = this.#files.get(key);
    if (known !== undefined) return known;
    const file: CachedFile = { loaded: await readMotion(path, this.fps ? { fps: this.fps } : {}), encoded: new Map() };
    this.#files.set(key, file);
    return file;
  }
}

/** Frames [start, end) of a motion as a motion of their own. */
export function cutMotion(path: string, motion: Motion, [start, end]: Range): Motion {
  if (!(start >= 0 && end > start && end <= motion.frames)) {
    throw new MotionFileError(path, `frames ${start} to ${end} lie outside its ${motion.frames} frames`);
  }
  const stride = jointCount(motion.skeleton) * 3;
  return { ...motion, joints: motion.joints.slice(start * stride, end * stride), frames: end - start };
}
