import { chmod, mkdir, mkdtemp, rm, symlink, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { CaptionFileError, MotionFileError } from "../../src/formats/errors.js";
import { describeFileError } from "../../src/formats/file-errors.js";
import { readCaptionFile } from "../../src/formats/read-captions.js";
import { isMotionFileName, MAX_FILE_BYTES, readMotion } from "../../src/formats/read-motion.js";
import { writeNpy } from "../fixtures/npy.js";
import { walkingMotion } from "../fixtures/poses.js";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "motion-lens-formats-"));
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

async function refusal(path: string): Promise<string> {
  const error: unknown = await readMotion(path).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(MotionFileError);
  expect((error as MotionFileError).file).toBe(path);
  return (error as Error).message;
}

describe("readMotion", () => {
  it("reads a file, also through a link and with another case in its ending", async () => {
    const { joints } = walkingMotion(4);
    const path = join(folder, "walk.NPY");
    await writeFile(path, writeNpy(joints, { shape: [4, 22, 3] }));
    await symlink(path, join(folder, "link.npy"));
    expect((await readMotion(path)).motion.joints).toEqual(joints);
    expect((await readMotion(join(folder, "link.npy"), { fps: 30 })).motion.fps).toBe(30);
  });

  it("refuses folders, missing and empty files, and circles of links", async () => {
    await mkdir(join(folder, "folder.npy"));
    expect(await refusal(join(folder, "folder.npy"))).toContain("folder");
    expect(await refusal(join(folder, "missing.npy"))).toContain("no such file");
    expect(await refusal(join(folder, "walk.NPY", "deeper.npy"))).toContain("no such file");
    await writeFile(join(folder, "empty.npy"), "");
    expect(await refusal(join(folder, "empty.npy"))).toContain("empty");
    await symlink(join(folder, "circle.npy"), join(folder, "circle.npy"));
    expect(await refusal(join(folder, "circle.npy"))).toContain("circle");
  });

  it("refuses a device without reading it", async () => {
    await symlink("/dev/zero", join(folder, "endless.npy"));
    expect(await refusal(join(folder, "endless.npy"))).toContain("not a regular file");
  });

  it("refuses a file that is too large before reading it", async () => {
    const path = join(folder, "huge.npy");
    await writeFile(path, "");
    await truncate(path, MAX_FILE_BYTES + 1);
    expect(await refusal(path)).toContain("513 MB large; at most 512 MB");
  });

  it("says so when reading is not permitted", async () => {
    expect(describeFileError(Object.assign(new Error(), { code: "EACCES" }))).toContain("permission denied");
    const path = join(folder, "secret.npy");
    await writeFile(path, "x");
    await chmod(path, 0);
    // An administrator may read it all the same, and then finds that it is no motion.
    expect(await refusal(path)).toMatch(process.getuid?.() === 0 ? /signature/ : /permission denied/);
  });

  it("knows motion files by their ending", () => {
    expect(["a.npy", "b.NPZ", "c.bvh", "d.txt", "npy"].map(isMotionFileName)).toEqual([true, true, true, false, false]);
  });
});

describe("readCaptionFile", () => {
  it("reads lines and keeps a byte order mark", async () => {
    const path = join(folder, "walk.txt");
    await writeFile(path, "\uFEFFwalks#walk/VERB#0.0#0.0\r\nsits\n");
    const document = await readCaptionFile(path);
    expect(document.byteOrderMark).toBe(true);
    expect(document.lines.map(({ text }) => text)).toEqual(["walks", "sits"]);
  });

  it("refuses what is no text", async () => {
    const path = join(folder, "binary.txt");
    await writeFile(path, Uint8Array.from([0x61, 0xff, 0xfe, 0x62]));
    const failure = async (file: string) => {
      const error: unknown = await readCaptionFile(file).catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(CaptionFileError);
      return (error as Error).message;
    };
    expect(await failure(path)).toBe(`${path}: The file is not UTF-8 text.`);
    expect(await failure(join(folder, "none.txt"))).toContain("no such file");
    expect(await failure(folder)).toContain("folder");
  });
});
