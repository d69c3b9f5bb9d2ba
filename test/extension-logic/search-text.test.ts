import { describe, expect, it } from "vitest";
import { parseQuery } from "../../src/extension/search/filters.js";
import {
  bestMoment,
  mainEvidence,
  middleSeconds,
  scoreBar,
  wordOfEvidence,
} from "../../src/extension/search/result-text.js";
import type { Evidence, SearchResult } from "../../src/protocol/engine.js";

const evidence = (
  token: string,
  chars: [number, number],
  score: number,
  frames: [number, number] = [32, 48],
): Evidence => ({
  token,
  chars,
  score,
  frames,
  part: "left_knee",
});

describe("parseQuery", () => {
  it("takes filters out and leaves the sentence", () => {
    expect(parseQuery("  walks split:test  then turns path:M00 has:no-caption ")).toEqual({
      text: "walks then turns",
      filters: { split: "test", path: "M00", hasCaption: false },
    });
    expect(parseQuery("has:captions waves").filters).toEqual({ hasCaption: true });
  });

  it("takes limbs and parts, and waits for a name that is still being typed", () => {
    expect(parseQuery("kicks part:left_leg,head part:right_elbow")).toEqual({
      text: "kicks",
      filters: { parts: ["left_leg", "head", "right_elbow"] },
    });
    expect(parseQuery("kicks part:left_l")).toEqual({ text: "kicks", filters: {} });
  });

  it("leaves words alone that only look like filters", () => {
    expect(parseQuery("ratio 2:1 has:hat split:")).toEqual({ text: "ratio 2:1 has:hat split:", filters: {} });
  });
});

describe("the line of a hit", () => {
  it("has a bar that is full for the best and never empty", () => {
    expect(scoreBar(0.7, 0.7, 0.5)).toBe("▰▰▰▰▰▰▰▰");
    expect(scoreBar(0.5, 0.7, 0.5)).toBe("▰▱▱▱▱▱▱▱");
    expect(scoreBar(0.6, 0.6, 0.6)).toBe("▰▰▰▰▰▰▰▰");
  });

  it("names the strongest word that says what a body does", () => {
    const list = [evidence("the", [0, 3], 0.9), evidence("kick", [4, 8], 0.7), evidence("##s", [8, 9], 0.8)];
    expect(mainEvidence(list)?.token).toBe("kick");
    expect(mainEvidence([evidence("the", [0, 3], 0.9)])?.token).toBe("the");
    expect(mainEvidence([])).toBeUndefined();
  });

  it("shows the whole word of a token", () => {
    expect(wordOfEvidence("the kicks, twice", evidence("kick", [4, 8], 1))).toBe("kicks");
    expect(wordOfEvidence("𝒜 kicks", evidence("kick", [2, 6], 1))).toBe("kicks");
  });

  it("gives the time in seconds of the file", () => {
    expect(middleSeconds([32, 48], 20)).toBe(2);
    expect(middleSeconds([25, 50], 12.5)).toBe(3);
  });

  it("plays from a little before the moment to a little after", () => {
    const result: SearchResult = {
      path: "a.npy",
      score: 1,
      rank: 1,
      fps: 20,
      evidence: [evidence("kick", [0, 4], 1, [4, 20])],
    };
    expect(bestMoment(result)).toEqual([0, 32]);
    expect(bestMoment({ ...result, evidence: [] })).toBeUndefined();
  });
});
