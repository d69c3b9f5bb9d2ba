import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  areaPath,
  dragBracket,
  formatSeconds,
  frameAt,
  setEdge,
  shareOf,
  ticks,
  timeLookup,
} from "../../src/webview/player/timeline.js";

describe("the time axis", () => {
  it("finds the frame under the pointer, and puts it back there", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 2000 }),
        fc.integer({ min: 50, max: 2000 }),
        fc.nat(1999),
        (frames, width, at) => {
          const frame = at % frames;
          expect(frameAt(shareOf(frame, frames) * width, width, frames)).toBe(frame);
        },
      ),
    );
    expect([frameAt(-5, 100, 10), frameAt(500, 100, 10), frameAt(5, 0, 10)]).toEqual([0, 9, 0]);
  });

  it("keeps at least one frame between dragged brackets", () => {
    expect(dragBracket([10, 20], "start", 40, 100)).toEqual([19, 20]);
    expect(dragBracket([10, 20], "start", -4, 100)).toEqual([0, 20]);
    expect(dragBracket([10, 20], "end", 3, 100)).toEqual([10, 11]);
    expect(dragBracket([10, 20], "end", 99, 100)).toEqual([10, 100]);
  });

  it("sets an edge at the frame and keeps the other where it fits", () => {
    expect(setEdge(undefined, "start", 30, 100)).toEqual([30, 100]);
    expect(setEdge([30, 100], "end", 59, 100)).toEqual([30, 60]);
    expect(setEdge([30, 60], "start", 80, 100)).toEqual([80, 100]);
    expect(setEdge([30, 60], "end", 10, 100)).toEqual([0, 11]);
  });

  it("labels round seconds with room between them", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 20000 }), fc.integer({ min: 100, max: 2000 }), (frames, width) => {
        const found = ticks(frames, 20, width);
        expect(found[0]).toEqual({ seconds: 0, share: 0 });
        for (let index = 1; index < found.length; index++) {
          expect((found[index]!.share - found[index - 1]!.share) * width).toBeGreaterThanOrEqual(Math.min(55.9, width));
        }
        expect(found.at(-1)!.share).toBeLessThanOrEqual(1 + 1e-9);
      }),
    );
    expect(ticks(120, 20, 880).map(({ seconds }) => seconds)).toContain(5.5);
    expect(ticks(0, 20, 880)).toEqual([]);
  });

  it("finds the time step of each frame", () => {
    expect([
      ...timeLookup(
        [
          [0, 2],
          [2, 5],
        ],
        6,
      ),
    ]).toEqual([0, 0, 1, 1, 1, -1]);
    expect([...timeLookup([[0, 9]], 3)]).toEqual([0, 0, 0]);
  });

  it("draws a stepped area", () => {
    expect(
      areaPath(
        [0, 1],
        [
          [0, 5],
          [5, 10],
        ],
        10,
        20,
      ),
    ).toBe("M0.00 20L0.00 20.00L500.00 20.00L500.00 0.00L1000.00 0.00L1000.00 20Z");
    expect(areaPath([], [], 10, 20)).toBe("");
  });

  it("prints seconds", () => {
    expect([formatSeconds(1.234), formatSeconds(123.456)]).toEqual(["1.23", "123.5"]);
  });
});
