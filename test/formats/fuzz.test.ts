/**
 * Thousands of damaged files: each must end in a MotionFileError that names the file, or in a motion that an
 * independent look at the same bytes agrees with. Seeded, so that a failure can be run again.
 */
import { inflateRawSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import type { LoadedMotion } from "../../src/core/motion/motion.js";
import { resampledFrames } from "../../src/core/motion/resample.js";
import { jointCount } from "../../src/core/motion/skeletons.js";
import { MotionFileError } from "../../src/formats/errors.js";
import { motionFromBytes } from "../../src/formats/read-motion.js";
import { BONE_NAMES, humanSkeleton, writeBvh } from "../fixtures/bvh.js";
import { readFloat16, writeNpy, writeNpz } from "../fixtures/npy.js";
import { walkingMotion } from "../fixtures/poses.js";
import { mulberry } from "../fixtures/random.js";

const SEED = 20_261_124;
const LONGEST_SECONDS = 5;

type Random = () => number;
const pick = <T>(random: Random, list: readonly T[]): T => list[Math.floor(random() * list.length)]!;
const whole = (random: Random, below: number): number => Math.floor(random() * below);

const INTERESTING = [0, 1, 0x27, 0x28, 0x2c, 0x2d, 0x30, 0x39, 0x3c, 0x3e, 0x4f, 0x7f, 0x80, 0xff];

/** One to four changes of the kinds that disks, downloads and editors make. */
function mutate(original: Uint8Array, others: readonly Uint8Array[], random: Random, headerBytes: number): Uint8Array {
  let bytes = original.slice();
  // Half of the files keep their length, or almost none would get past the first check.
  const gentle = random() < 0.5;
  const changes = gentle ? 1 : 1 + whole(random, 4);
  for (let change = 0; change < changes; change++) {
    // Half of the changes hit the header, which would otherwise be a small target.
    const at = whole(random, Math.max(1, random() < 0.5 ? Math.min(headerBytes, bytes.length) : bytes.length));
    const length = 1 + whole(random, pick(random, [1, 8, 200]));
    switch (gentle ? pick(random, [0, 1, 7]) : whole(random, 8)) {
      case 0:
        bytes[at]! ^= 1 << whole(random, 8);
        break;
      case 1:
        bytes[at] = pick(random, INTERESTING);
        break;
      case 2:
        bytes = bytes.slice(0, at);
        break;
      case 3:
        bytes = Uint8Array.from([...bytes.subarray(0, at), ...bytes.subarray(at + length)]);
        break;
      case 4:
        bytes = Uint8Array.from([...bytes.subarray(0, at), ...bytes.subarray(at, at + length), ...bytes.subarray(at)]);
        break;
      case 5:
        bytes = Uint8Array.from([...bytes, ...Array.from({ length }, () => whole(random, 256))]);
        break;
      case 6: {
        const other = pick(random, others);
        bytes = Uint8Array.from([...bytes.subarray(0, at), ...other.subarray(whole(random, other.length))]);
        break;
      }
      default: {
        // Another digit, where there is one.
        const digits = [...bytes.subarray(0, headerBytes).keys()].filter(
          (index) => bytes[index]! >= 0x30 && bytes[index]! <= 0x39,
        );
        if (digits.length > 0) bytes[pick(random, digits)] = 0x30 + whole(random, 10);
      }
    }
  }
  return bytes;
}

/** Whatever was read must be sound in itself. Undefined when the file was refused as it should be. */
function readOrRefuse(name: string, bytes: Uint8Array): LoadedMotion | undefined {
  const start = performance.now();
  try {
    const loaded = motionFromBytes(name, bytes);
    const { motion } = loaded;
    expect(motion.joints.length).toBe(motion.frames * jointCount(motion.skeleton) * 3);
    expect(motion.frames).toBeGreaterThan(0);
    expect(motion.joints.every(Number.isFinite)).toBe(true);
    expect(motion.fps > 0 && motion.fps < Infinity).toBe(true);
    return loaded;
  } catch (error) {
    if (!(error instanceof MotionFileError)) throw error;
    expect(error.message.startsWith(`${name}: `)).toBe(true);
    expect(error.reason.length).toBeGreaterThan(10);
    return undefined;
  } finally {
    expect((performance.now() - start) / 1000).toBeLessThan(LONGEST_SECONDS);
  }
}

/** Header fields found by searching the text, as a lenient reader would. */
function lookAtNpy(bytes: Uint8Array): { dtype: string; fortran: boolean; shape: number[]; data: Uint8Array } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const start = bytes[6] === 1 ? 10 + view.getUint16(8, true) : 12 + view.getUint32(8, true);
  const header = new TextDecoder("latin1").decode(bytes.subarray(10, start));
  return {
    dtype: /descr['"]\s*:\s*['"]([^'"]+)/.exec(header)![1]!,
    fortran: /fortran_order['"]\s*:\s*True/.test(header),
    shape: [.../shape['"]\s*:\s*\(([^)]*)\)/.exec(header)![1]!.matchAll(/\d+/g)].map(([digits]) => Number(digits)),
    data: bytes.subarray(start),
  };
}

function readNumber(view: DataView, index: number, dtype: string): number {
  const little = dtype[0] !== ">";
  const type = dtype.replace(/^[<>=|]/, "");
  const at = index * Number(type.slice(1));
  switch (type) {
    case "f2":
      return readFloat16(view.getUint16(at, little));
    case "f4":
      return view.getFloat32(at, little);
    case "f8":
      return Math.fround(view.getFloat64(at, little));
    case "i1":
      return view.getInt8(at);
    case "u1":
      return view.getUint8(at);
    case "i2":
      return view.getInt16(at, little);
    case "u2":
      return view.getUint16(at, little);
    case "i4":
      return Math.fround(view.getInt32(at, little));
    case "u4":
      return Math.fround(view.getUint32(at, little));
    case "i8":
      return Math.fround(Number(view.getBigInt64(at, little)));
    case "u8":
      return Math.fround(Number(view.getBigUint64(at, little)));
    default:
      return expect.fail(`a motion was read from dtype ${dtype}`);
  }
}

/** The numbers of an accepted array must be those of the file, one by one. */
function expectSameArray(bytes: Uint8Array, { motion, info }: LoadedMotion): void {
  const { dtype, fortran, shape, data } = lookAtNpy(bytes);
  expect(info.shape).toEqual(shape);
  expect(info.dtype).toBe(dtype);
  expect(shape[0]).toBe(motion.frames);
  const count = shape.reduce((product, size) => product * size, 1);
  const itemSize = Number(dtype.replace(/^[<>=|]?[a-z]/, ""));
  expect(data.length).toBe(count * itemSize);
  if (count !== motion.joints.length || motion.skeleton !== "humanml3d22") return;
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const columns = count / shape[0]!;
  for (let frame = 0; frame < shape[0]!; frame++) {
    for (let column = 0; column < columns; column++) {
      const [joint, axis] = [Math.floor(column / 3), column % 3];
      const inColumns = shape.length === 3 ? frame + shape[0]! * (joint + 22 * axis) : frame + shape[0]! * column;
      const index = fortran ? inColumns : frame * columns + column;
      const found = motion.joints[frame * columns + column]!;
      if (found !== readNumber(view, index, dtype)) expect.fail(`frame ${frame}, column ${column} is ${found}`);
    }
  }
}

/** The accepted array of an archive, unpacked by hand: found by its local header. */
function unpackNpz(bytes: Uint8Array, name: string): Uint8Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const decoder = new TextDecoder("latin1");
  for (let at = bytes.length - 46; at >= 0; at--) {
    if (view.getUint32(at, true) !== 0x02014b50) continue;
    const length = view.getUint16(at + 28, true);
    if (decoder.decode(bytes.subarray(at + 46, at + 46 + length)) !== `${name}.npy`) continue;
    const local = view.getUint32(at + 42, true);
    const start = local + 30 + view.getUint16(local + 26, true) + view.getUint16(local + 28, true);
    const packed = bytes.subarray(start, start + view.getUint32(at + 20, true));
    return view.getUint16(at + 10, true) === 0 ? packed : inflateRawSync(packed);
  }
  return expect.fail(`no array ${name}`);
}

const walk = walkingMotion(4).joints;
const arrays = [
  ...["<f2", ">f4", "<f4", "<f8", ">f8", "<i4"].flatMap((dtype) =>
    [false, true].map((fortran) => writeNpy(walk, { shape: [4, 22, 3], dtype, fortran, version: fortran ? 2 : 1 })),
  ),
  writeNpy(walk, { shape: [4, 66], version: 3 }),
  writeNpy(walk.slice(0, 252), { shape: [4, 21, 3] }),
  writeNpy(new Float32Array(4 * 263).fill(0.5), { shape: [4, 263] }),
  writeNpy(new Float32Array(4 * 251).fill(0.5), { shape: [4, 251], fortran: true }),
  writeNpy(new Float32Array(66), { shape: [1, 22, 3], dtype: "|O8" }),
];

describe("damaged files", () => {
  it("of .npy: 2,400", () => {
    const random = mulberry(SEED);
    let accepted = 0;
    for (let run = 0; run < 2400; run++) {
      const bytes = mutate(pick(random, arrays), arrays, random, 128);
      const loaded = readOrRefuse(`damaged-${run}.npy`, bytes);
      if (loaded === undefined) continue;
      accepted++;
      expectSameArray(bytes, loaded);
    }
    // Both ways must have been taken often, or the mutations test nothing.
    expect(accepted).toBeGreaterThan(100);
    expect(accepted).toBeLessThan(2000);
  });

  it("of .npz: 800", () => {
    const random = mulberry(SEED + 1);
    const archives = [true, false].flatMap((compressed) =>
      [0, 3, 12].map((index) => writeNpz({ joints: arrays[index]!, extra: arrays[13]! }, compressed)),
    );
    let accepted = 0;
    for (let run = 0; run < 800; run++) {
      const bytes = mutate(pick(random, archives), archives, random, 200);
      const loaded = readOrRefuse(`damaged-${run}.npz`, bytes);
      if (loaded === undefined) continue;
      accepted++;
      const name = /array "(.*)"$/.exec(loaded.info.layout)![1]!;
      // Checksums let nothing through but changes outside the arrays.
      const content = unpackNpz(bytes, name);
      expect(arrays.some((array) => Buffer.from(array).equals(Buffer.from(content)))).toBe(true);
      expectSameArray(content, loaded);
    }
    expect(accepted).toBeGreaterThan(10);
  });

  it("of .bvh: 600", () => {
    const random = mulberry(SEED + 2);
    const files = Object.values(BONE_NAMES).map((names) =>
      writeBvh(humanSkeleton(names), {
        frames: 3,
        frameTime: 0.025,
        rootPosition: () => [0, 95, 0],
        values: (bone, frame) => [bone.length, 10 * frame, -7],
      }),
    );
    let accepted = 0;
    for (let run = 0; run < 600; run++) {
      const bytes = mutate(pick(random, files), files, random, pick(random, [2500, 100_000]));
      const loaded = readOrRefuse(`damaged-${run}.bvh`, bytes);
      if (loaded === undefined) continue;
      accepted++;
      const text = new TextDecoder("latin1").decode(bytes);
      const frames = Number(/Frames:\s+(\d+)/.exec(text)![1]);
      const time = Number(/Frame Time:\s+(\S+)/.exec(text)![1]);
      expect(loaded.info.shape[0]).toBe(frames);
      expect(loaded.motion.frames).toBe(resampledFrames(frames, 1 / time, 20));
    }
    expect(accepted).toBeGreaterThan(20);
  });
});
