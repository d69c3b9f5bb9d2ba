import { appendFile, cp, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { loadModelPackage } from "../../src/engine/encoders/model-package.js";
import { PART_NAMES } from "../../src/core/motion/parts.js";
import { writeGlobalModel } from "../fixtures/global-model.js";
import { MODEL, temporaryFolder } from "./support.js";

async function copyOfModel(): Promise<string> {
  const folder = join(temporaryFolder(), "model");
  await cp(MODEL, folder, { recursive: true });
  return folder;
}

type Json = Record<string, unknown>;

async function withManifest(change: (manifest: Json) => void): Promise<string> {
  const folder = await copyOfModel();
  const manifest = JSON.parse(await readFile(join(folder, "model.json"), "utf8")) as Json;
  change(manifest);
  await writeFile(join(folder, "model.json"), JSON.stringify(manifest));
  return folder;
}

const messageOf = async (folder: string): Promise<string> => {
  const error = await loadModelPackage(folder).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ name: "ModelError" });
  return (error as Error).message;
};

/** Settings of the published joint-angle system in place of the default ones. */
function compatMotion(manifest: Json, changes: Json = {}): void {
  const { file, sha256 } = manifest["motion"] as Json;
  const own = { angles: "compat", skeleton: "humanml3d22", fps: 20, framesPerPatch: 16, features: 29 };
  const statistics = { mean: new Array(29).fill(0), std: new Array(29).fill(1) };
  manifest["motion"] = { file, sha256, ...own, ...statistics, frames: 224, padding: "keep", ...changes };
}

describe("the model package", () => {
  it("loads as it is committed", async () => {
    const { manifest } = await loadModelPackage(MODEL);
    expect(manifest.grid.parts).toHaveLength(14);
  });

  it("names the folder when there is none", async () => {
    const folder = temporaryFolder();
    expect(await messageOf(folder)).toBe(`the model cannot be read: ${join(folder, "model.json")}: it is not there`);
  });

  it.each(["motion.onnx", "text.onnx", "tokenizer.json"])(
    "names %s and both hashes when it was changed",
    async (name) => {
      const folder = await copyOfModel();
      await appendFile(join(folder, name), "x");
      const message = await messageOf(folder);
      expect(message).toContain(join(folder, name));
      expect(message.match(/[0-9a-f]{64}/g)).toHaveLength(2);
    },
  );

  it("names a file that is missing", async () => {
    const folder = await copyOfModel();
    await rm(join(folder, "text.onnx"));
    expect(await messageOf(folder)).toContain("text.onnx: it is not there");
  });

  it.each<[string, (manifest: Json) => void]>([
    ["schema", (manifest) => (manifest["schema"] = 2)],
    ["kind", (manifest) => (manifest["kind"] = "generative")],
    ["dim", (manifest) => (manifest["dim"] = "128")],
    ["motion.mean", (manifest) => ((manifest["motion"] as Json)["mean"] = [0])],
    ["motion.std", (manifest) => ((manifest["motion"] as Json)["std"] = new Array(94).fill(0))],
    ["motion.angles", (manifest) => ((manifest["motion"] as Json)["angles"] = "other")],
    ["motion.file", (manifest) => ((manifest["motion"] as Json)["file"] = "../secret.onnx")],
    ["motion.windowPatches", (manifest) => ((manifest["motion"] as Json)["windowPatches"] = 4)],
    ["grid.parts", (manifest) => ((manifest["grid"] as Json)["parts"] = ["head"])],
    ["text.maxTokens", (manifest) => delete (manifest["text"] as Json)["maxTokens"]],
  ])("names the field %s", async (field, change) => {
    const folder = await withManifest(change);
    expect(await messageOf(folder)).toContain(`model.json: ${field}: `);
  });

  it("takes the settings of the published joint-angle system", async () => {
    const kit = { skeleton: "kit21", fps: 12.5, legLength: 830, padding: "drop" };
    for (const changes of [{}, kit]) {
      const { manifest } = await loadModelPackage(await withManifest((json) => compatMotion(json, changes)));
      expect(manifest.motion).toMatchObject({ angles: "compat", frames: 224, ...changes });
    }
  });

  it.each<[string, Json]>([
    ["motion.mean", { mean: new Array(94).fill(0) }],
    ["motion.frames", { frames: 200 }],
    ["motion.fps", { fps: 30 }],
    ["motion.padding", { padding: "zeros" }],
    ["motion.legLength", { legLength: 0 }],
  ])("names the field %s of these settings", async (field, changes) => {
    const folder = await withManifest((manifest) => compatMotion(manifest, changes));
    expect(await messageOf(folder)).toContain(`model.json: ${field}: `);
  });

  const globalModel = (change?: (manifest: Json) => void) =>
    writeGlobalModel(join(temporaryFolder(), "global"), MODEL, change);

  it("takes a system of one vector a motion over HumanML3D's features", async () => {
    const { manifest } = await loadModelPackage(await globalModel());
    expect(manifest).toMatchObject({ kind: "global", grid: { parts: [] }, motion: { frames: 60, legMetres: 0.8 } });
  });

  it.each<[string, (manifest: Json) => void]>([
    ["kind", (manifest) => (manifest["kind"] = "late-interaction")],
    ["grid", (manifest) => (manifest["grid"] = { parts: PART_NAMES })],
    ["motion.mean", (manifest) => ((manifest["motion"] as Json)["mean"] = new Array(94).fill(0))],
    ["motion.std", (manifest) => ((manifest["motion"] as Json)["std"] = new Array(263).fill(0))],
    ["motion.frames", (manifest) => ((manifest["motion"] as Json)["frames"] = 0)],
    ["motion.fps", (manifest) => ((manifest["motion"] as Json)["fps"] = 12.5)],
    ["motion.legMetres", (manifest) => ((manifest["motion"] as Json)["legMetres"] = -1)],
  ])("names the field %s of such a system", async (field, change) => {
    expect(await messageOf(await globalModel(change))).toContain(`model.json: ${field}: `);
  });

  it("names the grid that other models lack", async () => {
    const folder = await withManifest((manifest) => delete manifest["grid"]);
    expect(await messageOf(folder)).toContain("model.json: grid: ");
  });

  it("names model.json when it is no JSON", async () => {
    const folder = await copyOfModel();
    await writeFile(join(folder, "model.json"), "{");
    expect(await messageOf(folder)).toContain("model.json is not JSON");
  });
});
