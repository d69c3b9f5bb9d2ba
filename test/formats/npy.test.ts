import { beforeAll, describe, expect, it } from "vitest";
import { MotionFileError } from "../../src/formats/errors.js";
import { motionFromBytes } from "../../src/formats/read-motion.js";
import { writeNpy, type NpyOptions } from "../fixtures/npy.js";
import { kitMotionOf, motionOf, standingPose, turn, UPPER_BODY, walkingMotion } from "../fixtures/poses.js";
import { jointsToVectors } from "../fixtures/vectors.js";

/** A motion whose coordinates are multiples of 1/64, exact in every float type. */
const FRAMES = 7;
const coarse = walkingMotion(FRAMES).joints.map((value) => Math.round(value * 64) / 64);

function read(values: ArrayLike<number>, options: NpyOptions, name = "motion.npy") {
  return motionFromBytes(name, writeNpy(values, options));
}

/** The message of the MotionFileError that reading must end in. */
function refusal(run: () => unknown, name = "motion.npy"): string {
  try {
    run();
  } catch (error) {
    expect(error).toBeInstanceOf(MotionFileError);
    expect((error as MotionFileError).file).toBe(name);
    expect((error as Error).message.startsWith(`${name}: `)).toBe(true);
    return (error as Error).message;
  }
  return expect.fail("was accepted");
}

describe("npy files", () => {
  const dtypes = ["<f2", ">f2", "<f4", ">f4", "<f8", ">f8"];
  const cases = dtypes.flatMap((dtype) =>
    [false, true].flatMap((fortran) => ([1, 2, 3] as const).map((version) => ({ dtype, fortran, version }))),
  );

  it.each(cases)("are read as $dtype, Fortran order $fortran, version $version", (form) => {
    const { motion, info } = read(coarse, { shape: [FRAMES, 22, 3], ...form });
    expect(motion).toMatchObject({ frames: FRAMES, fps: 20, skeleton: "humanml3d22" });
    expect(motion.joints).toEqual(coarse);
    expect(info).toMatchObject({ format: "npy", shape: [FRAMES, 22, 3], dtype: form.dtype });
  });

  it("are read with headers that are not aligned, as other programs write them", () => {
    for (const align of [1, 3, 16])
      expect(read(coarse, { shape: [FRAMES, 22, 3], align }).motion.joints).toEqual(coarse);
  });

  it("own their numbers", () => {
    const { joints } = read(coarse, { shape: [FRAMES, 22, 3] }).motion;
    expect(joints.buffer.byteLength).toBe(joints.byteLength);
  });

  it("may be flattened", () => {
    const { motion, info } = read(coarse, { shape: [FRAMES, 66] });
    expect(motion.joints).toEqual(coarse);
    expect(info.layout).toContain("flattened");
  });

  it("may hold whole numbers, with a warning about them and about the units", () => {
    const millimetres = coarse.map((value) => Math.round(value * 1000) + 0);
    const { motion, info } = read(millimetres, { shape: [FRAMES, 22, 3], dtype: "<i2" });
    expect(motion.joints).toEqual(millimetres);
    expect(info.warnings.join(" ")).toMatch(/Whole numbers.*millimetres/);
    expect(read(millimetres, { shape: [FRAMES, 22, 3], dtype: ">i8" }).motion.joints).toEqual(millimetres);
  });

  it("say which frame rate was assumed, unless one was given", () => {
    expect(read(coarse, { shape: [FRAMES, 22, 3] }).info.warnings).toEqual([
      expect.stringContaining("20 frames per second"),
    ]);
    const bytes = writeNpy(coarse, { shape: [FRAMES, 22, 3] });
    const { motion, info } = motionFromBytes("motion.npy", bytes, { fps: 30 });
    expect([motion.fps, info.warnings]).toEqual([30, []]);
    expect(() => motionFromBytes("motion.npy", bytes, { fps: 0 })).toThrow(RangeError);
  });

  it("may hold HumanML3D feature vectors", () => {
    const { vectors, expected } = jointsToVectors(coarse, FRAMES, "humanml3d22");
    const { motion, info } = read(vectors, { shape: [FRAMES, 263], dtype: "<f8" });
    motion.joints.forEach((value, at) => expect(value).toBeCloseTo(expected[at]!, 4));
    expect(info.layout).toContain("HumanML3D feature vectors");
    const standardised = read(
      vectors.map((value) => value - 0.5),
      { shape: [FRAMES, 263], dtype: "<f8" },
    );
    expect(standardised.info.warnings.join(" ")).toContain("standardised");
  });

  describe("of KIT-ML", () => {
    // KIT's root must stand with the body, or the leg would be the only plausible thing about it.
    const pose = turn(standingPose(), UPPER_BODY, standingPose().pelvis!, "x", 5);
    const kit = kitMotionOf([pose, pose]);
    const joints = kit.joints.map((value, at) => (at % 63 < 3 ? pose.pelvis![at % 63]! : value) * 700);

    it.each([
      [[2, 21, 3], "positions of 21"],
      [[2, 63], "flattened"],
    ])("are scaled to a leg of 0.83 m at 12.5 fps: %j", (shape, layout) => {
      const { motion, info } = read(joints, { shape });
      expect(motion).toMatchObject({ frames: 2, fps: 12.5, skeleton: "kit21" });
      motion.joints.forEach((value, at) => expect(value).toBeCloseTo(joints[at]! / 700, 4));
      expect(info.layout).toContain(layout);
      expect(info.warnings.join(" ")).toMatch(/12\.5 frames per second.*scaled by 0\.001429/);
    });

    it("keep their units when asked to", () => {
      const { motion } = motionFromBytes("k.npy", writeNpy(joints, { shape: [2, 21, 3] }), { keepUnits: true });
      expect(motion.joints).toEqual(joints);
    });

    it("may be feature vectors", () => {
      const { vectors } = jointsToVectors(joints, 2, "kit21");
      const { motion, info } = read(vectors, { shape: [2, 251] });
      expect([motion.skeleton, motion.frames, info.layout]).toEqual(["kit21", 2, "KIT-ML feature vectors"]);
    });
  });
});

describe("npy files that are no motion", () => {
  const refused = (values: ArrayLike<number>, options: NpyOptions) => refusal(() => read(values, options));
  const zeros = (count: number) => new Float32Array(count);

  it.each<[number[], string]>([
    [[22, 3], "one pose without a time axis"],
    [[5, 24, 3], "array[:, :22]"],
    [[5, 3, 22], "exchanged"],
    [[22, 5, 3], "Time must be the first axis"],
    [[2, 5, 22, 3], "Several motions"],
    [[5, 22, 4], "(frames, 22, 3)"],
    [[5, 262], "(frames, 263)"],
    [[66], "(66,)"],
    [[], "shape ()"],
  ])("are refused with their shape and what would fit: %j", (shape, part) => {
    const count = shape.reduce((product, size) => product * size, 1);
    const message = refused(zeros(count), { shape, dtype: "<f8" });
    expect(message).toContain(`shape (${shape.length === 1 ? `${shape[0]},` : shape.join(", ")})`);
    expect(message).toContain("<f8");
    expect(message).toContain("(frames, 22, 3)");
    expect(message).toContain(part);
  });

  it.each([
    ["|O8", "Python objects"],
    ["<c8", "complex"],
    ["<U4", "text"],
    ["|S4", "byte strings"],
    ["|V8", "raw records"],
    ["|b1", "true/false"],
    ["<M8", "dates"],
    ["<f16", "extended-precision"],
    ["<q8", "unknown type"],
  ])("are refused with their dtype: %s", (dtype, what) => {
    expect(refused(zeros(66), { shape: [1, 22, 3], dtype })).toContain(what);
  });

  it("are refused without frames", () => {
    expect(refused([], { shape: [0, 22, 3] })).toContain("no frames");
    expect(refused([], { shape: [0, 251] })).toContain("no frames");
  });

  it.each([
    [NaN, "NaN"],
    [Infinity, "infinite"],
    [1e300, "too large"],
  ])("are refused for a value of %s, with frame and joint", (value, what) => {
    const values = Float64Array.from(coarse);
    values[(3 * 22 + 4) * 3 + 1] = value;
    const message = refused(values, { shape: [FRAMES, 22, 3], dtype: "<f8" });
    expect(message).toContain(what);
    expect(message).toContain("frame 3, joint 4 (left_knee)");
  });

  it("are refused for a value in a feature vector, with frame and column", () => {
    const values = new Float32Array(4 * 263);
    values[2 * 263 + 100] = NaN;
    expect(refused(values, { shape: [4, 263] })).toContain("frame 2, column 100");
  });

  it("are refused when feature vectors lead to infinite positions", () => {
    const values = new Float32Array(4 * 263).fill(3e38);
    expect(refused(values, { shape: [4, 263] })).toContain("infinite");
  });
});

describe("damaged npy files", () => {
  let good: Uint8Array;
  beforeAll(() => {
    good = writeNpy(coarse, { shape: [FRAMES, 22, 3] });
  });
  const refused = (bytes: Uint8Array) => refusal(() => motionFromBytes("motion.npy", bytes));
  const withHeader = (header: string, version = 1) => {
    const padded = header.padEnd(117) + "\n";
    const bytes = new Uint8Array(10 + padded.length + good.length - 128);
    bytes.set([0x93, ...new TextEncoder().encode("NUMPY"), version, 0, padded.length & 255, padded.length >> 8]);
    bytes.set(new TextEncoder().encode(padded), 10);
    bytes.set(good.subarray(128), 10 + padded.length);
    return bytes;
  };

  it("are refused empty, cut short anywhere, or with bytes to spare", () => {
    expect(refused(new Uint8Array(0))).toContain("empty");
    for (let length = 1; length < good.length; length += 13) refused(good.slice(0, length));
    expect(refused(good.slice(0, -1))).toContain("cut short");
    expect(refused(Uint8Array.from([...good, 0]))).toContain("too long");
    expect(refused(new TextEncoder().encode("not numpy at all"))).toContain("signature");
  });

  it.each([
    ["{'descr': '<f4', 'fortran_order': False, 'shape': (4294967295, 22, 3), }", "cut short"],
    ["{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999, 22, 3), }", "more numbers"],
    ["{'descr': [('x', '<f4')], 'fortran_order': False, 'shape': (7, 22, 3), }", "structured"],
    ["{'descr': '<f4', 'fortran_order': False, 'shape': (7, 22, -3), }", "damaged"],
    ["{'descr': '<f4', 'fortran_order': False, 'shape': (7.0, 22, 3), }", "damaged"],
    ["{'descr': '<f4', 'fortran_order': 1, 'shape': (7, 22, 3), }", "damaged"],
    ["{'descr': '<f4', 'shape': (7, 22, 3), }", "damaged"],
    ["{'descr': '<f4', 'fortran_order': False, 'shape': (7, 22, 3), 'shape': (8, 22, 3)}", "damaged"],
    ["{'descr': '<f4', 'fortran_order': False, 'shape': (7, 22, 3)} + f()", "damaged"],
    ["__import__('os').system('x')", "damaged"],
  ])("are refused for their header: %s", (header, part) => {
    expect(refused(withHeader(header))).toContain(part);
  });

  it("are read with other orders of keys, and Python 2's long integers", () => {
    const header = "{'shape': (7L, 22L, 3L), 'descr': \"<f4\", 'fortran_order': False}";
    expect(motionFromBytes("motion.npy", withHeader(header)).motion.joints).toEqual(coarse);
  });

  it("are refused for a version or header length of their own", () => {
    const version = good.slice();
    version[6] = 9;
    expect(refused(version)).toContain("version 9.0");
    const huge = writeNpy(coarse, { shape: [FRAMES, 22, 3], version: 2 });
    new DataView(huge.buffer).setUint32(8, 0xffffffff, true);
    expect(refused(huge)).toContain("claims 4294967295 bytes");
  });

  it("are refused under a name that is no motion's", () => {
    expect(refusal(() => motionFromBytes("motion.fbx", good), "motion.fbx")).toContain(".npy, .npz, .bvh");
  });

  it("do not keep a claim of 4 GB in memory", () => {
    const before = process.memoryUsage().rss;
    refused(withHeader("{'descr': '<f4', 'fortran_order': False, 'shape': (16270000, 22, 3), }"));
    expect(process.memoryUsage().rss - before).toBeLessThan(200e6);
  });
});

it("many files in a row do not fill the memory", () => {
  const bytes = writeNpy(new Float32Array(2000 * 66), { shape: [2000, 22, 3] });
  for (let round = 0; round < 20; round++) motionFromBytes("motion.npy", bytes);
  const before = process.memoryUsage().rss;
  for (let round = 0; round < 400; round++) motionFromBytes("motion.npy", bytes);
  // 400 files of half a megabyte each: kept, they would take 210 MB.
  expect(process.memoryUsage().rss - before).toBeLessThan(150e6);
});

it("a motion made by hand passes without warnings", () => {
  const motion = motionOf([standingPose(), standingPose()]);
  expect(motionFromBytes("m.npy", writeNpy(motion.joints, { shape: [2, 22, 3] }), { fps: 20 }).info.warnings).toEqual(
    [],
  );
});
