import { mkdtempSync, rmSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { findModels, readModel } from "../../src/extension/commands/model-packages.js";

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "motion-lens-models-"));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

async function put(folder: string, manifest: unknown): Promise<void> {
  await mkdir(join(root, folder), { recursive: true });
  const text = typeof manifest === "string" ? manifest : JSON.stringify(manifest);
  await writeFile(join(root, folder, "model.json"), text);
}

describe("model packages of a workspace", () => {
  it("are found a few levels down, by their paths, and nothing else is", async () => {
    const mine = { schema: 1, name: "Mine", kind: "late-interaction" };
    await put("models/mine", mine);
    await put("one", { schema: 1, name: "One vector", kind: "global" });
    await put("broken", "{");
    await put("later", { ...mine, schema: 2 });
    await put("other", { model: "of something else" });
    await put(".hidden", mine);
    await put("node_modules/package", mine);
    await put("a/b/c/d/too-deep", mine);
    expect(await findModels([root, root, join(root, "missing")])).toEqual([
      { folder: join(root, "models", "mine"), name: "Mine", kind: "late-interaction" },
      { folder: join(root, "one"), name: "One vector", kind: "global" },
    ]);
    expect(await readModel(join(root, "broken"))).toBeUndefined();
    expect(await readModel(join(root, "one"))).toMatchObject({ name: "One vector" });
  });
});
