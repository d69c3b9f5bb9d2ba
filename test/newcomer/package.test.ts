import { execFile } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ensureHost } from "../../scripts/host/install-host.mjs";
import { installVsix, makeProfile } from "../../scripts/host/server.mjs";
import { openWorkbench, quickInput, quickRows, runCommand } from "../../scripts/host/workbench.mjs";
import { inProject, root, sampleDataset, toolNode } from "../../scripts/lib/project.mjs";

const call = promisify(execFile);

describe("the package of this platform", () => {
  let folder = "";
  let vsix = "";
  let installed = "";
  let listed: string[] = [];
  let node = "";
  let profile: ReturnType<typeof makeProfile> | undefined;

  beforeAll(async () => {
    node = (await ensureHost()).node;
    folder = fs.mkdtempSync(path.join(os.tmpdir(), "motion-lens-package-test-"));
    vsix = path.join(folder, "motion-lens.vsix");
    await call(toolNode(), [inProject("scripts", "package.mjs"), "--out", vsix], { cwd: root });
    profile = makeProfile();
    listed = await installVsix(profile, vsix);
    const name = fs.readdirSync(profile.extensions).find((entry) => entry.startsWith("motion-lens.motion-lens-"));
    installed = path.join(profile.extensions, name ?? "missing");
  });

  afterAll(() => {
    profile?.remove();
    fs.rmSync(folder, { recursive: true, force: true });
  });

  const files = () =>
    fs
      .readdirSync(installed, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => path.relative(installed, path.join(entry.parentPath, entry.name)).split(path.sep).join("/"));

  it("installs", () => {
    const { version } = JSON.parse(fs.readFileSync(inProject("package.json"), "utf8")) as { version: string };
    expect(listed).toEqual([`motion-lens.motion-lens@${version}`]);
  });

  it("holds the bundles, the model, the licence texts, and no source", () => {
    const names = files();
    for (const name of ["dist/extension.js", "dist/engine.js", "dist/cli.js", "dist/webview.js"]) {
      expect(names).toContain(name);
    }
    expect(names).toContain("models/default/model.json");
    expect(names.filter((name) => /^(LICENSE|THIRD_PARTY_NOTICES|CHANGELOG|README)/i.test(name)).length).toBe(4);
    expect(
      names.filter((name) => /\.(ts|map|py|test\.js)$|^(src|test|out|scripts|models\/training)\//.test(name)),
    ).toEqual([]);
  });

  it("holds the runtime of this platform only", () => {
    const binaries = files().filter((name) => /\.(node|so|so\.\d+|dll|dylib)$/.test(name));
    expect(binaries.length).toBeGreaterThan(0);
    for (const name of binaries) expect(name).toContain(`/${process.platform}/${process.arch}/`);
  });

  it("searches the sample dataset with its own model, away from the project", async () => {
    const motions = path.join(folder, "motions");
    fs.cpSync(sampleDataset, motions, { recursive: true });
    const cli = path.join(installed, "dist", "cli.js");
    const options = ["--index-dir", path.join(folder, "index")];
    await call(node, [cli, "index", motions, ...options], { cwd: folder });
    const { stdout } = await call(
      node,
      [cli, "search", motions, "a person walks", "--top", "3", "--json", ...options],
      {
        cwd: folder,
      },
    );
    const answer = JSON.parse(stdout) as { results: { path: string; score: number }[] };
    expect(answer.results).toHaveLength(3);
    for (const result of answer.results) expect(fs.existsSync(path.join(motions, result.path))).toBe(true);
  });

  it("answers a search in the workbench that it is installed in", async () => {
    const workbench = await openWorkbench({ vsix });
    try {
      expect(workbench.listed).toEqual(listed);
      await runCommand(workbench.page, "Motion Lens: Search Motions by Text");
      await quickInput(workbench.page).fill("a person walks");
      // The rows of motions are named after them; the first search waits for the index.
      const motion = quickRows(workbench.page).filter({ hasText: /0000\d\d/ });
      await motion.first().waitFor({ timeout: 150_000 });
    } finally {
      await workbench.close();
    }
  }, 300_000);

  it("does so by WebAssembly where the native runtime is missing", async () => {
    const motion = fs.readdirSync(path.join(sampleDataset, "new_joints")).sort()[0] ?? "";
    const cli = path.join(installed, "dist", "cli.js");
    const native = path.join(installed, "node_modules", "onnxruntime-node");
    fs.renameSync(native, `${native}.hidden`);
    try {
      const args = ["align", path.join(sampleDataset, "new_joints", motion), "a person walks", "--json"];
      const { stdout } = await call(node, [cli, ...args], { cwd: folder });
      expect(Number.isFinite((JSON.parse(stdout) as { score: number }).score)).toBe(true);
    } finally {
      fs.renameSync(`${native}.hidden`, native);
    }
  });
});
