import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { listSome, withoutExtension } from "./paths.js";

/** A list of ids is far smaller; a larger text file is something else. */
const MAX_LIST_BYTES = 16 * 1024 * 1024;

export interface SplitLists {
  /** Names of the lists that each id stands in, in the order of the lists. */
  readonly splitsOf: ReadonlyMap<string, readonly string[]>;
  readonly warnings: readonly string[];
}

/**
 * Reads the split lists of a HumanML3D folder: text files beside `new_joints`, one id a line (`train.txt`, `val.txt`,
 * `test.txt`, `all.txt`, `train_val.txt` or any other name). A text file none of whose lines is a known id is no list.
 *
 * @param names text files directly in `folder`.
 * @param known ids of the motions that are there.
 */
export async function readSplitLists(
  folder: string,
  names: readonly string[],
  known: ReadonlySet<string>,
): Promise<SplitLists> {
  const splitsOf = new Map<string, string[]>();
  const warnings: string[] = [];
  for (const name of names) {
    const file = join(folder, name);
    const text = await readList(file).catch((error: Error) => {
      warnings.push(`${name} cannot be read: ${error.message}`);
      return undefined;
    });
    if (text === undefined) continue;
    const ids = new Set(text.split(/\r\n|\r|\n/).map((line) => withoutMotionExtension(line.trim())));
    ids.delete("");
    const missing = [...ids].filter((id) => !known.has(id));
    if (missing.length === ids.size) {
      if (isUsualName(name) && ids.size > 0) warnings.push(`${name} lists no motion that is here`);
      continue;
    }
    if (missing.length > 0)
      warnings.push(`${name} lists ${missing.length} motions that are not here: ${listSome(missing)}`);
    const split = withoutExtension(name);
    for (const id of ids) {
      if (known.has(id)) splitsOf.set(id, [...(splitsOf.get(id) ?? []), split]);
    }
  }
  return { splitsOf, warnings };
}

async function readList(file: string): Promise<string | undefined> {
  if ((await stat(file)).size > MAX_LIST_BYTES) return undefined;
  return (await readFile(file, "utf8")).replace(/^\uFEFF/, "");
}

function isUsualName(name: string): boolean {
  return /^(train|val|test|all|train_val)\.txt$/i.test(name);
}

function withoutMotionExtension(line: string): string {
  return line.replace(/\.(npy|npz|bvh)$/i, "");
}
