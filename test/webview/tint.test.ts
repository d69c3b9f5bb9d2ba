import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  contrast,
  cssColour,
  distinctness,
  isUnsupported,
  mix,
  parseColour,
  partTintsAt,
  partTintsOverall,
  patchTint,
  sidePair,
  supportColour,
  supportLevel,
  type Rgb,
} from "../../src/webview/alignment/tint.js";
import { signalOf } from "../../src/webview/alignment/words.js";
import { syntheticAlignment, walkingMotion } from "./support/motions.js";
import { THEMES } from "./support/themes.js";

const BLACK: Rgb = [0, 0, 0];
const WHITE: Rgb = [1, 1, 1];

describe("support of a word", () => {
  it("starts to tint where a word beats most motions", () => {
    expect(supportLevel({ score: 0.9, support: 0.4, neutral: false })).toBe(0);
    expect(supportLevel({ score: 0.1, support: 0.97, neutral: false })).toBeCloseTo(0.94);
    expect(supportLevel({ score: 0.1, support: 1, neutral: false })).toBe(1);
  });

  it("falls back to the score without an index, and never tints or marks neutral words", () => {
    expect(supportLevel({ score: 0.8, neutral: false })).toBeCloseTo(1);
    expect(supportLevel({ score: -0.5, neutral: false })).toBe(0);
    expect(supportLevel({ score: 0.9, support: 0.99, neutral: true })).toBe(0);
    expect(isUnsupported({ support: 0.1, neutral: true })).toBe(false);
    expect(isUnsupported({ support: 0.49, neutral: false })).toBe(true);
    expect(isUnsupported({ support: 0.5, neutral: false })).toBe(false);
    expect(isUnsupported({ neutral: false })).toBe(false);
  });
});

describe("tints of parts", () => {
  const alignment = syntheticAlignment(walkingMotion("humanml3d22"));
  const signal = signalOf(alignment, [5, 6]);
  const part = (name: string) => alignment.parts.indexOf(name);

  it("light the parts that carry a word at a time, and no others", () => {
    const tints = new Float32Array(alignment.parts.length);
    partTintsAt(signal, 5, tints);
    expect(tints[part("left_ankle")]).toBeCloseTo(1);
    expect(tints[part("left_knee")]).toBeGreaterThan(0.8);
    expect(tints[part("right_elbow")]).toBeLessThan(0.1);
    partTintsAt(signal, 0, tints);
    expect(Math.max(...tints)).toBeLessThan(0.1);
  });

  it("keep each part's best over all time", () => {
    const tints = new Float32Array(alignment.parts.length);
    partTintsOverall(signal, tints);
    expect(tints[part("left_ankle")]).toBeCloseTo(1);
    expect(tints[part("neck")]).toBeLessThan(0.1);
  });

  it("grow with the score", () => {
    fc.assert(
      fc.property(fc.double({ min: -1, max: 1, noNaN: true }), fc.double({ min: -1, max: 1, noNaN: true }), (a, b) => {
        const [low, high] = a < b ? [a, b] : [b, a];
        expect(patchTint(signal, high)).toBeGreaterThanOrEqual(patchTint(signal, low));
      }),
    );
  });
});

describe("colours", () => {
  it("are read in every form that themes use", () => {
    expect(parseColour("#fff")).toEqual([1, 1, 1]);
    expect(parseColour(" #3794ff ")).toEqual([0x37 / 255, 0x94 / 255, 1]);
    expect(parseColour("rgba(255, 255, 255, 0.5)", BLACK)).toEqual([0.5, 0.5, 0.5]);
    expect(parseColour("rgb(0 128 255 / 50%)", BLACK)![2]).toBeCloseTo(0.5);
    expect(parseColour("#ffffff80", BLACK)![0]).toBeCloseTo(128 / 255);
    expect(parseColour("")).toBeUndefined();
    expect(parseColour("tomato")).toBeUndefined();
    expect(parseColour("#12345")).toBeUndefined();
  });

  it("mix and print", () => {
    expect(cssColour(mix(BLACK, WHITE, 0.5))).toBe("rgb(128, 128, 128)");
    expect(contrast(BLACK, WHITE)).toBeCloseTo(21);
  });

  it.each(Object.entries(THEMES))("of the sides can be told apart and seen in %s", (name, theme) => {
    const colour = (key: string) => parseColour(theme[key]!)!;
    const background = colour("editor-background");
    const highContrast = name.startsWith("hc");
    const { left, right } = sidePair(background, colour("charts-blue"), colour("charts-orange"), highContrast);
    const least = highContrast ? 4.5 : 3;
    expect(contrast(left, background)).toBeGreaterThanOrEqual(least);
    expect(contrast(right, background)).toBeGreaterThanOrEqual(least);
    expect(distinctness(left, right)).toBeGreaterThan(0.25);
    expect(left[2]).toBeGreaterThan(left[0]);
    expect(right[0]).toBeGreaterThan(right[2]);
    expect(contrast(supportColour(background, colour("charts-green")), background)).toBeGreaterThanOrEqual(3);
  });

  it("replace a theme's pair that is one colour, invisible or missing", () => {
    const blue: Rgb = [0.2, 0.5, 1];
    expect(sidePair(BLACK, blue, blue).right[0]).toBeGreaterThan(0.9);
    expect(sidePair(WHITE, [0.9, 0.9, 1], [1, 0.95, 0.9]).left).not.toEqual([0.9, 0.9, 1]);
    expect(sidePair(WHITE).left).toBeDefined();
  });

  it("see red and green as close for colour-blind eyes", () => {
    const red: Rgb = [0.8, 0.3, 0.1];
    const green: Rgb = [0.35, 0.5, 0.1];
    expect(distinctness(red, green)).toBeLessThan(distinctness([0.3, 0.65, 1], [1, 0.6, 0.2]));
  });
});
