import { describe, expect, it } from "vitest";
import { stripSvg } from "../../src/extension/captions/strip-svg.js";
import {
  isNeutralWord,
  wordAt,
  wordsAtFrame,
  wordSupportOf,
  type WordSupport,
} from "../../src/extension/captions/word-support.js";
import type { SupportedAlignment } from "../../src/protocol/engine.js";

/** An alignment over two parts and four time steps of 16 frames, each token strongest where told. */
function alignment(
  tokens: readonly { token: string; chars: [number, number]; peak: [time: number, part: number]; support?: number }[],
): SupportedAlignment {
  return {
    score: 0.5,
    tokens: tokens.map(({ token, chars }) => ({ token, chars, score: 0.9 })),
    support: tokens.map(({ support }) => support),
    parts: ["left_knee", "right_elbow"],
    times: [0, 1, 2, 3].map((step) => [step * 16, step * 16 + 16] as const),
    matrix: tokens.map(({ peak }) =>
      [0, 1, 2, 3].map((time) => [0, 1].map((part) => (time === peak[0] && part === peak[1] ? 0.9 : 0.1))),
    ),
  };
}

const TEXT = "a person kicks";
const KICKS = alignment([
  { token: "a", chars: [0, 1], peak: [0, 0], support: 0.99 },
  { token: "person", chars: [2, 8], peak: [1, 1], support: 0.2 },
  { token: "kick", chars: [9, 13], peak: [2, 0], support: 0.96 },
  { token: "##s", chars: [13, 14], peak: [2, 0], support: 0.94 },
]);

describe("wordSupportOf", () => {
  it("puts the tokens of a word together", () => {
    const words = wordSupportOf(TEXT, KICKS);
    expect(words.map(({ word, start, end, tokens }) => ({ word, start, end, tokens }))).toEqual([
      { word: "a", start: 0, end: 1, tokens: [0] },
      { word: "person", start: 2, end: 8, tokens: [1] },
      { word: "kicks", start: 9, end: 14, tokens: [2, 3] },
    ]);
  });

  it("finds a word's strongest limb and moment", () => {
    const kicks = wordSupportOf(TEXT, KICKS)[2]!;
    expect(kicks).toMatchObject({ part: "left_knee", frames: [32, 48], support: 0.95, level: "strong" });
    expect(kicks.overTime).toEqual([0, 0, 1, 0]);
  });

  it("judges no word that names no movement", () => {
    const words = wordSupportOf(TEXT, KICKS);
    expect(words.map(({ level }) => level)).toEqual(["neutral", "neutral", "strong"]);
    expect(isNeutralWord("The")).toBe(true);
    for (const word of ["left", "twice", "turns", "forward", "quickly"]) expect(isNeutralWord(word)).toBe(false);
  });

  it.each([
    [0.1, "unsupported"],
    [0.6, "weak"],
    [0.8, "medium"],
    [0.99, "strong"],
    [undefined, "neutral"],
  ])("turns support %s into %s", (support, level) => {
    const [word] = wordSupportOf("kicks", alignment([{ token: "kicks", chars: [0, 5], peak: [0, 0], support }]));
    expect(word?.level).toBe(level);
  });

  it("counts UTF-16 units where the engine counts code points", () => {
    const text = "𝒜 kicks";
    const [word] = wordSupportOf(text, alignment([{ token: "kicks", chars: [2, 7], peak: [0, 0] }]));
    expect(text.slice(word!.start, word!.end)).toBe("kicks");
  });

  it("keeps characters of scripts without spaces apart", () => {
    const words = wordSupportOf(
      "踢腿",
      alignment([
        { token: "踢", chars: [0, 1], peak: [0, 0] },
        { token: "腿", chars: [1, 2], peak: [0, 0] },
      ]),
    );
    expect(words.map(({ word }) => word)).toEqual(["踢", "腿"]);
  });
});

describe("wordAt", () => {
  const words = wordSupportOf(TEXT, KICKS);

  it("takes the word that holds the offset, its end included", () => {
    expect(wordAt(words, 9)?.word).toBe("kicks");
    expect(wordAt(words, 14)?.word).toBe("kicks");
    expect(wordAt(words, 8)?.word).toBe("person");
    expect(wordAt(words, 40)).toBeUndefined();
  });
});

describe("wordsAtFrame", () => {
  const words: WordSupport[] = wordSupportOf(TEXT, KICKS);

  it("lights a word at its moment only", () => {
    expect(wordsAtFrame(words, KICKS.times, 40).map(({ word }) => word)).toEqual(["kicks"]);
    expect(wordsAtFrame(words, KICKS.times, 60)).toEqual([]);
    expect(wordsAtFrame(words, KICKS.times, 1000)).toEqual([]);
  });

  it("never lights words that are not judged, or not supported", () => {
    expect(wordsAtFrame(words, KICKS.times, 5)).toEqual([]);
    const unsupported = alignment([{ token: "kicks", chars: [0, 5], peak: [0, 0], support: 0.1 }]);
    expect(wordsAtFrame(wordSupportOf("kicks", unsupported), unsupported.times, 5)).toEqual([]);
  });
});

describe("stripSvg", () => {
  it("draws one bar per time step and marks the moment", () => {
    const svg = stripSvg({ overTime: [0, 0.5, 1, 0.2], frames: [32, 48] }, 64);
    expect(svg.match(/fill="#4FA34A"/g)).toHaveLength(4);
    expect(svg).toContain('<rect x="120.0" y="30" width="60.0"');
  });

  it("survives an empty motion", () => {
    expect(stripSvg({ overTime: [], frames: [0, 0] }, 0)).not.toContain("NaN");
  });
});
