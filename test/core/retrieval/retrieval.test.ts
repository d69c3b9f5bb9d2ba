import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  alignmentMatrix,
  maxSimScore,
  pairScore,
  patchCosines,
  tokenMaxima,
} from "../../../src/core/retrieval/maxsim.js";
import { medianRank, recallAt, summariseRanks } from "../../../src/core/retrieval/metrics.js";
import {
  dequantiseVectors,
  joinedVectors,
  quantiseMotionItem,
  quantiseTextItem,
  quantiseVectors,
} from "../../../src/core/retrieval/quantise.js";
import { meanTieRank, rankResults } from "../../../src/core/retrieval/ranking.js";
import { percentileOf } from "../../../src/core/retrieval/support.js";
import { gridOnly, isEmptyItem, patchCount, patchVectors } from "../../../src/core/retrieval/vectors.js";
import { mulberry } from "../../fixtures/random.js";

function unitVectors(count: number, dim: number, seed: number): Float32Array {
  const random = mulberry(seed);
  const vectors = Float32Array.from({ length: count * dim }, () => random() + random() - 1);
  for (let v = 0; v < count; v++) {
    const row = vectors.subarray(v * dim, (v + 1) * dim);
    const length = Math.hypot(...row);
    row.forEach((value, index) => (row[index] = value / length));
  }
  return vectors;
}

describe("quantiseVectors", () => {
  it("scales the largest component to 127 and rounds halves away from zero", () => {
    const { data, scales } = quantiseVectors(Float32Array.from([127, 2.5, -2.5, -127]), 1, 4);
    expect(scales[0]).toBe(1);
    expect([...data]).toEqual([127, 3, -3, -127]);
  });

  it("is off by at most half a step, and a vector never depends on its neighbours", () => {
    const numbers = fc.array(fc.float({ min: -10, max: 10, noNaN: true }), { minLength: 12, maxLength: 12 });
    fc.assert(
      fc.property(numbers, (values) => {
        const vectors = Float32Array.from(values);
        const stored = quantiseVectors(vectors, 3, 4);
        dequantiseVectors(stored).forEach((value, at) => {
          expect(Math.abs(value - vectors[at]!)).toBeLessThanOrEqual(stored.scales[at >> 2]! * 0.5001 + 1e-40);
        });
        for (let vector = 0; vector < 3; vector++) {
          const alone = quantiseVectors(vectors.slice(vector * 4, vector * 4 + 4), 1, 4);
          expect(alone.scales[0]).toBe(stored.scales[vector]);
          expect(alone.data).toEqual(stored.data.slice(vector * 4, vector * 4 + 4));
        }
      }),
    );
  });

  it("keeps zero vectors as zeros", () => {
    const stored = quantiseVectors(new Float32Array(4), 1, 4);
    expect([...stored.data, ...stored.scales]).toEqual([0, 0, 0, 0, 1]);
  });

  it("refuses lengths that do not fit and numbers that are none", () => {
    expect(() => quantiseVectors(new Float32Array(5), 1, 4)).toThrow("4");
    expect(() => quantiseVectors(Float32Array.from([1, NaN]), 1, 2)).toThrow(RangeError);
    expect(() => quantiseVectors(Float32Array.from([1, Infinity]), 1, 2)).toThrow(RangeError);
  });
});

describe("maxSimScore", () => {
  it("is the mean over query vectors of the best cosine", () => {
    const query = quantiseVectors(Float32Array.from([1, 0, 0, 1]), 2, 2);
    const document = quantiseVectors(Float32Array.from([1, 0, 0.6, 0.8]), 2, 2);
    const matrix = alignmentMatrix(query, document);
    [1, 0.6, 0, 0.8].forEach((value, at) => expect(matrix[at]).toBeCloseTo(value, 2));
    expect(tokenMaxima(matrix, 2, 2).map(({ index }) => index)).toEqual([0, 1]);
    expect(maxSimScore(query, document)).toBeCloseTo(0.9, 2);
  });

  it("stays close to float vectors", () => {
    const [query, document] = [unitVectors(5, 128, 1), unitVectors(40, 128, 2)];
    let expected = 0;
    for (let q = 0; q < 5; q++) {
      let best = -Infinity;
      for (let d = 0; d < 40; d++) {
        let dot = 0;
        for (let k = 0; k < 128; k++) dot += query[q * 128 + k]! * document[d * 128 + k]!;
        best = Math.max(best, dot);
      }
      expected += best / 5;
    }
    const found = maxSimScore(quantiseVectors(query, 5, 128), quantiseVectors(document, 40, 128));
    expect(Math.abs(found - expected)).toBeLessThan(0.005);
  });

  it("does not depend on the order of document vectors", () => {
    const vectors = unitVectors(6, 16, 3);
    const reversed = Float32Array.from(
      { length: vectors.length },
      (_, at) => vectors[(5 - (at >> 4)) * 16 + (at & 15)]!,
    );
    const query = quantiseVectors(unitVectors(3, 16, 4), 3, 16);
    const score = (document: Float32Array) => maxSimScore(query, quantiseVectors(document, 6, 16));
    expect(score(reversed)).toBe(score(vectors));
  });

  it("takes the first vector on ties, is -Infinity for nothing, and refuses other dimensions", () => {
    expect(tokenMaxima(Float64Array.from([2, 5, 5]), 1, 3)).toEqual([{ score: 5, index: 1 }]);
    const one = quantiseVectors(Float32Array.from([1, 0]), 1, 2);
    const none = quantiseVectors(new Float32Array(0), 0, 2);
    expect([maxSimScore(none, one), maxSimScore(one, none)]).toEqual([-Infinity, -Infinity]);
    expect(() => maxSimScore(one, quantiseVectors(new Float32Array(3), 1, 3))).toThrow(RangeError);
  });
});

describe("ranking", () => {
  it("orders by score, then path, then line, whatever the input order", () => {
    const expected = [
      { score: 2, path: "b", line: 1 },
      { score: 1, path: "B", line: 3 },
      { score: 1, path: "a", line: 2 },
      { score: 1, path: "a", line: 10 },
    ];
    fc.assert(
      fc.property(fc.shuffledSubarray(expected, { minLength: 4 }), (shuffled) => {
        expect(rankResults(shuffled)).toEqual(expected.map((result, index) => ({ ...result, rank: index + 1 })));
      }),
    );
    expect(rankResults(expected, 2)).toHaveLength(2);
  });

  it("gives tied entries the mean of their ranks", () => {
    expect(meanTieRank([5, 3, 3, 3, 1], 0)).toBe(1);
    expect([1, 2, 3].map((index) => meanTieRank([5, 3, 3, 3, 1], index))).toEqual([3, 3, 3]);
    expect(meanTieRank([7, 7], 1)).toBe(1.5);
    expect(meanTieRank([5, 3, 3, 3, 1], 4)).toBe(5);
  });
});

describe("metrics", () => {
  it("count shares and medians", () => {
    expect(recallAt([1, 2, 5, 11], 5)).toBe(75);
    expect([recallAt([1.5], 1), recallAt([2], 1)]).toEqual([100, 0]);
    expect(medianRank([9, 1, 4])).toBe(4);
    expect(medianRank([1, 10, 2, 4])).toBe(3);
    expect(summariseRanks([1, 3, 6])).toMatchObject({ queries: 3, r1: 100 / 3, r3: 200 / 3, r10: 100, medianRank: 3 });
    expect([recallAt([], 1), medianRank([])]).toEqual([NaN, NaN]);
  });

  it("are those of the Python package over one matrix", () => {
    const file = new URL("../../fixtures/retrieval-metrics.json", import.meta.url);
    const { scores, ranks, figures } = JSON.parse(readFileSync(file, "utf8")) as {
      scores: number[][];
      ranks: Record<string, number[]>;
      figures: Record<string, Record<string, number>>;
    };
    const matrices = { t2m: scores, m2t: scores.map((_, motion) => scores.map((row) => row[motion]!)) };
    for (const [direction, rows] of Object.entries(matrices)) {
      const own = rows.map((row, index) => meanTieRank(row, index));
      expect(own).toEqual(ranks[direction]);
      const { r1, r3, r5, r10, medianRank: median } = summariseRanks(own);
      expect({ "R@1": r1, "R@3": r3, "R@5": r5, "R@10": r10, MedR: median }).toEqual(figures[direction]);
    }
  });

  it("are those of chance when every score is the same", () => {
    const ranks = Array.from({ length: 100 }, (_, index) => meanTieRank(new Float64Array(100), index));
    expect(summariseRanks(ranks)).toMatchObject({ r1: 0, r10: 0, medianRank: 50.5 });
  });
});

describe("percentileOf", () => {
  it("counts what lies below, equal values half", () => {
    expect(percentileOf([1, 2, 3, 4], 2.5)).toBe(0.5);
    expect(percentileOf([1, 2, 2, 4], 2)).toBe(0.5);
    expect(percentileOf([1, 2], 0)).toBe(0);
    expect(percentileOf([1, 2], 9)).toBe(1);
    expect(percentileOf([], 1)).toBeUndefined();
  });
});

describe("the score of a pair", () => {
  const shape = { gridDim: 16, wholeDim: 8 };
  const vectors = (count: number, seed: number, own: number) => {
    const grid = unitVectors(count, shape.gridDim, seed).map((value) => value * Math.sqrt(own));
    return { grid, whole: unitVectors(1, shape.wholeDim, seed + 100).map((value) => value * Math.sqrt(1 - own)) };
  };
  const [words, patches] = [vectors(5, 1, 0.4), vectors(30, 2, 0.4)];
  const text = quantiseTextItem(words.grid, 5, words.whole, shape);
  const motion = quantiseMotionItem(patches.grid, 30, patches.whole, shape);

  it("is MaxSim of the joined vectors, up to rounding", () => {
    const [query, document] = [joinedVectors(text), joinedVectors(motion)];
    let sum = 0;
    for (let token = 0; token < 5; token++) {
      let best = -Infinity;
      for (let patch = 0; patch < 30; patch++) {
        let dot = 0;
        for (let k = 0; k < 24; k++) dot += query.values[token * 24 + k]! * document.values[patch * 24 + k]!;
        best = Math.max(best, dot);
      }
      sum += best / 5;
    }
    expect(pairScore(text, motion)).toBeCloseTo(sum, 6);
    expect(pairScore(text, motion)).toBe(
      maxSimScore(text.grid, motion.grid) + alignmentMatrix(text.whole, motion.whole)[0]!,
    );
  });

  it("of patches that share vectors is that of every patch with its own", () => {
    const places = Uint16Array.from({ length: 70 }, (_, patch) => (patch * 11) % 30);
    const sharing = { ...motion, places };
    expect(patchCount(sharing)).toBe(70);
    expect(pairScore(text, sharing)).toBe(pairScore(text, { ...motion, grid: patchVectors(sharing) }));
    const cosines = patchCosines(text.grid, sharing);
    const few = alignmentMatrix(text.grid, motion.grid);
    places.forEach((row, patch) => expect(cosines[70 + patch]).toBe(few[30 + row]));
  });

  it("needs no grid, or no whole; without either side there is none", () => {
    const wholes = { gridDim: 0, wholeDim: 8 };
    const none = new Float32Array(0);
    const [a, b] = [quantiseTextItem(none, 0, words.whole, wholes), quantiseMotionItem(none, 0, patches.whole, wholes)];
    expect(pairScore(a, b)).toBe(alignmentMatrix(text.whole, motion.whole)[0]);
    expect(pairScore(quantiseTextItem(none, 0, undefined, wholes), b)).toBe(-Infinity);
    expect(pairScore(gridOnly(text.grid), gridOnly(motion.grid))).toBe(maxSimScore(text.grid, motion.grid));
    expect(pairScore(quantiseTextItem(none, 0, undefined, shape), motion)).toBe(-Infinity);
    expect([isEmptyItem(a), isEmptyItem(quantiseTextItem(none, 0, undefined, wholes))]).toEqual([false, true]);
  });
});
