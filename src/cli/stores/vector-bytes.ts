/** Stored vectors as bytes, for stores that know floats only: count and dimension (uint32), scales (float32), int8s. */
import type { TokenVectors } from "../../core/retrieval/vectors.js";

const HEAD = 8;

export function bytesOfVectors({ count, dim, data, scales }: TokenVectors): Uint8Array {
  const bytes = new Uint8Array(HEAD + count * 4 + count * dim);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, count, true);
  view.setUint32(4, dim, true);
  scales.forEach((scale, row) => view.setFloat32(HEAD + row * 4, scale, true));
  bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), HEAD + count * 4);
  return bytes;
}

/** @throws RangeError when the bytes are not what `bytesOfVectors` made. */
export function vectorsOfBytes(bytes: Uint8Array): TokenVectors {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const [count, dim] = bytes.length < HEAD ? [0, 0] : [view.getUint32(0, true), view.getUint32(4, true)];
  if (bytes.length !== HEAD + count * (4 + dim)) throw new RangeError("stored vectors are cut short");
  const scales = Float32Array.from({ length: count }, (_, row) => view.getFloat32(HEAD + row * 4, true));
  return { count, dim, scales, data: new Int8Array(bytes.slice(HEAD + count * 4).buffer) };
}
