/**
 * How the vectors of an item are stored, in files and in memory: one 4-byte number per vector, then the vectors, both
 * filled up to a multiple of four vectors. Vectors lie in groups of four, four bytes of each in turn, so that a SIMD
 * register holds four vectors side by side (see kernel/rows.ts).
 */
import type { TokenVectors } from "../../core/retrieval/vectors.js";

/** Components of a stored vector: `dim`, filled up with zeros to a multiple of 16. */
export function paddedDim(dim: number): number {
  return (dim + 15) & ~15;
}

/** Vectors of an item filled up to whole groups. */
export function paddedCount(count: number): number {
  return (count + 3) & ~3;
}

/** Bytes of an item of `count` vectors. */
export function blockBytes(count: number, dim: number): number {
  return paddedCount(count) * (paddedDim(dim) + 4);
}

/**
 * Writes an item. The numbers are, of motions, -64 x the sum of each vector's components (what the kernel's shift
 * adds), of captions, the scale of each vector (float32).
 */
export function writeBlock(
  bytes: Uint8Array,
  { count, dim, data, scales }: TokenVectors,
  kind: "motions" | "captions",
) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const padded = paddedCount(count);
  const stride = paddedDim(dim);
  bytes.fill(0, 0, padded * (stride + 4));
  for (let row = 0; row < padded; row++) {
    // A motion's last vector stands for the ones that are missing: it cannot change the maximum.
    if (row >= count && kind === "captions") continue;
    const from = Math.min(row, count - 1);
    const group = padded * 4 + (row >> 2) * 4 * stride + (row & 3) * 4;
    let sum = 0;
    for (let k = 0; k < dim; k++) {
      const value = data[from * dim + k]!;
      sum += value;
      bytes[group + (k >> 2) * 16 + (k & 3)] = value;
    }
    if (kind === "motions") view.setInt32(row * 4, -64 * sum, true);
    else view.setFloat32(row * 4, scales[from]!, true);
  }
}

/** Reads an item back. `scale`: of all vectors of a motion; undefined for captions. */
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
