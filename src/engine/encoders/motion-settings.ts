/** The field `motion` of `model.json`: what a model's motion encoder takes in. */
import * as v from "valibot";
import { CLEAN_COLUMNS, CLEAN_FPS } from "../../core/motion/clean-features.js";
import { COMPAT_COLUMNS } from "../../core/motion/compat-angles.js";
import { HUMANML_COLUMNS, HUMANML_FPS } from "../../core/motion/humanml-features.js";
import { FRAMES_PER_PATCH, PART_NAMES } from "../../core/motion/parts.js";

export const sha256 = v.pipe(
  v.string(),
  v.regex(/^[0-9a-f]{64}$/i, "expected a sha256 of 64 hexadecimal digits"),
  v.toLowerCase(),
);
export const fileName = v.pipe(
  v.string(),
  v.regex(/^[^/\\]+$/, "expected the name of a file beside model.json, without folders"),
);
export const count = v.pipe(v.number(), v.integer(), v.minValue(1));

const columns = (length: number) => v.pipe(v.array(v.pipe(v.number(), v.finite())), v.length(length));
const deviations = (length: number) =>
  v.pipe(
    columns(length),
    v.everyItem((value) => value > 0, "expected positive numbers only"),
  );

/** The image of docs/motion-image.md. */
const cleanMotion = v.object({
  file: fileName,
  sha256,
  angles: v.literal("clean"),
  skeleton: v.literal("humanml3d22"),
  fps: v.literal(CLEAN_FPS),
  framesPerPatch: v.literal(FRAMES_PER_PATCH),
  features: v.literal(CLEAN_COLUMNS),
  mean: columns(CLEAN_COLUMNS),
  std: deviations(CLEAN_COLUMNS),
  clamp: v.pipe(v.number(), v.gtValue(0)),
  windowPatches: count,
  haloPatches: v.pipe(v.number(), v.integer(), v.minValue(0)),
});

/** Joint angles of the published system (src/core/motion/compat-image.ts). */
const compatMotion = v.object({
  file: fileName,
  sha256,
  angles: v.literal("compat"),
  // What the model was trained on; motions of either skeleton go in.
  skeleton: v.picklist(["humanml3d22", "kit21"]),
  fps: v.picklist([20, 12.5]),
  framesPerPatch: v.literal(FRAMES_PER_PATCH),
  features: v.literal(COMPAT_COLUMNS),
  mean: columns(COMPAT_COLUMNS),
  std: deviations(COMPAT_COLUMNS),
  // The published image is square: as many patches in time as there are parts.
  frames: v.literal(FRAMES_PER_PATCH * PART_NAMES.length),
  legLength: v.optional(v.pipe(v.number(), v.gtValue(0))),
  padding: v.picklist(["keep", "drop"]),
});

/** HumanML3D's features, for systems of one vector a motion (MoT++, TMR and their like). */
const humanmlMotion = v.object({
  file: fileName,
  sha256,
  features: v.literal("hml263"),
  angles: v.optional(v.undefined()),
  skeleton: v.literal("humanml3d22"),
  fps: v.literal(HUMANML_FPS),
  /** Most rows that go in: a longer motion is cut. */
  frames: v.pipe(count, v.maxValue(10_000)),
  legMetres: v.optional(v.pipe(v.number(), v.gtValue(0))),
  mean: columns(HUMANML_COLUMNS),
  std: deviations(HUMANML_COLUMNS),
});

export type CleanMotion = v.InferOutput<typeof cleanMotion>;
export type CompatMotion = v.InferOutput<typeof compatMotion>;
export type HumanmlMotion = v.InferOutput<typeof humanmlMotion>;

/** The schema that a `motion` object asks for; one of an unknown kind is held to the usual one, which names what is off. */
export const motionSettings = v.lazy((input: unknown) => {
  const { angles, features } = (input ?? {}) as { readonly angles?: unknown; readonly features?: unknown };
  if (features === "hml263") return humanmlMotion;
  return angles === "compat" ? compatMotion : cleanMotion;
});
