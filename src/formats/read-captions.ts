import { readFile, stat } from "node:fs/promises";
import { parseCaptionDocument, type CaptionDocument } from "../core/captions/document.js";
import { CaptionFileError } from "./errors.js";
import { describeFileError } from "./file-errors.js";

/** A caption file is a few lines; larger files are something else. */
const MAX_CAPTION_BYTES = 16 * 1024 * 1024;

/**
 * Reads and parses a caption file (UTF-8, with or without byte order mark).
 *
 * @throws CaptionFileError when it cannot be read, is too large, or is no text.
 */
export async function readCaptionFile(path: string): Promise<CaptionDocument> {
  let bytes: Uint8Array;
  try {
    const found = await stat(path);
    if (found.isDirectory()) throw new CaptionFileError(path, "This is a folder, not a caption file.");
    if (!found.isFile()) throw new CaptionFileError(path, "This is not a regular file.");
    if (found.size > MAX_CAPTION_BYTES) throw new CaptionFileError(path, "The file is too large for a caption file.");
    bytes = await readFile(path);
  } catch (error) {
    if (error instanceof CaptionFileError) throw error;
    throw new CaptionFileError(path, describeFileError(error), { cause: error });
  }
  return parseCaptionDocument(decodeCaptions(path, bytes));
}

/** @throws CaptionFileError when the bytes are not UTF-8. */
export function decodeCaptions(file: string, bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    throw new CaptionFileError(file, "The file is not UTF-8 text.", { cause: error });
  }
}
