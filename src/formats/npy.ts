import { parseNpyData } from "numpy-ts/core";
import { NpyHeaderError, plainType, readNpyHeader, type NpyHeader } from "./npy-header.js";

/** A plain array of real numbers in C order. */
export interface NumberArray {
  readonly shape: readonly number[];
  /** As written in the file, for example `<f4`. */
  readonly dtype: string;
  readonly integers: boolean;
  /** Values as float32; own memory. */
  readonly values: Float32Array;
}

/**
 * Reads a `.npy` file: versions 1 to 3, real numbers of any size and byte order, C or Fortran order. The size
 * that the header claims must be exactly that of the file, which is checked before anything is allocated.
 *
 * @throws NpyHeaderError saying what is wrong, without the file name.
 */
export function parseNpy(bytes: Uint8Array): NumberArray {
  const header = readNpyHeader(bytes);
  const type = plainType(header.dtype);
  checkSize(header, type.itemSize, bytes.length);
  // The parser lays Fortran arrays out anew with one slow step per number; the same numbers read in C order
  // have the reversed shape, and turning them here is quick.
  const array = parseNpyData(bytes, {
    version: header.version,
    header: { descr: header.dtype, fortran_order: false, shape: [...header.shape] },
    dataOffset: header.dataOffset,
  });
  try {
    // The parser's numbers live in a heap that is reused: copy, then give back.
    const values = toFloat32(array.data);
    return {
      shape: header.shape,
      dtype: header.dtype,
      integers: type.kind === "integer",
      values: header.fortranOrder ? fromFortranOrder(values, header.shape) : values,
    };
  } finally {
    array.dispose();
  }
}

function toFloat32(data: ArrayLike<number> | ArrayLike<bigint>): Float32Array {
  if (data instanceof BigInt64Array || data instanceof BigUint64Array) return Float32Array.from(data, Number);
  return new Float32Array(data as ArrayLike<number>);
}

function checkSize(header: NpyHeader, itemSize: number, fileSize: number): void {
  const claimed = header.shape.reduce((product, size) => product * size, itemSize);
  const found = fileSize - header.dataOffset;
  if (claimed > found) {
    throw new NpyHeaderError(
      `The file is cut short: shape ${formatShape(header.shape)} of ${header.dtype} needs ${claimed} bytes, ` +
        `the file holds ${found}.`,
    );
  }
  if (claimed < found) {
    throw new NpyHeaderError(
      `The file is too long: shape ${formatShape(header.shape)} of ${header.dtype} needs ${claimed} bytes, ` +
        `the file holds ${found}.`,
    );
  }
}

/** First index fastest to last index fastest. */
function fromFortranOrder(values: Float32Array, shape: readonly number[]): Float32Array {
  if (shape.length < 2) return values;
  const ordered = new Float32Array(values.length);
  const strides = shape.map((_, axis) => shape.slice(0, axis).reduce((product, size) => product * size, 1));
  const index = new Array<number>(shape.length).fill(0);
  let source = 0;
  for (let at = 0; at < ordered.length; at++) {
    ordered[at] = values[source]!;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      index[axis]!++;
      source += strides[axis]!;
      if (index[axis]! < shape[axis]!) break;
      source -= strides[axis]! * shape[axis]!;
      index[axis] = 0;
    }
  }
  return ordered;
}

/** As NumPy prints shapes: `(170, 22, 3)`, `(5,)`, `()`. */
export function formatShape(shape: readonly number[]): string {
  return shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(", ")})`;
}
