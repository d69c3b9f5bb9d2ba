import { mkdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { alignmentMatrix, pairScore } from "../../src/core/retrieval/maxsim.js";
import { cutMotion } from "../../src/engine/motion-cache.js";
import { topRanked } from "../../src/engine/search.js";
import { EngineService } from "../../src/engine/service.js";
import { createEncoder } from "../../src/engine/encoders/encoder.js";
import { readMotion } from "../../src/formats/read-motion.js";
import { MODEL, openEngine, SAMPLE, sampleIds, sampleMotion, smallDataset, temporaryFolder } from "./support.js";

const TEXT = "a person kicks with the left leg.";

describe("before a model is loaded", () => {
  it("motions can be looked at, and everything else says what is missing", async () => {
    const service = new EngineService();
    const [id] = await sampleIds();
    const path = join(SAMPLE, "new_joints", `${id}.npy`);
    expect((await service.call("loadMotion", { path })).motion.frames).toBeGreaterThan(0);
    expect((await service.call("inspect", { path })).format).toBe("npy");
    const model = temporaryFolder();
    const settings = { modelFolder: model, executionProvider: "cpu", threads: 0 } as const;
    await expect(service.call("initialize", settings)).rejects.toMatchObject({ name: "ModelError" });
    await expect(service.call("search", { folder: SAMPLE, query: "x", top: 1 })).rejects.toMatchObject({
      name: "ModelError",
      message: expect.stringContaining(model) as string,
    });
  });
});

describe("a dataset", () => {
  it("is summed up and listed, with captions and their ranges", async () => {
    const folder = await smallDataset(3);
    const [a] = (await sampleIds()) as [string];
    await writeFile(join(folder, "train.txt"), `${a}\n`);
    await writeFile(join(folder, "texts", `${a}.txt`), "a person walks.#a/DET#0.0#0.0\na person stops#a/DET#1.0#2.5\n");
    const { service } = await openEngine({ indexFolder: temporaryFolder() });
    const summary = await service.call("openDataset", { folder });
    expect(summary).toMatchObject({ layout: "humanml3d", motions: 3, splits: { train: 1 }, warnings: [] });
    expect(summary.index.state).toBe("none");
    const [first] = await service.call("listMotions", { folder });
    expect(first).toEqual({
      path: `new_joints/${a}.npy`,
      id: a,
      splits: ["train"],
      mirrored: false,
      captionPath: `texts/${a}.txt`,
      captionCount: 2,
    });
    expect(await service.call("captionsOf", { folder, motion: first!.path })).toEqual([
      { text: "a person walks.", path: `texts/${a}.txt`, line: 1 },
      { text: "a person stops", path: `texts/${a}.txt`, line: 2, frames: [20, 50] },
    ]);
  });

  it("knows the motion of a caption file, also of a new one and through a link", async () => {
    const folder = await smallDataset(2);
    const [a] = (await sampleIds()) as [string];
    const { service } = await openEngine({ indexFolder: temporaryFolder() });
    const of = (captionFile: string) => service.call("motionOfCaptionFile", { folder, captionFile });
    expect(await of(join(folder, "texts", `${a}.txt`))).toBe(join(folder, "new_joints", `${a}.npy`));
    expect(await of(join(folder, "texts", "nothing.txt"))).toBeNull();
    expect(await of(join(SAMPLE, "texts", `${a}.txt`))).toBeNull();
    await writeFile(join(folder, "new_joints", "later.npy"), await sampleMotion(a));
    await writeFile(join(folder, "texts", "later.txt"), "a person walks\n");
    expect(await of(join(folder, "texts", "later.txt"))).toBe(join(folder, "new_joints", "later.npy"));
    const link = join(temporaryFolder(), "link");
    await symlink(folder, link);
    const found = await service.call("motionOfCaptionFile", {
      folder: link,
      captionFile: join(link, "texts", `${a}.txt`),
    });
    expect(found).toBe(join(folder, "new_joints", `${a}.npy`));
  });
});

describe("search", () => {
  it("ranks by vectors alone, breaks ties by path, and groups caption matches apart", async () => {
    const folder = await smallDataset(4);
    const ids = await sampleIds();
    await writeFile(join(folder, "new_joints", "copy.npy"), await sampleMotion(ids[0]!));
    const { service } = await openEngine({ indexFolder: temporaryFolder() });
    await service.call("index", { folder });
    const { results, captionMatches, searched } = await service.call("search", { folder, query: TEXT, top: 10 });
    expect(searched).toBe(5);
    const at = results.findIndex(({ path }) => path === `new_joints/${ids[0]}.npy`);
    expect(results[at + 1]).toMatchObject({ path: "new_joints/copy.npy", score: results[at]!.score, rank: at + 2 });
    expect(captionMatches[0]).toEqual({
      path: `new_joints/${ids[0]}.npy`,
      caption: { text: TEXT, path: `texts/${ids[0]}.txt`, line: 1 },
    });
    for (const { caption } of captionMatches) expect(caption.text).toMatch(/kicks.*left leg/);
    const few = await service.call("search", { folder, query: TEXT, top: 2 });
    expect(few.results).toEqual(results.slice(0, 2));
    const none = await service.call("search", { folder, query: "   ", top: 2 });
    expect(none.results).toEqual([]);
  });

  it("gives the oracle's scores, and evidence that is the strongest patch of each word", async () => {
    const folder = await smallDataset(3);
    const { service } = await openEngine({ indexFolder: temporaryFolder() });
    await service.call("index", { folder });
    const encoder = await createEncoder(MODEL, { executionProvider: "cpu", threads: 0 }, () => undefined);
    const text = await encoder.encodeText(TEXT);
    const { results } = await service.call("search", { folder, query: TEXT, top: 3 });
    for (const { path, score, evidence } of results) {
      const { motion } = await readMotion(join(folder, path));
      const encoded = await encoder.encodeMotion(motion);
      expect(score).toBe(pairScore(text.vectors, encoded.vectors));
      const { count } = encoded.vectors.grid;
      const matrix = alignmentMatrix(text.vectors.grid, encoded.vectors.grid);
      evidence.forEach((one, token) => {
        const row = [...matrix.subarray(token * count, (token + 1) * count)];
        const best = row.indexOf(Math.max(...row));
        expect(one.score).toBe(row[best]! / text.share);
        expect(one.part).toBe(encoder.model.partNames[best % 14]);
        expect(one.frames).toEqual(encoded.frameRanges[Math.floor(best / 14)]);
      });
    }
    await encoder.release();
  });
});

describe("describe", () => {
  it("ranks one row per caption line, marks its own without moving them, and knows their ranks beyond the top", async () => {
    const folder = await smallDataset(4);
    const [a, b] = (await sampleIds()) as [string, string];
    await writeFile(join(folder, "texts", `${b}.txt`), "the same words\nthe same words\n");
    const { service } = await openEngine({ indexFolder: temporaryFolder() });
    await service.call("index", { folder });
    const all = await service.call("describe", { folder, motion: `new_joints/${a}.npy`, top: 1000 });
    expect(all.own).toEqual(all.results.filter(({ own }) => own));
    const twice = all.results.filter(({ text }) => text === "the same words");
    expect(twice.map(({ line }) => line)).toEqual([1, 2]);
    expect(twice[1]!.rank).toBe(twice[0]!.rank + 1);
    const one = await service.call("describe", { folder, motion: join(folder, "new_joints", `${a}.npy`), top: 1 });
    expect(one.results).toEqual(all.results.slice(0, 1));
    expect(one.own).toEqual(all.own);
  });

  it("takes the vectors of a motion for the motion itself", async () => {
    const folder = await smallDataset(1);
    const [a] = (await sampleIds()) as [string];
    await mkdir(join(folder, "new_joint_vecs"));
    await writeFile(join(folder, "new_joint_vecs", `${a}.npy`), "never read");
    const { service } = await openEngine({ indexFolder: temporaryFolder() });
    expect((await service.call("index", { folder })).motions).toBe(1);
    const { path, own } = await service.call("describe", { folder, motion: `new_joint_vecs/${a}.npy`, top: 5 });
    expect(path).toBe(`new_joints/${a}.npy`);
    expect(own.length).toBeGreaterThan(0);
  });
});

describe("align", () => {
  it("takes a cut of the motion as a motion of its own, in frames of the file", async () => {
    const [a] = (await sampleIds()) as [string];
    const motion = join(SAMPLE, "new_joints", `${a}.npy`);
    const { service } = await openEngine({ indexFolder: temporaryFolder() });
    const cut = await service.call("align", { motion, text: TEXT, frames: [10, 50] });
    expect(cut.times).toEqual([
      [10, 26],
      [26, 42],
      [42, 50],
    ]);
    expect(cut.support).toEqual(cut.tokens.map(() => undefined));
    const whole = await service.call("align", { motion, text: TEXT });
    expect(whole.score).not.toBe(cut.score);
    const { frames } = (await readMotion(motion)).motion;
    await expect(service.call("align", { motion, text: TEXT, frames: [0, frames + 1] })).rejects.toMatchObject({
      name: "MotionFileError",
    });
    await expect(service.call("align", { motion, text: " " })).rejects.toMatchObject({ name: "CaptionFileError" });
  });

  it("compares each word with what it gets on the motions of the index", async () => {
    const folder = await smallDataset(6);
    const { service } = await openEngine({ indexFolder: temporaryFolder() });
    await service.call("index", { folder });
    const found = await service.call("search", { folder, query: TEXT, top: 6 });
    const [best] = found.results;
    const { support, matrix } = await service.call("align", { motion: join(folder, best!.path), text: TEXT, folder });
    matrix.forEach((grid, token) => {
      const score = Math.max(...grid.flat());
      const others = found.results.map(({ evidence }) => evidence[token]!.score);
      const below = others.filter((other) => other < score).length;
      const equal = others.filter((other) => other === score).length;
      expect(support[token]).toBeCloseTo((below + equal / 2) / others.length, 12);
    });
  });
});

describe("parts of the answers", () => {
  it("rank the first few as if all had been sorted", () => {
    const rows = Array.from({ length: 500 }, (_, at) => ({
      score: Math.sin(at * 7) > 0.5 ? 1 : Math.sin(at),
      path: `${at}`,
    }));
    for (const top of [1, 7, 60, 249, 500, 900])
      expect(topRanked(rows, top)).toEqual(topRanked(rows, 1e9).slice(0, top));
  });

  it("cut frames out of a motion", () => {
    const joints = Float32Array.from({ length: 5 * 66 }, (_, at) => at);
    const cut = cutMotion("x", { joints, frames: 5, fps: 20, skeleton: "humanml3d22" }, [1, 3]);
    expect(cut.frames).toBe(2);
    expect([cut.joints[0], cut.joints.length]).toEqual([66, 132]);
  });
});
