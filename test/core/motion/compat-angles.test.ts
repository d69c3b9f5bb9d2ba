import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  COMPAT_COLUMNS,
  COMPAT_FILE_COLUMNS,
  COMPAT_NAMES,
  compatAngles,
} from "../../../src/core/motion/compat-angles.js";
import { mirrorMotion } from "../../../src/core/motion/mirror.js";
import { kitMotionOf, motionOf, shift, standingPose, turn, UPPER_BODY, type Pose } from "../../fixtures/poses.js";
import { noisyWalks } from "../../fixtures/random-motion.js";

function anglesOf(pose: Pose): Record<string, number> {
  const angles = compatAngles(motionOf([pose]));
  return Object.fromEntries(COMPAT_NAMES.map((name, index) => [name, angles[index]!]));
}

/** All angles of a pose must be those given, and 0 where nothing is given. */
function expectAngles(pose: Pose, expected: Record<string, number>): void {
  for (const [name, angle] of Object.entries(anglesOf(pose))) {
    if (name.startsWith("global_")) continue;
    expect(angle, name).toBeCloseTo(expected[name] ?? 0, 3);
  }
}

const leg = (side: string) => [`${side}_knee`, `${side}_ankle`, `${side}_foot`];
const arm = (side: string) => [`${side}_elbow`, `${side}_wrist`];

describe("compat angles of constructed poses", () => {
  const standing = standingPose();

  it("are all zero for a person standing straight", () => {
    expectAngles(standing, {});
  });

  it("give the pelvis position as forward, up, right", () => {
    const angles = anglesOf(shift(standing, [0.5, 0.1, 2]));
    expect(angles.global_forward).toBeCloseTo(2, 5);
    expect(angles.global_up).toBeCloseTo(1, 5);
    expect(angles.global_right).toBeCloseTo(-0.5, 5);
  });

  it.each(["left", "right"])("count a %s leg swung forward as positive flexion", (side) => {
    const pose = turn(standing, leg(side), standing[`${side}_hip`]!, "x", -30);
    expectAngles(pose, { [`${side}_hip_flexion`]: 30 });
  });

  it.each([
    ["left", 20],
    ["right", -20],
  ] as const)("count a %s leg spread sideways as negative adduction", (side, degrees) => {
    const pose = turn(standing, leg(side), standing[`${side}_hip`]!, "z", degrees);
    const angles = anglesOf(pose);
    expect(angles[`${side}_hip_adduction`]).toBeCloseTo(-20, 3);
    expect(angles[`${side}_hip_flexion`]).toBeCloseTo(0, 3);
  });

  it.each(["left", "right"])("measure a bent %s knee from 0 for a straight leg", (side) => {
    const pose = turn(standing, [`${side}_ankle`, `${side}_foot`], standing[`${side}_knee`]!, "x", 60);
    expectAngles(pose, { [`${side}_knee_angle`]: 60 });
  });

  it.each([
    ["left", 90],
    ["right", -90],
  ] as const)("count a %s shank pointing outwards as positive hip rotation", (side, degrees) => {
    const pose = turn(standing, [`${side}_ankle`, `${side}_foot`], standing[`${side}_knee`]!, "z", degrees);
    expect(anglesOf(pose)[`${side}_hip_rotation`]).toBeCloseTo(90, 3);
  });

  it.each(["left", "right"])("count a stretched %s foot as negative ankle angle", (side) => {
    const pose = turn(standing, [`${side}_foot`], standing[`${side}_ankle`]!, "x", 30);
    expectAngles(pose, { [`${side}_ankle_angle`]: -30 });
  });

  it("count a trunk bent forward by 30 degrees as extension -30", () => {
    expectAngles(turn(standing, UPPER_BODY, standing.pelvis!, "x", 30), { lumbar_extension: -30 });
  });

  it("count leaning to the own right as positive bending", () => {
    expectAngles(turn(standing, UPPER_BODY, standing.pelvis!, "z", 30), { lumbar_bending: 30 });
  });

  it("count twisting to the own left as positive rotation", () => {
    expectAngles(turn(standing, UPPER_BODY, standing.pelvis!, "y", 25), { lumbar_rotation: 25 });
  });

  it("count turning the whole body to the own left as positive pelvis rotation", () => {
    expectAngles(turn(standing, Object.keys(standing), [0, 0, 0], "y", 40), { pelvis_rotation: 40 });
  });

  it("count a body lying back as pelvis tilt with nothing else", () => {
    expectAngles(turn(standing, Object.keys(standing), [0, 0, 0], "x", -35), { pelvis_tilt: 35 });
  });

  it("count a body leaning to the own right as positive pelvis list", () => {
    expectAngles(turn(standing, Object.keys(standing), [0, 0, 0], "z", 15), { pelvis_list: 15 });
  });

  it.each(["left", "right"])("count a %s arm raised forward as flexion 90", (side) => {
    expectAngles(turn(standing, arm(side), standing[`${side}_shoulder`]!, "x", -90), {
      [`${side}_shoulder_flexion`]: 90,
    });
  });

  it.each([
    ["left", 50],
    ["right", -50],
  ] as const)("count a %s arm spread sideways as negative adduction", (side, degrees) => {
    const pose = turn(standing, arm(side), standing[`${side}_shoulder`]!, "z", degrees);
    expect(anglesOf(pose)[`${side}_shoulder_adduction`]).toBeCloseTo(-50, 3);
  });

  it.each(["left", "right"])("measure a bent %s elbow from 0 for a straight arm", (side) => {
    expectAngles(turn(standing, [`${side}_wrist`], standing[`${side}_elbow`]!, "x", -70), {
      [`${side}_elbow_angle`]: 70,
    });
  });

  it("give both arms' rotation the same sign, so that forearms turned outwards have opposite ones", () => {
    const right = turn(standing, ["right_wrist"], standing.right_elbow!, "z", -90);
    const left = turn(standing, ["left_wrist"], standing.left_elbow!, "z", 90);
    expect(anglesOf(right).right_shoulder_rotation).toBeCloseTo(-90, 3);
    expect(anglesOf(left).left_shoulder_rotation).toBeCloseTo(90, 3);
  });

  it("count a head nodding forward and tilting to the own right as positive", () => {
    expectAngles(turn(standing, ["head"], standing.neck!, "x", 20), { neck_flexion: 20 });
    expectAngles(turn(standing, ["head"], standing.neck!, "z", 20), { neck_adduction: 20 });
  });
});

describe("compatAngles", () => {
  it("gives undefined angles as NaN and keeps the others", () => {
    const pose = { ...standingPose() };
    pose.right_elbow = pose.right_shoulder!;
    const angles = anglesOf(pose);
    expect(angles.right_shoulder_flexion).toBeNaN();
    expect(angles.right_elbow_angle).toBeNaN();
    expect(angles.left_shoulder_flexion).toBeCloseTo(0, 3);
  });

  it("reads the same angles from KIT-ML's 21 joints, whose pelvis is joint 1", () => {
    let pose = turn(standingPose(), UPPER_BODY, standingPose().pelvis!, "x", 12);
    pose = turn(pose, leg("left"), pose.left_hip!, "x", -33);
    const kit = compatAngles(kitMotionOf([pose]));
    const human = compatAngles(motionOf([pose]));
    kit.forEach((angle, index) => expect(angle, COMPAT_NAMES[index]).toBeCloseTo(human[index]!, 4));
  });

  it("mirrors leg and pelvis angles exactly", () => {
    const sides: [string, string][] = ["hip_flexion", "hip_adduction", "hip_rotation", "knee_angle", "ankle_angle"].map(
      (name) => [`left_${name}`, `right_${name}`],
    );
    fc.assert(
      fc.property(noisyWalks, (motion) => {
        const angles = compatAngles(motion);
        const mirrored = compatAngles(mirrorMotion(motion));
        const of = (row: Float64Array, frame: number, name: string) =>
          row[frame * COMPAT_COLUMNS + (COMPAT_NAMES as readonly string[]).indexOf(name)]!;
        for (let frame = 0; frame < motion.frames; frame++) {
          for (const [left, right] of sides) {
            expect(of(mirrored, frame, left)).toBeCloseTo(of(angles, frame, right), 6);
            expect(of(mirrored, frame, right)).toBeCloseTo(of(angles, frame, left), 6);
          }
          expect(of(mirrored, frame, "pelvis_tilt")).toBeCloseTo(of(angles, frame, "pelvis_tilt"), 6);
          expect(of(mirrored, frame, "pelvis_list")).toBeCloseTo(-of(angles, frame, "pelvis_list"), 6);
        }
      }),
      { numRuns: 50 },
    );
  });

  it("maps to 29 different columns of the published files, leaving 6 to 17 out", () => {
    expect(COMPAT_FILE_COLUMNS).toHaveLength(COMPAT_COLUMNS);
    const expected = [0, 1, 2, 3, 4, 5, ...Array.from({ length: 23 }, (_, index) => index + 18)];
    expect([...COMPAT_FILE_COLUMNS].sort((a, b) => a - b)).toEqual(expected);
  });
});
