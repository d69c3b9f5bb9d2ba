import { readFileSync } from "node:fs";
import type { Browser } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import {
  PATIENCE,
  PanelPage,
  buildPanel,
  countHue,
  crop,
  decode,
  findChromium,
  launch,
  type Bundle,
} from "./support/browser.js";
import { CAPTION, syntheticAlignment, walkingMotion } from "./support/motions.js";
import { openPanel, sendMotion, type Filling } from "./support/open-panel.js";

const GREEN = 117;

vi.setConfig({ testTimeout: 3 * PATIENCE, hookTimeout: 3 * PATIENCE });

let browser: Browser;
let bundle: Bundle;
const open: PanelPage[] = [];

beforeAll(async () => {
  bundle = await buildPanel();
  browser = await launch();
});

afterAll(async () => {
  await browser?.close();
});

afterEach(async () => {
  for (const panel of open.splice(0)) {
    expect(panel.violations).toEqual([]);
    expect(panel.failures).toEqual([]);
    await panel.close();
  }
});

async function panelWith(filling: Filling = {}): Promise<PanelPage> {
  const panel = await openPanel(browser, bundle, filling);
  open.push(panel);
  return panel;
}

const word = (panel: PanelPage, text: string) =>
  panel.page.locator(".word", { hasText: new RegExp(`^\\s*${text}\\s*$`) });

/** Label of the focused control, through the components' shadow roots. */
const focused = (panel: PanelPage): Promise<string> =>
  panel.page.evaluate(() => {
    const element = document.activeElement!;
    return element.getAttribute("aria-label") ?? element.textContent!.trim();
  });

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
    expect(await tip.innerText()).toContain("31 % of its score comes from the whole motion");
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
    const empty = { score: 0, tokens: [], parts: [], times: [], matrix: [], support: [] };
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
    const stage = async (name: string) => crop(await decode(browser, await panel.shot(name, "#canvas canvas")), 30);
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
    expect(await panel.page.locator(".heat-whole").innerText()).toBe("31 %");
    const pixels = await decode(browser, await panel.shot("heat-forward", "#heat-canvas"));
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

describe("access", () => {
  it("gives the picture a name and a live summary", async () => {
    const panel = await panelWith();
    const canvas = panel.page.locator("#canvas canvas");
    expect(await canvas.getAttribute("role")).toBe("img");
    expect(await canvas.getAttribute("aria-label")).toBe(
      "Moving skeleton of 000012: 22 joints, 120 frames at 20 frames per second",
    );
    expect(await canvas.getAttribute("aria-describedby")).toBe("summary");
    const summary = panel.page.locator("#summary");
    expect(await summary.getAttribute("aria-live")).toBe("polite");
    await panel.page.keyboard.press("Shift+ArrowRight");
    expect(await summary.innerText()).toBe(
      "Frame 10 of 120, 0.50 of 6.00 seconds. Paused. Strongest word now: walks (whole body).",
    );
    await word(panel, "kicks").click();
    expect(await summary.textContent()).toContain("Chosen word: kicks, strongest in left foot at 4.00 seconds.");
    expect(await panel.page.locator("#scrubber").getAttribute("aria-valuetext")).toBe("Frame 80, 4.00 seconds");
  });

  it("names every button and keeps focus rings", async () => {
    const panel = await panelWith({ captions: true, warnings: ["20 frames per second assumed."] });
    const unnamed = await panel.page.evaluate(() =>
      [...document.querySelectorAll("button, vscode-button, vscode-dropdown, [role=slider], [role=toolbar]")]
        .filter((element) => !(element.getAttribute("aria-label") ?? element.textContent)?.trim())
        .map((element) => element.outerHTML),
    );
    expect(unnamed).toEqual([]);
    // The components' own style probe was allowed, so their rings show for the keyboard and not for the mouse.
    await panel.page.keyboard.press("Tab");
    const ring = await panel.page.evaluate(() => {
      const control = document.activeElement!.shadowRoot!.activeElement!;
      const sheets = control.getRootNode() as ShadowRoot;
      const rules = sheets.adoptedStyleSheets.flatMap((sheet) => [...sheet.cssRules].map((rule) => rule.cssText));
      return {
        style: getComputedStyle(control).outlineStyle,
        rules: rules.some((rule) => rule.includes(":focus-visible")),
      };
    });
    expect(ring).toEqual({ style: "solid", rules: true });
  });

  it("has one tab stop per toolbar, with arrows inside", async () => {
    const panel = await panelWith({ captions: true, height: 900, width: 900 });
    const { page } = panel;
    await page.keyboard.press("Tab");
    expect(await focused(panel)).toBe("Play (Space)");
    await page.keyboard.press("ArrowRight");
    expect(await focused(panel)).toContain("Previous frame");
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("ArrowRight");
    expect(await focused(panel)).toBe("Playback speed");
    await page.keyboard.press("ArrowRight");
    expect(await focused(panel)).toBe("Loop (L)");
    await page.keyboard.press("End");
    expect(await focused(panel)).toContain("Heat map");
    expect(await panel.frame()).toBe(0);
    await page.keyboard.press("Tab");
    expect(await focused(panel)).toContain("Motion player");
    const stops: string[] = [];
    for (let at = 0; at < 6; at++) {
      await page.keyboard.press("Tab");
      stops.push(await focused(panel));
    }
    // Scrubber, words, own captions, retrieved captions; then out of the page.
    expect(stops[0]).toBe("Position in the motion");
    expect(stops[1]).toBe("a");
    expect(stops[2]).toBe("Insert this caption");
    expect(stops[3]).toBe("Insert this caption");
    await page.keyboard.press("Shift+Tab");
  });

  it("changes the speed by keyboard", async () => {
    const panel = await panelWith();
    await panel.page.locator(".speed").focus();
    await panel.page.keyboard.press("ArrowDown");
    await panel.page.keyboard.press("Enter");
    await panel.page.waitForFunction(
      () => ((window as unknown as { savedState?: { speed: number } }).savedState?.speed ?? 1) === 1.5,
    );
    expect(await panel.frame()).toBe(0);
  });
});

describe("small panels", () => {
  it("play at 320 pixels, with nothing beyond the edge", async () => {
    const panel = await panelWith({ width: 320, height: 560, captions: true });
    const { page } = panel;
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(320);
    const over = await page.evaluate(() =>
      [...document.querySelectorAll(".toolbar vscode-button, .word, .caption-actions, .tick, #stage, .bracket")]
        .filter((element) => {
          const box = element.getBoundingClientRect();
          return box.width > 0 && (box.right > 320.5 || box.left < -0.5);
        })
        .map((element) => element.outerHTML.slice(0, 80)),
    );
    expect(over).toEqual([]);
    expect(await page.locator(".mannequin").count()).toBe(0);
    expect(await page.locator(".caption-list").count()).toBe(1);
    await page.locator("#play").click();
    await panel.passed(0);
    await panel.shot("narrow-320");
    await page.locator(".disclose").click();
    await panel.settle();
    expect(await page.locator(".caption-list").count()).toBe(2);
  });

  it("get their parts back when they grow", async () => {
    const panel = await panelWith({ width: 400, height: 700, captions: true });
    await panel.page.keyboard.press("h");
    expect(await panel.page.locator(".heat").count()).toBe(1);
    expect(await panel.page.locator(".mannequin").count()).toBe(0);
    await panel.shot("narrow-400");
    await panel.page.setViewportSize({ width: 900, height: 800 });
    await panel.page.waitForSelector(".mannequin");
    expect(await panel.page.locator(".caption-list").count()).toBe(2);
  });
});

describe("state", () => {
  it("survives a reload: frame, range, word, camera, options", async () => {
    const first = await panelWith({ captions: true });
    await word(first, "kicks").click();
    await first.page.keyboard.press("2");
    await first.page.keyboard.press("h");
    await first.page.keyboard.press("ArrowRight");
    await first.atRest();
    // Saving waits a little for more changes.
    await first.page.waitForTimeout(1000);
    const { state } = (await first.sentSoFar("state")).at(-1)!;
    expect(await first.page.evaluate(() => (window as unknown as { savedState: unknown }).savedState)).toEqual(
      JSON.parse(JSON.stringify(state)),
    );
    expect(state).toMatchObject({ frame: 81, token: 5, text: CAPTION, heatMap: true, range: [80, 112] });
    const before = await decode(browser, await first.shot("state-before", "#canvas canvas"));

    const second = await PanelPage.open(browser, bundle, { state });
    open.push(second);
    expect((await second.sent("ready"))[0]!.state).toMatchObject({ frame: 81, key: "new_joints/000012.npy" });
    await sendMotion(second, { captions: true, autoplay: true });
    await second.settle();
    expect(await second.frame()).toBe(81);
    expect(await word(second, "kicks").getAttribute("class")).toContain("chosen");
    expect(await second.page.locator(".heat").count()).toBe(1);
    const after = await decode(browser, await second.shot("state-after", "#canvas canvas"));
    let different = 0;
    for (let at = 0; at < before.data.length; at++) if (Math.abs(before.data[at]! - after.data[at]!) > 40) different++;
    expect(different / before.data.length).toBeLessThan(0.002);
    await second.page.keyboard.press("Escape");
    await second.settle();
    expect(await second.page.locator(".bracket").count()).toBe(0);
  });
});

describe("failures", () => {
  it("from the host are shown with a way to the log", async () => {
    const panel = await panelWith();
    await panel.send({ type: "error", message: "004822.npy is not a motion." });
    expect(await panel.page.locator("[role=alert]").innerText()).toContain("004822.npy is not a motion.");
    await panel.page.getByText("Show log").click();
    expect(await panel.sentSoFar("showLog")).toHaveLength(1);
    await panel.page.locator("vscode-button[aria-label=Dismiss]").click();
    await panel.settle();
    expect(await panel.page.locator("[role=alert]").count()).toBe(0);
    await panel.send({ type: "busy", what: "Indexing 1,240 of 4,384 motions" });
    expect(await panel.page.locator(".busy").innerText()).toBe("Indexing 1,240 of 4,384 motions");
    await panel.send({ type: "busy" });
    expect(await panel.page.locator(".busy").count()).toBe(0);
  });

  it("of a message are told and change nothing", async () => {
    const panel = await panelWith();
    await panel.page.keyboard.press("End");
    await panel.page.evaluate(() =>
      dispatchEvent(new MessageEvent("message", { data: { type: "motion", key: "x", title: "x", loaded: {} } })),
    );
    await panel.settle();
    expect((await panel.sent("failed"))[0]!.message).toContain("no motion");
    expect(await panel.page.locator("[role=alert]").count()).toBe(1);
    expect(await panel.frame()).toBe(119);
    await panel.page.evaluate(() => dispatchEvent(new MessageEvent("message", { data: "webpackHotUpdate" })));
    expect(await panel.sentSoFar("failed")).toHaveLength(1);
  });

  it("of the panel itself are told and visible", async () => {
    const panel = await openPanel(browser, bundle);
    await panel.page.evaluate(() => setTimeout(() => void Promise.reject(new Error("out of chalk")), 0));
    expect((await panel.sent("failed"))[0]!.message).toBe("out of chalk");
    await panel.settle();
    expect(await panel.page.locator("[role=alert]").innerText()).toContain("out of chalk");
    expect(panel.violations).toEqual([]);
    await panel.close();
  });
});

describe("the page of the host", () => {
  it("has the policy under which the panel was tested", () => {
    const html = readFileSync("src/extension/player/panel-html.ts", "utf8");
    expect(html).toContain("`default-src 'none'`".replaceAll("`", '"'));
    expect(html).toContain("`script-src 'nonce-${nonce}'`");
    expect(html).toContain("`style-src ${webview.cspSource} 'nonce-${nonce}'`");
    expect(html).not.toContain("unsafe");
    expect(html).toContain('<div id="app"></div>');
  });

  it("is opened in a browser that is named when there is none", () => {
    const { PATH, CHROMIUM } = process.env;
    try {
      process.env.CHROMIUM = "/nowhere/chromium";
      expect(() => findChromium()).toThrow(/CHROMIUM names \/nowhere\/chromium/);
      delete process.env.CHROMIUM;
      process.env.PATH = "";
      expect(() => findChromium()).toThrow(/need Chromium/);
    } finally {
      process.env.PATH = PATH;
      if (CHROMIUM) process.env.CHROMIUM = CHROMIUM;
    }
  });

  it("can replace every text", async () => {
    const panel = await panelWith();
    await panel.send({
      type: "strings",
      strings: { "readout.frame": "Bild {0} von {1}", "toolbar.play": "Abspielen" },
    });
    expect(await panel.page.locator("#readout-frame").innerText()).toBe("Bild 0 von 120");
    expect(await panel.page.locator("#play").getAttribute("aria-label")).toBe("Abspielen");
  });
});
