import { describe, expect, it } from "vitest";
import { PART_GROUPS, partsNamed } from "../../../src/core/motion/part-groups.js";
import { MIRROR_PART, PART_NAMES } from "../../../src/core/motion/parts.js";

const names = (name: string) => partsNamed(name, PART_NAMES).map((index) => PART_NAMES[index]);

describe("partsNamed", () => {
  it("gives a part for its own name, and a limb's parts for the limb's", () => {
    for (const part of PART_NAMES) expect(names(part)).toEqual([part]);
    expect(names("left_leg")).toEqual(["left_hip", "left_knee", "left_ankle"]);
    expect(names("Right Arm")).toEqual(["right_shoulder", "right_elbow"]);
    expect(names("left-leg")).toEqual(names("left_leg"));
    expect(names("body")).toEqual([...PART_NAMES]);
  });

  it("knows no other names", () => {
    for (const name of ["", "leg", "left_", "constructor", ".*"]) expect(names(name), name).toEqual([]);
  });

  it("has for every limb of one side the same of the other", () => {
    for (const name of PART_GROUPS.filter((group) => group.startsWith("left_"))) {
      const mirrored = partsNamed(name, PART_NAMES).map((index) => MIRROR_PART[index]!);
      expect(partsNamed(name.replace("left", "right"), PART_NAMES).sort()).toEqual(mirrored.sort());
    }
  });
});
