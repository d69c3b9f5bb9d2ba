import { describe, expect, it } from "vitest";
import { countHue, crop, decode, type PanelPage } from "./support/browser.js";
import { CAPTION, syntheticAlignment, walkingMotion } from "./support/motions.js";
import { panelSuite } from "./support/panel-suite.js";

const GREEN = 117;

const suite = panelSuite();
const { panelWith } = suite;

const word = (panel: PanelPage, text: string) =>
  panel.page.locator(".word", { hasText: new RegExp(`^\\s*${text}\\s*$`) });

describe("words", () => {
  it("are tinted by support, marked where nothing supports them, and keep the text as written", async () => {
    const panel = await panelWith();
    expect((await panel.page.locator("#words").innerText()).replace(/\s+/g, " ").trim()).toBe(CAPTION);
    const level = (text: string) =>
      word(panel, text).evaluate((element) => Number((element as HTMLElement).style.getPropertyValue("--level")));
    expect(await level("kicks")).toBeGreaterThan(0.9);
    expect(await level("forward")).toBeCloseTo(0.72);
    expect(await level("the")).toBe(0);
    expect(await level("claps")).toBe(0);
    const dotted = (text: string) =>
      word(panel, text).evaluate((element) => getComputedStyle(element).textDecorationStyle);
    expect(await dotted("claps")).toBe("dotted");
    expect(await dotted("kicks")).not.toBe("dotted");
    const classes = async (text: string) => (await word(panel, text).getAttribute("class"))!.split(/\s+/);
    expect(await classes("left")).toContain("left");
    expect(await classes("forward")).toContain("beyond");
  });

  it("say on hover what their numbers mean", async () => {
    const panel = await panelWith();
    const tip = panel.page.locator("#tip");
    await word(panel, "kicks").hover();
    expect(await tip.innerText()).toBe(
      "kicks\nStronger than for 96 % of motions.\nStrongest in left foot, 4.00–4.80 s; score 0.90.",
    );
    await word(panel, "claps").hover();
    expect(await tip.innerText()).toContain("Weaker than for most motions");
    await word(panel, "forward").hover();
    expect(await tip.innerText()).toContain("93 % of its score comes from the whole motion");
    await word(panel, "the").hover();
    expect(await tip.innerText()).toContain("not judged");
    const box = (await tip.boundingBox())!;
    expect(box.x).toBeGreaterThanOrEqual(0);
    expect(box.y).toBeGreaterThanOrEqual(0);
    await panel.page.mouse.move(5, 300);
    expect(await tip.isVisible()).toBe(false);
  });

  it("say that there is nothing to compare with where no index is", async () => {
    const panel = await panelWith({ alignment: "unindexed" });
    await word(panel, "claps").hover();
    expect(await panel.page.locator("#tip").innerText()).toContain("No index");
    expect(await panel.page.locator(".word.unsupported").count()).toBe(0);
  });

  it("seek to their strongest moment, repeat it and tell the host; Escape gives back what was", async () => {
    const panel = await panelWith({ range: [10, 50] });
    await panel.forgetSent();
    await word(panel, "kicks").click();
    await panel.settle();
    expect(await panel.frame()).toBe(80);
    expect(await word(panel, "kicks").getAttribute("aria-pressed")).toBe("true");
    const edge = (which: string) => panel.page.locator(`.bracket.${which}`).getAttribute("aria-valuenow");
    expect([await edge("start"), await edge("end")]).toEqual(["80", "111"]);
    expect(await panel.sentSoFar("tokenSelected")).toEqual([{ type: "tokenSelected", token: 5 }]);
    expect((await panel.sentSoFar("frame")).at(-1)).toMatchObject({ frame: 80, playing: false });
    await panel.page.keyboard.press("Escape");
    await panel.settle();
    expect(await panel.page.locator(".word.chosen").count()).toBe(0);
    expect([await edge("start"), await edge("end")]).toEqual(["10", "49"]);
    expect((await panel.sentSoFar("tokenSelected")).at(-1)).toEqual({ type: "tokenSelected", token: undefined });
  });

  it("are chosen by Alt and arrows wherever the focus is", async () => {
    const panel = await panelWith();
    const chosen = async () => (await panel.page.locator(".word.chosen").allInnerTexts()).map((text) => text.trim());
    await panel.page.keyboard.press("Alt+ArrowRight");
    await panel.settle();
    expect(await chosen()).toEqual(["a"]);
    await panel.page.locator("#play").focus();
    await panel.page.keyboard.press("Alt+ArrowLeft");
    await panel.settle();
    expect(await chosen()).toEqual(["claps"]);
  });

  it("follow the cursor of the caption file without telling it back", async () => {
    const panel = await panelWith();
    await panel.forgetSent();
    await panel.send({ type: "selectToken", token: 6 });
    expect(await word(panel, "kicks").getAttribute("class")).toContain("chosen");
    expect(await panel.frame()).toBe(80);
    await panel.send({ type: "selectToken" });
    expect(await panel.page.locator(".word.chosen").count()).toBe(0);
    expect(await panel.sentSoFar("tokenSelected")).toEqual([]);
  });

  it("stay chosen while the text after them is edited, and are freed when they are gone", async () => {
    const panel = await panelWith();
    await word(panel, "kicks").click();
    const alignment = syntheticAlignment(walkingMotion("humanml3d22"));
    const key = "new_joints/000012.npy";
    await panel.send({ type: "alignment", key, text: `${CAPTION} twice`, alignment });
    expect(await word(panel, "kicks").getAttribute("class")).toContain("chosen");
    await panel.send({ type: "alignment", key, text: CAPTION.replace("kicks", "jumps"), alignment });
    expect(await panel.page.locator(".word.chosen").count()).toBe(0);
    await panel.send({ type: "alignment", key, text: "" });
    expect(await panel.page.locator(".word").count()).toBe(0);
  });

  it("light up as their moment passes", async () => {
    const panel = await panelWith();
    const lit = async () => (await panel.page.locator(".word.now").allInnerTexts()).map((text) => text.trim());
    expect(await lit()).toEqual(["walks"]);
    const box = (await panel.page.locator("#scrubber").boundingBox())!;
    await panel.page.mouse.click(box.x + box.width * 0.7, box.y + 10);
    expect(await lit()).toEqual(["kicks", "left", "leg"]);
  });

  it("take the host's word for nothing they can't be: text without scored words is shown as such", async () => {
    const panel = await panelWith({ alignment: "none" });
    const scored = syntheticAlignment(walkingMotion("humanml3d22"));
    const empty = { ...scored, score: 0, tokens: [], matrix: [], support: [] };
    await panel.send({ type: "alignment", key: "new_joints/000012.npy", text: "!!", alignment: empty });
    expect(await panel.page.locator("#words").innerText()).toContain("No words");
  });
});

describe("the heat map", () => {
  /** Moves to the middle of a cell, counted in rows of the picture and time steps. */
  async function toCell(panel: PanelPage, row: number, time: number): Promise<void> {
    const box = (await panel.page.locator("#heat-canvas").boundingBox())!;
    const gaps = [0, 1, 1, 1, 2, 2, 3, 3, 4, 4, 4, 5, 5, 5];
    await panel.page.mouse.move(box.x + (box.width * (time * 16 + 8)) / 120, box.y + row * 14 + gaps[row]! * 5 + 6);
    await panel.settle();
  }

  it("opens by key, links cells to joints and time, and seeks on a click", async () => {
    const panel = await panelWith({ height: 800 });
    const { page } = panel;
    await page.keyboard.press("h");
    await panel.settle();
    expect(await page.locator(".heat h2").innerText()).toBe("Body parts over time for all words");
    // Row 13 is the left foot; step 5 the kick.
    await toCell(panel, 13, 5);
    expect(await page.locator("#tip").innerText()).toBe("left foot, 4.00–4.80 s: 0.90 for “kicks”");
    const stage = async (name: string) =>
      crop(await decode(suite.browser, await panel.shot(name, "#canvas canvas")), 30);
    expect(countHue(await stage("heat-hover"), GREEN)).toBeGreaterThan(10);
    // The pose is a preview: the position stays.
    expect(await panel.frame()).toBe(0);
    await page.mouse.move(5, 300);
    await panel.settle();
    expect(countHue(await stage("heat-left"), GREEN)).toBe(0);
    await toCell(panel, 13, 5);
    await page.mouse.down();
    await page.mouse.up();
    await panel.settle();
    expect(await panel.frame()).toBe(80);
    await panel.shot("heat-clicked");
  });

  it("shows the chosen word, and the share that no part carries", async () => {
    const panel = await panelWith({ height: 800 });
    await panel.page.keyboard.press("h");
    await word(panel, "forward").click();
    await panel.settle();
    expect(await panel.page.locator(".heat h2").innerText()).toBe("Body parts over time for “forward”");
    expect(await panel.page.locator(".heat-whole").innerText()).toBe("93 %");
    const pixels = await decode(suite.browser, await panel.shot("heat-forward", "#heat-canvas"));
    const at = (row: number, time: number) => {
      const gaps = [0, 1, 1, 1];
      const x = Math.round((pixels.width * (time * 16 + 8)) / 120);
      const y = row * 14 + gaps[row]! * 5 + 6;
      return pixels.data[(y * pixels.width + x) * 4 + 1]!;
    };
    // Whole body at steps 1 to 3 is bright, at step 6 dark; the head never is bright.
    expect(at(0, 1)).toBeGreaterThan(180);
    expect(at(0, 6)).toBeLessThan(70);
    expect(at(1, 1)).toBeLessThan(70);
  });

  it("has a table with the same numbers for those who can't see it, and for all on request", async () => {
    const panel = await panelWith({ height: 800 });
    const { page } = panel;
    await page.keyboard.press("h");
    await word(panel, "kicks").click();
    await panel.settle();
    const alignment = syntheticAlignment(walkingMotion("humanml3d22"));
    const table = page.locator(".heat-table");
    expect(await table.getAttribute("class")).toContain("visually-hidden");
    expect(await table.locator("caption").innerText()).toContain("kicks");
    expect(await table.locator("thead th").count()).toBe(alignment.times.length + 1);
    const rows = table.locator("tbody tr");
    expect(await rows.count()).toBe(14);
    const cells = await rows.nth(13).locator("th, td").allInnerTexts();
    expect(cells[0]).toBe("left foot");
    expect(cells[6]).toBe("0.90");
    await page.getByText("Show as table").click();
    await panel.settle();
    expect(await table.getAttribute("class")).not.toContain("visually-hidden");
    expect(await page.locator(".heat-plot").isVisible()).toBe(false);
    await panel.shot("heat-table");
  });
});

describe("captions", () => {
  it("show ranks and scores, and ask the host to insert, copy and open", async () => {
    const panel = await panelWith({ captions: true, height: 800 });
    const { page } = panel;
    expect(await page.locator(".caption.own .rank").innerText()).toBe("3");
    const second = page.locator(".caption-list").nth(1).locator(".caption").nth(1);
    await panel.forgetSent();
    await second.locator("vscode-button[aria-label='Insert this caption']").click();
    await second.locator("vscode-button[aria-label='Copy this caption']").click();
    await second.locator("vscode-button[aria-label='Open texts/000021.txt, line 2']").click();
    const text = "someone walks and then kicks a ball";
    expect(await panel.sentSoFar("insertCaption")).toEqual([{ type: "insertCaption", text }]);
    expect(await panel.sentSoFar("copyCaption")).toEqual([{ type: "copyCaption", text }]);
    expect(await panel.sentSoFar("openCaption")).toEqual([{ type: "openCaption", path: "texts/000021.txt", line: 2 }]);
    const widths = await page
      .locator(".caption .bar i")
      .evaluateAll((bars) => bars.map((bar) => bar.getBoundingClientRect().width));
    expect(Math.max(...widths)).toBe(widths[1]);
    expect(Math.min(...widths)).toBe(widths.at(-1));
  });

  it("say why there are none, and offer to find some", async () => {
    const panel = await panelWith();
    const key = "new_joints/000012.npy";
    await panel.send({ type: "captions", key, own: [], retrieved: [], note: "The folder is being indexed." });
    expect(await panel.page.locator(".captions").innerText()).toContain("The folder is being indexed.");
    await panel.page.getByText("Find descriptions").click();
    expect(await panel.sentSoFar("findDescriptions")).toHaveLength(1);
  });

  it("of another motion are not shown", async () => {
    const panel = await panelWith({ captions: true });
    await panel.send({ type: "captions", key: "another.npy", own: [], retrieved: [] });
    expect(await panel.page.locator(".caption").count()).toBe(6);
  });
});
