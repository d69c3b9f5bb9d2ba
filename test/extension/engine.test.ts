import assert from "node:assert/strict";
import * as vscode from "vscode";
import type { MotionLensApi } from "../../src/extension/api.js";
import { activated, eventually, indexed, uriInWorkspace } from "./helpers.js";

suite("The engine process", () => {
  let api: MotionLensApi;

  suiteSetup(async () => {
    api = await activated();
    await indexed(api);
  });

  test("is a child of its own, not the extension host", async () => {
    const info = await api.testing.engineInfo();
    assert.notEqual(info.processId, process.pid);
    assert.match(info.provider, /onnxruntime/);
  });

  test("starts again by itself when it is killed", async () => {
    const { engine } = api.testing.services;
    const killed = (await api.testing.engineInfo()).processId;
    process.kill(killed, "SIGKILL");
    await eventually("another process", () => {
      const { state } = engine;
      return state.kind === "ready" && state.info.processId !== killed;
    });
    const { results } = await api.search("a person jumps", { top: 3 });
    assert.equal(results.length, 3);
  });

  test("a call that is under way when it is killed is answered all the same", async () => {
    const { engine } = api.testing.services;
    const expected = await api.describe(uriInWorkspace("new_joints", "000002.npy"), { top: 5 });
    const asked = api.describe(uriInWorkspace("new_joints", "000002.npy"), { top: 5 });
    process.kill(engine.processId!, "SIGKILL");
    assert.deepEqual(await asked, expected);
  });

  test("stops after three crashes within a minute, and says so; Restart Engine starts it", async () => {
    const { engine } = api.testing.services;
    await engine.restart();
    const told: Error[] = [];
    const listening = engine.onDidGiveUp((error) => told.push(error));
    try {
      for (let crash = 1; crash <= 3; crash++) {
        const pid = await eventually("a process", () => (engine.state.kind === "ready" ? engine.processId : undefined));
        process.kill(pid, "SIGKILL");
        await eventually("its end", () => engine.processId !== pid);
      }
      await eventually("the message", () => told.length === 1);
      assert.equal(engine.state.kind, "stopped");
      await assert.rejects(api.search("a person jumps"), { name: "EngineStoppedError" });
    } finally {
      listening.dispose();
    }
    await vscode.commands.executeCommand("motionLens.restartEngine");
    await eventually("a new process", () => engine.state.kind === "ready");
    assert.equal((await api.search("a person jumps", { top: 1 })).results.length, 1);
  });

  test("a call is cancelled at once", async () => {
    const stop = new AbortController();
    const asked = api.search("a person jumps", { signal: stop.signal });
    stop.abort();
    await assert.rejects(asked, { name: "CancelledError" });
  });

  test("a missing model is named, and motions can still be seen", async () => {
    const settings = vscode.workspace.getConfiguration("motionLens");
    const { engine, panels } = api.testing.services;
    try {
      await settings.update("model.folder", uriInWorkspace("no-model-here").fsPath, vscode.ConfigurationTarget.Global);
      await eventually("no model", () => engine.state.kind === "noModel");
      await assert.rejects(api.search("a person jumps"), { name: "ModelError" });
      const panel = await panels.showInPlayer(uriInWorkspace("new_joints", "000001.npy").fsPath);
      assert.equal(panel.content.error, undefined);
    } finally {
      await settings.update("model.folder", undefined, vscode.ConfigurationTarget.Global);
    }
    await eventually("the model again", () => engine.state.kind === "ready");
  });
});
