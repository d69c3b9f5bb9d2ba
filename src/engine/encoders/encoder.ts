/** A loaded model: what turns texts and motions into stored vectors. */
import type { Motion } from "../../core/motion/motion.js";
import { dequantiseVectors } from "../../core/retrieval/quantise.js";
import type { ItemVectors, TokenVectors } from "../../core/retrieval/vectors.js";
import type { ModelInfo } from "../../protocol/engine.js";
import { EngineError, isEngineError } from "../../protocol/errors.js";
import { LruCache } from "../lru-cache.js";
import { throwIfCancelled } from "../tasks.js";
import { CompatMotionEncoder } from "./compat-motion-encoder.js";
import { HumanmlMotionEncoder } from "./humanml-motion-encoder.js";
import {
  loadModelPackage,
  readModelFile,
  shapeOfModel,
  type ModelManifest,
  type ModelPackage,
} from "./model-package.js";
import {
  MotionEncoder,
  storedMotion,
  type EncodedMotion,
  type MotionEncoding,
  type RawMotion,
} from "./motion-encoder.js";
import { availableRuntimes, type Log, type Runtime, type RuntimeSettings, type Session } from "./runtime.js";
import { TextEncoder, type EncodedText, type RawText } from "./text-encoder.js";
import { TextTokenizer } from "./tokenizer.js";

export interface Encoder {
  readonly model: ModelInfo;
  readonly manifest: ModelManifest;
  /** What runs, for the user. */
  readonly provider: string;
  /** Recent texts are remembered. */
  encodeText(text: string, signal?: AbortSignal): Promise<EncodedText>;
  /** A text's scored tokens and their places, without running the model. */
  wordsOf(text: string): Pick<EncodedText, "tokens" | "chars">;
  encodeMotion(motion: Motion, signal?: AbortSignal): Promise<EncodedMotion>;
  /** The model's own numbers, before they are stored in few bits. */
  rawText(text: string): Promise<RawText>;
  rawMotion(motion: Motion, signal?: AbortSignal): Promise<RawMotion>;
  release(): Promise<void>;
}

/** A query, and the captions that are looked at with it. */
const REMEMBERED_TEXTS = 512;
/** A GPU whose vectors are further from the CPU's than this (cosine) computes something else. */
const LEAST_AGREEMENT = 0.999;

/**
 * Loads a model package and finds the first runtime that runs it. A GPU must agree with the CPU and be faster.
 *
 * @throws EngineError `ModelError`.
 */
export async function createEncoder(folder: string, settings: RuntimeSettings, log: Log): Promise<Encoder> {
  const model = await loadModelPackage(folder);
  const runtimes = await availableRuntimes(settings, log);
  return chooseEncoder(runtimes, (runtime) => encoderOn(model, runtime), log);
}

/** The first of `runtimes` whose encoder can be made and, for a GPU, stands the comparison with the last one's. */
export async function chooseEncoder(
  runtimes: readonly Runtime[],
  create: (runtime: Runtime) => Promise<Encoder>,
  log: Log,
): Promise<Encoder> {
  const last = runtimes[runtimes.length - 1];
  if (last === undefined) throw new EngineError("ModelError", "there is nothing that could run the model");
  const reference = await create(last);
  for (const runtime of runtimes.slice(0, -1)) {
    let candidate: Encoder | undefined;
    try {
      candidate = await create(runtime);
      const rejected = await compareWith(reference, candidate);
      if (rejected === undefined) {
        await reference.release();
        return candidate;
      }
      log("info", `${runtime.label} is not used: ${rejected}`);
    } catch (error) {
      if (!isEngineError(error)) throw error;
      log("info", `${runtime.label} is not used: ${error.message}`);
    }
    await candidate?.release();
  }
  return reference;
}

/** Why the candidate is no good in place of the reference; undefined when it is. */
async function compareWith(reference: Encoder, candidate: Encoder): Promise<string | undefined> {
  const expected = await timedProbe(reference);
  const found = await timedProbe(candidate);
  const agreement = leastCosine(expected.vectors, found.vectors);
  if (agreement < LEAST_AGREEMENT) return `its vectors differ from the CPU's (cosine ${agreement.toFixed(4)})`;
  if (found.milliseconds > expected.milliseconds) return "it is slower than the CPU with this model";
  return undefined;
}

/** A motion that moves, and a text; the second run counts, as the first one also warms up. */
async function timedProbe(encoder: Encoder): Promise<{ vectors: TokenVectors[]; milliseconds: number }> {
  const frames = 100;
  const joints = Float32Array.from({ length: frames * 66 }, (_, at) =>
    Math.sin(at * 12.9898 + Math.floor(at / 66) * 0.1),
  );
  const motion: Motion = { joints, frames, fps: 20, skeleton: "humanml3d22" };
  let milliseconds = 0;
  let vectors: TokenVectors[] = [];
  for (const text of ["a person jumps up", "a person walks forward"]) {
    const start = performance.now();
    vectors = [(await encoder.encodeMotion(motion)).vectors, (await encoder.encodeText(text)).vectors].flatMap(partsOf);
    milliseconds = performance.now() - start;
  }
  return { vectors, milliseconds };
}

/** Grid and whole of an item, those that it has. */
export function partsOf({ grid, whole }: ItemVectors): TokenVectors[] {
  return [grid, whole].filter(({ dim }) => dim > 0);
}

/** Smallest cosine of a vector with its counterpart; 0 when their numbers differ. */
export function leastCosine(expected: readonly TokenVectors[], found: readonly TokenVectors[]): number {
  let least = 1;
  expected.forEach((vectors, index) => {
    const other = found[index];
    if (other?.count !== vectors.count) {
      least = 0;
      return;
    }
    const a = dequantiseVectors(vectors);
    const b = dequantiseVectors(other);
    for (let at = 0; at < a.length; at += vectors.dim) {
      let [dot, aa, bb] = [0, 0, 0];
      for (let k = at; k < at + vectors.dim; k++) {
        dot += a[k]! * b[k]!;
        aa += a[k]! ** 2;
        bb += b[k]! ** 2;
      }
      least = Math.min(least, dot / Math.sqrt(aa * bb));
    }
  });
  return least;
}

function motionEncoding(manifest: ModelManifest, session: Session): MotionEncoding {
  const { motion } = manifest;
  if (motion.features === "hml263") return new HumanmlMotionEncoder(manifest, motion, session);
  return motion.angles === "compat"
    ? new CompatMotionEncoder(manifest, motion, session)
    : new MotionEncoder(manifest, motion, session);
}

async function encoderOn({ folder, manifest }: ModelPackage, runtime: Runtime): Promise<Encoder> {
  const { text, motion } = manifest;
  const tokenizer = new TextTokenizer(text.tokenizer, await readModelFile(folder, text.tokenizer), text.maxTokens);
  const textSession = await runtime.createSession(text.file, await readModelFile(folder, text.file));
  const motionSession = await runtime.createSession(motion.file, await readModelFile(folder, motion.file));
  const textEncoder = new TextEncoder(manifest, tokenizer, textSession);
  const motionEncoder = motionEncoding(manifest, motionSession);
  const texts = new LruCache<string, EncodedText>(REMEMBERED_TEXTS);
  return {
    model: {
      id: manifest.id,
      name: manifest.name,
      kind: manifest.kind,
      licence: manifest.licence,
      partNames: manifest.grid.parts,
      framesPerPatch: motion.features === "hml263" ? motion.frames : motion.framesPerPatch,
    },
    manifest,
    provider: runtime.label,
    encodeText: async (value, signal) => {
      const known = texts.get(value);
      if (known !== undefined) return known;
      throwIfCancelled(signal);
      const encoded = await textEncoder.encode(value);
      texts.set(value, encoded);
      return encoded;
    },
    wordsOf: (value) => textEncoder.words(value),
    encodeMotion: async (value, signal) => storedMotion(await motionEncoder.run(value, signal), shapeOfModel(manifest)),
    rawText: (value) => textEncoder.run(value),
    rawMotion: (value, signal) => motionEncoder.run(value, signal),
    release: async () => {
      await textSession.release();
      await motionSession.release();
    },
  };
}
