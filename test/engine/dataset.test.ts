import { mkdir, symlink } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { CaptionLibrary } from "../../src/engine/dataset/caption-library.js";
import { scanDataset } from "../../src/engine/dataset/scan.js";
import { wordMatcher } from "../../src/engine/dataset/word-match.js";
import { SAMPLE, temporaryFolder, writeFiles } from "./support.js";

async function scanOf(files: Readonly<Record<string, string>>) {
  const folder = temporaryFolder();
  await writeFiles(folder, files);
  return scanDataset(folder);
}

describe("scanning the HumanML3D layout", () => {
  it("finds the sample dataset", async () => {
    const scan = await scanDataset(SAMPLE);
    expect(scan.layout).toBe("humanml3d");
    expect(scan.motions).toHaveLength(60);
    expect(scan.motions.every(({ captionPath, splits }) => captionPath !== undefined && splits.length === 1)).toBe(
      true,
    );
    expect(Object.keys(scan.splits).sort()).toEqual(["test", "train", "val"]);
    expect(scan.warnings).toEqual([]);
  });

  it("takes a motion in both folders as one, under new_joints, and vectors alone under their own path", async () => {
    const scan = await scanOf({
      "new_joints/000001.npy": "",
      "new_joint_vecs/000001.npy": "",
      "new_joint_vecs/000002.npy": "",
      "texts/000002.txt": "a person walks.#a/DET#0.0#0.0\n",
    });
    expect(scan.motions.map(({ path, id, captionPath }) => [path, id, captionPath])).toEqual([
      ["new_joint_vecs/000002.npy", "000002", "texts/000002.txt"],
      ["new_joints/000001.npy", "000001", undefined],
    ]);
    expect(scan.aliases.get("new_joint_vecs/000001.npy")).toBe("new_joints/000001.npy");
  });

  it("does without texts, and without new_joints", async () => {
    expect((await scanOf({ "new_joints/a.npy": "" })).motions).toHaveLength(1);
    expect((await scanOf({ "new_joint_vecs/a.npy": "", "texts/a.txt": "x" })).motions).toHaveLength(1);
  });

  it("knows mirrored copies by their id", async () => {
    const scan = await scanOf({ "new_joints/000001.npy": "", "new_joints/M000001.npy": "", "new_joints/Mona.npy": "" });
    expect(scan.motions.filter(({ mirrored }) => mirrored).map(({ id }) => id)).toEqual(["M000001"]);
  });

  it("reads split lists of any name, warns about ids that are not there, and leaves other texts alone", async () => {
    const scan = await scanOf({
      "new_joints/a.npy": "",
      "new_joints/b.npy": "",
      "train.txt": "a\r\nb\r\n",
      "test.txt": "c\n",
      "all.txt": "a\nb\nc\n",
      "train_val.txt": "a.npy\n",
      "my own.txt": "\uFEFFb",
      "README.txt": "This is a dataset.\nIt has motions.\n",
    });
    expect(scan.splits).toEqual({ train: 2, all: 2, train_val: 1, "my own": 1 });
    expect(scan.byPath.get("new_joints/a.npy")?.splits).toEqual(["all", "train", "train_val"]);
    expect(scan.warnings).toEqual([
      "all.txt lists 1 motions that are not here: c",
      "test.txt lists no motion that is here",
    ]);
  });

  it("warns about captions of missing motions", async () => {
    const scan = await scanOf({ "new_joints/a.npy": "", "texts/a.txt": "x", "texts/lost.txt": "y" });
    expect(scan.warnings).toEqual(["1 caption files have no motion: texts/lost.txt"]);
    expect(scan.byCaptionPath.has("texts/lost.txt")).toBe(false);
  });

  it("finds a layout in a folder below", async () => {
    const scan = await scanOf({ "sets/one/new_joints/a.npy": "", "sets/one/texts/a.txt": "x", "sets/b.npy": "" });
    expect(scan.layout).toBe("loose");
    expect(scan.motions.map(({ path, captionPath }) => [path, captionPath])).toEqual([
      ["sets/b.npy", undefined],
      ["sets/one/new_joints/a.npy", "sets/one/texts/a.txt"],
    ]);
  });
});

describe("scanning loose files", () => {
  it("takes motion files at any depth with the text of the same name", async () => {
    const scan = await scanOf({
      "walk.npy": "",
      "walk.txt": "someone walks",
      "deep/er/run.BVH": "",
      "deep/er/run.txt": "someone runs",
      "deep/jump.npz": "",
      "deep/notes.md": "",
      ".hidden/x.npy": "",
      "node_modules/x.npy": "",
    });
    expect(scan.layout).toBe("loose");
    expect(scan.motions.map(({ path, captionPath }) => [path, captionPath])).toEqual([
      ["deep/er/run.BVH", "deep/er/run.txt"],
      ["deep/jump.npz", undefined],
      ["walk.npy", "walk.txt"],
    ]);
    expect(scan.warnings).toEqual([]);
  });

  it("follows links once, also in circles, and skips dead ones", async () => {
    const folder = temporaryFolder();
    await writeFiles(folder, { "a/x.npy": "", "b/y.npy": "" });
    await symlink("..", join(folder, "a", "up"));
    await symlink(join(folder, "b", "y.npy"), join(folder, "a", "z.npy"));
    await symlink(join(folder, "nothing.npy"), join(folder, "dead.npy"));
    const scan = await scanDataset(folder);
    expect(scan.motions.map(({ path }) => path)).toEqual(["a/x.npy", "a/z.npy", "b/y.npy"]);
  });
});

describe("folders that are no datasets", () => {
  it("says that there are no motions", async () => {
    const folder = temporaryFolder();
    await writeFiles(folder, { "readme.txt": "nothing here" });
    await expect(scanDataset(folder)).rejects.toMatchObject({
      name: "DatasetError",
      message: expect.stringContaining(`${folder} holds no motions`) as string,
    });
    await mkdir(join(folder, "new_joints"));
    await expect(scanDataset(folder)).rejects.toMatchObject({ name: "DatasetError" });
  });

  it("says that the folder is not there, or is a file", async () => {
    const folder = temporaryFolder();
    await writeFiles(folder, { file: "" });
    await expect(scanDataset(join(folder, "gone"))).rejects.toMatchObject({ name: "DatasetError" });
    await expect(scanDataset(join(folder, "file"))).rejects.toMatchObject({
      message: expect.stringContaining("is a file") as string,
    });
  });
});

describe("captions of a dataset", () => {
  it("keeps lines, ranges and problems, and reads again only what changed", async () => {
    const folder = temporaryFolder();
    await writeFiles(folder, {
      "new_joints/a.npy": "",
      "new_joints/b.npy": "",
      "texts/a.txt": "a man walks.#a/DET man/NOUN#0.0#0.0\n\na man stops#a/DET#1.5#3.0\n",
      "texts/b.txt": Buffer.from([0xff, 0xfe, 0x41]),
    });
    const scan = await scanDataset(folder);
    const library = new CaptionLibrary();
    const first = await library.refresh(scan);
    expect(first.changed).toBe(true);
    expect(first.warnings).toEqual(["1 caption files cannot be read: texts/b.txt: The file is not UTF-8 text."]);
    expect(library.rowsOf("texts/a.txt")).toEqual([
      { text: "a man walks.", line: 1 },
      { text: "a man stops", line: 3, seconds: [1.5, 3] },
    ]);
    const known = library.files.get("texts/a.txt");
    await writeFiles(folder, { "texts/b.txt": "a man sits\n" });
    expect((await library.refresh(scan)).changed).toBe(true);
    expect(library.files.get("texts/a.txt")).toBe(known);
    expect(library.count).toBe(3);
    expect((await library.refresh(scan)).changed).toBe(false);
  });
});

describe("matching caption words", () => {
  it("wants every word; the last one may be unfinished", () => {
    const matches = wordMatcher("Person wal")!;
    expect(matches("a person walks.")).toBe(true);
    expect(matches("a walking person")).toBe(true);
    expect(matches("a personal walk")).toBe(false);
    expect(wordMatcher("cafe")!("at the Café")).toBe(true);
    expect(wordMatcher(" .! ")).toBeUndefined();
  });
});
