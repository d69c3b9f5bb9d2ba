/** The three frames of reference of the `clean` motion image (docs/motion-image.md, "Frames of reference"). */
import type { BodyJoints } from "./skeletons.js";
import { add, combine, cross, dot, midpoint, norm, scale, subtract, type Vec3 } from "./vec3.js";

/** Three unit axes: the person's left, up, forward. */
export type BodyAxes = readonly [left: Vec3, up: Vec3, forward: Vec3];

export interface CleanFrame {
  readonly pelvis: BodyAxes;
  readonly trunk: BodyAxes;
  /** Left and forward are level, up is the world's. */
  readonly heading: BodyAxes;
  /** Direction faced, radians about +y from +z, positive to the person's left. */
  readonly angle: number;
}

const SHORTEST = 1e-8;
const WORLD_X: Vec3 = [1, 0, 0];
const WORLD_Y: Vec3 = [0, 1, 0];

/** A vector's direction, or the previous frame's where the vector is too short to have one. */
function unitOr(v: Vec3, previous: Vec3): Vec3 {
  const length = norm(v);
  return length < SHORTEST ? previous : scale(v, 1 / length);
}

/** The part of v at right angles to a unit vector. */
function across(v: Vec3, axis: Vec3): Vec3 {
  return combine(1, v, -dot(v, axis), axis);
}

/** Frames of reference of each frame, from joint positions per frame. */
export function cleanFrames(tracks: Readonly<Record<keyof BodyJoints, readonly Vec3[]>>): CleanFrame[] {
  let pelvisLeft = WORLD_X;
  let pelvisUp = WORLD_Y;
  let trunkLeft = WORLD_X;
  let trunkUp = WORLD_Y;
  let level = WORLD_X;
  return tracks.pelvis.map((_, frame) => {
    const joint = (name: keyof BodyJoints): Vec3 => tracks[name][frame]!;
    const hips = midpoint(joint("leftHip"), joint("rightHip"));
    const hipLine = subtract(joint("leftHip"), joint("rightHip"));
    const shoulderLine = subtract(joint("leftShoulder"), joint("rightShoulder"));

    pelvisLeft = unitOr(hipLine, pelvisLeft);
    pelvisUp = unitOr(across(subtract(joint("spine1"), hips), pelvisLeft), pelvisUp);
    trunkUp = unitOr(subtract(joint("neck"), hips), trunkUp);
    trunkLeft = unitOr(across(shoulderLine, trunkUp), trunkLeft);
    const [x, , z] = add(hipLine, shoulderLine);
    level = unitOr([x, 0, z], level);
    const ahead: Vec3 = [-level[2], 0, level[0]];

    return {
      pelvis: [pelvisLeft, pelvisUp, cross(pelvisLeft, pelvisUp)],
      trunk: [trunkLeft, trunkUp, cross(trunkLeft, trunkUp)],
      heading: [level, WORLD_Y, ahead],
      angle: Math.atan2(ahead[0], ahead[2]),
    };
  });
}
