import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { PanelPage, decode, findChromium } from "./support/browser.js";
import { CAPTION, syntheticAlignment, walkingMotion } from "./support/motions.js";
import { panelSuite } from "./support/panel-suite.js";
import { openPanel, sendMotion } from "./support/open-panel.js";

const suite = panelSuite();
const { panelWith } = suite;

const word = (panel: PanelPage, text: string) =>
  panel.page.locator(".word", { hasText: new RegExp(`^\\s*${text}\\s*$`) });

/** Label of the focused control, through the components' shadow roots. */
const focused = (panel: PanelPage): Promise<string> =>
  panel.page.evaluate(() => {
    const element = document.activeElement!;
    return element.getAttribute("aria-label") ?? element.textContent!.trim();
  });

describe("a model of one vector a motion", () => {
  const score = { score: 0.42, tokens: [], parts: [], times: [], matrix: [], support: [] };

  it("shows the caption and its score, says why there is no overlay, and draws none", async () => {
    const panel = await panelWith({ alignment: "none", captions: true, height: 900, width: 900 });
    const { page } = panel;
    await panel.send({ type: "alignment", key: "new_joints/000012.npy", text: CAPTION, alignment: score });
    const row = page.locator(".words-row");
    await row.waitFor();
    expect(await row.textContent()).toContain(CAPTION);
    expect(await row.textContent()).toContain("This model has one vector for a whole motion");
    expect(await page.locator(".words-side .score").textContent()).toContain("Match 0.42");
    expect(await page.locator(".heat, .strip, .word").count()).toBe(0);
    // The skeleton keeps what a model with body parts left, and the next overlay of one is drawn again.
    await panel.send({
      type: "alignment",
      key: "new_joints/000012.npy",
      text: CAPTION,
      alignment: syntheticAlignment(walkingMotion("humanml3d22")),
    });
    await word(panel, "kicks").waitFor();
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
    const before = await decode(suite.browser, await first.shot("state-before", "#canvas canvas"));

    const second = await PanelPage.open(suite.browser, suite.bundle, { state });
    suite.open.push(second);
    expect((await second.sent("ready"))[0]!.state).toMatchObject({ frame: 81, key: "new_joints/000012.npy" });
    await sendMotion(second, { captions: true, autoplay: true });
    await second.settle();
    expect(await second.frame()).toBe(81);
    expect(await word(second, "kicks").getAttribute("class")).toContain("chosen");
    expect(await second.page.locator(".heat").count()).toBe(1);
    const after = await decode(suite.browser, await second.shot("state-after", "#canvas canvas"));
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
    const panel = await openPanel(suite.browser, suite.bundle);
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
