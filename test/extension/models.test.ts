import assert from "node:assert/strict";
import { rm } from "node:fs/promises";
import * as path from "node:path";
import type { MotionLensApi } from "../../src/extension/api.js";
import { modelItems } from "../../src/extension/commands/choose-model.js";
import { writeGlobalModel } from "../fixtures/global-model.js";
import { activated, inWorkspace } from "./helpers.js";

suite("Choosing a model", () => {
  let api: MotionLensApi;
  const folder = () => inWorkspace("my-models", "one-vector");

  suiteSetup(async () => {
    api = await activated();
    const { extensionPath } = api.testing.services.context;
    await writeGlobalModel(folder(), path.join(extensionPath, "models", "default"));
  });

  suiteTeardown(() => rm(inWorkspace("my-models"), { recursive: true, force: true }));

  test("lists the shipped one and those of the workspace, and marks the one in use", async () => {
    const items = await modelItems(api.testing.services.context.extensionPath);
    assert.equal(items.length, 3);
    assert.match(items[0]!.description!, /in use/);
    assert.deepEqual([items[1]!.label, items[1]!.detail], ["One vector", folder()]);
    assert.match(items[1]!.description!, /one vector a motion/);
  });
});
