import { describe, expect, it } from "vitest";
import { SKELETONS } from "../../src/core/motion/skeletons.js";
import { extentOf, headingOf, poseAt } from "../../src/webview/player/body.js";
import { writeBone } from "../../src/webview/player/figure.js";
import { walkingMotion } from "./support/motions.js";

describe.each(["humanml3d22", "kit21"] as const)("poses of %s", (skeleton) => {
  const motion = walkingMotion(skeleton);
  const stride = SKELETONS[skeleton].joints.length * 3;

  it("are the file's at whole frames and between them in between", () => {
    const pose = new Float32Array(stride);
    poseAt(motion, 7, pose);
    expect([...pose]).toEqual([...motion.joints.subarray(7 * stride, 8 * stride)]);
    poseAt(motion, 7.5, pose);
    expect(pose[2]).toBeCloseTo((motion.joints[7 * stride + 2]! + motion.joints[8 * stride + 2]!) / 2, 6);
    poseAt(motion, 1e6, pose);
    expect([...pose]).toEqual([...motion.joints.subarray((motion.frames - 1) * stride)]);
  });

  it("face +z at heading 0 and turn to their left with growing angle", () => {
    const pose = new Float32Array(stride);
    poseAt(motion, 0, pose);
    expect(headingOf(skeleton, pose)).toBeCloseTo(0, 5);
    // A quarter turn to the left about y takes +z to +x: (x, z) becomes (z, -x).
    const turned = pose.slice();
    for (let at = 0; at < stride; at += 3) {
      turned[at] = pose[at + 2]!;
      turned[at + 2] = -pose[at]!;
    }
    expect(headingOf(skeleton, turned)).toBeCloseTo(Math.PI / 2, 5);
    expect(headingOf(skeleton, new Float32Array(stride), 0.7)).toBe(0.7);
  });

  it("fit the box around the motion", () => {
    const extent = extentOf(motion);
    expect(extent.height).toBeGreaterThan(1.3);
    expect(extent.height).toBeLessThan(2.2);
    expect(extent.maxZ - extent.minZ).toBeGreaterThan(3);
  });
});

describe("bones", () => {
  it("reach from joint to joint in a right-handed frame, whichever way they point", () => {
    const ends = [
      [0, 1, 0],
      [0, -1, 0],
      [1, 0, 0],
      [0, 0, -2],
      [0.3, -0.8, 0.5],
      [0, 0, 0],
    ];
    for (const end of ends) {
      const pose = Float32Array.from([1, 2, 3, 1 + end[0]!, 2 + end[1]!, 3 + end[2]!]);
      const matrix = new Float32Array(16);
      writeBone(matrix, 0, pose, 0, 3, 0.02);
      expect(matrix.every((value) => Number.isFinite(value))).toBe(true);
      const [x, y, z] = [0, 4, 8].map((at) => [...matrix.subarray(at, at + 3)]) as [number[], number[], number[]];
      expect(y[0]).toBeCloseTo(end[0]!, 5);
      expect(y[1]).toBeCloseTo(end[1]!, 5);
      expect(y[2]).toBeCloseTo(end[2]!, 5);
      expect([...matrix.subarray(12, 15)]).toEqual([1, 2, 3]);
      const dot = (a: number[], b: number[]) => a[0]! * b[0]! + a[1]! * b[1]! + a[2]! * b[2]!;
      expect(dot(x, y)).toBeCloseTo(0, 6);
      expect(dot(x, z)).toBeCloseTo(0, 6);
      expect(Math.hypot(...x)).toBeCloseTo(0.02, 6);
      expect(Math.hypot(...z)).toBeCloseTo(0.02, 6);
      const length = Math.hypot(...end);
      const cross = [y[1]! * z[2]! - y[2]! * z[1]!, y[2]! * z[0]! - y[0]! * z[2]!, y[0]! * z[1]! - y[1]! * z[0]!];
      if (length > 0) expect(dot(x, cross)).toBeGreaterThan(0);
    }
  });
});
