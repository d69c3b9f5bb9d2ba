import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { checkMotion } from "../../../src/core/motion/checks.js";
import { humanmlFeatures } from "../../../src/core/motion/humanml-features.js";
import { jointsFromVectors, vectorsLookStandardised } from "../../../src/core/motion/humanml-vectors.js";
import { mirrorMotion } from "../../../src/core/motion/mirror.js";
import { PART_NAMES } from "../../../src/core/motion/parts.js";
import { resampledFrames, resampleMotion } from "../../../src/core/motion/resample.js";
import { bones, jointCount, jointNames, partBones, partJoints, SKELETONS } from "../../../src/core/motion/skeletons.js";
import { motionOf, shift, standingPose, turn, walkingMotion, type Pose } from "../../fixtures/poses.js";
import { noisyWalks } from "../../fixtures/random-motion.js";
import { jointsToVectors } from "../../fixtures/vectors.js";

describe.each(["humanml3d22", "kit21"] as const)("skeleton %s", (name) => {
  const { joints, parents, mirror, body } = SKELETONS[name];

  it("is one tree whose parents come first", () => {
    expect(parents).toHaveLength(jointCount(name));
    expect(parents.filter((parent) => parent < 0)).toHaveLength(1);
    parents.forEach((parent, child) => expect(parent).toBeLessThan(child));
    expect(bones(name)).toHaveLength(joints.length - 1);
  });

  it("pairs left and right joints, and their bones", () => {
    mirror.forEach((other, joint) => {
      expect(mirror[other]).toBe(joint);
      expect(/left|right/.test(joints[joint]!)).toBe(other !== joint);
      expect(parents[other]).toBe(parents[joint]! < 0 ? -1 : mirror[parents[joint]!]);
    });
  });

  it("names the body's joints on the right side", () => {
    for (const [role, joint] of Object.entries(body)) {
      const side = /^(left|right)/.exec(role)?.[1];
      if (side) expect(joints[joint]).toBe(`${side}_${role.slice(side.length).toLowerCase()}`);
    }
  });

  it("has joints and a bone for every part", () => {
    PART_NAMES.forEach((part, index) => {
      expect(partJoints(name, part).length).toBeGreaterThan(1);
      expect(partJoints(name, index)).toEqual(partJoints(name, part));
      expect(partBones(name, part).length).toBeGreaterThan(0);
    });
    expect(partJoints(name, 14)).toEqual([]);
  });
});

describe("resampleMotion", () => {
  it("interpolates straight movements exactly", () => {
    const poses = Array.from({ length: 31 }, (_, frame) => shift(standingPose(), [0, 0, frame / 30]));
    const resampled = resampleMotion(motionOf(poses, 30), 20);
    expect([resampled.frames, resampled.fps]).toEqual([21, 20]);
    for (let frame = 0; frame < 21; frame++) expect(resampled.joints[frame * 66 + 2]).toBeCloseTo(frame / 20, 5);
  });

  it("keeps the motion itself at its own rate", () => {
    const motion = walkingMotion(7);
    expect(resampleMotion(motion, 20)).toBe(motion);
  });

  it("never asks for time beyond the last frame", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 5000 }),
        fc.constantFrom(12.5, 25, 30, 59.94, 60, 100, 120),
        (frames, fps) => {
          const count = resampledFrames(frames, fps, 20);
          expect((count - 1) / 20).toBeLessThanOrEqual((frames - 1) / fps + 1e-6);
          expect(count / 20).toBeGreaterThan((frames - 1) / fps);
        },
      ),
    );
  });

  it("refuses a frame rate that is none", () => {
    for (const fps of [0, -1, NaN, Infinity]) expect(() => resampleMotion(walkingMotion(2), fps)).toThrow(RangeError);
  });
});

describe("mirrorMotion", () => {
  it("gives the motion back when applied twice", () => {
    fc.assert(
      fc.property(noisyWalks, (motion) => void expect(mirrorMotion(mirrorMotion(motion))).toEqual(motion)),
      { numRuns: 30 },
    );
  });

  it("moves the left hand's movement to the right hand", () => {
    const standing = standingPose();
    const waving = turn(standing, ["left_elbow", "left_wrist"], standing.left_shoulder!, "z", 170);
    const { joints } = mirrorMotion(motionOf([waving]));
    const names = jointNames("humanml3d22");
    const wrist = [...joints.slice(names.indexOf("right_wrist") * 3)].slice(0, 3);
    const [x, y, z] = waving.left_wrist!;
    [-x, y, z].forEach((value, axis) => expect(wrist[axis]).toBeCloseTo(value, 6));
  });
});

describe("feature vectors", () => {
  it.each(["humanml3d22", "kit21"] as const)("of %s give the joints back", (skeleton) => {
    fc.assert(
      fc.property(noisyWalks, (walk) => {
        const count = jointCount(skeleton);
        const joints = new Float32Array(walk.frames * count * 3);
        for (let frame = 0; frame < walk.frames; frame++) {
          joints.set(walk.joints.subarray(frame * 66, frame * 66 + count * 3), frame * count * 3);
        }
        const { vectors, expected } = jointsToVectors(joints, walk.frames, skeleton);
        const found = jointsFromVectors(vectors, walk.frames, skeleton);
        found.forEach((value, at) => expect(Math.abs(value - expected[at]!)).toBeLessThan(1e-4));
        expect(vectorsLookStandardised(vectors, walk.frames, skeleton)).toBe(false);
        expect(
          vectorsLookStandardised(
            vectors.map((value) => (value - 0.3) / 0.7),
            walk.frames,
            skeleton,
          ),
        ).toBe(true);
      }),
      { numRuns: 30 },
    );
  });

  it("computed by the training package give its joints back", () => {
    const file = new URL("../../fixtures/features263-reference.json", import.meta.url);
    const reference = JSON.parse(readFileSync(file, "utf8")) as { joints: number[][]; features: number[][] };
    const frames = reference.features.length;
    const found = jointsFromVectors(reference.features.flat(), frames, "humanml3d22");
    const expected = reference.joints.slice(0, frames).flat();
    expect(found).toHaveLength(expected.length);
    found.forEach((value, at) => expect(Math.abs(value - expected[at]!)).toBeLessThan(1e-5));
  });

  it("are those that the training package computes", () => {
    const file = new URL("../../fixtures/features263-reference.json", import.meta.url);
    const reference = JSON.parse(readFileSync(file, "utf8")) as { joints: number[][]; features: number[][] };
    const frames = reference.joints.length;
    const joints = Float32Array.from(reference.joints.flat());
    const found = humanmlFeatures({ joints, frames, fps: 20, skeleton: "humanml3d22" });
    const expected = reference.features.flat();
    expect(found).toHaveLength(expected.length);
    // The file is rounded to six decimals, which bones of a few centimetres enlarge.
    found.forEach((value, at) => expect(Math.abs(value - expected[at]!)).toBeLessThan(1e-4));
  });

  it("give back the joints they were computed from, turned to face ahead", () => {
    fc.assert(
      fc.property(noisyWalks, (walk) => {
        fc.pre(walk.frames > 1);
        const back = jointsFromVectors(humanmlFeatures(walk), walk.frames - 1, "humanml3d22");
        const distance = (joints: Float32Array, frame: number, a: number, b: number) =>
          Math.hypot(...[0, 1, 2].map((axis) => joints[frame * 66 + a * 3 + axis]! - joints[b * 3 + axis]!));
        for (let frame = 0; frame < walk.frames - 1; frame++) {
          for (const joint of [0, 7, 15, 20, 21]) {
            const found = distance(back, frame, joint, 10);
            expect(Math.abs(found - distance(walk.joints, frame, joint, 10))).toBeLessThan(1e-4);
          }
        }
      }),
      { numRuns: 30 },
    );
  });

  it("are refused for 21 joints and for a single frame", () => {
    const walk = walkingMotion(1);
    expect(() => humanmlFeatures(walk)).toThrow("two frames");
    expect(() => humanmlFeatures({ ...walk, joints: new Float32Array(63), skeleton: "kit21" })).toThrow("has 21");
  });

  it("refuses a wrong length", () => {
    expect(() => jointsFromVectors(new Float32Array(262), 1, "humanml3d22")).toThrow(RangeError);
  });
});

describe("checkMotion", () => {
  const still = (pose: Pose) => motionOf([pose, pose, pose]);
  const standing = standingPose();
  const scaled = (factor: number): Pose =>
    Object.fromEntries(Object.entries(standing).map(([joint, point]) => [joint, point.map((v) => v * factor)])) as Pose;

  it("finds nothing in plausible motions", () => {
    expect(checkMotion(walkingMotion(60))).toEqual([]);
    expect(checkMotion(motionOf([]))).toEqual([]);
  });

  it.each([
    [1000, "millimetres"],
    [100, "centimetres"],
    [39.37, "inches"],
  ])("guesses units a factor of %d off", (factor, unit) => {
    expect(checkMotion(still(scaled(factor)))).toEqual([expect.stringContaining(unit)]);
  });

  it("notices another up axis and a body upside down", () => {
    const lying = turn(standing, Object.keys(standing), [0, 0, 0], "x", 90);
    expect(checkMotion(still(lying))).toContainEqual(expect.stringContaining("z may be the up axis"));
    const inverted = turn(standing, Object.keys(standing), [0, 0, 0], "z", 180);
    expect(checkMotion(still(inverted))).toContainEqual(expect.stringContaining("upside down"));
  });

  it("notices feet under and over the floor", () => {
    expect(checkMotion(still(shift(standing, [0, -0.5, 0])))).toEqual([
      expect.stringContaining("0.5 m below the floor"),
    ]);
    expect(checkMotion(still(shift(standing, [0, 0.4, 0])))).toEqual([
      expect.stringContaining("never come closer than 0.4 m"),
    ]);
  });

  it("notices jumps with joint and frame", () => {
    const away = shift(standing, [3, 0, 0]);
    expect(checkMotion(motionOf([standing, standing, away, away]))).toEqual([
      expect.stringMatching(/jumps: .* moves 3 m from frame 1 to frame 2\./),
    ]);
  });

  it("notices bones that change their length", () => {
    const stretched = { ...standing, left_wrist: [0.18, 0.7, 0] as [number, number, number] };
    const found = checkMotion(motionOf([standing, stretched]));
    expect(found).toEqual([expect.stringContaining("left_elbow to left_wrist")]);
  });

  it("notices exchanged sides", () => {
    const motion = walkingMotion(30);
    const flipped = { ...motion, joints: motion.joints.map((value, at) => (at % 3 === 0 ? -value : value)) };
    expect(checkMotion(flipped)).toContainEqual(expect.stringContaining("exchanged"));
    expect(checkMotion(mirrorMotion(motion))).toEqual([]);
  });
});
