/** The storage level `pooled`: every answer is that of the plain definition on the stored vectors. */
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { pairScore, patchCosines, tokenMaxima, wholeScore } from "../../src/core/retrieval/maxsim.js";
import { constrainedMaxima, scoreOfMaxima } from "../../src/core/retrieval/constrained.js";
import { patchFrameRanges } from "../../src/core/motion/motion-image.js";
import { CLEAN_FPS } from "../../src/core/motion/clean-features.js";
import { partsNamed } from "../../src/core/motion/part-groups.js";
import { patchCount } from "../../src/core/retrieval/vectors.js";
import { EmbeddedStore } from "../../src/cli/stores/embedded-store.js";
import { LanceDbStore } from "../../src/cli/stores/lancedb-store.js";
import { measureLevels } from "../../src/cli/bench/levels.js";
import { productTables, quantiseProducts, tableScore, trainQuantiser } from "../../src/cli/bench/product-quantiser.js";
import { createEncoder } from "../../src/engine/encoders/encoder.js";
import { shapeOfModel } from "../../src/engine/encoders/model-package.js";
import { atLevel, POOLED_LEAST } from "../../src/engine/encoders/storage-level.js";
import { modelKeyOf } from "../../src/engine/model-key.js";
import type { EngineService } from "../../src/engine/service.js";
import { MODEL, openEngine, smallDataset, temporaryFolder } from "./support.js";

const MOTIONS = 8;
const QUERY = "a person kicks with the left leg";

async function stored(service: EngineService, folder: string) {
  const { motions, manifest } = await service.storedMotions(folder);
  return { manifest, motions: motions.map(({ read }) => read()) };
}

async function pooled() {
  const folder = await smallDataset(MOTIONS);
  const indexFolder = temporaryFolder();
  const { service, log } = await openEngine({ indexFolder, level: "pooled" });
  await service.call("index", { folder });
  return { folder, indexFolder, service, log };
}

const encoderOf = () => createEncoder(MODEL, { executionProvider: "cpu", threads: 0 }, () => undefined);

describe("an index at the level pooled", () => {
  it("holds fewer vectors for all patches, and scores and evidence of the definition on them", async () => {
    const { folder, service } = await pooled();
    const full = await openEngine({ indexFolder: temporaryFolder() });
    await full.service.call("index", { folder });
    const [{ manifest, motions }, whole] = [await stored(service, folder), await stored(full.service, folder)];
    const { parts } = manifest.grid;
    motions.forEach(({ vectors }, at) => {
      expect(patchCount(vectors)).toBe(patchCount(whole.motions[at]!.vectors));
      expect(vectors.grid.count).toBeLessThan(patchCount(vectors) / 2);
    });
    const encoder = await encoderOf();
    for (const query of [QUERY, "a person walks, then sits down"]) {
      const text = await encoder.encodeText(query);
      const { results } = await service.call("search", { folder, query, top: 100 });
      expect(results).toHaveLength(MOTIONS);
      for (const { path, score, evidence } of results) {
        const { vectors, frames, fps } = motions.find(({ id }) => id === path)!;
        const { count } = text.vectors.grid;
        const cosines = patchCosines(text.vectors.grid, vectors);
        if (query === QUERY) {
          expect(score).toBe(pairScore(text.vectors, vectors));
          const ranges = patchFrameRanges(frames, fps, patchCount(vectors) / parts.length, CLEAN_FPS);
          const expected = tokenMaxima(cosines, count, patchCount(vectors)).map(({ index }) => ({
            part: parts[index % parts.length],
            frames: ranges[Math.floor(index / parts.length)],
          }));
          expect(evidence.map(({ part, frames: found }) => ({ part, frames: found }))).toEqual(expected);
        }
        const aligned = await service.call("align", { motion: join(folder, path), text: query });
        expect(aligned.score).toBe(score);
        expect(aligned.times.length * aligned.parts.length).toBe(patchCount(vectors));
      }
    }
    // A body part counts for the patches that have it, whatever they share their vector with.
    const wanted = partsNamed("left_leg", parts);
    const text = await encoder.encodeText(QUERY);
    const filters = { parts: ["left_leg"] };
    for (const { path, score } of (await service.call("search", { folder, query: QUERY, top: 100, filters })).results) {
      const { vectors } = motions.find(({ id }) => id === path)!;
      const grid = { times: patchCount(vectors) / parts.length, parts: parts.length };
      const cosines = patchCosines(text.vectors.grid, vectors);
      const maxima = constrainedMaxima(cosines, text.vectors.grid.count, grid, { parts: wanted });
      expect(score).toBe(scoreOfMaxima(maxima) + wholeScore(text.vectors.whole, vectors.whole));
    }
    await encoder.release();
  });

  it("describes motions by the scores of search, and finds similar ones", async () => {
    const { folder, service } = await pooled();
    const { path } = (await service.call("listMotions", { folder }))[0]!;
    const described = await service.call("describe", { folder, motion: path, top: 3 });
    for (const { text, score } of described.results) {
      const { results } = await service.call("search", { folder, query: text, top: 100 });
      expect(results.find((result) => result.path === path)!.score).toBe(score);
    }
    const similar = await service.call("similar", { folder, motion: path, top: 100 });
    expect(similar.results).toHaveLength(MOTIONS - 1);
    expect(similar.results.every(({ score, window }) => score > -1 && window[0] < window[1])).toBe(true);
  });

  it("is made anew beside one of another level, which stays, and that is said", async () => {
    const { folder, indexFolder, service } = await pooled();
    const expected = (await service.call("search", { folder, query: QUERY, top: 100 })).results;
    const full = await openEngine({ indexFolder });
    expect((await full.service.call("indexStatus", { folder })).state).toBe("none");
    expect(await full.service.call("index", { folder })).toMatchObject({ motions: MOTIONS, encoded: MOTIONS });
    expect(full.log.some((line) => line.startsWith("warn:") && line.includes("another storage level"))).toBe(true);
    expect((await full.service.call("search", { folder, query: QUERY, top: 100 })).results).not.toEqual(expected);
    const again = await openEngine({ indexFolder, level: "pooled" });
    expect((await again.service.call("index", { folder })).encoded).toBe(0);
    expect((await again.service.call("search", { folder, query: QUERY, top: 100 })).results).toEqual(expected);
  });

  it("is the same made of shards, and in stores", async () => {
    const { folder, service } = await pooled();
    const expected = (await service.call("search", { folder, query: QUERY, top: 100 })).results;
    const sharded = await openEngine({ indexFolder: temporaryFolder(), level: "pooled" });
    for (const index of [1, 2]) await sharded.service.call("index", { folder, shard: { index, count: 2 } });
    expect(await sharded.service.merge(folder, [])).toMatchObject({ motions: MOTIONS, encoded: 0 });
    expect((await sharded.service.call("search", { folder, query: QUERY, top: 100 })).results).toEqual(expected);
    const { manifest, motions } = await stored(service, folder);
    const model = { key: modelKeyOf(manifest, 0, "pooled"), name: "pooled", shape: shapeOfModel(manifest) };
    const encoder = await encoderOf();
    const { vectors } = await encoder.encodeText(QUERY);
    for (const store of [
      await EmbeddedStore.open(temporaryFolder(), { model, create: true }),
      await LanceDbStore.open(temporaryFolder(), { model, create: true }),
    ]) {
      await store.upsert(motions);
      const hits = await store.search(vectors, { top: 100 });
      expect(hits.map(({ motion, score }) => [motion.id, score])).toEqual(
        expected.map(({ path, score }) => [path, score]),
      );
      for (const { motion } of hits) expect(motion).toEqual(motions.find(({ id }) => id === motion.id));
      await store.close();
    }
    await encoder.release();
  });
});

describe("the level of an index", () => {
  it("belongs to its identity; full is what it was before there were levels", async () => {
    const encoder = await encoderOf();
    expect(modelKeyOf(encoder.manifest, 0, "full")).toBe(modelKeyOf(encoder.manifest, 0));
    expect(modelKeyOf(encoder.manifest, 0, "pooled")).not.toBe(modelKeyOf(encoder.manifest, 0));
    expect(atLevel(encoder, "full")).toBe(encoder);
    await encoder.release();
  });
});

describe("measuring levels", () => {
  it("gives every level's bytes and recall, the product's by what it stores", async () => {
    const folder = await smallDataset(6);
    const { service } = await openEngine({ indexFolder: temporaryFolder() });
    const motions = [];
    const texts = [];
    for (const { path } of await service.call("listMotions", { folder })) {
      const [caption] = await service.call("captionsOf", { folder, motion: path });
      texts.push(await service.rawVectors({ text: caption!.text }));
      motions.push(await service.rawVectors({ motion: join(folder, path) }));
    }
    const encoder = await encoderOf();
    const { parts } = encoder.manifest.grid;
    const results = await measureLevels({ motions, texts, shape: shapeOfModel(encoder.manifest), parts: parts.length });
    await encoder.release();
    const of = (name: string) => results.find(({ level }) => level.startsWith(name))!;
    expect(of("full, float32").score_error).toBe(0);
    expect(of("full (as it is stored)").score_error).toBeLessThan(0.01);
    const levels = results.filter(({ level }) => level.startsWith("pooled"));
    for (const [at, { bytes_per_motion: bytes, score_error: error, vectors }] of levels.slice(1).entries()) {
      expect(bytes).toBeLessThan(levels[at]!.bytes_per_motion);
      expect(vectors).toBeLessThan(levels[at]!.vectors);
      expect(error).toBeGreaterThan(0);
    }
    expect(of(`pooled at ${POOLED_LEAST}`).bytes_per_motion).toBeLessThan(0.6 * of("full (as").bytes_per_motion);
    for (const { r1, r5, r10 } of results) {
      expect([r1 <= r5, r5 <= r10, r10]).toEqual([true, true, 100]);
    }
  });

  it("reads the scores of product quantisation off its tables", () => {
    const [dim, count] = [8, 600];
    const vectors = Float32Array.from({ length: dim * count }, (_, at) => Math.sin(at * 12.9898) * Math.cos(at * 0.37));
    const quantiser = trainQuantiser(vectors, count, dim, 4);
    const codes = quantiseProducts(quantiser, vectors.subarray(0, dim * 20));
    const restored = Float32Array.from({ length: dim * 20 }, (_, at) => {
      const [piece, k] = [Math.floor((at % dim) / 2), at % 2];
      return quantiser.centroids[(piece * 256 + codes[Math.floor(at / dim) * 4 + piece]!) * 2 + k]!;
    });
    restored.forEach((value, at) => expect(Math.abs(value - vectors[at]!)).toBeLessThan(0.25));
    const tokens = vectors.slice(dim * 30, dim * 33);
    const best = [0, 1, 2].map((token) =>
      Math.max(
        ...Array.from({ length: 20 }, (_, row) =>
          Array.from({ length: dim }, (_, k) => tokens[token * dim + k]! * restored[row * dim + k]!).reduce(
            (sum, value) => sum + value,
            0,
          ),
        ),
      ),
    );
    const expected = best.reduce((sum, value) => sum + value, 0) / 3;
    expect(tableScore(productTables(quantiser, tokens), codes, 4)).toBeCloseTo(expected, 5);
  });
});
