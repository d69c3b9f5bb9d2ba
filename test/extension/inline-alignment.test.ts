import assert from "node:assert/strict";
import * as vscode from "vscode";
import type { MotionLensApi } from "../../src/extension/api.js";
import { activated, closeEverything, eventually, indexed, inWorkspace, player, uriInWorkspace } from "./helpers.js";

suite("Inline alignment", () => {
  let api: MotionLensApi;
  const captionFile = () => uriInWorkspace("texts", "000004.txt");
  const motion = () => inWorkspace("new_joints", "000004.npy");

  suiteSetup(async () => {
    api = await activated();
    await indexed(api);
  });
  setup(closeEverything);

  const open = async (uri = captionFile()) =>
    vscode.window.showTextDocument(await vscode.workspace.openTextDocument(uri), { preview: false });
  const marks = (uri = captionFile()) => api.testing.inlineAlignment.drawnMarks(uri);
  const captionsOf = (document: vscode.TextDocument) => document.getText().trim().split(/\r?\n/);
  const aligned = async (editor: vscode.TextEditor) => {
    await eventually("a score behind every caption", () => {
      return marks(editor.document.uri).scores.length === captionsOf(editor.document).length;
    });
  };
  const tinted = () => Object.values(marks().words).flat();

  test("opens the motion beside the text and keeps the focus in the text", async () => {
    const editor = await open();
    assert.equal(editor.document.languageId, "motion-captions");
    await aligned(editor);
    assert.equal(player(api)?.key, motion());
    assert.equal(vscode.window.activeTextEditor?.document, editor.document);
    assert.equal(api.testing.services.panels.playerIsActive, false);
    for (const { text } of marks().scores) assert.match(text, /^-?\d\.\d\d$/);
    assert.ok(tinted().length > 0, "no word is marked");
  });

  test("marks only the words of captions, never their tags and times", async () => {
    const editor = await open();
    await aligned(editor);
    for (const range of tinted()) {
      const line = editor.document.lineAt(range.start.line).text;
      assert.match(editor.document.getText(range), /^[\p{L}\p{N}'’-]+$/u);
      assert.ok(range.end.character <= line.indexOf("#"), line);
    }
  });

  test("shows each caption's score as an inlay hint behind it", async () => {
    const editor = await open();
    await aligned(editor);
    const whole = new vscode.Range(0, 0, editor.document.lineCount, 0);
    const hints = await eventually("hints", async () => {
      const uri = editor.document.uri;
      const found = await vscode.commands.executeCommand<vscode.InlayHint[]>(
        "vscode.executeInlayHintProvider",
        uri,
        whole,
      );
      return found.length > 0 ? found : undefined;
    });
    const { answer } = (await eventually("an overlay", () => player(api)?.content.alignment))!;
    assert.equal(hints[0]!.label, answer.score.toFixed(2));
    for (const { position } of hints) {
      assert.equal(editor.document.lineAt(position.line).text[position.character], "#", "between caption and tags");
    }
  });

  test("sends the cursor's line and word to the player", async () => {
    const editor = await open();
    await aligned(editor);
    const [first, second] = captionsOf(editor.document).map((line) => line.split("#")[0]!);
    const text = first!;
    const word = text.lastIndexOf(" ") + 1;
    editor.selection = new vscode.Selection(0, word + 1, 0, word + 1);
    const alignment = await eventually("the first line's overlay", () => {
      const found = player(api)?.content.alignment;
      return found?.line === 1 ? found : undefined;
    });
    assert.equal(alignment.text, text);
    const token = await eventually("a chosen word", () => player(api)?.content.token);
    assert.ok(alignment.answer.tokens[token]!.chars[0] >= word);
    if (second === undefined) return;
    editor.selection = new vscode.Selection(1, 0, 1, 0);
    await eventually("the second line's overlay", () => player(api)?.content.alignment?.text === second);
  });

  test("aligns again after a pause in typing; undo brings the old words back", async () => {
    const editor = await open();
    await aligned(editor);
    const before = marks();
    const original = editor.document.getText();
    const end = editor.document.lineAt(0).text.indexOf("#");
    await editor.edit((edit) => edit.insert(new vscode.Position(0, end), " and then jumps"));
    await eventually("the new words", () =>
      tinted().some((range) => editor.document.getText(range) === "jumps" && range.start.line === 0),
    );
    assert.notDeepEqual(marks().scores, before.scores, "a longer caption has another score");
    await vscode.commands.executeCommand("undo");
    await eventually("the old words", () => JSON.stringify(marks()) === JSON.stringify(before));
    assert.equal(editor.document.getText(), original);
  });

  test("lights the words of the playing frame", async () => {
    const editor = await open();
    await aligned(editor);
    await eventually("a live page", () => player(api)?.ready);
    // The test profile asks for reduced motion, so nothing plays by itself.
    await vscode.commands.executeCommand("motionLens.playPause");
    await eventually("playing", () => player(api)?.frame?.playing);
    const lit = await eventually("lit words", () => {
      const ranges = api.testing.inlineAlignment.playingWords;
      return ranges.length > 0 ? ranges : undefined;
    });
    for (const range of lit) assert.match(editor.document.getText(range), /^[\p{L}\p{N}'’-]+$/u);
  });

  test("explains a word on hover: limb, time, how strong, a picture, a link", async () => {
    const editor = await open();
    await aligned(editor);
    const word = tinted()[0]!;
    const hovers = await vscode.commands.executeCommand<vscode.Hover[]>(
      "vscode.executeHoverProvider",
      editor.document.uri,
      word.start,
    );
    const text = hovers
      .flatMap(({ contents }) => contents.map((content) => (content as vscode.MarkdownString).value))
      .join("\n");
    assert.match(text, /data:image\/svg\+xml;base64,/);
    assert.match(text, /command:motionLens\.playFrames/);
    assert.match(text, /of&nbsp;motions|of motions/);
  });

  test("says in the file when it has no motion, without a pop-up", async () => {
    const orphan = uriInWorkspace("texts", "999999.txt");
    await vscode.workspace.fs.writeFile(orphan, Buffer.from("a person walks.#a/DET person/NOUN walk/VERB#0.0#0.0\n"));
    try {
      await open(orphan);
      await eventually("the reason", () => marks(orphan).problem?.includes("999999.txt"));
      assert.equal(player(api), undefined, "no player opens for it");
    } finally {
      await vscode.workspace.fs.delete(orphan);
    }
  });

  test("follows its settings", async () => {
    const editor = await open();
    await aligned(editor);
    const settings = vscode.workspace.getConfiguration("motionLens");
    const workspace = vscode.ConfigurationTarget.Global;
    try {
      await settings.update("inlineAlignment.showScore", false, workspace);
      await eventually("no scores", () => marks().scores.length === 0);
      assert.ok(tinted().length > 0);
      await settings.update("inlineAlignment.tintWords", false, workspace);
      await eventually(
        "no tints",
        () => marks().words.strong.length + marks().words.medium.length + marks().words.weak.length === 0,
      );
      await vscode.commands.executeCommand("motionLens.toggleInlineAlignment");
      await eventually("nothing drawn", () => tinted().length === 0 && marks().scores.length === 0);
    } finally {
      for (const name of ["showScore", "tintWords", "enabled"]) {
        await settings.update(`inlineAlignment.${name}`, undefined, workspace);
      }
    }
    await eventually("all of it again", () => tinted().length > 0 && marks().scores.length > 0);
  });

  test("a player that was closed stays closed until it is asked for", async () => {
    const editor = await open();
    await aligned(editor);
    player(api)!.webviewPanel.dispose();
    await eventually("no player", () => player(api) === undefined);
    const other = await vscode.workspace.openTextDocument(uriInWorkspace("README.md"));
    await vscode.window.showTextDocument(other);
    await vscode.window.showTextDocument(editor.document);
    await aligned(editor);
    assert.equal(player(api), undefined);
    await vscode.commands.executeCommand("motionLens.showBeside");
    await eventually("the player", () => player(api)?.key === motion());
  });
});
