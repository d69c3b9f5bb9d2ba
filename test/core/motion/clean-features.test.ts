import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  CLEAN_COLUMNS,
  CLEAN_MIRROR_SIGNS,
  CLEAN_MIRROR_SOURCE,
  CLEAN_PART_COLUMNS,
  cleanFeatures,
} from "../../../src/core/motion/clean-features.js";
import { mirrorCleanImage, mirrorMotion } from "../../../src/core/motion/mirror.js";
import { PART_NAMES, type PartName } from "../../../src/core/motion/parts.js";
import { kitMotionOf, motionOf, shift, standingPose, turn, UPPER_BODY, type Pose } from "../../fixtures/poses.js";
import { noisyWalks } from "../../fixtures/random-motion.js";
import reference from "../../fixtures/clean-reference.json";

/** Columns of a part in a frame of a 20 fps motion of poses. */
function band(poses: readonly Pose[], part: PartName, frame = 0): number[] {
  const { features } = cleanFeatures(motionOf(poses));
  const { start, count } = CLEAN_PART_COLUMNS[PART_NAMES.indexOf(part)]!;
  return [...features.slice(frame * CLEAN_COLUMNS + start, frame * CLEAN_COLUMNS + start + count)];
}

function expectBand(found: readonly number[], expected: readonly number[]): void {
  expect(found).toHaveLength(expected.length);
  found.forEach((value, index) => expect(value, `column ${index}`).toBeCloseTo(expected[index]!, 5));
}

const standing = standingPose();
const everything = Object.keys(standing);

describe("layout of the clean image", () => {
  it("has 94 columns in 14 bands without gaps", () => {
    expect(CLEAN_COLUMNS).toBe(94);
    expect(CLEAN_PART_COLUMNS.map(({ count }) => count)).toEqual([9, 8, 4, 4, 8, 8, 5, 5, 9, 4, 4, 4, 11, 11]);
    CLEAN_PART_COLUMNS.reduce((end, { start, count }) => {
      expect(start).toBe(end);
      return start + count;
    }, 0);
  });

  it("mirrors back to itself", () => {
    CLEAN_MIRROR_SOURCE.forEach((source, column) => {
      expect(CLEAN_MIRROR_SOURCE[source]).toBe(column);
      expect(CLEAN_MIRROR_SIGNS[source]).toBe(CLEAN_MIRROR_SIGNS[column]);
    });
  });
});

describe("clean features of constructed poses", () => {
  it("describe a person standing straight", () => {
    expectBand(band([standing], "global"), [0, 0.9, 0, 0, 0, 0, 0, 1, 0]);
    expectBand(band([standing], "pelvis"), [0, 1, 0, 0.9, 0, 0, 0, 0]);
    expectBand(band([standing], "left_hip"), [0, -1, 0, 0.41]);
    expectBand(band([standing], "right_knee"), [0, -1, 0, 0, 0, 0, 0, 0]);
    expectBand(band([standing], "left_ankle"), [0, 0, 1, 0, 0]);
    expectBand(band([standing], "lumbar"), [0, 1, 0, 1, 0, 0, 0, 1, 0]);
    expectBand(band([standing], "neck"), [0, 1, 0, 1.55]);
    expectBand(band([standing], "right_shoulder"), [0, -1, 0, 1.12]);
    expectBand(band([standing], "left_elbow"), [0, -1, 0, 0, 0.87, 0.18, -0.53, 0, 0, 0, 0]);
  });

  it("do not depend on where the person stands, faces, how tall they are, or where the floor is", () => {
    const bent = turn(standing, UPPER_BODY, standing.pelvis!, "x", 25);
    const moved = shift(turn(bent, everything, [0, 0, 0], "y", 130), [3, 0.7, -2]);
    const taller = Object.fromEntries(
      Object.entries(moved).map(([joint, point]) => [joint, point.map((value) => value * 1.3)]),
    ) as Pose;
    const expected = cleanFeatures(motionOf([bent])).features;
    for (const other of [moved, taller]) {
      cleanFeatures(motionOf([other])).features.forEach((value, column) =>
        expect(value, `column ${column}`).toBeCloseTo(expected[column]!, 5),
      );
    }
  });

  it("measure a sideways walk to the own left at 1 m/s", () => {
    const poses = Array.from({ length: 5 }, (_, frame) => shift(standing, [0.05 * frame, 0, 0]));
    expectBand(band(poses, "global", 2), [0.1, 0.9, 0, 1, 0, 0, 0, 1, 0]);
    expectBand(band(poses, "left_knee", 4).slice(5), [1, 0, 0]);
    expectBand(band(poses, "right_ankle", 0).slice(4), [1]);
    expectBand(band(poses, "right_elbow", 3).slice(8), [0, 0, 0]);
  });

  it("measure a turn to the own left at 40 degrees a second", () => {
    const poses = Array.from({ length: 6 }, (_, frame) => turn(standing, everything, [0, 0, 0], "y", 170 + 2 * frame));
    const angle = (6 * Math.PI) / 180;
    const rate = (40 * Math.PI) / 180;
    // Across the seam at 180 degrees.
    expectBand(band(poses, "global", 3).slice(6), [Math.sin(angle), Math.cos(angle), rate]);
    expect(band(poses, "pelvis", 5)[7]).toBeCloseTo(rate, 5);
  });

  it("measure a bent knee and elbow in radians", () => {
    let pose = turn(standing, ["right_ankle", "right_foot"], standing.right_knee!, "x", 60);
    pose = turn(pose, ["left_wrist"], pose.left_elbow!, "x", -90);
    expect(band([pose], "right_knee")[3]).toBeCloseTo(Math.PI / 3, 5);
    expectBand(band([pose], "left_elbow").slice(0, 4), [0, 0, 1, Math.PI / 2]);
  });

  it("keep the last direction of a limb that loses its length", () => {
    const gone = { ...standing, left_wrist: standing.left_elbow! };
    const forward = turn(standing, ["left_wrist"], standing.left_elbow!, "x", -90);
    expectBand(band([forward, gone], "left_elbow", 1).slice(0, 3), [0, 0, 1]);
    expectBand(band([gone], "left_elbow").slice(0, 3), [0, -1, 0]);
  });

  it("read KIT-ML's joints as the page says", () => {
    const poses = Array.from({ length: 3 }, () => standing);
    const kit = kitMotionOf(poses, 20);
    // The page takes KIT's joint 0 as pelvis.
    const joints = Float32Array.from(kit.joints);
    for (let frame = 0; frame < 3; frame++) joints.set(standing.pelvis!, frame * 63);
    const found = cleanFeatures({ ...kit, joints }).features;
    // spine1 stands in for KIT's joint 1, which is the pelvis of the pose: both lie straight above the hips.
    cleanFeatures(motionOf(poses)).features.forEach((value, column) => expect(found[column]).toBeCloseTo(value, 5));
  });
});

describe("cleanFeatures", () => {
  it("agree with the training package, whose tests read the same file", () => {
    const joints = Float32Array.from(reference.joints.flat());
    const found = cleanFeatures({ joints, frames: reference.joints.length, fps: 20, skeleton: "humanml3d22" });
    const expected = reference.features.flat();
    expect(found.features.length).toBe(expected.length);
    found.features.forEach((value, at) => expect(value, `column ${at % CLEAN_COLUMNS}`).toBeCloseTo(expected[at]!, 5));
  });

  it("of a mirrored motion are the mirrored features", () => {
    fc.assert(
      fc.property(noisyWalks, (motion) => {
        const expected = mirrorCleanImage(cleanFeatures(motion).features);
        const found = cleanFeatures(mirrorMotion(motion)).features;
        expect(found.length).toBe(expected.length);
        found.forEach((value, at) => {
          const error = Math.abs(value - expected[at]!);
          if (!(error <= 1e-5 * (1 + Math.abs(value)))) expect.fail(`column ${at % CLEAN_COLUMNS}: off by ${error}`);
        });
      }),
      { numRuns: 60 },
    );
  });

  it("resample other frame rates to 20", () => {
    const poses = Array.from({ length: 41 }, (_, frame) => shift(standing, [0, 0, 0.025 * frame]));
    const found = cleanFeatures(motionOf(poses, 40));
    expect(found.frames).toBe(21);
    const halved = cleanFeatures(motionOf(poses.filter((_, frame) => frame % 2 === 0)));
    found.features.forEach((value, at) => expect(value).toBeCloseTo(halved.features[at]!, 4));
  });

  it("are finite for any positions", () => {
    const anywhere = fc.array(fc.float({ noNaN: true, min: -1000, max: 1000 }), { minLength: 132, maxLength: 132 });
    fc.assert(
      fc.property(fc.oneof(anywhere, fc.constant(new Array<number>(132).fill(0))), (values) => {
        const { features } = cleanFeatures({
          joints: Float32Array.from(values),
          frames: 2,
          fps: 20,
          skeleton: "humanml3d22",
        });
        expect(features.every(Number.isFinite)).toBe(true);
      }),
      { numRuns: 100 },
    );
  });

  it("refuse a motion without frames", () => {
    expect(() => cleanFeatures(motionOf([]))).toThrow(RangeError);
  });
});
