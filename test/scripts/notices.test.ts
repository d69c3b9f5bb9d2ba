import fs from "node:fs";
import { describe, expect, it } from "vitest";
import { inProject } from "../../scripts/lib/project.mjs";
import { noticesText, shippedPackages } from "../../scripts/notices.mjs";

describe("third-party notices", () => {
  it("name every package that the extension ships, with its licence (else: npm run notices)", async () => {
    const names = await shippedPackages();
    expect(names).toContain("three");
    expect(fs.readFileSync(inProject("THIRD_PARTY_NOTICES.md"), "utf8")).toBe(noticesText(names));
  });

  it("need not name the optional store, of which nothing is shipped", async () => {
    const names = await shippedPackages();
    for (const name of names) expect(name).not.toMatch(/lancedb|apache-arrow|flatbuffers/);
    const manifest = JSON.parse(fs.readFileSync(inProject("package.json"), "utf8"));
    expect(Object.keys(manifest.dependencies)).toEqual(["onnxruntime-node", "onnxruntime-web"]);
    for (const file of [".vscodeignore", "scripts/package.mjs"]) {
      expect(fs.readFileSync(inProject(file), "utf8"), file).not.toMatch(/lancedb|apache-arrow/);
    }
  });

  it("give the weights their own licence, as the manifest of the model does", () => {
    const manifest = JSON.parse(fs.readFileSync(inProject("models", "default", "model.json"), "utf8")) as {
      licence: string;
      trainingData: { name: string }[];
    };
    const licence = fs.readFileSync(inProject("models", "default", "LICENSE.md"), "utf8");
    expect(manifest.licence).toBe("CC-BY-NC-4.0");
    expect(licence).toContain("CC BY-NC 4.0");
    const bandai = manifest.trainingData.some(({ name }) => name.includes("Bandai"));
    const cmu = manifest.trainingData.some(({ name }) => name.includes("CMU"));
    expect([bandai, cmu]).toEqual([true, true]);
    expect(licence).toMatch(/Bandai[^]*CMU Graphics Lab[^]*MiniLM/);
  });
});
