/**
 * One immutable file of vectors. Little-endian, every block aligned to 16 bytes:
 *
 *   0  magic "MLENSSEG"   8  format version   12  length of the header text   16  crc32 of everything from 24 on   20  0
 *  24  header (JSON), then: table (per item: first vector, vectors; u32), scales (float32 per vector),
 *      whole-item scales (float32 per item), whole-item vectors (int8), vectors (int8)
 *
 * Vectors are as long as `dim`, filled up with zeros to a multiple of 16 so that the kernel needs no special case.
 */
import { crc32 } from "node:zlib";
import * as v from "valibot";
import type { TokenVectors } from "../../core/retrieval/vectors.js";

const MAGIC = "MLENSSEG";
export const SEGMENT_VERSION = 1;
export const SEGMENT_ENDING = ".seg";
const PREFIX_BYTES = 24;

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
  readonly vectors: TokenVectors;
  readonly global: TokenVectors;
}

export interface SegmentHeader<I> {
  readonly modelKey: string;
  readonly kind: SegmentKind;
  readonly dim: number;
  readonly vectors: number;
  readonly items: readonly I[];
}

/** Where the blocks of a segment lie, in bytes from its start. */
export interface SegmentLayout {
  readonly table: number;
  readonly scales: number;
  readonly globalScales: number;
  readonly globals: number;
  readonly vectors: number;
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
const common = { modelKey: v.string(), dim: v.number(), vectors: v.number() };
const headerSchema = v.variant("kind", [
  v.object({ kind: v.literal("motions"), ...common, items: v.array(motionItem) }),
  v.object({ kind: v.literal("captions"), ...common, items: v.array(v.object({ key: v.string() })) }),
]);

export class DamagedSegment extends Error {
  override readonly name = "DamagedSegment";
}

export function paddedDim(dim: number): number {
  return align(dim);
}

function align(bytes: number): number {
  return (bytes + 15) & ~15;
}

export function segmentLayout(headerBytes: number, items: number, vectors: number, dim: number): SegmentLayout {
  const table = PREFIX_BYTES + headerBytes;
  const scales = align(table + items * 8);
  const globalScales = align(scales + vectors * 4);
  const globals = align(globalScales + items * 4);
  const start = globals + items * paddedDim(dim);
  return { table, scales, globalScales, globals, vectors: start, bytes: start + vectors * paddedDim(dim) };
}

/** The bytes of a segment. */
export function encodeSegment<K extends SegmentKind>(
  modelKey: string,
  kind: K,
  dim: number,
  items: readonly EncodedItem<ItemOf<K>>[],
): Uint8Array {
  const vectors = items.reduce((sum, item) => sum + item.vectors.count, 0);
  const header: SegmentHeader<ItemOf<K>> = { modelKey, kind, dim, vectors, items: items.map(({ item }) => item) };
  const text = paddedHeader(JSON.stringify(header));
  const layout = segmentLayout(text.length, items.length, vectors, dim);
  const bytes = new Uint8Array(layout.bytes);
  const view = new DataView(bytes.buffer);
  bytes.set(new TextEncoder().encode(MAGIC));
  view.setUint32(8, SEGMENT_VERSION, true);
  view.setUint32(12, text.length, true);
  bytes.set(text, PREFIX_BYTES);
  let first = 0;
  items.forEach(({ vectors: tokens, global }, index) => {
    view.setUint32(layout.table + index * 8, first, true);
    view.setUint32(layout.table + index * 8 + 4, tokens.count, true);
    view.setFloat32(layout.globalScales + index * 4, global.scales[0]!, true);
    bytes.set(asBytes(global.data), layout.globals + index * paddedDim(dim));
    for (let token = 0; token < tokens.count; token++) {
      view.setFloat32(layout.scales + (first + token) * 4, tokens.scales[token]!, true);
      const vector = tokens.data.subarray(token * dim, (token + 1) * dim);
      bytes.set(asBytes(vector), layout.vectors + (first + token) * paddedDim(dim));
    }
    first += tokens.count;
  });
  view.setUint32(16, crc32(bytes.subarray(PREFIX_BYTES)), true);
  return bytes;
}

/** Header text in UTF-8, filled up with blanks so that what follows is aligned. */
function paddedHeader(json: string): Uint8Array {
  const text = new TextEncoder().encode(json);
  const padded = new Uint8Array(align(PREFIX_BYTES + text.length) - PREFIX_BYTES).fill(0x20);
  padded.set(text);
  return padded;
}

function asBytes(data: Int8Array): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

/**
 * Checks and reads the header of a whole segment in memory.
 *
 * @throws DamagedSegment when magic, version, checksum, header or length are off.
 */
export function readSegment(bytes: Uint8Array): {
  header: SegmentHeader<MotionItem | CaptionItem>;
  layout: SegmentLayout;
} {
  if (bytes.length < PREFIX_BYTES) throw new DamagedSegment("it is cut short");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (new TextDecoder().decode(bytes.slice(0, 8)) !== MAGIC) throw new DamagedSegment("it is no index segment");
  const version = view.getUint32(8, true);
  if (version !== SEGMENT_VERSION) throw new DamagedSegment(`it has format version ${version}`);
  if (crc32(bytes.subarray(PREFIX_BYTES)) !== view.getUint32(16, true))
    throw new DamagedSegment("its checksum is wrong");
  const headerBytes = view.getUint32(12, true);
  const parsed = v.safeParse(headerSchema, parseJson(bytes.slice(PREFIX_BYTES, PREFIX_BYTES + headerBytes)));
  if (!parsed.success) throw new DamagedSegment(`its header is wrong: ${parsed.issues[0].message}`);
  const header = parsed.output;
  const layout = segmentLayout(headerBytes, header.items.length, header.vectors, header.dim);
  if (layout.bytes !== bytes.length) throw new DamagedSegment(`it has ${bytes.length} bytes, not ${layout.bytes}`);
  for (let index = 0, next = 0; index < header.items.length; index++) {
    const first = view.getUint32(layout.table + index * 8, true);
    next += view.getUint32(layout.table + index * 8 + 4, true);
    if (first + view.getUint32(layout.table + index * 8 + 4, true) !== next || next > header.vectors) {
      throw new DamagedSegment("its table is wrong");
    }
  }
  return { header, layout };
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return undefined;
  }
}
