import { legLength } from "../../core/motion/clean-features.js";
import { HUMANML_COLUMNS, humanmlFeatures } from "../../core/motion/humanml-features.js";
import type { Motion } from "../../core/motion/motion.js";
import { EngineError } from "../../protocol/errors.js";
import type { ModelManifest } from "./model-package.js";
import type { MotionEncoding, RawMotion } from "./motion-encoder.js";
import type { HumanmlMotion } from "./motion-settings.js";
import type { Session } from "./runtime.js";
import { vectorsOf } from "./text-encoder.js";

/** Encodes motions with a system over HumanML3D's features, such as MoT++: one run and one vector a motion. */
export class HumanmlMotionEncoder implements MotionEncoding {
  constructor(
    private readonly manifest: Pick<ModelManifest, "dim">,
    private readonly settings: HumanmlMotion,
    private readonly session: Session,
  ) {}

  async run(motion: Motion): Promise<RawMotion> {
    const { dim } = this.manifest;
    const { file, frames, mean, std } = this.settings;
    const all = this.#features(motion);
    const rows = Math.min(frames, all.length / HUMANML_COLUMNS);
    const data = all.slice(0, rows * HUMANML_COLUMNS);
    data.forEach((value, at) => {
      const column = at % HUMANML_COLUMNS;
      data[at] = (value - mean[column]!) / std[column]!;
    });
    const inputs = { type: "float32" as const, data, dims: [rows, HUMANML_COLUMNS] };
    const outputs = await this.session.run({ features: inputs });
    const whole = vectorsOf(file, outputs, "global", 1, dim);
    return { patches: new Float32Array(0), count: 0, whole, frameRanges: [] };
  }

  /** @throws EngineError `MotionFileError` for a motion that has no such features. */
  #features(motion: Motion): Float32Array {
    try {
      return humanmlFeatures(this.#scaled(motion));
    } catch (error) {
      if (error instanceof RangeError)
        throw new EngineError("MotionFileError", `${error.message} This model needs them.`);
      throw error;
    }
  }

  /** The motion with legs as long as those that the model was trained on; one without legs stays as it is. */
  #scaled(motion: Motion): Motion {
    const { legMetres } = this.settings;
    const own = legLength(motion);
    if (legMetres === undefined || !(own > 0)) return motion;
    return { ...motion, joints: motion.joints.map((value) => value * (legMetres / own)) };
  }
}
