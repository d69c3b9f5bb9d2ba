import { gridOnly } from "../../../src/core/retrieval/vectors.js";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bestWindow, constrainedMaxima, scoreOfMaxima } from "../../../src/core/retrieval/constrained.js";
import { tokenMaxima } from "../../../src/core/retrieval/maxsim.js";
import { phrasesOfTokens } from "../../../src/core/retrieval/phrases.js";
import { pooledVectors, POOLED_VECTORS } from "../../../src/core/retrieval/pooled.js";
import {
  asQuery,
  dequantiseVectors,
  quantiseMotion,
  quantiseText,
  quantiseVectors,
} from "../../../src/core/retrieval/quantise.js";

/** Words as tokens, with their places. */
function phrasesOf(text: string) {
  const chars = Array.from(text.matchAll(/\w+/g), ({ 0: word, index }) => [index, index + word.length] as const);
  const phrases = phrasesOfTokens(text, chars);
  return phrases && [...phrases];
}

describe("phrases of a text", () => {
  it.each([
    ["a man sits down, then waves", [0, 0, 0, 0, -1, 1]],
    ["sits and then waves then jumps", [0, -1, -1, 1, -1, 2]],
    ["sits. After that he waves", [0, -1, -1, 1, 1]],
    ["a jump followed by a kick", [0, 0, -1, -1, 1, 1]],
    ["waves before sitting down", [0, -1, 1, 1]],
    ["he waves before he sits", [0, 0, -1, 1, 1]],
    ["then he waves then", undefined],
    ["holds his hands before his face", undefined],
    ["a person strengthens the back", undefined],
    ["walks after dinner", undefined],
    ["", undefined],
  ])("%j", (text, expected) => expect(phrasesOf(text)).toEqual(expected));

  it("counts code points", () => {
    expect(
      phrasesOfTokens("🙂🙂 sits then waves", [
        [0, 2],
        [3, 7],
        [8, 12],
        [13, 18],
      ]),
    ).toEqual(Int32Array.of(0, 0, -1, 1));
  });
});

/** All ways to cut `times` into `phrases` parts, none empty. */
function* allCuts(times: number, phrases: number, from = 0): Generator<number[]> {
  if (phrases === 1) yield [from, times];
  else
    for (let end = from + 1; end <= times - phrases + 1; end++) {
      for (const rest of allCuts(times, phrases - 1, end)) yield [from, ...rest];
    }
}

const cases = fc
  .record({
    tokens: fc.integer({ min: 1, max: 6 }),
    times: fc.integer({ min: 1, max: 7 }),
    parts: fc.integer({ min: 1, max: 3 }),
    count: fc.integer({ min: 1, max: 3 }),
    seed: fc.integer({ min: 1, max: 2 ** 31 }),
  })
  .map(({ tokens, times, parts, count, seed }) => {
    let state = seed;
    const next = () => ((state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32) * 2 - 1;
    const cosines = Float64Array.from({ length: tokens * times * parts }, next);
    const phrases = Int32Array.from({ length: tokens }, (_, token) => Math.min(count - 1, token));
    if (tokens > count) phrases[count] = -1;
    return { tokens, grid: { times, parts }, cosines, phrases };
  });

describe("maxima under conditions", () => {
  it("are those of the best cut of the time", () => {
    fc.assert(
      fc.property(cases, ({ tokens, grid, cosines, phrases }) => {
        const found = scoreOfMaxima(constrainedMaxima(cosines, tokens, grid, { phrases }));
        const plain = scoreOfMaxima(tokenMaxima(cosines, tokens, grid.times * grid.parts));
        const count = Math.max(...phrases) + 1;
        expect(found).toBeLessThanOrEqual(plain);
        if (grid.times < count) {
          expect(found).toBe(plain);
          return;
        }
        let best = -Infinity;
        for (const cuts of allCuts(grid.times, count)) {
          const scores = Array.from(phrases, (phrase, token) => {
            const [from, to] = phrase < 0 ? [0, grid.times] : [cuts[phrase]!, cuts[phrase + 1]!];
            const row = token * grid.times * grid.parts;
            return Math.max(...cosines.subarray(row + from * grid.parts, row + to * grid.parts));
          });
          best = Math.max(best, scores.reduce((sum, score) => sum + score, 0) / tokens);
        }
        expect(found).toBeCloseTo(best, 12);
      }),
    );
  });

  it("are the plain ones without conditions, and those of the wanted parts with", () => {
    fc.assert(
      fc.property(cases, ({ tokens, grid, cosines }) => {
        const plain = tokenMaxima(cosines, tokens, grid.times * grid.parts);
        expect(constrainedMaxima(cosines, tokens, grid, {})).toEqual(plain);
        const only = constrainedMaxima(cosines, tokens, grid, { parts: [grid.parts - 1] });
        only.forEach(({ index, score }, token) => {
          expect(index % grid.parts).toBe(grid.parts - 1);
          expect(score).toBe(cosines[token * grid.times * grid.parts + index]);
        });
      }),
    );
  });

  it("tell the order of two actions", () => {
    // Two tokens; the first fits the first time, the second the last.
    const cosines = Float64Array.of(0.9, 0.1, 0.1, 0.9);
    const grid = { times: 2, parts: 1 };
    const score = (phrases: Int32Array) => scoreOfMaxima(constrainedMaxima(cosines, 2, grid, { phrases }));
    expect(score(Int32Array.of(0, 1))).toBeCloseTo(0.9);
    expect(score(Int32Array.of(1, 0))).toBeCloseTo(0.1);
  });

  it("find the window that fits best", () => {
    const cosines = Float64Array.of(0, 0, 0.2, 0, 0.9, 0.1, 0, 0, 0.1, 0.8, 0.1, 0);
    expect(bestWindow(cosines, 2, { times: 6, parts: 1 }, 3)).toEqual([2, 5]);
    expect(bestWindow(cosines, 2, { times: 6, parts: 1 }, 20)).toEqual([0, 6]);
  });
});

describe("stored forms", () => {
  const values = Float32Array.from({ length: 64 }, (_, at) => Math.sin(at * 3.7) / (1 + (at >> 4)));

  it("of a text have 7 bits, of a motion one scale", () => {
    const text = quantiseText(values, 4, 16);
    expect(Math.max(...text.data)).toBeLessThanOrEqual(63);
    expect(Math.min(...text.data)).toBeGreaterThanOrEqual(-63);
    const motion = quantiseMotion(values, 4, 16);
    expect(new Set(motion.scales).size).toBe(1);
    for (const stored of [text, motion, quantiseVectors(values, 4, 16)]) {
      dequantiseVectors(stored).forEach((value, at) => {
        expect(Math.abs(value - values[at]!)).toBeLessThanOrEqual(stored.scales[at >> 4]! * 0.5001);
      });
    }
    expect(asQuery(gridOnly(motion)).grid.data.every((value) => Math.abs(value) <= 63)).toBe(true);
  });

  it("of few vectors stand for many", () => {
    const axis = (k: number) => Float32Array.from({ length: 16 }, (_, at) => (at === k ? 1 : 0));
    const many = Float32Array.from({ length: 40 * 16 }, (_, at) => axis((at >> 4) % 4)[at & 15]!);
    const pooled = pooledVectors(quantiseMotion(many, 40, 16));
    expect(pooled.count).toBe(POOLED_VECTORS);
    const axes = Array.from({ length: POOLED_VECTORS }, (_, row) =>
      pooled.data.subarray(row * 16, row * 16 + 16).indexOf(127),
    );
    expect([...new Set(axes)].sort()).toEqual([0, 1, 2, 3]);
    expect(pooledVectors(quantiseMotion(axis(2), 1, 16)).count).toBe(POOLED_VECTORS);
    expect(pooledVectors(quantiseMotion(new Float32Array(0), 0, 16)).count).toBe(0);
  });
});
