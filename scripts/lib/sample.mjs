/**
 * The sample dataset as `npm start` opens it: a copy, so that trying things out leaves the clone as it is.
 */
import fs from "node:fs";
import path from "node:path";
import { contentHash } from "./prepare.mjs";
import { profileFolder, sampleDataset, shown } from "./project.mjs";

/**
 * Makes the copy, renews one that the user has not changed when the sample has, and keeps one with changes.
 * @param {{ fresh?: boolean, log?: (line: string) => void, source?: string, into?: string }} [options] fresh: throw
 * the user's changes away
 * @returns {string} absolute path of the copy
 * @throws {Error} where the clone has no sample dataset
 */
export function sampleCopy({ fresh = false, log = console.log, source = sampleDataset, into = profileFolder } = {}) {
  if (!fs.existsSync(source)) throw new Error(`${shown(source)} is missing; name a folder: npm start -- <folder>`);
  const copy = path.join(into, "sample-dataset");
  const stamp = path.join(into, "sample-dataset.hash");
  const original = contentHash(["."], source);
  const known = fs.existsSync(stamp) ? fs.readFileSync(stamp, "utf8") : "";
  // Without a stamp the copy was interrupted.
  const changed = known !== "" && fs.existsSync(copy) && contentHash(["."], copy) !== known;
  if (fresh || !changed) {
    if (fresh || known !== original || !fs.existsSync(copy)) {
      fs.rmSync(stamp, { force: true });
      fs.rmSync(copy, { recursive: true, force: true });
      fs.cpSync(source, copy, { recursive: true });
      fs.writeFileSync(stamp, original);
    }
    log(`The sample dataset opens as a copy, ${shown(copy)}, so that the clone stays as it is.`);
  } else {
    log(`The sample dataset opens as your changed copy, ${shown(copy)} (npm start -- --fresh replaces it).`);
  }
  return copy;
}
