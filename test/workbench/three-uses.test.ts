/** The three uses as a person meets them: palette, explorer menu and caption file of the real workbench. */
import fs from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  editorTab,
  explorerMenu,
  openFile,
  openWorkbench,
  panelTab,
  quickInput,
  quickRows,
  runCommand,
  statusBarItem,
  textEditor,
  webview,
  type Workbench,
} from "../../scripts/host/workbench.mjs";

const LEFT_KICK = "a person kicks with the left leg";
const SHOTS = path.resolve(import.meta.dirname, "../../test-results/workbench");
/** Everything shares few processors with a software renderer: what is waited for comes, but may take its time. */
const WAIT = 90_000;

describe("the three uses", () => {
  let workbench: Workbench;
  const page = () => workbench.page;
  const shot = async (name: string) => {
    fs.mkdirSync(SHOTS, { recursive: true });
    await page().screenshot({ path: path.join(SHOTS, `${name}.png`), animations: "disabled" });
  };

  beforeAll(async () => {
    workbench = await openWorkbench();
    page().setDefaultTimeout(WAIT);
  });
  afterAll(async () => workbench?.close());

  const hits = () => quickRows(page()).filter({ hasText: "▰" });
  const focusedName = async () => {
    const label = await quickRows(page()).and(page().locator(".focused")).first().getAttribute("aria-label");
    return /^\w+/.exec(label ?? "")?.[0] ?? "";
  };
  const playerShows = (name: string) => panelTab(page(), new RegExp(`^Motion: ${name}`)).waitFor();

  /** Texts of a part of all visible panels; which of them comes first is not said. */
  const inPanels = async (selector: string) => {
    const frames = page().locator("iframe.webview.ready:visible");
    const texts: string[] = [];
    for (let nth = 0; nth < (await frames.count()); nth++) {
      texts.push(...(await webview(page(), nth).locator(selector).allTextContents()));
    }
    return texts.join("\n");
  };

  it("searches as one types; arrows preview, Enter keeps", async () => {
    await runCommand(page(), "Motion Lens: Search Motions by Text");
    await quickRows(page()).filter({ hasText: LEFT_KICK }).first().waitFor();
    await shot("1-search-examples");
    await page().keyboard.type(LEFT_KICK, { delay: 15 });
    await hits().nth(1).waitFor();
    // The index is made on this first search: wait until the list has come to rest on all motions.
    await statusBarItem(page(), /^\s*Motion Lens\s*$/).waitFor();
    await playerShows(await focusedName());
    const text = (await hits().first().textContent()) ?? "";
    expect(text).toMatch(/0\.\d\d\s+(kicks|left|leg) → .+, \d+\.\d s/);
    const first = await focusedName();
    await page().keyboard.press("ArrowDown");
    await expect.poll(focusedName, { timeout: WAIT }).not.toBe(first);
    const second = await focusedName();
    await playerShows(second);
    await webview(page()).getByText(second).first().waitFor();
    await webview(page()).getByText("kicks").first().waitFor();
    await shot("2-search-preview");
    await page().keyboard.press("Enter");
    await quickInput(page()).waitFor({ state: "hidden" });
    await playerShows(second);
  });

  it("Escape puts back what was shown before", async () => {
    const before = (await panelTab(page(), "Motion: ").first().textContent())?.trim() ?? "";
    await runCommand(page(), "Motion Lens: Search Motions by Text");
    await quickInput(page()).fill("someone waves with the right hand");
    await hits().nth(1).waitFor();
    await expect.poll(async () => `Motion: ${await focusedName()}`, { timeout: WAIT }).not.toBe(before);
    await playerShows(await focusedName());
    await page().keyboard.press("Escape");
    await panelTab(page(), before).waitFor();
  });

  it("Find Descriptions from the explorer ranks captions; one click inserts one", async () => {
    await explorerMenu(page(), "new_joints/000001.npy", "Find Descriptions");
    await playerShows("000001");
    const panel = webview(page());
    await panel.getByText("Own captions").waitFor();
    await panel.getByText("Captions that fit").waitFor();
    const own = fs.readFileSync(path.join(workbench.folder, "texts/000001.txt"), "utf8").split("#")[0]!;
    await panel.getByRole("list", { name: "Own captions" }).getByText(own).waitFor();
    await shot("3-descriptions");
    await panel
      .getByRole("button", { name: /^Insert this caption/ })
      .last()
      .click();
    await editorTab(page(), "000001.txt").and(page().locator(".dirty")).waitFor();
    await textEditor(page())
      .locator(".view-line", { hasText: own.slice(0, 12).replaceAll(" ", "\u00a0") })
      .first()
      .waitFor();
    await shot("4-inserted");
    await page().keyboard.press("Control+z");
    await editorTab(page(), "000001.txt").and(page().locator(":not(.dirty)")).waitFor();
  });

  it("a caption file plays its motion beside it; the cursor's word is chosen; typing aligns again", async () => {
    await openFile(page(), "texts/000057.txt");
    await playerShows("000057");
    const panel = webview(page());
    await panel.getByText("backwards").first().waitFor();
    await textEditor(page()).locator(".view-line").first().click();
    await page().keyboard.press("Control+Home");
    for (let step = 0; step < "a person ki".length; step++) await page().keyboard.press("ArrowRight");
    await panel.getByText("“kicks”").first().waitFor();
    await shot("5-inline-alignment");
    await page().keyboard.press("Control+Home");
    await page().keyboard.type("slowly ");
    await panel.getByText("slowly").first().waitFor();
    await expect.poll(() => textEditor(page()).locator(".view-line").first().textContent()).toMatch(/^slowly/);
    await shot("6-typed");
    await page().keyboard.press("Control+z");
  });

  it("a file that is no motion is opened to the reason", async () => {
    fs.writeFileSync(path.join(workbench.folder, "broken.npy"), "this is no NumPy file");
    await explorerMenu(page(), "broken.npy", "Open as Motion");
    await editorTab(page(), "broken.npy").waitFor();
    await expect
      .poll(() => inPanels('.error[role="alert"]'), { timeout: WAIT })
      .toMatch(/broken\.npy: This is not a NumPy file/);
    await shot("7-not-a-motion");
  });

  it("the player comes back after the window is reloaded, with its motion and caption", async () => {
    await panelTab(page(), /^Motion: 000057/).waitFor();
    await page().reload();
    await panelTab(page(), /^Motion: 000057/).waitFor();
    await panelTab(page(), /^Motion: 000057/).click();
    await expect.poll(() => inPanels("#app"), { timeout: WAIT }).toMatch(/backwards/);
    await shot("9-reloaded");
  });

  it("lists motions and says what is indexed", async () => {
    await page().locator('.activitybar .action-label[aria-label^="Motion Lens"]').first().click();
    const rows = page().locator(".pane .monaco-list-row");
    await rows.filter({ hasText: "train" }).first().click();
    await rows
      .filter({ hasText: /\d captions?/ })
      .first()
      .waitFor();
    await rows.filter({ hasText: "60 of 60" }).first().waitFor();
    await rows.filter({ hasText: "onnxruntime" }).first().waitFor();
    await shot("8-views");
  });
});
