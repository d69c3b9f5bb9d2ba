/** Models of one vector a motion: what they answer, and what they say of what they cannot. */
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { humanmlFeatures } from "../../src/core/motion/humanml-features.js";
import { legLength } from "../../src/core/motion/clean-features.js";
import { createEncoder } from "../../src/engine/encoders/encoder.js";
import { readMotion } from "../../src/formats/read-motion.js";
import { GLOBAL_DIM, GLOBAL_FRAMES, MEAN, MOTION_WEIGHTS, STD, writeGlobalModel } from "../fixtures/global-model.js";
import { MODEL, openEngine, sampleIds, smallDataset, temporaryFolder } from "./support.js";

const MOTIONS = 5;

async function opened() {
  const modelFolder = await writeGlobalModel(join(temporaryFolder(), "global"), MODEL);
  const folder = await smallDataset(MOTIONS);
  const { service } = await openEngine({ modelFolder, indexFolder: temporaryFolder() }, {}, { createEncoder });
  return { service, folder, modelFolder, ids: (await sampleIds()).slice(0, MOTIONS) };
}

/** The model's vector of a motion, by the contract of docs/model-package.md. */
function expectedVector(motion: Parameters<typeof humanmlFeatures>[0]): number[] {
  const factor = 0.8 / legLength(motion);
  const rows = humanmlFeatures({ ...motion, joints: motion.joints.map((value) => value * factor) });
  const count = Math.min(GLOBAL_FRAMES, rows.length / 263);
  const vector = new Array<number>(GLOBAL_DIM).fill(0);
  for (let column = 0; column < 263; column++) {
    let mean = 0;
    for (let row = 0; row < count; row++) mean += (rows[row * 263 + column]! - MEAN[column]!) / STD[column]! / count;
    for (let k = 0; k < GLOBAL_DIM; k++) vector[k]! += mean * MOTION_WEIGHTS[column * GLOBAL_DIM + k]!;
  }
  return vector.map((value) => value / Math.hypot(...vector));
}

describe("a model of one vector a motion", () => {
  it("encodes the standardised features of the first frames", async () => {
    const { folder, modelFolder, ids } = await opened();
    const encoder = await createEncoder(modelFolder, { executionProvider: "cpu", threads: 0 }, () => undefined);
    for (const id of ids) {
      const { motion } = await readMotion(join(folder, "new_joints", `${id}.npy`));
      const { whole, count, frameRanges } = await encoder.rawMotion(motion);
      expect([count, frameRanges.length]).toEqual([0, 0]);
      expectedVector(motion).forEach((value, at) => expect(whole[at]).toBeCloseTo(value, 5));
    }
    await encoder.release();
  });

  it("searches, describes and finds similar motions by their cosines", async () => {
    const { service, folder, ids } = await opened();
    expect(await service.call("index", { folder })).toMatchObject({ motions: MOTIONS, failed: [] });
    const query = "a person walks forward and then turns";
    const found = await service.call("search", { folder, query, top: 10 });
    expect(found.results).toHaveLength(MOTIONS);
    expect(found.results.every(({ evidence, window }) => evidence.length === 0 && window === undefined)).toBe(true);
    const best = found.results[0]!;
    const motion = join(folder, best.path);
    const aligned = await service.call("align", { motion, text: query, folder });
    expect(aligned.score).toBeCloseTo(best.score, 6);
    const described = await service.call("describe", { folder, motion: best.path, top: 100 });
    expect(described.own.length).toBeGreaterThan(0);
    const scores = described.results.map(({ score }) => score);
    expect(scores).toEqual([...scores].sort((a, b) => b - a));
    const similar = await service.call("similar", { folder, motion: `new_joints/${ids[0]}.npy`, top: 10 });
    expect(similar.results).toHaveLength(MOTIONS - 1);
    const vectors = await Promise.all(
      ids.map(async (id) => expectedVector((await readMotion(join(folder, "new_joints", `${id}.npy`))).motion)),
    );
    for (const { path, score } of similar.results) {
      const other = vectors[ids.findIndex((id) => path.includes(id))]!;
      const cosine = other.reduce((sum, value, k) => sum + value * vectors[0]![k]!, 0);
      // Stored vectors are rounded to 7 and 8 bits.
      expect(Math.abs(score - cosine)).toBeLessThan(0.02);
    }
  });

  it("gives a score, and no grid, for a text and a motion", async () => {
    const { service, folder, ids } = await opened();
    await service.call("index", { folder });
    const motion = join(folder, "new_joints", `${ids[0]}.npy`);
    const answer = await service.call("align", { motion, text: "a person walks", folder });
    expect(answer).toMatchObject({ tokens: [], parts: [], times: [], matrix: [], support: [] });
    expect(Math.abs(answer.score)).toBeLessThanOrEqual(1.01);
    await expect(
      service.call("search", { folder, query: "walks", top: 3, filters: { parts: ["left_hip"] } }),
    ).rejects.toMatchObject({ name: "ModelError", message: expect.stringContaining("one vector for a whole motion") });
  });
});
