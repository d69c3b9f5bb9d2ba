/**
 * A small, strict reader of zip archives as NumPy writes them (`.npz`): stored or deflated entries, sizes and
 * checksums verified, so that a damaged archive never yields numbers.
 */
import { crc32, inflateRawSync } from "node:zlib";

export class ZipError extends Error {
  override readonly name = "ZipError";
}

export interface ZipEntry {
  readonly name: string;
  readonly size: number;
  readonly compressedSize: number;
  readonly method: number;
  readonly crc: number;
  readonly headerOffset: number;
  readonly encrypted: boolean;
}

const END_SIGNATURE = 0x06054b50;
const ENTRY_SIGNATURE = 0x02014b50;
const LOCAL_SIGNATURE = 0x04034b50;
const END_SIZE = 22;
const ENTRY_SIZE = 46;
const LOCAL_SIZE = 30;
const LONGEST_COMMENT = 0xffff;
const STORED = 0;
const DEFLATED = 8;

function view(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** @throws ZipError */
export function readZipEntries(bytes: Uint8Array): ZipEntry[] {
  const data = view(bytes);
  let end = -1;
  for (let at = bytes.length - END_SIZE; at >= Math.max(0, bytes.length - END_SIZE - LONGEST_COMMENT); at--) {
    if (data.getUint32(at, true) === END_SIGNATURE && at + END_SIZE + data.getUint16(at + 20, true) === bytes.length) {
      end = at;
      break;
    }
  }
  if (end < 0) throw new ZipError("This is not a complete zip archive: its table of contents is missing.");
  const count = data.getUint16(end + 10, true);
  const start = data.getUint32(end + 16, true);
  if (count === 0xffff || start === 0xffffffff) throw new ZipError("The archive is larger than can be read (zip64).");
  const entries: ZipEntry[] = [];
  let at = start;
  for (let index = 0; index < count; index++) {
    if (at + ENTRY_SIZE > end || data.getUint32(at, true) !== ENTRY_SIGNATURE) {
      throw new ZipError("The archive's table of contents is damaged.");
    }
    const nameLength = data.getUint16(at + 28, true);
    const skipped = data.getUint16(at + 30, true) + data.getUint16(at + 32, true);
    if (at + ENTRY_SIZE + nameLength + skipped > end) throw new ZipError("The archive's table of contents is damaged.");
    entries.push({
      name: new TextDecoder().decode(bytes.subarray(at + ENTRY_SIZE, at + ENTRY_SIZE + nameLength)),
      encrypted: (data.getUint16(at + 8, true) & 1) === 1,
      method: data.getUint16(at + 10, true),
      crc: data.getUint32(at + 16, true),
      compressedSize: data.getUint32(at + 20, true),
      size: data.getUint32(at + 24, true),
      headerOffset: data.getUint32(at + 42, true),
    });
    at += ENTRY_SIZE + nameLength + skipped;
  }
  if (at !== end) throw new ZipError("The archive's table of contents is damaged.");
  return entries;
}

/**
 * The content of an entry, not more than `limit` bytes.
 *
 * @throws ZipError when the entry is damaged, too large or packed in another way.
 */
export function readZipEntry(bytes: Uint8Array, entry: ZipEntry, limit: number): Uint8Array {
  const data = view(bytes);
  if (entry.encrypted) throw new ZipError(`${entry.name} is encrypted.`);
  if (entry.size > limit)
    throw new ZipError(`${entry.name} is ${entry.size} bytes large; at most ${limit} can be read.`);
  const at = entry.headerOffset;
  if (at + LOCAL_SIZE > bytes.length || data.getUint32(at, true) !== LOCAL_SIGNATURE) {
    throw new ZipError(`${entry.name} is not where the table of contents says.`);
  }
  const start = at + LOCAL_SIZE + data.getUint16(at + 26, true) + data.getUint16(at + 28, true);
  if (start + entry.compressedSize > bytes.length) throw new ZipError(`${entry.name} is cut short.`);
  const content = unpack(entry, bytes.subarray(start, start + entry.compressedSize));
  if (content.length !== entry.size) {
    throw new ZipError(`${entry.name} holds ${content.length} bytes where ${entry.size} are announced.`);
  }
  if (crc32(content) !== entry.crc) throw new ZipError(`${entry.name} is damaged: its checksum does not fit.`);
  return content;
}

function unpack(entry: ZipEntry, packed: Uint8Array): Uint8Array {
  if (entry.method === STORED) return packed;
  if (entry.method !== DEFLATED) throw new ZipError(`${entry.name} is packed by an unknown method (${entry.method}).`);
  try {
    return inflateRawSync(packed, { maxOutputLength: Math.max(1, entry.size) });
  } catch (error) {
    throw new ZipError(`${entry.name} is damaged and cannot be unpacked.`, { cause: error });
  }
}
