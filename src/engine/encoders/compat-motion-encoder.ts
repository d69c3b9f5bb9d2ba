import { compatImage, UndefinedAngleError, type CompatImage } from "../../core/motion/compat-image.js";
import type { Motion } from "../../core/motion/motion.js";
import { EngineError } from "../../protocol/errors.js";
import { yieldTurn } from "../tasks.js";
import type { ModelManifest } from "./model-package.js";
import type { MotionEncoding, RawMotion } from "./motion-encoder.js";
import type { CompatMotion } from "./motion-settings.js";
import type { Session } from "./runtime.js";
import { vectorsOf } from "./text-encoder.js";

/** Encodes motions with the published joint-angle model: 224 frames a run, 14 x 14 patches. */
export class CompatMotionEncoder implements MotionEncoding {
  constructor(
    private readonly manifest: Pick<ModelManifest, "dim" | "grid">,
    private readonly settings: CompatMotion,
    private readonly session: Session,
  ) {}

  async run(motion: Motion, signal?: AbortSignal): Promise<RawMotion> {
    const { dim, grid } = this.manifest;
    const { file, frames, features, framesPerPatch } = this.settings;
    const parts = grid.parts.length;
    const rowVectors = parts * dim;
    const { windows, times, frameRanges } = this.#image(motion);
    const patches = new Float32Array(times * rowVectors);
    for (const { rows, keep, from } of windows) {
      if (windows.length > 1) await yieldTurn(signal);
      const inputs = { type: "float32" as const, data: rows, dims: [frames, features] };
      const outputs = await this.session.run({ image: inputs });
      const found = vectorsOf(file, outputs, "patches", (frames / framesPerPatch) * parts, dim);
      const [start, end] = keep;
      patches.set(found.subarray(from * rowVectors, (from + end - start) * rowVectors), start * rowVectors);
    }
    return { patches, count: times * parts, whole: new Float32Array(0), frameRanges };
  }

  /** @throws EngineError `MotionFileError` for a motion that the published system leaves out. */
  #image(motion: Motion): CompatImage {
    try {
      return compatImage(motion, this.settings);
    } catch (error) {
      if (error instanceof UndefinedAngleError) throw new EngineError("MotionFileError", error.message);
      throw error;
    }
  }
}
