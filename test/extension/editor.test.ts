import assert from "node:assert/strict";
import * as vscode from "vscode";
import type { MotionLensApi } from "../../src/extension/api.js";
import type { MotionPanel } from "../../src/extension/player/motion-panel.js";
import { activated, closeEverything, eventually, inWorkspace, player, uriInWorkspace } from "./helpers.js";

/** A NumPy file of version 1 with little-endian float32 values. */
function npy(shape: readonly number[], values: Float32Array): Uint8Array {
  const dictionary = `{'descr': '<f4', 'fortran_order': False, 'shape': (${shape.join(", ")},), }`;
  const length = Math.ceil((10 + dictionary.length + 1) / 64) * 64 - 10;
  const header = Buffer.from(`${dictionary.padEnd(length - 1)}\n`, "latin1");
  const start = Buffer.from([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, header.length & 255, header.length >> 8]);
  return Buffer.concat([start, header, Buffer.from(values.buffer)]);
}

suite("Motions in editors", () => {
  let api: MotionLensApi;

  suiteSetup(async () => {
    api = await activated();
  });
  setup(closeEverything);

  const openAsMotion = async (uri: vscode.Uri): Promise<MotionPanel> => {
    await vscode.commands.executeCommand("motionLens.openAsMotion", uri);
    return eventually("an editor", () => api.testing.services.motionEditors.editorsOf(uri)[0]);
  };

  test("Open as Motion shows a motion in its own editor", async () => {
    const uri = uriInWorkspace("new_joints", "000005.npy");
    const panel = await openAsMotion(uri);
    await eventually("the motion", () => panel.key === uri.fsPath);
    const { motion } = panel.content.motion!.loaded;
    assert.equal(motion.skeleton, "humanml3d22");
    assert.equal(motion.joints.length, motion.frames * 22 * 3);
    assert.equal(player(api), undefined, "the shared player is another panel");
    await eventually("a live page", () => panel.ready);
  });

  test("a file that is no motion is opened to the reason", async () => {
    const uri = uriInWorkspace("numbers.npy");
    await vscode.workspace.fs.writeFile(uri, npy([17], new Float32Array(17)));
    try {
      const panel = await openAsMotion(uri);
      const reason = await eventually("the reason", () => panel.content.error);
      assert.match(reason, /numbers\.npy/);
      assert.match(reason, /17/);
      assert.equal(panel.key, undefined);
    } finally {
      await vscode.workspace.fs.delete(uri);
    }
  });

  test("an editor follows its file", async () => {
    const uri = uriInWorkspace("changing.npy");
    const frames = (count: number) =>
      npy(
        [count, 22, 3],
        new Float32Array(count * 66).map((_, i) => Math.sin(i)),
      );
    await vscode.workspace.fs.writeFile(uri, frames(30));
    try {
      const panel = await openAsMotion(uri);
      await eventually("the motion", () => panel.content.motion?.loaded.motion.frames === 30);
      await vscode.workspace.fs.writeFile(uri, frames(44));
      await eventually("the new motion", () => panel.content.motion?.loaded.motion.frames === 44);
    } finally {
      await vscode.workspace.fs.delete(uri);
    }
  });

  test("two panels show two motions at once", async () => {
    const inEditor = uriInWorkspace("new_joints", "000006.npy");
    const panel = await openAsMotion(inEditor);
    const inPlayer = inWorkspace("new_joints", "000007.npy");
    await api.testing.services.panels.showInPlayer(inPlayer);
    await eventually("both", () => panel.key === inEditor.fsPath && player(api)?.key === inPlayer);
    await eventually("two live pages", () => panel.ready && player(api)?.ready);
    assert.equal(api.testing.services.panels.panels.length, 2);
  });

  test("the shared player is one, however many motions are shown", async () => {
    const { panels } = api.testing.services;
    const first = await panels.showInPlayer(inWorkspace("new_joints", "000001.npy"));
    const second = await panels.showInPlayer(inWorkspace("new_joints", "000002.npy"));
    assert.equal(first, second);
    assert.equal(second.key, inWorkspace("new_joints", "000002.npy"));
    assert.match(second.webviewPanel.title, /000002/);
  });

  test("the motion that is asked for last is shown, in whatever order they load", async () => {
    const { panels } = api.testing.services;
    const ids = ["000010", "000011", "000012", "000013"];
    await Promise.all(ids.map((id) => panels.showInPlayer(inWorkspace("new_joints", `${id}.npy`))));
    assert.equal(player(api)?.key, inWorkspace("new_joints", "000013.npy"));
  });

  test("a command without a file means the motion that is shown", async () => {
    const uri = uriInWorkspace("new_joints", "000008.npy");
    const panel = await openAsMotion(uri);
    await eventually("the motion", () => panel.key === uri.fsPath);
    await vscode.commands.executeCommand("motionLens.copyMotionPath");
    assert.equal(await vscode.env.clipboard.readText(), uri.fsPath);
  });
});
