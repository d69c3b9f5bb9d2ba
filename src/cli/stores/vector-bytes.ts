/**
 * Stored vectors as bytes, for stores that know floats only: a magic number, vectors, patches and numbers of the grid,
 * wholes and their numbers (uint32 each), scales (float32), int8s, and which vector each patch has (uint16).
 */
import { patchCount, type ItemVectors, type TokenVectors } from "../../core/retrieval/vectors.js";

const MAGIC = 0x32564c4d;
const HEAD = 24;

export function bytesOfVectors(item: ItemVectors): Uint8Array {
  const { grid, whole, places = [] } = item;
  const head = [MAGIC, grid.count, patchCount(item), grid.dim, whole.count, whole.dim];
  const bytes = new Uint8Array(
    HEAD + sizeOf(grid.count, grid.dim) + sizeOf(whole.count, whole.dim) + places.length * 2,
  );
  const view = new DataView(bytes.buffer);
  head.forEach((value, at) => view.setUint32(at * 4, value, true));
  let at = HEAD;
  for (const { scales, data } of [grid, whole]) {
    scales.forEach((scale, row) => view.setFloat32(at + row * 4, scale, true));
    bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), at + scales.length * 4);
    at += scales.length * 4 + data.length;
  }
  places.forEach((row, patch) => view.setUint16(at + patch * 2, row, true));
  return bytes;
}

/** @throws RangeError when the bytes are not what `bytesOfVectors` made. */
export function vectorsOfBytes(bytes: Uint8Array): ItemVectors {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const head = Array.from({ length: 6 }, (_, at) => (bytes.length < HEAD ? 0 : view.getUint32(at * 4, true)));
  const [magic, count, patches, gridDim, wholes, wholeDim] = head as [number, number, number, number, number, number];
  if (magic !== MAGIC) throw new RangeError("stored vectors are of an earlier format, or cut short: export them again");
  const own = patches === count ? 0 : patches;
  const gridBytes = sizeOf(count, gridDim);
  if (bytes.length !== HEAD + gridBytes + sizeOf(wholes, wholeDim) + own * 2) {
    throw new RangeError("stored vectors are cut short");
  }
  const read = (start: number, rows: number, dim: number): TokenVectors => ({
    count: rows,
    dim,
    scales: Float32Array.from({ length: rows }, (_, row) => view.getFloat32(start + row * 4, true)),
    data: new Int8Array(bytes.slice(start + rows * 4, start + sizeOf(rows, dim)).buffer),
  });
  const end = bytes.length - own * 2;
  return {
    grid: read(HEAD, count, gridDim),
    whole: read(HEAD + gridBytes, wholes, wholeDim),
    ...(own > 0 && { places: Uint16Array.from({ length: own }, (_, at) => view.getUint16(end + at * 2, true)) }),
  };
}

function sizeOf(count: number, dim: number): number {
  return count * (4 + dim);
}
