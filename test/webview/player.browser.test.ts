import { describe, expect, it } from "vitest";
import { countHue, crop, decode, launch, type PanelPage, type Pixels } from "./support/browser.js";
import { panelSuite } from "./support/panel-suite.js";
import { openPanel, sendMotion } from "./support/open-panel.js";

/** Hues of the sides and of support in the test themes, degrees. */
const BLUE = 212;
const ORANGE = 33;
const GREEN = 117;

const suite = panelSuite();
const { panelWith } = suite;

const picture = async (panel: PanelPage, name: string): Promise<Pixels> =>
  crop(await decode(suite.browser, await panel.shot(name, "#canvas canvas")), 36);

/** Share of the pixels that differ between two pictures of one size. */
function difference(a: Pixels, b: Pixels): number {
  expect([a.width, a.height]).toEqual([b.width, b.height]);
  let different = 0;
  for (let at = 0; at < a.data.length; at += 4) {
    const distance =
      Math.abs(a.data[at]! - b.data[at]!) +
      Math.abs(a.data[at + 1]! - b.data[at + 1]!) +
      Math.abs(a.data[at + 2]! - b.data[at + 2]!);
    if (distance > 40) different++;
  }
  return different / (a.width * a.height);
}

/** Box around the pixels that are far from the corner's colour in the middle half of the picture. */
function figureBox(pixels: Pixels): { top: number; bottom: number } {
  const { width, height, data } = pixels;
  let top = height;
  let bottom = 0;
  for (let y = 0; y < height; y++) {
    for (let x = Math.floor(width * 0.3); x < width * 0.7; x++) {
      const at = (y * width + x) * 4;
      const bright = Math.max(data[at]!, data[at + 1]!, data[at + 2]!);
      if (bright < 130) continue;
      top = Math.min(top, y);
      bottom = Math.max(bottom, y);
    }
  }
  return { top: top / height, bottom: bottom / height };
}

describe("the picture", () => {
  it.each(["dark", "light", "hc-dark", "hc-light"] as const)("draws both sides of the body in %s", async (theme) => {
    const panel = await panelWith({ theme, captions: true });
    const pixels = await picture(panel, `stage-${theme}`);
    expect(countHue(pixels, theme.endsWith("dark") ? BLUE : 209)).toBeGreaterThan(400);
    expect(countHue(pixels, theme.endsWith("dark") ? ORANGE : 26)).toBeGreaterThan(400);
    const background = theme.endsWith("dark") ? [0, 40] : [250, 256];
    expect(pixels.data[0]).toBeGreaterThanOrEqual(background[0]!);
    expect(pixels.data[0]).toBeLessThan(background[1]!);
    await panel.page.keyboard.press("h");
    await panel.page.locator(".word", { hasText: "kicks" }).click();
    await panel.settle();
    await panel.shot(`panel-${theme}`);
  });

  it("is empty before a motion comes, and says so", async () => {
    const panel = await openEmpty();
    const pixels = await picture(panel, "stage-empty");
    expect(countHue(pixels, BLUE)).toBe(0);
    expect(await panel.page.locator(".stage-message").textContent()).toContain("No motion");
  });

  it("shows the whole body, head to feet, large and upright", async () => {
    const panel = await panelWith({ alignment: "none" });
    const box = figureBox(await picture(panel, "stage-framing"));
    expect(box.top).toBeLessThan(0.3);
    expect(box.top).toBeGreaterThan(0.02);
    expect(box.bottom).toBeGreaterThan(0.7);
  });

  it("draws KIT's 21 joints as well", async () => {
    const panel = await panelWith({ skeleton: "kit21", frames: 100 });
    const pixels = await picture(panel, "stage-kit");
    expect(countHue(pixels, BLUE)).toBeGreaterThan(400);
    expect(countHue(pixels, ORANGE)).toBeGreaterThan(400);
    expect(await panel.page.locator("#canvas canvas").getAttribute("aria-label")).toContain("21 joints");
  });

  it("follows the theme while open", async () => {
    const panel = await panelWith();
    await panel.switchTheme("light");
    const pixels = await picture(panel, "stage-switched");
    expect(pixels.data[0]).toBeGreaterThan(250);
    expect(countHue(pixels, 26)).toBeGreaterThan(400);
  });

  it("mirrors the view and says that the file stays", async () => {
    const panel = await panelWith({ alignment: "none" });
    await panel.page.keyboard.press("1");
    await panel.atRest();
    const sides = (pixels: Pixels) => {
      // Mean column of the left side's colour.
      let [sum, count] = [0, 0];
      for (let at = 0; at < pixels.data.length; at += 4) {
        if (pixels.data[at + 2]! - pixels.data[at]! < 60) continue;
        sum += (at / 4) % pixels.width;
        count++;
      }
      return sum / count / pixels.width;
    };
    const poseBefore = await picture(panel, "stage-front");
    expect(sides(poseBefore)).toBeGreaterThan(0.5);
    await panel.page.keyboard.press("m");
    await panel.settle();
    const poseAfter = await picture(panel, "stage-mirrored");
    // The mirrored body has its own left on its left again; its pose is the mirror image.
    expect(sides(poseAfter)).toBeGreaterThan(0.5);
    expect(difference(poseBefore, poseAfter)).toBeGreaterThan(0.001);
    expect(await panel.page.locator(".badge").textContent()).toContain("not in the file");
  });

  it("orbits by hand, and looks from front and side by key", async () => {
    const panel = await panelWith({ alignment: "none" });
    const first = await picture(panel, "stage-first");
    const box = (await panel.page.locator("#canvas canvas").boundingBox())!;
    await panel.page.mouse.move(box.x + 300, box.y + 150);
    await panel.page.mouse.down();
    await panel.page.mouse.move(box.x + 420, box.y + 170, { steps: 4 });
    await panel.page.mouse.up();
    await panel.settle();
    const orbited = await picture(panel, "stage-orbited");
    expect(difference(first, orbited)).toBeGreaterThan(0.01);
    await panel.page.keyboard.press("2");
    await panel.atRest();
    expect(difference(orbited, await picture(panel, "stage-side"))).toBeGreaterThan(0.01);
  });

  it("keeps the body in the middle while it follows, and lets it walk off when it doesn't", async () => {
    const panel = await panelWith({ alignment: "none" });
    const column = async (name: string) => {
      const pixels = await picture(panel, name);
      let [sum, count] = [0, 0];
      for (let at = 0; at < pixels.data.length; at += 4) {
        if (pixels.data[at + 2]! - pixels.data[at]! < 60) continue;
        sum += (at / 4) % pixels.width;
        count++;
      }
      return sum / count / pixels.width;
    };
    await panel.page.keyboard.press("2");
    await panel.atRest();
    const start = await column("stage-follow-start");
    await panel.page.keyboard.press("End");
    await panel.settle();
    expect(Math.abs((await column("stage-follow-end")) - start)).toBeLessThan(0.06);
    await panel.page.keyboard.press("Home");
    await panel.page.keyboard.press("f");
    await panel.page.keyboard.press("l");
    await panel.settle();
    const pressed = (label: string) =>
      panel.page.locator(`vscode-button[aria-label^='${label}']`).getAttribute("aria-pressed");
    expect([await pressed("Camera follows"), await pressed("Loop")]).toEqual(["false", "false"]);
    for (let step = 0; step < 2; step++) await panel.page.keyboard.press("Shift+ArrowRight");
    await panel.settle();
    expect(Math.abs((await column("stage-walked-off")) - start)).toBeGreaterThan(0.1);
  });

  it("shows ghost poses on request", async () => {
    const panel = await panelWith({ alignment: "none" });
    const before = countHue(await picture(panel, "stage-plain"), BLUE);
    await panel.page.keyboard.press("g");
    await panel.settle();
    expect(countHue(await picture(panel, "stage-ghosts"), BLUE)).toBeGreaterThan(before);
  });
});

async function openEmpty(): Promise<PanelPage> {
  const { PanelPage: Page } = await import("./support/browser.js");
  const panel = await Page.open(suite.browser, suite.bundle);
  suite.open.push(panel);
  return panel;
}

describe("playback", () => {
  it("advances at the motion's own rate and reports at most ten frames a second", async () => {
    const panel = await panelWith({ alignment: "none", frames: 400 });
    await panel.forgetSent();
    const [frame, seconds] = await panel.page.evaluate(async () => {
      const start = performance.now();
      dispatchEvent(new KeyboardEvent("keydown", { key: " " }));
      const stage = document.querySelector<HTMLElement>("#stage")!;
      while (Number(stage.dataset.frame) < 40) await new Promise((done) => requestAnimationFrame(done));
      return [Number(stage.dataset.frame), (performance.now() - start) / 1000];
    });
    // Never faster than the clock, and behind it by what a few slow pictures cost.
    expect(frame! / 20).toBeLessThanOrEqual(seconds! + 0.06);
    expect(frame! / 20).toBeGreaterThan(seconds! - 1.5);
    const reports = await panel.sentSoFar("frame");
    expect(reports.length).toBeGreaterThan(2);
    expect(reports.length).toBeLessThanOrEqual(Math.ceil(seconds! * 10) + 2);
    expect(reports.at(-1)).toMatchObject({ key: "new_joints/000012.npy", playing: true });
    expect(reports.map((report) => report.frame)).toEqual(reports.map((report) => report.frame).sort((a, b) => a - b));
  });

  it("changes no structure of the page while it plays", async () => {
    const panel = await panelWith({ captions: true, frames: 300 });
    await panel.page.keyboard.press("h");
    await panel.page.keyboard.press(" ");
    await panel.page.waitForTimeout(200);
    const changed = await panel.page.evaluate(async () => {
      const elements = new Set<string>();
      const observer = new MutationObserver((records) => {
        for (const { type, target, addedNodes } of records) {
          const added = [...addedNodes].some((node) => node.nodeType === Node.ELEMENT_NODE);
          if (type === "childList" && added) elements.add((target as Element).className || target.nodeName);
        }
      });
      observer.observe(document.body, { childList: true, subtree: true });
      await new Promise((done) => setTimeout(done, 1000));
      observer.disconnect();
      return [...elements];
    });
    expect(changed).toEqual([]);
  });

  it("plays by button, steps and jumps by key, and stops where it is told", async () => {
    const panel = await panelWith({ alignment: "none" });
    const { page } = panel;
    await page.locator("#play").click();
    await panel.passed(0);
    await page.keyboard.press(" ");
    const paused = await panel.frame();
    await page.waitForTimeout(200);
    expect(await panel.frame()).toBe(paused);
    await page.keyboard.press("Home");
    expect(await panel.frame()).toBe(0);
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("Shift+ArrowRight");
    expect(await panel.frame()).toBe(11);
    await page.keyboard.press("ArrowLeft");
    expect(await panel.frame()).toBe(10);
    await page.keyboard.press("End");
    expect(await panel.frame()).toBe(119);
    expect(await page.locator("#readout-frame").textContent()).toBe("Frame 119 of 120");
  });

  it("seeks by the scrubber and repeats the range between its brackets", async () => {
    const panel = await panelWith({ alignment: "none" });
    const { page } = panel;
    const box = (await page.locator("#scrubber").boundingBox())!;
    await page.mouse.click(box.x + box.width * 0.5, box.y + 10);
    expect(await panel.frame()).toBe(60);
    await page.keyboard.press("[");
    await page.keyboard.press("Shift+ArrowRight");
    await page.keyboard.press("]");
    await panel.settle();
    const end = (await page.locator(".bracket.end").boundingBox())!;
    expect((end.x + end.width / 2 - box.x) / box.width).toBeCloseTo(71 / 120, 2);
    // Drag the end bracket to three quarters.
    await page.mouse.move(end.x + end.width / 2, end.y + 8);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width * 0.75 - 2, box.y + 8, { steps: 5 });
    await page.mouse.up();
    expect(await page.locator(".bracket.end").getAttribute("aria-valuenow")).toBe("89");
    await page.locator(".bracket.end").press("ArrowLeft");
    expect(await page.locator(".bracket.end").getAttribute("aria-valuenow")).toBe("88");
    await page.locator("#stage").focus();
    await page.keyboard.press(" ");
    const seen = new Set<number>();
    for (let round = 0; round < 2; round++) {
      // Once past the middle and back before it is one round.
      for (const late of [true, false]) {
        await page.waitForFunction(
          (wanted) => Number(document.querySelector<HTMLElement>("#stage")!.dataset.frame) >= 75 === wanted,
          late,
        );
        seen.add(await panel.frame());
      }
    }
    expect(Math.min(...seen)).toBeGreaterThanOrEqual(60);
    expect(Math.max(...seen)).toBeLessThan(89);
    await page.keyboard.press("Escape");
    await panel.settle();
    expect(await page.locator(".bracket").count()).toBe(0);
  });

  it("starts on a given range, and keeps frame and camera when the same motion comes again", async () => {
    const panel = await panelWith({ alignment: "none", range: [40, 60] });
    expect(await panel.frame()).toBe(40);
    await panel.page.keyboard.press("ArrowRight");
    await panel.page.keyboard.press("2");
    await panel.atRest();
    const before = await picture(panel, "stage-same-before");
    await sendMotion(panel, { alignment: "none" });
    await panel.settle();
    expect(await panel.frame()).toBe(41);
    expect(difference(before, await picture(panel, "stage-same-after"))).toBeLessThan(0.001);
    await sendMotion(panel, { alignment: "none" }, "new_joints/000013.npy");
    await panel.settle();
    expect(await panel.frame()).toBe(0);
    expect(difference(before, await picture(panel, "stage-other"))).toBeGreaterThan(0.005);
  });

  it("obeys the host", async () => {
    const panel = await panelWith({ alignment: "none" });
    await panel.send({ type: "playback", action: "nextMoment" });
    expect(await panel.frame()).toBe(16);
    await panel.send({ type: "playback", action: "previousMoment" });
    expect(await panel.frame()).toBe(0);
    await panel.send({ type: "playback", action: "play" });
    await panel.passed(0);
    await panel.send({ type: "playback", action: "pause" });
    const frame = await panel.frame();
    expect(frame).toBeGreaterThan(0);
    await panel.page.waitForTimeout(200);
    expect(await panel.frame()).toBe(frame);
  });

  it("plays by itself when asked to, but not with reduced motion: there poses stand side by side", async () => {
    const moving = await panelWith({ alignment: "none", autoplay: true });
    await moving.passed(0);
    await moving.close();
    suite.open.pop();
    const still = await panelWith({ alignment: "none", autoplay: true, reducedMotion: true });
    await still.page.waitForTimeout(600);
    expect(await still.frame()).toBe(0);
    expect(await still.page.locator("vscode-button[aria-label^='Show a pose']").getAttribute("aria-pressed")).toBe(
      "true",
    );
    // Views change at once: two frames later nothing moves any more.
    await still.page.keyboard.press("2");
    await still.settle();
    const first = await picture(still, "stage-reduced");
    await still.page.waitForTimeout(200);
    expect(difference(first, await picture(still, "stage-reduced-later"))).toBe(0);
  });
});

describe("the WebGL context", () => {
  const lose = (panel: PanelPage) =>
    panel.page.evaluate(() => {
      const canvas = document.querySelector<HTMLCanvasElement>("#canvas canvas")!;
      canvas.dataset.old = "yes";
      canvas.getContext("webgl2")!.getExtension("WEBGL_lose_context")!.loseContext();
    });

  it("comes back when it was lost, with the same picture", async () => {
    const panel = await panelWith({ alignment: "none" });
    await panel.page.keyboard.press("2");
    await panel.atRest();
    const before = await picture(panel, "stage-before-loss");
    await lose(panel);
    await panel.page.waitForSelector("#stage[data-status=lost]");
    expect(await panel.page.locator(".stage-message").textContent()).toContain("comes back");
    await panel.page.waitForSelector("#stage[data-status=drawing]");
    await panel.settle();
    expect(await panel.page.locator("#canvas canvas[data-old]").count()).toBe(0);
    expect(difference(before, await picture(panel, "stage-after-loss"))).toBeLessThan(0.001);
  });

  it("is given back while hidden and made again when shown", async () => {
    const panel = await panelWith();
    await panel.page.keyboard.press(" ");
    await panel.passed(0);
    await panel.send({ type: "visible", visible: false });
    expect(await panel.page.locator("#canvas canvas").count()).toBe(0);
    const frame = await panel.frame();
    await panel.send({ type: "visible", visible: true });
    await panel.settle();
    expect(await panel.frame()).toBe(frame);
    expect(countHue(await picture(panel, "stage-shown-again"), BLUE)).toBeGreaterThan(400);
    // The document's own visibility counts as well.
    await panel.page.evaluate(() => {
      Object.defineProperty(document, "visibilityState", { value: "hidden", configurable: true });
      document.dispatchEvent(new Event("visibilitychange"));
    });
    expect(await panel.page.locator("#canvas canvas").count()).toBe(0);
  });

  it("is missed with a clear message, and everything else still works", async () => {
    const plain = await launch(true);
    try {
      const panel = await openPanel(plain, suite.bundle, { captions: true });
      expect(await panel.page.locator(".stage-message").textContent()).toContain("WebGL");
      await panel.page.locator(".word", { hasText: "kicks" }).click();
      await panel.settle();
      expect(await panel.frame()).toBe(80);
      expect(await panel.page.locator(".caption").count()).toBe(6);
      await panel.shot("no-webgl");
      await panel.close();
    } finally {
      await plain.close();
    }
  });
});

describe("lit joints", () => {
  it("turn green where the chosen word is carried, and the sides' colours come back when it is freed", async () => {
    const panel = await panelWith();
    const before = await picture(panel, "stage-unlit");
    expect(countHue(before, GREEN)).toBeLessThan(20);
    await panel.page.locator(".word", { hasText: "kicks" }).click();
    await panel.settle();
    const lit = await picture(panel, "stage-lit");
    expect(countHue(lit, GREEN)).toBeGreaterThan(60);
    expect(countHue(lit, ORANGE)).toBeLessThan(20);
    // Before its moment the word lights nothing.
    await panel.page.keyboard.press("Home");
    await panel.settle();
    expect(countHue(await picture(panel, "stage-lit-early"), GREEN)).toBeLessThan(20);
    await panel.page.keyboard.press("Escape");
    await panel.settle();
    expect(countHue(await picture(panel, "stage-freed"), ORANGE)).toBeGreaterThan(200);
  });
});
