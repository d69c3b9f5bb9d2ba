import assert from "node:assert/strict";
import * as vscode from "vscode";
import type { MotionLensApi } from "../../src/extension/api.js";
import { activated, eventually, uriInWorkspace, workspaceFolder } from "./helpers.js";

suite("Index and motions", () => {
  let api: MotionLensApi;

  suiteSetup(async () => {
    api = await activated();
  });

  test("indexing tells its end, and a second run encodes nothing again", async () => {
    const told: string[] = [];
    const listening = api.onDidIndex(({ folder }) => told.push(folder.fsPath));
    try {
      const first = await api.index();
      const second = await api.index();
      assert.equal(second.encoded, 0);
      assert.equal(second.motions, first.motions);
      assert.deepEqual(told, [workspaceFolder(), workspaceFolder()]);
    } finally {
      listening.dispose();
    }
  });

  test("the status bar has one item that names model and provider", async () => {
    const info = await api.testing.engineInfo();
    assert.match(api.testing.statusBar.text, /Motion Lens/);
    assert.ok(info.model.name.length > 0);
  });

  test("every motion of the folder is listed with its captions and split", async () => {
    const { datasets } = api.testing.services;
    const motions = await datasets.motions(workspaceFolder());
    const files = await vscode.workspace.fs.readDirectory(uriInWorkspace("new_joints"));
    assert.equal(motions.length, files.filter(([name]) => name.endsWith(".npy")).length);
    assert.ok(motions.every(({ captionCount, splits }) => captionCount > 0 && splits.length > 0));
  });

  test("a new motion is listed and found without being asked", async () => {
    const source = uriInWorkspace("new_joints", "000001.npy");
    const copy = uriInWorkspace("new_joints", "900001.npy");
    const { datasets } = api.testing.services;
    const before = (await datasets.motions(workspaceFolder())).length;
    await vscode.workspace.fs.copy(source, copy, { overwrite: true });
    try {
      await eventually("one motion more", async () => {
        return (await datasets.motions(workspaceFolder())).length === before + 1;
      });
      await eventually("it among the results", async () => {
        const { results } = await api.search("a person walks", { top: 200 });
        return results.some(({ path }) => path.endsWith("900001.npy"));
      });
    } finally {
      await vscode.workspace.fs.delete(copy);
      await eventually("as before", async () => (await datasets.motions(workspaceFolder())).length === before);
    }
  });

  test("a burst of new files is indexed in one go, also when it comes while indexing goes on", async () => {
    const COUNT = 60;
    const bytes = Buffer.from(await vscode.workspace.fs.readFile(uriInWorkspace("new_joints", "000001.npy")));
    const burst = Array.from({ length: COUNT }, (_, at) => uriInWorkspace("new_joints", `91${1000 + at}.npy`));
    const { datasets } = api.testing.services;
    const before = (await datasets.motions(workspaceFolder())).length;
    const runs: { motions: number; encoded: number }[] = [];
    await api.index();
    const listening = api.onDidIndex(({ summary }) => runs.push(summary));
    try {
      // Half of it with nothing else going on, the rest while the first half is encoded.
      for (const [at, file] of burst.entries()) {
        if (at === COUNT / 2)
          await eventually("indexing", () => api.testing.services.indexer.isIndexing(workspaceFolder()));
        // The last coordinate differs, and so the content.
        bytes.writeFloatLE(1 + at / 1000, bytes.length - 4);
        await vscode.workspace.fs.writeFile(file, bytes);
      }
      await eventually("all of them indexed", () => runs.at(-1)?.motions === before + COUNT);
      assert.equal(
        runs.reduce((sum, { encoded }) => sum + encoded, 0),
        COUNT,
      );
      // A slow machine may deliver a burst's changes in two parts.
      assert.ok(runs.length <= 4, `${runs.length} runs`);
    } finally {
      listening.dispose();
      for (const file of burst) await vscode.workspace.fs.delete(file);
      await eventually("as before", async () => (await datasets.motions(workspaceFolder())).length === before);
    }
  });

  test("commands are registered for every entry of the manifest", async () => {
    const { contributes } = vscode.extensions.getExtension("motion-lens.motion-lens")!.packageJSON;
    const registered = new Set(await vscode.commands.getCommands(true));
    for (const { command } of contributes.commands as { command: string }[]) {
      assert.ok(registered.has(command), command);
    }
  });
});
