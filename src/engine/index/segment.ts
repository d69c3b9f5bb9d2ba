/**
 * One immutable file of vectors. Little-endian, every block aligned to 16 bytes. The front is read when an index is
 * opened; the items behind it as a whole or one by one, each with its own checksum:
 *
 *   0  magic "MLENSSEG"   8  format version   12  length of the header text   16  crc32 of the front from 20 on
 *  20  bytes of the front
 *  24  header (JSON), then: table (20 bytes an item: where its block begins among the blocks, in 16 bytes, u32; vectors,
 *      u32; crc32 of its block; scale of a motion's vectors, float32; patches, u32), wholes of all items, scales of the
 *      pooled vectors (float32 a motion), blocks of pooled vectors
 *  front: blocks of the items (see lanes.ts)
 */
import { crc32 } from "node:zlib";
import * as v from "valibot";
import { pooledCount, pooledVectors } from "../../core/retrieval/pooled.js";
import { patchCount, type ItemVectors, type TokenVectors, type VectorShape } from "../../core/retrieval/vectors.js";
import { blockBytes, itemBytes, wholeBytes, writeBlock, writeItem, writeWhole } from "./lanes.js";

const MAGIC = "MLENSSEG";
/**
 * Version 1 held vectors one after the other, and texts in 8 bits; version 2 the numbers of the whole behind those of
 * every patch; version 3 pooled vectors beside wholes. Their items are encoded again.
 */
export const SEGMENT_VERSION = 4;
export const SEGMENT_ENDING = ".seg";
export const PREFIX_BYTES = 24;
/** Words of 4 bytes of an item's row in the table. */
export const TABLE_WORDS = 5;

/** A motion in a segment; `path`, `size` and `mtimeMs` are where it was found when it was encoded. */
export interface MotionItem {
  /** sha256 of the file's bytes. */
  readonly key: string;
  readonly path: string;
  readonly size: number;
  readonly mtimeMs: number;
  readonly frames: number;
  readonly fps: number;
}

/** A caption text in a segment: the text is its key. */
export interface CaptionItem {
  readonly key: string;
}

export type SegmentKind = "motions" | "captions";
export type ItemOf<K extends SegmentKind> = K extends "motions" ? MotionItem : CaptionItem;

export interface EncodedItem<I> {
  readonly item: I;
  readonly vectors: ItemVectors;
  /** Of a motion of a model without wholes: those of `pooledVectors`, where they are known already. */
  readonly pooled?: TokenVectors;
}

export interface SegmentHeader<I> {
  readonly modelKey: string;
  readonly kind: SegmentKind;
  readonly gridDim: number;
  readonly wholeDim: number;
  /** Pooled vectors of a motion. */
  readonly pooled: number;
  /** Bytes of the items' blocks. */
  readonly bytes: number;
  readonly items: readonly I[];
}

/** Where the parts of a segment lie, in bytes from its start. */
export interface SegmentLayout {
  readonly table: number;
  readonly wholes: number;
  readonly pooledScales: number;
  readonly pooled: number;
  /** Where the front ends and the items' blocks begin. */
  readonly blocks: number;
  readonly bytes: number;
}

const motionItem = v.object({
  key: v.string(),
  path: v.string(),
  size: v.number(),
  mtimeMs: v.number(),
  frames: v.number(),
  fps: v.number(),
});
const common = {
  modelKey: v.string(),
  gridDim: v.number(),
  wholeDim: v.number(),
  pooled: v.number(),
  bytes: v.number(),
};
const headerSchema = v.variant("kind", [
  v.object({ kind: v.literal("motions"), ...common, items: v.array(motionItem) }),
  v.object({ kind: v.literal("captions"), ...common, items: v.array(v.object({ key: v.string() })) }),
]);

export class DamagedSegment extends Error {
  override readonly name = "DamagedSegment";
}

function align(bytes: number): number {
  return (bytes + 15) & ~15;
}

export function segmentLayout(header: Omit<SegmentHeader<unknown>, "modelKey">, headerBytes: number): SegmentLayout {
  const { kind, gridDim, wholeDim, pooled: few, items, bytes } = header;
  const table = PREFIX_BYTES + headerBytes;
  const wholes = align(table + items.length * TABLE_WORDS * 4);
  const pooledScales = wholes + wholeBytes(items.length, wholeDim);
  const pooledItems = kind === "motions" && few > 0 ? items.length : 0;
  const pooled = align(pooledScales + pooledItems * 4);
  const blocks = align(pooled + pooledItems * blockBytes(few, gridDim));
  return { table, wholes, pooledScales, pooled, blocks, bytes: blocks + bytes };
}

/**
 * The bytes of a segment.
 *
 * @throws RangeError when a motion's vectors do not have one scale, or a caption's need more than 7 bits.
 */
export function encodeSegment<K extends SegmentKind>(
  modelKey: string,
  kind: K,
  shape: VectorShape,
  items: readonly EncodedItem<ItemOf<K>>[],
): Uint8Array {
  const { gridDim, wholeDim } = shape;
  const few = pooledCount(shape);
  const sizes = items.map(({ vectors }) => itemBytes(vectors.grid.count, gridDim, patchCount(vectors)));
  const header: SegmentHeader<ItemOf<K>> = {
    modelKey,
    kind,
    gridDim,
    wholeDim,
    pooled: few,
    bytes: sizes.reduce((sum, size) => sum + size, 0),
    items: items.map(({ item }) => item),
  };
  const text = paddedHeader(JSON.stringify(header));
  const layout = segmentLayout(header, text.length);
  const bytes = new Uint8Array(layout.bytes);
  const view = new DataView(bytes.buffer);
  bytes.set(new TextEncoder().encode(MAGIC));
  view.setUint32(8, SEGMENT_VERSION, true);
  view.setUint32(12, text.length, true);
  view.setUint32(20, layout.blocks, true);
  bytes.set(text, PREFIX_BYTES);
  const wholes = bytes.subarray(layout.wholes, layout.pooledScales);
  let offset = 0;
  items.forEach(({ vectors, pooled }, index) => {
    const { grid, whole } = vectors;
    checkVectors(kind, grid);
    checkVectors(kind, whole);
    const block = bytes.subarray(layout.blocks + offset, layout.blocks + offset + sizes[index]!);
    writeItem(block, vectors, kind);
    const row = layout.table + index * TABLE_WORDS * 4;
    view.setUint32(row, offset >>> 4, true);
    view.setUint32(row + 4, grid.count, true);
    view.setUint32(row + 8, crc32(block), true);
    view.setFloat32(row + 12, kind === "motions" ? (grid.scales[0] ?? 1) : 1, true);
    view.setUint32(row + 16, patchCount(vectors), true);
    writeWhole(wholes, index, whole, kind);
    if (kind === "motions" && few > 0 && grid.count > 0) {
      const stand = pooled ?? pooledVectors(grid);
      view.setFloat32(layout.pooledScales + index * 4, stand.scales[0]!, true);
      const size = blockBytes(few, gridDim);
      writeBlock(bytes.subarray(layout.pooled + index * size, layout.pooled + (index + 1) * size), stand, kind);
    }
    offset += sizes[index]!;
  });
  view.setUint32(16, crc32(bytes.subarray(20, layout.blocks)), true);
  return bytes;
}

function checkVectors(kind: SegmentKind, { scales, data }: TokenVectors): void {
  if (kind === "motions" && scales.some((scale) => scale !== scales[0])) {
    throw new RangeError("the vectors of a motion must have one scale");
  }
  if (kind === "captions" && data.some((value) => value < -64 || value > 63)) {
    throw new RangeError("the vectors of a caption must have 7 bits");
  }
}

/** Header text in UTF-8, filled up with blanks so that what follows is aligned. */
function paddedHeader(json: string): Uint8Array {
  const text = new TextEncoder().encode(json);
  const padded = new Uint8Array(align(PREFIX_BYTES + text.length) - PREFIX_BYTES).fill(0x20);
  padded.set(text);
  return padded;
}

/**
 * Length of a segment's front, from its first bytes.
 *
 * @throws DamagedSegment when they are not those of a segment of this version.
 */
export function frontLength(prefix: Uint8Array): number {
  if (prefix.length < PREFIX_BYTES) throw new DamagedSegment("it is cut short");
  const view = new DataView(prefix.buffer, prefix.byteOffset, prefix.byteLength);
  if (new TextDecoder().decode(prefix.slice(0, 8)) !== MAGIC) throw new DamagedSegment("it is no index segment");
  const version = view.getUint32(8, true);
  if (version !== SEGMENT_VERSION) throw new DamagedSegment(`it has format version ${version}`);
  return view.getUint32(20, true);
}

/**
 * Checks and reads the front of a segment.
 *
 * @param front its bytes up to the items' blocks; `size` the length of the whole segment.
 * @throws DamagedSegment when magic, version, checksum, header, table or length are off.
 */
export function readFront(
  front: Uint8Array,
  size: number,
): {
  header: SegmentHeader<MotionItem | CaptionItem>;
  layout: SegmentLayout;
} {
  if (frontLength(front) !== front.length) throw new DamagedSegment("it is cut short");
  const view = new DataView(front.buffer, front.byteOffset, front.byteLength);
  if (crc32(front.subarray(20)) !== view.getUint32(16, true)) throw new DamagedSegment("its checksum is wrong");
  const headerBytes = view.getUint32(12, true);
  const parsed = v.safeParse(headerSchema, parseJson(front.slice(PREFIX_BYTES, PREFIX_BYTES + headerBytes)));
  if (!parsed.success) throw new DamagedSegment(`its header is wrong: ${parsed.issues[0].message}`);
  const header = parsed.output;
  if (header.pooled !== pooledCount(header)) {
    throw new DamagedSegment(`it has ${header.pooled} pooled vectors a motion, not ${pooledCount(header)}`);
  }
  const layout = segmentLayout(header, headerBytes);
  if (layout.bytes !== size) throw new DamagedSegment(`it has ${size} bytes, not ${layout.bytes}`);
  let next = 0;
  for (let index = 0; index < header.items.length; index++) {
    const row = layout.table + index * TABLE_WORDS * 4;
    if (view.getUint32(row, true) * 16 !== next) throw new DamagedSegment("its table is wrong");
    next += itemBytes(view.getUint32(row + 4, true), header.gridDim, view.getUint32(row + 16, true));
  }
  if (next !== header.bytes) throw new DamagedSegment("its table is wrong");
  return { header, layout };
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return undefined;
  }
}
