import assert from "node:assert/strict";
import fs from "node:fs";
import * as vscode from "vscode";
import type { MotionLensApi } from "../../src/extension/api.js";
import { activated, closeEverything, eventually, indexed, inWorkspace, player, uriInWorkspace } from "./helpers.js";

suite("Find Descriptions", () => {
  let api: MotionLensApi;
  const motion = () => uriInWorkspace("new_joints", "000001.npy");

  suiteSetup(async () => {
    api = await activated();
    await indexed(api);
  });
  setup(closeEverything);

  const captions = () =>
    eventually("ranked captions", () => {
      const found = player(api)?.content.captions;
      return found !== undefined && found.retrieved.length > 0 ? found : undefined;
    });

  test("plays the motion and ranks the folder's captions, its own marked with their true rank", async () => {
    await vscode.commands.executeCommand("motionLens.findDescriptions", motion(), [motion()]);
    const { own, retrieved } = await captions();
    assert.equal(player(api)?.key, motion().fsPath);
    const lines = fs.readFileSync(inWorkspace("texts", "000001.txt"), "utf8").trim().split(/\r?\n/);
    assert.equal(own.length, lines.length);
    assert.ok(own.every((caption) => caption.own && caption.path === "texts/000001.txt" && caption.rank >= 1));
    assert.deepEqual(
      retrieved.map(({ rank }) => rank),
      retrieved.map((_, index) => index + 1),
    );
    const scores = retrieved.map(({ score }) => score);
    assert.deepEqual(
      scores,
      [...scores].sort((a, b) => b - a),
    );
    await eventually("an overlay of its caption", () => player(api)?.content.alignment !== undefined);
  });

  test("inserts a caption into the motion's file; undo takes it back", async () => {
    await vscode.commands.executeCommand("motionLens.findDescriptions", motion());
    const { retrieved } = await captions();
    const file = uriInWorkspace("texts", "000001.txt");
    const before = fs.readFileSync(file.fsPath, "utf8");
    const chosen = retrieved.find(({ own }) => !own)!;
    await vscode.commands.executeCommand("motionLens.insertCaption", chosen.text);
    const document = await eventually("the caption file", () =>
      vscode.workspace.textDocuments.find(({ uri }) => uri.fsPath === file.fsPath),
    );
    assert.ok(document.isDirty, "saving is the user's");
    const added = document.getText().slice(before.trimEnd().length).trim();
    assert.ok(added.startsWith(chosen.text), added);
    assert.equal(fs.readFileSync(file.fsPath, "utf8"), before);
    await vscode.window.showTextDocument(document);
    await vscode.commands.executeCommand("undo");
    await eventually("the text of before", () => document.getText() === before);
    await eventually("text and player side by side", () => {
      const shown = player(api)?.webviewPanel;
      return shown?.visible === true && vscode.window.visibleTextEditors.some((editor) => editor.document === document);
    });
  });

  test("works for several selected files, each in an editor of its own", async () => {
    const others = ["000002", "000003"].map((id) => uriInWorkspace("new_joints", `${id}.npy`));
    await vscode.commands.executeCommand("motionLens.findDescriptions", others[0], others);
    for (const uri of others) {
      const [editor] = api.testing.services.motionEditors.editorsOf(uri);
      assert.equal(editor?.key, uri.fsPath);
      await eventually("captions", () => (editor?.content.captions?.retrieved.length ?? 0) > 0);
    }
  });
});
