import { describe, expect, it } from "vitest";
import { jointNames } from "../../src/core/motion/skeletons.js";
import { MotionFileError } from "../../src/formats/errors.js";
import { motionFromBytes } from "../../src/formats/read-motion.js";
import { BONE_NAMES, humanSkeleton, writeBvh, type BvhFileOptions } from "../fixtures/bvh.js";
import { writeNpy, writeNpz } from "../fixtures/npy.js";
import { walkingMotion } from "../fixtures/poses.js";

function refusal(name: string, bytes: Uint8Array): string {
  try {
    motionFromBytes(name, bytes);
  } catch (error) {
    expect(error).toBeInstanceOf(MotionFileError);
    expect((error as MotionFileError).file).toBe(name);
    return (error as Error).message;
  }
  return expect.fail("was accepted");
}

describe("npz archives", () => {
  const { joints } = walkingMotion(9);
  const array = writeNpy(joints, { shape: [9, 22, 3] });
  const noise = writeNpy(new Float32Array(10), { shape: [10] });

  it.each([true, false])("give their array of joints (compressed: %s)", (compressed) => {
    const { motion, info } = motionFromBytes("a.npz", writeNpz({ betas: noise, joints: array }, compressed));
    expect(motion.joints).toEqual(joints);
    expect(info).toMatchObject({ format: "npz", layout: 'positions of 22 joints, array "joints"' });
  });

  it("give the only array that fits, whatever its name, and the usual name among several", () => {
    expect(motionFromBytes("a.npz", writeNpz({ whatever: array, x: noise })).motion.joints).toEqual(joints);
    const other = writeNpy(new Float32Array(66), { shape: [1, 22, 3] });
    expect(motionFromBytes("a.npz", writeNpz({ rest: other, joints: array })).motion.frames).toBe(9);
    expect(refusal("a.npz", writeNpz({ one: array, two: other }))).toMatch(/one \(9, 22, 3\), two \(1, 22, 3\)/);
  });

  it("say their frame rate", () => {
    const rate = writeNpy([60], { shape: [], dtype: "<f8" });
    const bytes = writeNpz({ joints: array, mocap_framerate: rate });
    expect(motionFromBytes("a.npz", bytes, { fps: 25 }).motion.fps).toBe(60);
    expect(motionFromBytes("a.npz", writeNpz({ joints: array }), { fps: 25 }).motion.fps).toBe(25);
  });

  it("are refused as pose parameters of a body model, with the way out", () => {
    const poses = writeNpy(new Float32Array(3 * 156), { shape: [3, 156] });
    const trans = writeNpy(new Float32Array(9), { shape: [3, 3] });
    expect(refusal("amass.npz", writeNpz({ poses, trans, betas: noise }))).toMatch(
      /body model \(AMASS, SMPL\).*poses \(3, 156\)/,
    );
    // 22 rotations look like 22 positions.
    const rotations = writeNpy(new Float32Array(3 * 66), { shape: [3, 66] });
    expect(refusal("amass.npz", writeNpz({ poses: rotations, trans }))).toContain("body model");
  });

  it("are refused without a motion, without arrays, and damaged", () => {
    expect(refusal("a.npz", writeNpz({ x: noise }))).toContain("x (10,)");
    expect(refusal("a.npz", writeNpz({}))).toContain("no NumPy arrays");
    const bytes = writeNpz({ joints: array }, true);
    expect(refusal("a.npz", bytes.slice(0, -30))).toContain("table of contents");
    const flipped = bytes.slice();
    flipped[200]! ^= 1;
    expect(refusal("a.npz", flipped)).toContain("damaged");
    const stored = writeNpz({ joints: array });
    stored[500]! ^= 1;
    expect(refusal("a.npz", stored)).toContain("checksum");
  });

  it("are refused when they would unpack to more than is plausible", () => {
    const bytes = writeNpz({ joints: array }, true);
    const view = new DataView(bytes.buffer);
    // The size in the table of contents: 24 bytes after its signature.
    for (let at = 0; at + 4 < bytes.length; at++)
      if (view.getUint32(at, true) === 0x02014b50) view.setUint32(at + 24, 0xfffffff0, true);
    expect(refusal("a.npz", bytes)).toContain("more than can be read");
  });
});

describe("bvh files", () => {
  const still: BvhFileOptions = { frames: 13, frameTime: 1 / 60, rootPosition: () => [0, 95, 0] };

  /** Positions of one frame by joint name. */
  function placesOf(bytes: Uint8Array, frame = 0): Record<string, number[]> {
    const { motion } = motionFromBytes("a.bvh", bytes);
    expect(motion).toMatchObject({ fps: 20, skeleton: "humanml3d22" });
    return Object.fromEntries(
      jointNames("humanml3d22").map((name, joint) => {
        const at = (frame * 22 + joint) * 3;
        return [name, [...motion.joints.slice(at, at + 3)].map((value) => Number(value.toFixed(4)))];
      }),
    );
  }

  it.each(Object.keys(BONE_NAMES))("of %s skeletons are mapped to the 22 joints", (kind) => {
    const names = BONE_NAMES[kind]!;
    const top = 0.95 + 0.1 + 0.12 * (names.spine.length - 1);
    const places = placesOf(writeBvh(humanSkeleton(names), still));
    expect(places).toMatchObject({
      pelvis: [0, 0.95, 0],
      left_hip: [0.09, 0.88, 0],
      right_knee: [-0.09, 0.46, 0],
      left_ankle: [0.09, 0.05, 0],
      right_foot: [-0.09, 0, 0.14],
      left_collar: [0.07, Number((top + 0.18).toFixed(4)), 0],
      right_shoulder: [-0.18, Number((top + 0.18).toFixed(4)), 0],
      left_elbow: [0.46, Number((top + 0.18).toFixed(4)), 0],
      right_wrist: [-0.71, Number((top + 0.18).toFixed(4)), 0],
      neck: [0, Number((top + 0.2).toFixed(4)), 0],
      head: [0, Number((top + 0.35).toFixed(4)), 0],
    });
    const heights = ["pelvis", "spine1", "spine2", "spine3", "neck"].map((joint) => places[joint]![1]!);
    heights.slice(1).forEach((height, index) => expect(height).toBeGreaterThan(heights[index]!));
  });

  it("turn bones in the order of their channels", () => {
    const values: BvhFileOptions["values"] = (bone) => (bone === "LeftArm" ? [90, 0, 90] : [0, 0, 0]);
    const places = placesOf(writeBvh(humanSkeleton(BONE_NAMES.lafan!), { ...still, values }));
    const [x, y, z] = places.left_shoulder!;
    // The arm points along +x: turned about y by 90 degrees it points to -z, and about z after that, still to -z.
    expect(places.left_elbow).toEqual([x, y, z! - 0.28]);
  });

  it("are resampled to 20 fps, with a word about it", () => {
    const bytes = writeBvh(humanSkeleton(BONE_NAMES.cmu!), { ...still, rootPosition: (frame) => [0, 95, 10 * frame] });
    const { motion, info } = motionFromBytes("a.bvh", bytes);
    expect(motion.frames).toBe(5);
    expect(info).toMatchObject({ format: "bvh", shape: [13, 22], dtype: "text" });
    expect(info.warnings.join(" ")).toContain("13 frames at 60 per second");
    expect(motion.joints[66 + 2]).toBeCloseTo(0.3, 4);
  });

  it("read long files whole, piece by piece", () => {
    const bytes = writeBvh(humanSkeleton(BONE_NAMES.smpl!), {
      frames: 700,
      frameTime: 0.05,
      rootPosition: (frame) => [frame, 95, 0],
    });
    const { motion } = motionFromBytes("a.bvh", bytes);
    expect(motion.frames).toBe(700);
    for (const frame of [0, 255, 256, 257, 699]) expect(motion.joints[frame * 66]).toBeCloseTo(frame / 100, 3);
  });

  it.each([
    [1, "centimetres"],
    [0.01, "metres"],
    [10, "millimetres"],
    [1 / 2.54, "inches"],
    [0.45 / 2.54, "CMU"],
    [77, "unknown"],
  ])("guess units a factor of %d from centimetres", (unit, name) => {
    const bytes = writeBvh(humanSkeleton(BONE_NAMES.lafan!, unit), { ...still, rootPosition: () => [0, 95 * unit, 0] });
    const { motion, info } = motionFromBytes("a.bvh", bytes);
    expect(info.warnings[0]).toContain(name);
    expect(motion.joints[1]).toBeCloseTo(0.95, 1);
  });

  it("turn bodies that stand along z", () => {
    const values: BvhFileOptions["values"] = (bone) => (bone === "Hips" ? [0, 90, 0] : [0, 0, 0]);
    const bytes = writeBvh(humanSkeleton(BONE_NAMES.lafan!), { ...still, values, rootPosition: () => [0, 0, 95] });
    const places = placesOf(bytes);
    expect(places.pelvis).toEqual([0, 0.95, 0]);
    expect(places.left_foot).toEqual([0.09, 0, 0.14]);
  });

  it("take positions that repeat the offset once", () => {
    const names = BONE_NAMES.bandai!;
    expect(placesOf(writeBvh(humanSkeleton(names), { ...still, allPositions: true }))).toEqual(
      placesOf(writeBvh(humanSkeleton(names), still)),
    );
  });

  it("are refused when a part of the body is missing, with its name", () => {
    const names = { ...BONE_NAMES.lafan!, neck: "Halswirbel" };
    const message = refusal("a.bvh", writeBvh(humanSkeleton(names), still));
    expect(message).toMatch(/no bone found for .*neck/);
    expect(message).toContain("Halswirbel");
  });

  const text = new TextDecoder().decode(writeBvh(humanSkeleton(BONE_NAMES.lafan!), still));
  it.each<[string, string, string]>([
    ["another file", "HIERARCHY", "HIGHERARCHY"],
    ["an offset that is no number", "OFFSET 0 -42 0", "OFFSET 0 x 0"],
    ["a channel that does not exist", "Zrotation Xrotation Yrotation\n", "Wrotation Xrotation Yrotation\n"],
    ["a missing brace", "}\nMOTION", "MOTION"],
    ["more frames than announced", "Frames: 13", "Frames: 12"],
    ["a claim of four billion frames", "Frames: 13", "Frames: 4294967295"],
    ["no frames", "Frames: 13", "Frames: 0"],
    ["a frame time of zero", /Frame Time: .*/.exec(text)![0], "Frame Time: 0"],
    ["a value that is no number", "0 95 0 0", "0 nan 0 0"],
    ["a value that is missing", "0 95 0 0", "0 95 0"],
  ])("are refused for %s", (_, from, to) => {
    expect(text).toContain(from);
    refusal("a.bvh", new TextEncoder().encode(text.replace(from, to)));
  });

  it("are refused cut short anywhere", () => {
    for (let length = 0; length < text.length - 4; length += 97) {
      refusal("a.bvh", new TextEncoder().encode(text.slice(0, length)));
    }
  });
});
