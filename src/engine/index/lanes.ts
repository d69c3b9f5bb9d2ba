/**
 * How vectors are stored, in files and in memory: in groups of four, four bytes of each in turn, so that a SIMD register
 * holds four vectors side by side (see kernel/rows.ts). A motion or caption is a block of its own; the wholes of all
 * items of a segment are one.
 */
import type { ItemVectors, TokenVectors } from "../../core/retrieval/vectors.js";

/** Components of a stored vector: `dim`, filled up with zeros to a multiple of 16. */
export function paddedDim(dim: number): number {
  return (dim + 15) & ~15;
}

/** Vectors of an item filled up to whole groups. */
export function paddedCount(count: number): number {
  return (count + 3) & ~3;
}

/** Bytes of the vectors of an item: one 4-byte number per vector, then the vectors, both filled up to whole groups. */
export function blockBytes(count: number, dim: number): number {
  return paddedCount(count) * (paddedDim(dim) + 4);
}

/** Bytes of an item whose patches share vectors: which one each has stands behind these, two bytes a patch. */
export function itemBytes(count: number, dim: number, patches: number): number {
  return blockBytes(count, dim) + (patches === count ? 0 : (patches * 2 + 15) & ~15);
}

/** Bytes of the wholes of `count` items: groups of four scales, four numbers and four vectors. */
export function wholeBytes(count: number, dim: number): number {
  return dim === 0 ? 0 : (paddedCount(count) >> 2) * wholeGroupBytes(dim);
}

export function wholeGroupBytes(dim: number): number {
  return 32 + 4 * paddedDim(dim);
}

/**
 * Writes the vectors of an item. The numbers are, of motions, -64 x the sum of each vector's components (what the
 * kernel's shift adds), of captions, the scale of each vector (float32).
 */
export function writeBlock(
  bytes: Uint8Array,
  { count, dim, data, scales }: TokenVectors,
  kind: "motions" | "captions",
): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const padded = paddedCount(count);
  const stride = paddedDim(dim);
  bytes.fill(0, 0, padded * (stride + 4));
  for (let row = 0; row < padded; row++) {
    // A motion's last vector stands for the ones that are missing: it cannot change the maximum.
    if (row >= count && kind === "captions") continue;
    const from = Math.min(row, count - 1);
    const sum = writeLane(
      bytes,
      padded * 4 + (row >> 2) * 4 * stride,
      row & 3,
      data.subarray(from * dim, (from + 1) * dim),
    );
    if (kind === "motions") view.setInt32(row * 4, -64 * sum, true);
    else view.setFloat32(row * 4, scales[from]!, true);
  }
}

/** Writes one vector of a group that begins at `group`. @returns the sum of its components. */
function writeLane(bytes: Uint8Array, group: number, lane: number, vector: Int8Array): number {
  let sum = 0;
  for (let k = 0; k < vector.length; k++) {
    sum += vector[k]!;
    bytes[group + (k >> 2) * 16 + lane * 4 + (k & 3)] = vector[k]!;
  }
  return sum;
}

/** Writes an item with what its patches share; see `itemBytes`. */
export function writeItem(bytes: Uint8Array, { grid, places }: ItemVectors, kind: "motions" | "captions"): void {
  writeBlock(bytes, grid, kind);
  if (places === undefined || places.length === grid.count) return;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const start = blockBytes(grid.count, grid.dim);
  bytes.fill(0, start);
  places.forEach((row, patch) => view.setUint16(start + patch * 2, row, true));
}

/** Reads the vectors of an item back. `scale`: of all vectors of a motion; undefined for captions. */
export function readBlock(bytes: Uint8Array, count: number, dim: number, scale: number | undefined): TokenVectors {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const data = new Int8Array(count * dim);
  const scales = new Float32Array(count);
  const start = paddedCount(count) * 4;
  for (let row = 0; row < count; row++) {
    scales[row] = scale ?? view.getFloat32(row * 4, true);
    const group = start + (row >> 2) * 4 * paddedDim(dim) + (row & 3) * 4;
    for (let k = 0; k < dim; k++) data[row * dim + k] = bytes[group + (k >> 2) * 16 + (k & 3)]!;
  }
  return { count, dim, data, scales };
}

/** Which vector each patch of an item has; undefined where each has its own. */
export function readPlaces(bytes: Uint8Array, count: number, dim: number, patches: number): Uint16Array | undefined {
  if (patches === count) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const start = blockBytes(count, dim);
  return Uint16Array.from({ length: patches }, (_, patch) => view.getUint16(start + patch * 2, true));
}

/** Writes the whole of the item at `index` of a segment; one without leaves the scale 0. */
export function writeWhole(bytes: Uint8Array, index: number, whole: TokenVectors, kind: "motions" | "captions"): void {
  if (whole.count === 0) return;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const group = (index >> 2) * wholeGroupBytes(whole.dim);
  const lane = index & 3;
  const sum = writeLane(bytes, group + 32, lane, whole.data);
  view.setFloat32(group + lane * 4, whole.scales[0]!, true);
  view.setInt32(group + 16 + lane * 4, kind === "motions" ? -64 * sum : 0, true);
}

/** Reads the whole of the item at `index` back. */
export function readWhole(bytes: Uint8Array, index: number, dim: number): TokenVectors {
  const none = { count: 0, dim, data: new Int8Array(0), scales: new Float32Array(0) };
  if (dim === 0) return none;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const group = (index >> 2) * wholeGroupBytes(dim);
  const lane = index & 3;
  const scale = view.getFloat32(group + lane * 4, true);
  if (scale === 0) return none;
  const start = group + 32 + lane * 4;
  const data = Int8Array.from({ length: dim }, (_, k) => bytes[start + (k >> 2) * 16 + (k & 3)]!);
  return { count: 1, dim, data, scales: Float32Array.of(scale) };
}
