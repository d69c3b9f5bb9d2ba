import { readFile } from "node:fs/promises";
import { describeFileError } from "../formats/file-errors.js";

export interface ListLine {
  readonly text: string;
  /** Counts from 1. */
  readonly line: number;
}

/** Lines of a list file (UTF-8); blank ones are skipped. @throws Error that names the file. */
export async function readList(file: string): Promise<ListLine[]> {
  let content: string;
  try {
    content = await readFile(file, "utf8");
  } catch (error) {
    throw new Error(`${file}: ${describeFileError(error)}`, { cause: error });
  }
  return content
    .replace(/^\uFEFF/, "")
    .split(/\r\n|\n|\r/)
    .map((text, index) => ({ text, line: index + 1 }))
    .filter(({ text }) => text.trim() !== "");
}

/** Lines `motion<TAB>text`. @throws Error that names file and line. */
export async function readPairs(file: string): Promise<{ motion: string; text: string }[]> {
  return (await readList(file)).map(({ text: pair, line }) => {
    const tab = pair.indexOf("\t");
    const [motion, text] = [pair.slice(0, tab), pair.slice(tab + 1)];
    if (tab < 0 || motion.trim() === "" || text.trim() === "") {
      throw new Error(`${file}: line ${line} is not of the form motion<TAB>text`);
    }
    return { motion, text };
  });
}
