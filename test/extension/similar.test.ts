import assert from "node:assert/strict";
import * as vscode from "vscode";
import type { MotionLensApi } from "../../src/extension/api.js";
import type { MotionItem, SearchItem } from "../../src/extension/search/search-items.js";
import type { SearchSession } from "../../src/extension/search/search-session.js";
import { activated, closeEverything, eventually, indexed, inWorkspace, player, uriInWorkspace } from "./helpers.js";

const isMotion = (item: SearchItem): item is MotionItem => item.type === "motion";

suite("Find Similar Motions", () => {
  let api: MotionLensApi;
  const motion = () => uriInWorkspace("new_joints", "000001.npy");

  suiteSetup(async () => {
    api = await activated();
    await indexed(api);
  });
  setup(closeEverything);

  const ranked = (session: SearchSession) => session.pick.items.filter(isMotion);
  const list = () =>
    eventually("ranked motions", () => {
      const { search } = api.testing.motionCommands;
      return search?.open === true && !search.pick.busy && ranked(search).length > 0 ? search : undefined;
    });
  const similar = async (frames?: readonly [number, number]) => {
    const folder = inWorkspace();
    const { engine } = api.testing.services;
    return (await engine.call("similar", { folder, motion: motion().fsPath, frames, top: 30 })).results;
  };

  test("ranks the other motions by one that was right-clicked, and plays what is alike", async () => {
    await vscode.commands.executeCommand("motionLens.findSimilar", motion(), [motion()]);
    const session = await list();
    const expected = await similar();
    assert.deepEqual(
      ranked(session).map(({ file, range }) => ({ file, range })),
      expected.map(({ path, window }) => ({ file: inWorkspace(path), range: window })),
    );
    assert.ok(expected.every(({ path }) => path !== "new_joints/000001.npy"));
    assert.match(session.pick.title ?? "", /000001/);
    const [first] = ranked(session);
    await eventually("the best one in the player", () => player(api)?.key === first!.file);
    assert.deepEqual(player(api)?.content.motion?.range, first!.range);
    await vscode.commands.executeCommand("workbench.action.acceptSelectedQuickOpenItem");
    await eventually("the end of the search", () => !session.open);
    assert.equal(player(api)?.key, first!.file);
  });

  test("asks about the loop of the player", async () => {
    const { panels } = api.testing.services;
    const frames = [16, 48] as const;
    await panels.showInPlayer(motion().fsPath, { range: frames });
    await vscode.commands.executeCommand("motionLens.findSimilarToLoop");
    const session = await list();
    const expected = await similar(frames);
    assert.deepEqual(
      ranked(session).map(({ file, range }) => ({ file, range })),
      expected.map(({ path, window }) => ({ file: inWorkspace(path), range: window })),
    );
    assert.notDeepEqual(expected, await similar(), "a part is another question than the whole");
    assert.match(session.pick.title ?? "", /000001, 0\.8–2\.4 s/);
    await vscode.commands.executeCommand("workbench.action.closeQuickOpen");
    await eventually("the motion of before", () => player(api)?.key === motion().fsPath);
  });

  test("is filtered by what is typed", async () => {
    await vscode.commands.executeCommand("motionLens.findSimilar", motion());
    const session = await list();
    const all = ranked(session);
    session.pick.value = "000002";
    await eventually("one motion", () => !session.pick.busy && ranked(session).length === 1);
    assert.equal(ranked(session)[0]!.file, inWorkspace("new_joints", "000002.npy"));
    session.pick.value = "part:left_arm";
    await eventually("another order", () => {
      const now = ranked(session);
      return !session.pick.busy && now.length === all.length && now.some(({ file }, at) => file !== all[at]!.file);
    });
    session.pick.value = "has:no-caption";
    await eventually("none", () => !session.pick.busy && ranked(session).length === 0);
  });
});

suite("Rebuild Index", () => {
  test("encodes all motions anew", async () => {
    const api = await activated();
    const { motions } = await api.index();
    const seen = new Promise<{ encoded: number; motions: number }>((resolve) => {
      const listening = api.onDidIndex(({ summary }) => {
        listening.dispose();
        resolve(summary);
      });
    });
    await vscode.commands.executeCommand("motionLens.rebuildIndex");
    assert.deepEqual(await seen.then(({ encoded, motions: all }) => ({ encoded, all })), {
      encoded: motions,
      all: motions,
    });
  });
});
