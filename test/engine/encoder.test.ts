import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Motion } from "../../src/core/motion/motion.js";
import { chooseEncoder, createEncoder, leastCosine, partsOf, type Encoder } from "../../src/engine/encoders/encoder.js";
import { shapeOf } from "../../src/core/retrieval/vectors.js";
import { encoderWindows } from "../../src/engine/encoders/motion-encoder.js";
import type { Runtime } from "../../src/engine/encoders/runtime.js";
import { scoredTokens } from "../../src/engine/encoders/tokenizer.js";
import { readMotion } from "../../src/formats/read-motion.js";
import { EngineError } from "../../src/protocol/errors.js";
import { MODEL, SAMPLE, sampleIds } from "./support.js";

const log: string[] = [];
const create = (executionProvider: "cpu" | "wasm") =>
  createEncoder(MODEL, { executionProvider, threads: 0 }, (_level, message) => log.push(message));

let encoder: Encoder;
let motions: Motion[];

beforeAll(async () => {
  encoder = await create("cpu");
  const ids = (await sampleIds()).slice(0, 6);
  motions = await Promise.all(
    ids.map(async (id) => (await readMotion(join(SAMPLE, "new_joints", `${id}.npy`))).motion),
  );
});
afterAll(() => encoder.release());

/** Motions one after the other, as one longer motion. */
function joined(parts: readonly Motion[]): Motion {
  const joints = new Float32Array(parts.reduce((sum, part) => sum + part.joints.length, 0));
  let at = 0;
  for (const part of parts) {
    joints.set(part.joints, at);
    at += part.joints.length;
  }
  return { ...parts[0]!, joints, frames: joints.length / 66 };
}

describe("encoding", () => {
  it("gives a motion the same vectors alone and after others, bit for bit", async () => {
    const alone = await encoder.encodeMotion(motions[0]!);
    for (const motion of motions) await encoder.encodeMotion(motion);
    expect(await encoder.encodeMotion(motions[0]!)).toEqual(alone);
    const fresh = await create("cpu");
    await fresh.encodeMotion(motions[3]!);
    expect(await fresh.encodeMotion(motions[0]!)).toEqual(alone);
    await fresh.release();
  });

  it("gives a text the same vectors alone and after others, bit for bit", async () => {
    const text = "a person kicks with the left leg, then walks backwards.";
    const alone = await encoder.encodeText(text);
    const fresh = await create("cpu");
    for (const other of ["run", "someone waves and waves and waves with both of their hands"]) {
      await fresh.encodeText(other);
    }
    expect(await fresh.encodeText(text)).toEqual(alone);
    await fresh.release();
  });

  it("gives one vector per part and patch, with the frames they stand for", async () => {
    const { vectors, frameRanges } = await encoder.encodeMotion(motions[0]!);
    const times = Math.ceil(motions[0]!.frames / 16);
    expect(vectors.grid.count).toBe(times * 14);
    expect(vectors.whole.count).toBe(1);
    expect(shapeOf(vectors)).toEqual({ gridDim: 128, wholeDim: 128 });
    expect(frameRanges).toHaveLength(times);
    expect(frameRanges[times - 1]![1]).toBe(motions[0]!.frames);
  });

  it("encodes a motion longer than the window as one", async () => {
    const long = joined([...motions, ...motions]);
    const settings = encoder.manifest.motion;
    expect(settings.angles === "clean" && long.frames > settings.windowPatches * 16).toBe(true);
    const { vectors, frameRanges } = await encoder.encodeMotion(long);
    expect(frameRanges).toHaveLength(Math.ceil(long.frames / 16));
    expect(vectors.grid.count).toBe(frameRanges.length * 14);
    const controller = new AbortController();
    const cancelled = encoder.encodeMotion(long, controller.signal);
    controller.abort();
    await expect(cancelled).rejects.toMatchObject({ name: "CancelledError" });
  });

  it("keeps words, drops special tokens and punctuation, and says where each token stands", async () => {
    const text = "A person, slowly: kicks!";
    const { tokens, chars, vectors } = await encoder.encodeText(text);
    expect(tokens).toEqual(["a", "person", "slowly", "kicks"]);
    expect(chars.map(([start, end]) => [...text].slice(start, end).join(""))).toEqual([
      "A",
      "person",
      "slowly",
      "kicks",
    ]);
    expect(vectors.grid.count).toBe(4);
    expect((await encoder.encodeText("?!")).tokens).toEqual(["?", "!"]);
    expect((await encoder.encodeText("   ")).vectors).toMatchObject({ grid: { count: 0 }, whole: { count: 0 } });
  });

  it("cuts a text that is too long, and takes its first words", async () => {
    const words = Array.from({ length: 200 }, (_, index) => (index % 2 ? "walks" : "runs"));
    const { tokens } = await encoder.encodeText(words.join(" "));
    expect(tokens).toEqual(words.slice(0, encoder.manifest.text.maxTokens - 2));
  });
});

describe("which tokens are scored", () => {
  const drop = { specialTokens: "drop", punctuation: "drop" } as const;
  it("follows the model's rules", () => {
    const tokens = ["[CLS]", "a", ".", "[CLS]", "[SEP]", "[SEP]"];
    expect(scoredTokens(tokens, drop)).toEqual([1, 3, 4]);
    expect(scoredTokens(tokens, { ...drop, punctuation: "keep" })).toEqual([1, 2, 3, 4]);
    expect(scoredTokens(tokens, { ...drop, specialTokens: "keep" })).toEqual([0, 1, 3, 4, 5]);
    expect(scoredTokens(["[CLS]", ".", "[SEP]"], drop)).toEqual([1]);
    expect(scoredTokens(["[CLS]", "[SEP]"], drop)).toEqual([]);
  });
});

describe("windows over a long motion", () => {
  it("keep every patch once, with its halo inside the window", () => {
    for (let times = 1; times < 200; times++) {
      const windows = encoderWindows(times, 32, 6);
      expect(windows.flatMap(({ keepFrom, keepTo }) => range(keepFrom, keepTo))).toEqual(range(0, times));
      for (const { from, to, keepFrom, keepTo } of windows) {
        expect(to - from).toBeLessThanOrEqual(32);
        expect(from).toBe(windows.length === 1 ? 0 : Math.max(0, keepFrom - 6));
        expect(to).toBe(windows.length === 1 ? times : Math.min(times, keepTo + 6));
      }
    }
  });
  const range = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => from + index);
});

describe("the WebAssembly runtime", () => {
  it("gives the vectors of the native one, but for rounding", async () => {
    const wasm = await create("wasm");
    expect(wasm.provider).toMatch(/^wasm \(onnxruntime-web 1\./);
    const text = "a person waves with the right hand";
    const vectorsOf = async ({ encodeText, encodeMotion }: Encoder) =>
      [(await encodeText(text)).vectors, (await encodeMotion(motions[2]!)).vectors].flatMap(partsOf);
    expect(leastCosine(await vectorsOf(encoder), await vectorsOf(wasm))).toBeGreaterThan(0.98);
    await wasm.release();
  });
});

describe("choosing what runs the model", () => {
  /** The real encoder on the CPU, shown as if it ran elsewhere. */
  const as = (provider: string, change: Partial<Encoder> = {}): Encoder => ({
    ...encoder,
    provider,
    release: async () => undefined,
    ...change,
  });
  const runtime = (provider: string): Runtime => ({
    provider,
    label: provider,
    createSession: () => Promise.reject(new Error("not used here")),
  });
  const slow = async () => {
    await new Promise((resolve) => setTimeout(resolve, 400));
  };

  it("passes over a GPU that cannot be started, that is slower, or that computes something else", async () => {
    const messages: string[] = [];
    const chosen = await chooseEncoder(
      ["broken", "slow", "wrong", "cpu"].map(runtime),
      async ({ provider }) => {
        if (provider === "broken") throw new EngineError("ModelError", "no such device");
        if (provider === "slow") {
          return as(provider, { encodeMotion: (motion) => slow().then(() => encoder.encodeMotion(motion)) });
        }
        if (provider === "wrong") return as(provider, { encodeText: () => encoder.encodeText("x y") });
        return as(provider);
      },
      (_level, message) => messages.push(message),
    );
    expect(chosen.provider).toBe("cpu");
    expect(messages).toHaveLength(3);
    expect(messages[0]).toContain("no such device");
    expect(messages[1]).toContain("slower");
    expect(messages[2]).toContain("differ");
  });

  it("takes a GPU that agrees and is faster", async () => {
    const chosen = await chooseEncoder(
      ["gpu", "cpu"].map(runtime),
      async ({ provider }) =>
        as(
          provider,
          provider === "cpu" ? { encodeMotion: (motion) => slow().then(() => encoder.encodeMotion(motion)) } : {},
        ),
      () => undefined,
    );
    expect(chosen.provider).toBe("gpu");
  });
});
