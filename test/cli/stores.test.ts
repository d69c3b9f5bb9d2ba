/** Shards, merging, export and search in a store, as a user runs them. */
import { existsSync } from "node:fs";
import { cp, mkdir, rm, symlink, writeFile } from "node:fs/promises";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { INSTALL } from "../../src/cli/stores/lancedb-store.js";
import { ROOT, smallDataset } from "../engine/support.js";
import { cli } from "./support.js";

const MOTIONS = 6;
const scratch = mkdtempSync(join(tmpdir(), "motion-lens-stores-"));
const dataset = join(scratch, "dataset");
const queries = join(scratch, "queries.txt");
const place = ["--index-dir", join(scratch, "index")];

beforeAll(async () => {
  await smallDataset(MOTIONS, dataset);
  await writeFile(join(dataset, "test.txt"), "000001\n000003\n");
  await writeFile(join(dataset, "texts", "000002.txt"), "");
  await writeFile(queries, "a person kicks with the left leg\nsomebody sits down, then waves\n");
  expect((await cli(["index", dataset, ...place])).code).toBe(0);
});
afterAll(() => rm(scratch, { recursive: true, force: true }));

const search = async (where: readonly string[], options: readonly string[] = []) => {
  const { code, stdout, stderr } = await cli(["search", ...where, "--queries", queries, "--json", ...options]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  return stdout;
};

async function failure(args: readonly string[], code = 1): Promise<string> {
  const result = await cli(args);
  expect({ code: result.code, stdout: result.stdout }).toEqual({ code, stdout: "" });
  return result.stderr;
}

describe.each(["lancedb", "embedded"])("a store of kind %s", (kind) => {
  const store = ["--store", `${kind}:${join(scratch, kind)}`];

  it("answers as the folder does: plain, in order, and under every filter", async () => {
    const { code, stdout } = await cli(["export", dataset, ...place, ...store]);
    expect({ code, ...JSON.parse(stdout) }).toEqual({ code: 0, exported: MOTIONS, removed: 0, stored: MOTIONS });
    for (const options of [
      [],
      ["--split", "test"],
      ["--path", "00000"],
      ["--has-caption"],
      ["--no-caption"],
      ["--part", "left_leg,head"],
      ["--split", "test", "--part", "right_arm", "--top", "1"],
    ]) {
      const expected = await search([dataset], [...options, ...place]);
      expect(expected.split("\n")).toHaveLength(3);
      expect(await search([], [...options, ...store]), options.join(" ")).toBe(expected);
    }
  });

  it("follows the folder: what is gone there is removed", async () => {
    const folder = join(scratch, `changing-${kind}`);
    await cp(dataset, folder, { recursive: true });
    const own = ["--store", `${kind}:${join(scratch, `changing store ${kind}`)}`];
    await cli(["export", folder, ...place, ...own]);
    await rm(join(folder, "new_joints", "000001.npy"));
    const { stdout } = await cli(["export", folder, ...place, ...own]);
    expect(JSON.parse(stdout)).toEqual({ exported: MOTIONS - 1, removed: 1, stored: MOTIONS - 1 });
  });

  it("is filled by shards, side by side", async () => {
    const own = ["--store", `${kind}:${join(scratch, `shards ${kind}`)}`];
    const shards = ["1/2", "2/2"].map((shard) => cli(["export", dataset, "--shard", shard, ...place, ...own]));
    for (const { code, stderr } of await Promise.all(shards)) expect(code, stderr).toBe(0);
    expect(await search([], own)).toBe(await search([dataset], place));
  });

  it("is refused when it is of another model, and not made by a search", async () => {
    expect(await failure(["search", "walks", ...store, "--fps", "30"])).toMatch(/another model|not of .* frame rate/);
    const nowhere = join(scratch, "nowhere");
    expect(await failure(["search", "walks", "--store", `${kind}:${nowhere}`])).toContain("there is no store");
    expect(existsSync(nowhere)).toBe(false);
  });
});

describe("a store that cannot be", () => {
  it("is wrong use where its address is no such thing", async () => {
    expect(await failure(["search", "walks", "--store", "s3://bucket"], 2)).toContain("--store takes lancedb:");
    expect(await failure(["export", dataset], 2)).toContain("--store is missing");
  });

  it("needs LanceDB, and says how it is installed", async () => {
    // A copy of what is shipped, with nothing beside it but the runtime of the models.
    const shipped = join(scratch, "shipped");
    await mkdir(join(shipped, "node_modules"), { recursive: true });
    await cp(join(ROOT, "dist"), join(shipped, "dist"), { recursive: true });
    await symlink(join(ROOT, "models"), join(shipped, "models"));
    for (const name of ["onnxruntime-node", "onnxruntime-common", "onnxruntime-web"]) {
      await symlink(join(ROOT, "node_modules", name), join(shipped, "node_modules", name));
    }
    const program = join(shipped, "dist", "cli.js");
    const { code, stderr } = await cli(["search", "walks", "--store", `lancedb:${scratch}`], { program });
    expect(code).toBe(1);
    expect(stderr).toContain(INSTALL);
    const embedded = ["search", "walks", "--store", `embedded:${join(scratch, "embedded")}`];
    expect((await cli(embedded, { program })).code).toBe(0);
  });
});

describe("shards on the command line", () => {
  it("are merged into the index that one run makes; a missing one is named", async () => {
    const own = ["--index-dir", join(scratch, "sharded")];
    for (const shard of ["1/2"]) expect((await cli(["index", dataset, "--shard", shard, ...own])).code).toBe(0);
    expect(await failure(["merge", dataset, ...own])).toContain("shard 2/2 is missing");
    const elsewhere = join(scratch, "elsewhere");
    await cli(["index", dataset, "--shard", "2/2", "--index-dir", elsewhere]);
    const { code, stdout } = await cli(["merge", dataset, "--from", elsewhere, ...own]);
    expect({ code, ...JSON.parse(stdout) }).toMatchObject({ code: 0, motions: MOTIONS, encoded: 0, failed: [] });
    expect(await search([dataset], own)).toBe(await search([dataset], place));
  });

  it("of another model are refused", async () => {
    const elsewhere = join(scratch, "another model");
    await cli(["index", dataset, "--shard", "1/1", "--fps", "30", "--index-dir", elsewhere]);
    const message = await failure(["merge", dataset, "--from", elsewhere, "--index-dir", join(scratch, "none")]);
    expect(message).toContain("it belongs to another model");
  });

  it("are wrong use where there is no such part", async () => {
    for (const shard of ["0/2", "3/2", "1", "1/0", "a/b"]) {
      expect(await failure(["index", dataset, "--shard", shard], 2)).toContain("--shard takes i/n");
    }
  });
});

describe("motion-lens index --rebuild", () => {
  it("encodes all motions anew, with the same answers", async () => {
    const own = ["--index-dir", join(scratch, "rebuilt")];
    await cli(["index", dataset, ...own]);
    const before = await search([dataset], own);
    expect(JSON.parse((await cli(["index", dataset, "--rebuild", ...own])).stdout)).toMatchObject({ encoded: MOTIONS });
    expect(await search([dataset], own)).toBe(before);
  });
});
