import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  momentsOf,
  relativeStrength,
  segmentsOf,
  sideOf,
  signalOf,
  strongestMoment,
  wordOfToken,
  wordsOf,
} from "../../src/webview/alignment/words.js";
import type { AlignToken, Range } from "../../src/protocol/engine.js";
import { CAPTION, syntheticAlignment, walkingMotion } from "./support/motions.js";

function tokensAt(...chars: Range[]): { tokens: AlignToken[]; support: (number | undefined)[] } {
  return {
    tokens: chars.map((range, index) => ({ token: `t${index}`, chars: range, score: 0.1 * (index + 1) })),
    support: chars.map(() => undefined),
  };
}

describe("words of a caption", () => {
  it("puts word pieces together and keeps words apart", () => {
    const words = wordsOf("he kicks twice", tokensAt([0, 2], [3, 7], [7, 8], [9, 14]));
    expect(words.map(({ text, tokens }) => [text, tokens])).toEqual([
      ["he", [0]],
      ["kicks", [1, 2]],
      ["twice", [3]],
    ]);
    expect(words[1]!.score).toBeCloseTo(0.3);
  });

  it("counts code points, not UTF-16 units", () => {
    const words = wordsOf("🙂🙂 jump up", tokensAt([3, 7], [8, 10]));
    expect(words.map(({ text }) => text)).toEqual(["jump", "up"]);
    expect(segmentsOf("🙂🙂 jump up", words).map(({ text }) => text)).toEqual(["🙂🙂 ", "jump", " ", "up"]);
  });

  it("keeps characters of unspaced scripts apart", () => {
    expect(wordsOf("走路", tokensAt([0, 1], [1, 2])).map(({ text }) => text)).toEqual(["走", "路"]);
  });

  it("does not join over punctuation that has a token of its own", () => {
    expect(wordsOf("left-handed", tokensAt([0, 4], [4, 5], [5, 11])).map(({ text }) => text)).toEqual([
      "left",
      "-",
      "handed",
    ]);
  });

  it("takes the mean percentile and the largest share beyond the grid of a word's tokens", () => {
    const motion = walkingMotion("humanml3d22");
    const words = wordsOf(CAPTION, syntheticAlignment(motion));
    const kicks = words.find(({ text }) => text === "kicks")!;
    expect(kicks.support).toBeCloseTo(0.96);
    expect(words.find(({ text }) => text === "forward")!.beyondGrid).toBeCloseTo(0.93);
    expect(words.find(({ text }) => text === "left")!.side).toBe("left");
    expect(words.find(({ text }) => text === "the")!.neutral).toBe(true);
    expect(wordsOf(CAPTION, syntheticAlignment(motion, false)).every(({ support }) => support === undefined)).toBe(
      true,
    );
  });

  it("ignores tokens without characters and ranges beyond the text", () => {
    expect(wordsOf("run", tokensAt([0, 0], [0, 3], [3, 9]))).toHaveLength(1);
  });

  it("loses no character of any text, whatever the tokens are", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: "grapheme", maxLength: 30 }),
        fc.array(fc.tuple(fc.nat(5), fc.nat(5)), { maxLength: 8 }),
        (text, steps) => {
          let at = 0;
          const ranges = steps.map(([gap, length]): Range => {
            const start = at + gap;
            at = start + length;
            return [start, at];
          });
          const words = wordsOf(text, tokensAt(...ranges));
          const segments = segmentsOf(text, words);
          expect(segments.map((segment) => segment.text).join("")).toBe(text);
          expect(segments.flatMap(({ word }) => (word === undefined ? [] : [word]))).toEqual(
            words.map((_, index) => index),
          );
        },
      ),
    );
  });

  it("finds the word of a token", () => {
    const words = wordsOf("he kicks", tokensAt([0, 2], [3, 7], [7, 8]));
    expect(wordOfToken(words, 2)).toBe(1);
    expect(wordOfToken(words, 7)).toBeUndefined();
    expect(wordOfToken(words, undefined)).toBeUndefined();
  });

  it("knows the side a word names", () => {
    expect([sideOf("Left"), sideOf("right"), sideOf("upright")]).toEqual(["left", "right", undefined]);
  });
});

describe("what a word finds", () => {
  const motion = walkingMotion("humanml3d22");
  const alignment = syntheticAlignment(motion);

  it("is the strongest of its tokens, patch by patch", () => {
    const signal = signalOf(alignment, [5, 6]);
    for (let time = 0; time < alignment.times.length; time++) {
      for (let part = 0; part < alignment.parts.length; part++) {
        const values = [5, 6].map((token) => alignment.matrix[token]![time]![part]!);
        expect(signal.patches[time * signal.parts + part]).toBeCloseTo(Math.max(...values), 6);
      }
      expect(signal.series[time]).toBeCloseTo(
        Math.max(...alignment.matrix[5]![time]!, ...alignment.matrix[6]![time]!),
        6,
      );
    }
    expect(alignment.parts[signal.peakPart]).toBe("left_ankle");
    expect(signal.peakTime).toBe(5);
  });

  it("is strong at its best and nothing at its median", () => {
    const signal = signalOf(alignment, [5]);
    expect(relativeStrength(signal, signal.peak)).toBe(1);
    expect(relativeStrength(signal, signal.base)).toBe(0);
    expect(relativeStrength(signal, signal.base - 1)).toBe(0);
  });

  it("has the moments above half of its best", () => {
    expect(momentsOf(signalOf(alignment, [5]))).toEqual([[5, 7]]);
    expect(momentsOf(signalOf(alignment, [10]))).toEqual([
      [2, 3],
      [5, 6],
    ]);
    expect(strongestMoment(signalOf(alignment, [5]), alignment.times)).toEqual({ range: [80, 112], frame: 80 });
  });

  it("stays sound for an even score and for an empty grid", () => {
    const even = { ...alignment, matrix: [alignment.times.map(() => alignment.parts.map(() => 0.2))] };
    const signal = signalOf(even, [0]);
    expect(momentsOf(signal)).toEqual([[0, alignment.times.length]]);
    const empty = signalOf({ ...alignment, times: [], matrix: [[]] }, [0]);
    expect(strongestMoment(empty, [])).toBeUndefined();
  });
});
