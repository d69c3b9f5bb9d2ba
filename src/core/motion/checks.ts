/** Plausibility of a motion: what a person should look at before trusting it. */
import { legLength } from "./clean-features.js";
import type { Motion } from "./motion.js";
import { bones, SKELETONS, type Skeleton } from "./skeletons.js";
import { distance, jointAt, midpoint, norm, subtract, type Vec3 } from "./vec3.js";

/** Leg lengths (hip to knee to ankle, metres) of people, children included, with room to spare. */
const PLAUSIBLE_LEG = { least: 0.35, most: 1.3 };
/** Faster than any joint of a person moves, metres per second; the fastest in 3 hours of boxing and sprints is 12. */
const FASTEST = 25;
/** Lowest foot joint over the motion, metres. */
const FLOOR_TOLERANCE = 0.15;
/** Share by which a bone may change its length. */
const BONE_TOLERANCE = 0.1;
/** Changes smaller than this (metres) are rounding or marker noise, however short the bone. */
const SMALL_CHANGE = 0.04;

/**
 * What looks wrong about a motion, in the user's words; empty when nothing does. These are warnings: the
 * motion is used as it is. Frames are counted from 0, as in the file.
 */
export function checkMotion(motion: Motion): string[] {
  const skeleton = SKELETONS[motion.skeleton];
  if (motion.frames === 0) return [];
  const leg = legLength(motion);
  const units = checkUnits(leg);
  // Distances mean nothing when the units are wrong: say only that, and which way is up.
  if (units.length > 0) return [...units, ...checkUpAxis(motion, skeleton)];
  const up = checkUpAxis(motion, skeleton);
  const floor = up.length > 0 ? [] : checkFloor(motion, skeleton);
  return [...up, ...floor, ...checkSides(motion, skeleton), ...checkJumps(motion, skeleton), ...checkBones(motion)];
}

function format(metres: number): string {
  return `${Number(metres.toPrecision(3))} m`;
}

function checkUnits(leg: number): string[] {
  if (leg >= PLAUSIBLE_LEG.least && leg <= PLAUSIBLE_LEG.most) return [];
  if (leg < 1e-6) return ["The legs have no length: the joints may be in another order, or missing."];
  const guess = [
    { name: "millimetres", factor: 1000 },
    { name: "centimetres", factor: 100 },
    { name: "inches", factor: 39.37 },
  ].find(({ factor }) => leg / factor >= PLAUSIBLE_LEG.least && leg / factor <= PLAUSIBLE_LEG.most);
  const hint = guess ? ` The numbers may be in ${guess.name}.` : "";
  return [`A leg is ${format(leg)} long if the numbers are metres; a person's is 0.7 to 1 m.${hint}`];
}

/** Mean over frames of the vector between two points of the body. */
function meanVector(motion: Motion, skeleton: Skeleton, vector: (joint: (index: number) => Vec3) => Vec3): Vec3 {
  let sum: Vec3 = [0, 0, 0];
  for (let frame = 0; frame < motion.frames; frame++) {
    const v = vector((index) => jointAt(motion.joints, skeleton.joints.length, frame, index));
    sum = [sum[0] + v[0], sum[1] + v[1], sum[2] + v[2]];
  }
  return [sum[0] / motion.frames, sum[1] / motion.frames, sum[2] / motion.frames];
}

/** From the feet to the neck: mostly along y, or the motion lies down or uses another axis for up. */
function checkUpAxis(motion: Motion, skeleton: Skeleton): string[] {
  const { neck, leftAnkle, rightAnkle } = skeleton.body;
  const up = meanVector(motion, skeleton, (joint) =>
    subtract(joint(neck), midpoint(joint(leftAnkle), joint(rightAnkle))),
  );
  const length = norm(up);
  if (length === 0) return [];
  const share = up.map((value) => value / length) as [number, number, number];
  if (share[1] < -0.8) return ["The body is upside down for most of the motion: y may point down in this file."];
  if (Math.abs(share[2]) > 0.9) {
    return ["The body is stretched along z, not y: z may be the up axis of this file, or the person lies down."];
  }
  if (Math.abs(share[0]) > 0.9) {
    return ["The body is stretched along x, not y: x may be the up axis of this file, or the person lies down."];
  }
  return [];
}

function checkFloor(motion: Motion, skeleton: Skeleton): string[] {
  const { leftAnkle, rightAnkle, leftFoot, rightFoot } = skeleton.body;
  let lowest = Infinity;
  for (let frame = 0; frame < motion.frames; frame++) {
    for (const joint of [leftAnkle, rightAnkle, leftFoot, rightFoot]) {
      lowest = Math.min(lowest, jointAt(motion.joints, skeleton.joints.length, frame, joint)[1]);
    }
  }
  if (lowest < -FLOOR_TOLERANCE) return [`The feet go ${format(-lowest)} below the floor (y = 0).`];
  if (lowest > FLOOR_TOLERANCE) return [`The feet never come closer than ${format(lowest)} to the floor (y = 0).`];
  return [];
}

/**
 * Toes point ahead of the ankles. When they point behind a body whose left and right are as named, sides have
 * been exchanged or the motion was mirrored without renaming its joints.
 */
function checkSides(motion: Motion, skeleton: Skeleton): string[] {
  const { body } = skeleton;
  let ahead = 0;
  let judged = 0;
  for (let frame = 0; frame < motion.frames; frame++) {
    const joint = (index: number): Vec3 => jointAt(motion.joints, skeleton.joints.length, frame, index);
    const left = subtract(joint(body.leftHip), joint(body.rightHip));
    const length = Math.hypot(left[0], left[2]);
    if (length < 1e-6) continue;
    for (const [ankle, foot] of [
      [body.leftAnkle, body.leftFoot],
      [body.rightAnkle, body.rightFoot],
    ] as const) {
      const sole = subtract(joint(foot), joint(ankle));
      ahead += (-left[2] * sole[0] + left[0] * sole[2]) / length;
      judged++;
    }
  }
  if (judged === 0 || ahead / judged > -0.03) return [];
  return ["The toes point backwards: left and right joints may be exchanged, or one axis mirrored."];
}

function checkJumps(motion: Motion, skeleton: Skeleton): string[] {
  const count = skeleton.joints.length;
  let jumps = 0;
  let worst = { speed: 0, frame: 0, joint: 0 };
  for (let frame = 1; frame < motion.frames; frame++) {
    let jumped = false;
    for (let joint = 0; joint < count; joint++) {
      const step = distance(
        jointAt(motion.joints, count, frame, joint),
        jointAt(motion.joints, count, frame - 1, joint),
      );
      const speed = step * motion.fps;
      if (speed > FASTEST) jumped = true;
      if (speed > worst.speed) worst = { speed, frame, joint };
    }
    if (jumped) jumps++;
  }
  if (jumps === 0) return [];
  const step = worst.speed / motion.fps;
  const others = jumps > 1 ? ` and ${jumps - 1} more place${jumps > 2 ? "s" : ""}` : "";
  return [
    `The motion jumps: ${skeleton.joints[worst.joint]} moves ${format(step)} from frame ${worst.frame - 1} to frame ` +
      `${worst.frame}${others}.`,
  ];
}

function checkBones(motion: Motion): string[] {
  const { joints } = SKELETONS[motion.skeleton];
  let worst = { share: 0, parent: 0, child: 0, least: 0, most: 0 };
  for (const [parent, child] of bones(motion.skeleton)) {
    let least = Infinity;
    let most = 0;
    let sum = 0;
    for (let frame = 0; frame < motion.frames; frame++) {
      const length = distance(
        jointAt(motion.joints, joints.length, frame, parent),
        jointAt(motion.joints, joints.length, frame, child),
      );
      least = Math.min(least, length);
      most = Math.max(most, length);
      sum += length;
    }
    const mean = sum / motion.frames;
    const share = most - least < SMALL_CHANGE ? 0 : (most - least) / mean;
    if (share > worst.share) worst = { share, parent, child, least, most };
  }
  if (worst.share <= BONE_TOLERANCE) return [];
  return [
    `Bone lengths change: from ${joints[worst.parent]} to ${joints[worst.child]} it is ${format(worst.least)} ` +
      `to ${format(worst.most)}.`,
  ];
}
