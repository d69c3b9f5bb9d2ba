import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CLEAN_COLUMNS, cleanFeatures } from "../../../src/core/motion/clean-features.js";
import { motionImage, patchFrameRanges } from "../../../src/core/motion/motion-image.js";
import { resampledFrames } from "../../../src/core/motion/resample.js";
import { walkingMotion } from "../../fixtures/poses.js";

const plain = { mean: new Float32Array(CLEAN_COLUMNS), std: new Float32Array(CLEAN_COLUMNS).fill(1), clamp: 1e9 };

describe("motionImage", () => {
  it("fills the last patch by repeating the last row", () => {
    const motion = walkingMotion(20);
    const { image, times } = motionImage(motion, plain);
    const { features } = cleanFeatures(motion);
    expect(times).toBe(2);
    expect(image.length).toBe(32 * CLEAN_COLUMNS);
    expect(image.slice(0, features.length)).toEqual(features);
    const last = features.slice(-CLEAN_COLUMNS);
    for (let row = 20; row < 32; row++) {
      expect(image.slice(row * CLEAN_COLUMNS, (row + 1) * CLEAN_COLUMNS)).toEqual(last);
    }
  });

  it("standardises and clamps", () => {
    const motion = walkingMotion(16);
    const mean = Array.from({ length: CLEAN_COLUMNS }, (_, column) => column / 100);
    const std = Array.from({ length: CLEAN_COLUMNS }, (_, column) => 0.05 + column / 1000);
    const { image } = motionImage(motion, { mean, std, clamp: 6 });
    cleanFeatures(motion).features.forEach((value, at) => {
      const column = at % CLEAN_COLUMNS;
      const expected = Math.min(6, Math.max(-6, (value - mean[column]!) / std[column]!));
      expect(image[at]).toBeCloseTo(expected, 5);
    });
    expect(image.some((value) => Math.abs(value) === 6)).toBe(true);
  });

  it("refuses statistics of another width", () => {
    expect(() => motionImage(walkingMotion(5), { ...plain, mean: [0] })).toThrow("94");
  });
});

describe("patchFrameRanges", () => {
  it("cuts 20 fps into 16 frames", () => {
    expect(patchFrameRanges(40, 20, 3)).toEqual([
      [0, 16],
      [16, 32],
      [32, 40],
    ]);
  });

  it("counts in the file's own frames: 10 at 12.5 fps, 96 at 120 fps", () => {
    expect(patchFrameRanges(25, 12.5, 3)).toEqual([
      [0, 10],
      [10, 20],
      [20, 25],
    ]);
    expect(patchFrameRanges(200, 120, 3).map(([start]) => start)).toEqual([0, 96, 192]);
  });

  it("covers every frame, in order, at any frame rate", () => {
    const rates = fc.oneof(
      fc.constantFrom(12.5, 20, 24, 25, 29.97, 30, 60, 100, 120),
      fc.double({ min: 0.5, max: 240, noNaN: true }),
    );
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 3000 }), rates, (frames, fps) => {
        const times = Math.ceil(resampledFrames(frames, fps, 20) / 16);
        const ranges = patchFrameRanges(frames, fps, times);
        expect(ranges).toHaveLength(times);
        expect(ranges[0]![0]).toBe(0);
        expect(ranges.at(-1)![1]).toBe(frames);
        ranges.forEach(([start, end], time) => {
          expect(start).toBeGreaterThanOrEqual(0);
          expect(end).toBeGreaterThan(start);
          // Below 1.25 fps a patch is shorter than a frame, and ranges overlap.
          if (time > 0 && fps >= 1.25) expect(start).toBe(ranges[time - 1]![1]);
          if (time > 0) expect(start).toBeLessThanOrEqual(ranges[time - 1]![1]);
        });
      }),
    );
  });
});
