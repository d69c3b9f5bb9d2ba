import assert from "node:assert/strict";
import * as vscode from "vscode";
import type { MotionLensApi } from "../../src/extension/api.js";
import type { MotionItem, SearchItem } from "../../src/extension/search/search-items.js";
import type { SearchSession } from "../../src/extension/search/search-session.js";
import { activated, closeEverything, eventually, indexed, inWorkspace, player } from "./helpers.js";

const LEFT_KICK = "a person kicks with the left leg";

const isMotion = (item: SearchItem): item is MotionItem => item.type === "motion";

suite("Search Motions by Text", () => {
  let api: MotionLensApi;

  suiteSetup(async () => {
    api = await activated();
    await indexed(api);
  });
  setup(closeEverything);

  async function openSearch(): Promise<SearchSession> {
    await vscode.commands.executeCommand("motionLens.search");
    return eventually("an open search", () => {
      const { search } = api.testing.motionCommands;
      return search?.open === true ? search : undefined;
    });
  }

  const ranked = (session: SearchSession) => session.pick.items.filter(isMotion);
  const typed = async (session: SearchSession, text: string) => {
    const before = session.pick.items;
    session.pick.value = text;
    await eventually(
      "results",
      () => !session.pick.busy && session.pick.items !== before && ranked(session).length > 0,
    );
  };
  const shown = async (file: string) =>
    eventually(
      `${file} in the player`,
      () => player(api)?.key === file && player(api)?.content.alignment !== undefined,
    );

  test("offers recent and example queries while nothing is typed", async () => {
    const session = await openSearch();
    assert.ok(session.pick.items.some((item) => item.type === "query" && item.query === LEFT_KICK));
    assert.equal(player(api), undefined, "nothing is played before something is searched");
  });

  test("ranks as one types: the last text wins, scores fall, reasons are given", async () => {
    const session = await openSearch();
    session.pick.value = "a person wav";
    session.pick.value = "a person waves";
    await typed(session, LEFT_KICK);
    const results = ranked(session);
    const direct = await api.search(LEFT_KICK, { top: 30 });
    assert.deepEqual(
      results.slice(0, direct.results.length).map(({ file }) => file),
      direct.results.map(({ path }) => inWorkspace(path)),
    );
    const scores = direct.results.map(({ score }) => score);
    assert.deepEqual(
      scores,
      [...scores].sort((a, b) => b - a),
    );
    assert.match(results[0]!.description ?? "", /▰+▱*\s+0\.\d\d\s+\S+ → .+, \d+\.\d s/);
    assert.ok(results.every((item) => item.alwaysShow && (item.detail ?? "") !== ""));
  });

  test("plays the active row at its best moment; the list keeps the focus", async () => {
    await vscode.window.showTextDocument(vscode.Uri.file(inWorkspace("README.md")));
    const session = await openSearch();
    await typed(session, LEFT_KICK);
    const [first, second] = ranked(session);
    await shown(first!.file);
    assert.deepEqual(player(api)?.content.motion?.range, first!.range);
    assert.equal(player(api)?.content.alignment?.text, LEFT_KICK);
    await vscode.commands.executeCommand("workbench.action.quickOpenSelectNext");
    await shown(second!.file);
    assert.ok(session.open, "previewing must not close the list");
    assert.equal(api.testing.services.panels.playerIsActive, false, "the player never takes the focus");
  });

  test("Enter keeps the motion and remembers the query", async () => {
    const session = await openSearch();
    await typed(session, LEFT_KICK);
    const [first] = ranked(session);
    await shown(first!.file);
    await vscode.commands.executeCommand("workbench.action.acceptSelectedQuickOpenItem");
    await eventually("a closed list", () => !session.open);
    assert.equal(player(api)?.key, first!.file);
    const next = await openSearch();
    const queries = next.pick.items.flatMap((item) => (item.type === "query" ? [item.query] : []));
    assert.equal(queries[0], LEFT_KICK);
  });

  test("Escape restores what was shown before", async () => {
    const before = inWorkspace("new_joints", "000003.npy");
    await api.testing.services.panels.showInPlayer(before);
    const session = await openSearch();
    await typed(session, LEFT_KICK);
    await shown(ranked(session)[0]!.file);
    await vscode.commands.executeCommand("workbench.action.closeQuickOpen");
    await eventually("the motion of before", () => player(api)?.key === before);
    assert.equal(player(api)?.content.alignment, undefined);
  });

  test("Escape closes a player that the search opened", async () => {
    const session = await openSearch();
    await typed(session, LEFT_KICK);
    await shown(ranked(session)[0]!.file);
    await vscode.commands.executeCommand("workbench.action.closeQuickOpen");
    await eventually("no player", () => player(api) === undefined);
  });

  test("lists captions with the very words in a group of their own, below", async () => {
    const session = await openSearch();
    await typed(session, "circle");
    const labels = session.pick.items.map((item) => (item.type === "separator" ? item.label : ""));
    const at = labels.indexOf("Captions with these words");
    assert.ok(at > 0, `no such group in ${JSON.stringify(labels.filter(Boolean))}`);
    const group = session.pick.items.slice(at + 1).filter(isMotion);
    assert.ok(group.length > 0);
    for (const { detail } of group) assert.match(detail ?? "", /circle/i);
  });

  test("without an index offers to make one, and searches what is there once it is", async () => {
    const settings = vscode.workspace.getConfiguration("motionLens");
    const { engine } = api.testing.services;
    const restarted = () => eventually("a new engine", () => engine.state.kind === "ready");
    await settings.update("index.automatic", false, vscode.ConfigurationTarget.Global);
    await settings.update("index.folder", inWorkspace(".new-index"), vscode.ConfigurationTarget.Global);
    try {
      await restarted();
      const session = await openSearch();
      session.pick.value = LEFT_KICK;
      const offer = await eventually("the offer", () => session.pick.items.find(({ type }) => type === "index"));
      session.pick.activeItems = [offer];
      await vscode.commands.executeCommand("workbench.action.acceptSelectedQuickOpenItem");
      // As many as are listed at most; below them the captions with these words.
      await eventually(
        "the ranked motions",
        () => ranked(session).filter(({ description }) => description?.includes("▰")).length === 30,
      );
    } finally {
      await vscode.commands.executeCommand("workbench.action.closeQuickOpen");
      await settings.update("index.automatic", undefined, vscode.ConfigurationTarget.Global);
      await settings.update("index.folder", undefined, vscode.ConfigurationTarget.Global);
      await restarted();
      await vscode.workspace.fs.delete(vscode.Uri.file(inWorkspace(".new-index")), { recursive: true });
    }
  });

  test("names the place when the index can't be written", async () => {
    const settings = vscode.workspace.getConfiguration("motionLens");
    const { engine } = api.testing.services;
    const restarted = () => eventually("a new engine", () => engine.state.kind === "ready");
    // A file stands where the folder should be made.
    await settings.update("index.folder", inWorkspace("README.md", "index"), vscode.ConfigurationTarget.Global);
    try {
      await restarted();
      const failure = await api.index().then(
        () => undefined,
        (error: unknown) => error as Error,
      );
      assert.equal(failure?.name, "IndexError");
      assert.match(failure.message, /README\.md/);
    } finally {
      await settings.update("index.folder", undefined, vscode.ConfigurationTarget.Global);
      await restarted();
    }
  });

  test("filters by split", async () => {
    const session = await openSearch();
    await typed(session, `${LEFT_KICK} split:test`);
    const ids = (await vscode.workspace.fs.readFile(vscode.Uri.file(inWorkspace("test.txt")))).toString();
    const names = ranked(session).map(({ file }) => /(\w+)\.npy$/.exec(file)?.[1] ?? file);
    assert.ok(names.length > 0);
    for (const name of names) assert.ok(ids.includes(name), `${name} is not in the test split`);
  });
});
