import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { findSideWords, swapSides } from "../../../src/core/captions/sides.js";

describe("findSideWords", () => {
  it("gives places, kinds and the word for the other side", () => {
    expect(findSideWords("Left foot first, then counterclockwise.")).toEqual([
      { word: "Left", start: 0, end: 4, kind: "side", swapped: "Right" },
      { word: "counterclockwise", start: 22, end: 38, kind: "turn", swapped: "clockwise" },
    ]);
  });

  it.each([
    "stands upright",
    "an outright win",
    "all right, he sits",
    "alright",
    "turns right away",
    "walks right up to the wall",
    "sits right after standing",
    "bends at a right angle",
    "a bright copyrighted leftover",
    "the person left the room",
  ])("leaves alone: %s", (text) => {
    expect(findSideWords(text)).toEqual([]);
    expect(swapSides(text)).toBe(text);
  });
});

describe("swapSides", () => {
  it.each([
    ["raises his left arm", "raises his right arm"],
    ["turns right then left", "turns left then right"],
    ["steps to the right before sitting", "steps to the left before sitting"],
    ["LEFT Leg and Right hand", "RIGHT Leg and Left hand"],
    ["a right-handed throw leftwards", "a left-handed throw rightwards"],
    ["his rightmost finger, lefthand side", "his leftmost finger, righthand side"],
    ["turns clockwise", "turns counterclockwise"],
    ["turns counter-clockwise", "turns clockwise"],
    ["Counter clockwise, then clock-wise", "Clockwise, then counter-clock-wise"],
    ["turns anticlockwise", "turns clockwise"],
    ["he left the room with his left hand up", "he left the room with his right hand up"],
    ["turns left a bit", "turns right a bit"],
    ["left/right, left", "right/left, right"],
  ])("turns %s into %s", (text, swapped) => {
    expect(swapSides(text)).toBe(swapped);
  });

  it("gives the text back when applied twice", () => {
    const words = fc.constantFrom(
      "left",
      "right",
      "Left",
      "RIGHT",
      "clockwise",
      "counterclockwise",
      "hand",
      "turns",
      "the",
      "and",
      "left-handed",
    );
    fc.assert(
      fc.property(fc.array(words, { maxLength: 12 }), fc.constantFrom(" ", ", ", "; "), (list, separator) => {
        const text = list.join(separator);
        expect(swapSides(swapSides(text))).toBe(text);
      }),
    );
  });
});
