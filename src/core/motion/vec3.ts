/** Small helpers for vectors of three numbers. All are pure and return new vectors. */
export type Vec3 = readonly [x: number, y: number, z: number];

/** Position of one joint: `joints[(frame * jointCount + joint) * 3 + axis]`. */
export function jointAt(joints: ArrayLike<number>, jointCount: number, frame: number, joint: number): Vec3 {
  const at = (frame * jointCount + joint) * 3;
  return [joints[at] ?? NaN, joints[at + 1] ?? NaN, joints[at + 2] ?? NaN];
}

export function add(a: Vec3, b: Vec3): Vec3 {
  return [a[0] + b[0], a[1] + b[1], a[2] + b[2]];
}

/** a - b */
export function subtract(a: Vec3, b: Vec3): Vec3 {
  return [a[0] - b[0], a[1] - b[1], a[2] - b[2]];
}

export function scale(a: Vec3, factor: number): Vec3 {
  return [a[0] * factor, a[1] * factor, a[2] * factor];
}

/** p * a + q * b */
export function combine(p: number, a: Vec3, q: number, b: Vec3): Vec3 {
  return [p * a[0] + q * b[0], p * a[1] + q * b[1], p * a[2] + q * b[2]];
}

export function dot(a: Vec3, b: Vec3): number {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

export function cross(a: Vec3, b: Vec3): Vec3 {
  return [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]];
}

export function norm(a: Vec3): number {
  return Math.hypot(a[0], a[1], a[2]);
}

export function distance(a: Vec3, b: Vec3): number {
  return norm(subtract(a, b));
}

export function midpoint(a: Vec3, b: Vec3): Vec3 {
  return [(a[0] + b[0]) / 2, (a[1] + b[1]) / 2, (a[2] + b[2]) / 2];
}

/** v / |v|; NaN components for a zero vector. */
export function unit(a: Vec3): Vec3 {
  return scale(a, 1 / norm(a));
}

/** Angle between two vectors in radians, 0 when they point the same way; NaN when one is zero. */
export function angleBetween(a: Vec3, b: Vec3): number {
  const cosine = dot(a, b) / (norm(a) * norm(b));
  return Math.acos(Math.min(1, Math.max(-1, cosine)));
}
