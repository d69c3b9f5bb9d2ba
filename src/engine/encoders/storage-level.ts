/** How much of a motion's patches is stored: all of them, or one vector for those that nearly agree. */
import { mergePatches } from "../../core/retrieval/merge.js";
import { quantiseMotionItem } from "../../core/retrieval/quantise.js";
import type { ItemVectors, VectorShape } from "../../core/retrieval/vectors.js";
import type { StorageLevel } from "../../protocol/engine.js";
import type { Encoder } from "./encoder.js";
import { shapeOfModel } from "./model-package.js";
import type { RawMotion } from "./motion-encoder.js";

/** Smallest cosine of a patch with the vector that stands for it at the level `pooled`; see docs/benchmarks.md. */
export const POOLED_LEAST = 0.9;

/** The encoder, its motions as they are at the level: everything that is scored agrees with what is stored. */
export function atLevel(encoder: Encoder, level: StorageLevel): Encoder {
  if (level === "full") return encoder;
  const { manifest } = encoder;
  return {
    ...encoder,
    encodeMotion: async (motion, signal) => {
      const raw = await encoder.rawMotion(motion, signal);
      const vectors = pooledMotion(raw, manifest.grid.parts.length, shapeOfModel(manifest), POOLED_LEAST);
      return { vectors, frameRanges: raw.frameRanges };
    },
  };
}

/** A motion as it is stored when patches of at least the cosine `least` share a vector. */
export function pooledMotion(
  { patches, count, whole }: Pick<RawMotion, "patches" | "count" | "whole">,
  parts: number,
  shape: VectorShape,
  least: number,
): ItemVectors {
  const merged = mergePatches(patches, count, shape.gridDim, parts, least);
  const vectors = quantiseMotionItem(merged.vectors, merged.count, whole, shape);
  return merged.places === undefined ? vectors : { ...vectors, places: merged.places };
}
