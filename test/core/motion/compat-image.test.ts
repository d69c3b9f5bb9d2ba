import { describe, expect, it } from "vitest";
import { COMPAT_COLUMNS, compatAngles } from "../../../src/core/motion/compat-angles.js";
import { compatImage, UndefinedAngleError, type CompatSettings } from "../../../src/core/motion/compat-image.js";
import type { Motion } from "../../../src/core/motion/motion.js";
import { kitMotionOf, motionOf, standingPose, turn, walkingMotion } from "../../fixtures/poses.js";

const settings: CompatSettings = {
  mean: new Float64Array(COMPAT_COLUMNS),
  std: new Float64Array(COMPAT_COLUMNS).fill(1),
  fps: 20,
  frames: 224,
  padding: "keep",
};
const rowsOf = (frames: number) => frames * COMPAT_COLUMNS;

function expectClose(found: Float32Array, expected: ArrayLike<number>, tolerance = 1e-4): void {
  const apart = Array.from(expected, (value, at) => Math.abs(found[at]! - value));
  // Angles of 180 and -180 degrees are the same.
  expect(Math.max(...apart.map((value) => Math.min(value, Math.abs(value - 360))))).toBeLessThan(tolerance);
}

/** The motion turned about the vertical and moved away. */
function elsewhere(motion: Motion, degrees: number, [x, z]: readonly [number, number]): Motion {
  const [c, s] = [Math.cos((degrees * Math.PI) / 180), Math.sin((degrees * Math.PI) / 180)];
  const joints = motion.joints.slice();
  for (let at = 0; at < joints.length; at += 3) {
    joints[at] = c * motion.joints[at]! + s * motion.joints[at + 2]! + x;
    joints[at + 2] = -s * motion.joints[at]! + c * motion.joints[at + 2]! + z;
  }
  return { ...motion, joints };
}

describe("compatImage", () => {
  it("fills a short motion with the mean pose, and keeps the patches behind its end as the published system does", () => {
    const motion = walkingMotion(40);
    const { windows, times, frameRanges } = compatImage(motion, settings);
    expect(windows).toHaveLength(1);
    expect(times).toBe(14);
    const { rows, keep, from } = windows[0]!;
    expect(rows).toHaveLength(rowsOf(224));
    expectClose(rows, compatAngles(motion));
    expect(rows.slice(rowsOf(40)).every((value) => value === 0)).toBe(true);
    expect([keep, from]).toEqual([[0, 14], 0]);
    expect(frameRanges.slice(0, 4)).toEqual([
      [0, 16],
      [16, 32],
      [32, 40],
      [39, 40],
    ]);
  });

  it("leaves these patches out when the package says so", () => {
    const { times, windows } = compatImage(walkingMotion(40), { ...settings, padding: "drop" });
    expect(times).toBe(3);
    expect(windows[0]!.keep).toEqual([0, 3]);
  });

  it("standardises with the package's statistics", () => {
    const motion = walkingMotion(20);
    const mean = Array.from({ length: COMPAT_COLUMNS }, (_, column) => column);
    const std = Array.from({ length: COMPAT_COLUMNS }, (_, column) => 1 + column / 10);
    const { windows } = compatImage(motion, { ...settings, mean, std });
    compatAngles(motion).forEach((angle, at) => {
      const column = at % COMPAT_COLUMNS;
      expect(windows[0]!.rows[at]).toBeCloseTo((angle - mean[column]!) / std[column]!, 3);
    });
  });

  it("covers a long motion with full windows, each patch once", () => {
    const motion = walkingMotion(530);
    const { windows, times, frameRanges } = compatImage(motion, settings);
    expect(times).toBe(34);
    expect(windows.map(({ keep, from }) => [...keep, from])).toEqual([
      [0, 14, 0],
      [14, 28, 0],
      [28, 34, 8],
    ]);
    expect(frameRanges.at(-1)).toEqual([528, 530]);
    // The last window ends with the motion: only the rest of its last patch is filled.
    const { rows } = windows[2]!;
    expect(rows.slice(rowsOf(210)).every((value) => value === 0)).toBe(true);
    expect(rows.slice(rowsOf(209), rowsOf(210)).some((value) => value !== 0)).toBe(true);
    // Later windows start where motions start.
    expect(Math.hypot(windows[1]!.rows[0]!, windows[1]!.rows[2]!)).toBeLessThan(0.51);
  });

  it("takes a motion as it is near the origin, and moves one that starts elsewhere there", () => {
    const motion = walkingMotion(30);
    const rowsAt = (other: Motion) => compatImage(other, settings).windows[0]!.rows;
    const near = elsewhere(motion, 10, [0.1, 0.2]);
    expectClose(rowsAt(near), compatAngles(near));
    const far = rowsAt(elsewhere(motion, 140, [3, -2]));
    expectClose(far, rowsAt(elsewhere(motion, 0, [-motion.joints[0]!, -motion.joints[2]!])), 0.05);
  });

  it("brings other frame rates and units to the model's", () => {
    const motion = walkingMotion(100);
    const kit = { ...settings, fps: 12.5, legLength: 0.83 * 1000 };
    const { windows, frameRanges } = compatImage(motion, kit);
    // 16 frames of 12.5 a second are 25.6 frames of 20.
    expect(frameRanges.slice(0, 4)).toEqual([
      [0, 26],
      [26, 52],
      [52, 77],
      [77, 100],
    ]);
    const height = windows[0]!.rows[1]!;
    expect(height).toBeGreaterThan(600);
    expect(height).toBeLessThan(1200);
    // Angles do not know of units.
    const metres = compatImage(motion, { ...settings, fps: 12.5 }).windows[0]!.rows;
    expect(windows[0]!.rows[12]).toBeCloseTo(metres[12]!, 3);
  });

  it("reads KIT-ML's joints as well", () => {
    const kit = kitMotionOf([standingPose()]);
    // Motions start with the root over the origin.
    kit.joints.set([0, 0.95, 0]);
    const { windows } = compatImage({ ...kit, fps: 20 }, settings);
    expectClose(windows[0]!.rows, compatAngles(motionOf([standingPose()])));
  });

  it("names the angle and the frame that are undefined", () => {
    const pose = { ...standingPose() };
    pose.left_wrist = pose.left_elbow!;
    const motion = motionOf([standingPose(), turn(pose, ["head"], pose.neck!, "x", 5)]);
    expect(() => compatImage(motion, settings)).toThrow(UndefinedAngleError);
    expect(() => compatImage(motion, settings)).toThrow("left_shoulder_rotation is undefined in frame 1");
  });

  it("refuses statistics of another width and motions without frames", () => {
    expect(() => compatImage(walkingMotion(5), { ...settings, mean: [0] })).toThrow("29");
    expect(() => compatImage({ ...walkingMotion(5), frames: 0, joints: new Float32Array(0) }, settings)).toThrow(
      "without frames",
    );
  });
});
