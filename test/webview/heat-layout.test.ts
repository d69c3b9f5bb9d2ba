import { describe, expect, it } from "vitest";
import fc from "fast-check";
import { PART_NAMES } from "../../src/core/motion/parts.js";
import { cellAt, columnSpan, heatLayout, strongestWords } from "../../src/webview/alignment/heat-layout.js";
import { patchTint } from "../../src/webview/alignment/tint.js";
import { signalOf } from "../../src/webview/alignment/words.js";
import { roomFor } from "../../src/webview/model.js";
import { syntheticAlignment, timeSteps, walkingMotion } from "./support/motions.js";

describe("the heat map's layout", () => {
  const layout = heatLayout(PART_NAMES, 14);

  it("groups all 14 parts, each once", () => {
    expect(layout.groups.map(({ id }) => id)).toEqual(["whole", "trunk", "rightArm", "leftArm", "rightLeg", "leftLeg"]);
    expect(layout.rows.map(({ part }) => part).sort((a, b) => a - b)).toEqual(PART_NAMES.map((_, index) => index));
    expect(layout.rows.filter(({ side }) => side === "left")).toHaveLength(5);
    expect(layout.height).toBe(14 * 14 + 5 * 5);
  });

  it("loses no part of another model", () => {
    const other = heatLayout(["left_hip", "tail", "global"], 10);
    expect(other.rows.map(({ name }) => name)).toEqual(["global", "left_hip", "tail"]);
    expect(other.groups.at(-1)!.id).toBe("other");
  });

  it("finds the cell in the middle of every row and column, and none between groups", () => {
    const times = timeSteps(120, 20);
    fc.assert(
      fc.property(fc.nat(13), fc.nat(times.length - 1), fc.integer({ min: 100, max: 1500 }), (index, time, width) => {
        const row = layout.rows[index]!;
        const span = columnSpan(times[time]!, 120, width);
        expect(cellAt(layout, times, 120, span.x + span.width / 2, row.top + 7, width)).toEqual({
          part: row.part,
          time,
        });
      }),
    );
    expect(cellAt(layout, times, 120, 10, layout.groups[0]!.height + 2, 500)).toBeUndefined();
    expect(cellAt(layout, times, 120, -1, 3, 500)).toBeUndefined();
    expect(cellAt(layout, times, 120, 501, 3, 500)).toBeUndefined();
  });

  it("names the word that is strongest at each patch", () => {
    const alignment = syntheticAlignment(walkingMotion("humanml3d22"));
    const signals = [signalOf(alignment, [2]), signalOf(alignment, [5, 6])];
    const { tints, words } = strongestWords(signals, [1, 1], patchTint);
    const at = (time: number, part: string) => time * alignment.parts.length + alignment.parts.indexOf(part);
    expect(words[at(5, "left_ankle")]).toBe(1);
    expect(words[at(0, "right_hip")]).toBe(0);
    expect(tints[at(5, "left_ankle")]).toBeCloseTo(1);
    const muted = strongestWords(signals, [1, 0], patchTint);
    expect(muted.words[at(6, "left_ankle")]).not.toBe(1);
  });
});

describe("room in the panel", () => {
  it("gives way in one order: retrieved captions, mannequin, heat map", () => {
    const lost = { retrieved: 0, mannequin: 0, heatMap: 0 };
    for (let width = 1000; width >= 300; width -= 5) {
      const room = roomFor(width, 800);
      for (const key of ["retrieved", "mannequin", "heatMap"] as const) if (!room[key]) lost[key] ||= width;
    }
    expect(lost.retrieved).toBeGreaterThan(lost.mannequin);
    expect(lost.mannequin).toBeGreaterThan(lost.heatMap);
    expect(lost.heatMap).toBeGreaterThan(320);
  });
});
