/** The rotations among HumanML3D's 263 numbers: of every joint relative to the joint before it in its chain. */
import { cross, dot, subtract, type Vec3 } from "./vec3.js";

/** Chains of joints from the root (legs, spine) and from the chest (arms); rotations run along them. */
const CHAINS: readonly (readonly number[])[] = [
  [0, 2, 5, 8, 11],
  [0, 1, 4, 7, 10],
  [0, 3, 6, 9, 12, 15],
  [9, 14, 17, 19, 21],
  [9, 13, 16, 18, 20],
];

const [LEFT, RIGHT, UP, DOWN, AHEAD]: readonly [Vec3, Vec3, Vec3, Vec3, Vec3] = [
  [1, 0, 0],
  [-1, 0, 0],
  [0, 1, 0],
  [0, -1, 0],
  [0, 0, 1],
];
/** Direction, in the rest pose, of the bone that ends in each joint: arms and legs hang, feet and head point ahead. */
const REST: readonly Vec3[] = [
  [0, 0, 0],
  ...[LEFT, RIGHT, UP, DOWN, DOWN, UP, DOWN, DOWN, UP, AHEAD, AHEAD, UP, LEFT, RIGHT, AHEAD],
  ...[DOWN, DOWN, DOWN, DOWN, DOWN, DOWN],
];

/** Real part first. */
type Quaternion = readonly [w: number, x: number, y: number, z: number];

/**
 * 6 numbers for each joint but the root: the first two columns of its rotation matrix. A bone's rotation takes its rest
 * direction to its direction by the shortest way; a chain starts from the rotation that turns the body to face +z.
 */
export function rotationColumns(at: (joint: number) => Vec3, heading: number): number[] {
  const columns = new Array<number>(21 * 6).fill(0);
  for (const chain of CHAINS) {
    let before: Quaternion = [Math.cos(-heading / 2), 0, Math.sin(-heading / 2), 0];
    chain.slice(1).forEach((joint, index) => {
      const whole = between(REST[joint]!, unit(subtract(at(joint), at(chain[index]!))));
      const [w, x, y, z] = times([before[0], -before[1], -before[2], -before[3]], whole);
      const first = [1 - 2 * (y * y + z * z), 2 * (x * y + w * z), 2 * (x * z - w * y)];
      const second = [2 * (x * y - w * z), 1 - 2 * (x * x + z * z), 2 * (y * z + w * x)];
      columns.splice((joint - 1) * 6, 6, ...first, ...second);
      before = whole;
    });
  }
  return columns;
}

/** The rotation that takes one unit vector to another by the shortest way. */
function between(start: Vec3, end: Vec3): Quaternion {
  const real = 1 + dot(start, end);
  // Half a turn has no shortest way: any axis across will do.
  const opposite = real < 1e-9;
  const [x, y, z] = opposite ? cross(start, Math.abs(start[2]) < 0.9 ? AHEAD : UP) : cross(start, end);
  const w = opposite ? 0 : real;
  const length = Math.max(Math.hypot(w, x, y, z), 1e-12);
  return [w / length, x / length, y / length, z / length];
}

/** First b, then a. */
function times(a: Quaternion, b: Quaternion): Quaternion {
  const [p, q]: [Vec3, Vec3] = [
    [a[1], a[2], a[3]],
    [b[1], b[2], b[3]],
  ];
  const [x, y, z] = cross(p, q);
  return [
    a[0] * b[0] - dot(p, q),
    a[0] * q[0] + b[0] * p[0] + x,
    a[0] * q[1] + b[0] * p[1] + y,
    a[0] * q[2] + b[0] * p[2] + z,
  ];
}

/** A bone without length gets no direction: zeros. */
function unit(v: Vec3): Vec3 {
  const length = Math.max(Math.hypot(...v), 1e-12);
  return [v[0] / length, v[1] / length, v[2] / length];
}
