/**
 * The panel in a real browser: its bundle is built here, the page has the content security policy and variables
 * that VS Code gives it, and messages go through a stand-in for `acquireVsCodeApi`.
 */
import { existsSync, mkdirSync } from "node:fs";
import { delimiter, join, resolve } from "node:path";
import { build } from "esbuild";
import { chromium, type Browser, type Page } from "playwright-core";
import type { FromPanel, PanelState, ToPanel } from "../../../src/protocol/webview.js";
import { BODY_CLASSES, themeCss, type ThemeName } from "./themes.js";

const ORIGIN = "http://panel.test";
/** Drawing without a graphics card on a busy machine takes its time, milliseconds. */
export const PATIENCE = 60_000;
const NONCE = "c2VjcmV0";

/** The policy that the host gives the page (src/extension/player/panel-html.ts): nothing inline, nothing from elsewhere. */
export const POLICY = [
  "default-src 'none'",
  `script-src 'nonce-${NONCE}'`,
  `style-src ${ORIGIN} 'nonce-${NONCE}'`,
  `img-src ${ORIGIN} data: blob:`,
  `font-src ${ORIGIN}`,
].join("; ");

export interface Bundle {
  readonly script: string;
  readonly style: string;
}

/** Builds the panel the way a release does. */
export async function buildPanel(): Promise<Bundle> {
  const { outputFiles } = await build({
    bundle: true,
    platform: "browser",
    target: "chrome120",
    format: "iife",
    entryPoints: { webview: resolve("src/webview/main.ts") },
    outdir: resolve("dist"),
    write: false,
    minify: true,
    logLevel: "silent",
  });
  const text = (ending: string) => {
    const file = outputFiles.find(({ path }) => path.endsWith(ending));
    if (!file) throw new Error(`The bundle has no ${ending} file.`);
    return file.text;
  };
  return { script: text(".js"), style: text(".css") };
}

/** Path of a Chromium: `CHROMIUM` names one, else the first on the path. */
export function findChromium(): string {
  const named = process.env.CHROMIUM;
  if (named) {
    if (!existsSync(named)) throw new Error(`CHROMIUM names ${named}, which does not exist.`);
    return named;
  }
  const names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
  for (const folder of (process.env.PATH ?? "").split(delimiter)) {
    const found = names.map((name) => join(folder, name)).find((path) => existsSync(path));
    if (found) return found;
  }
  throw new Error(
    "These tests need Chromium, and none was found. Install it (Debian: apt-get install chromium) or set CHROMIUM to its path.",
  );
}

export function launch(withoutWebgl = false): Promise<Browser> {
  const graphics = withoutWebgl
    ? ["--disable-gpu", "--disable-3d-apis"]
    : ["--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader", "--ignore-gpu-blocklist"];
  return chromium.launch({ executablePath: findChromium(), args: ["--no-sandbox", ...graphics] });
}

export interface PanelOptions {
  readonly theme?: ThemeName;
  readonly width?: number;
  readonly height?: number;
  readonly reducedMotion?: boolean;
  readonly state?: PanelState;
}

/** One open panel. */
export class PanelPage {
  readonly violations: string[] = [];
  readonly failures: string[] = [];

  private constructor(
    readonly page: Page,
    private readonly bundle: Bundle,
  ) {}

  static async open(browser: Browser, bundle: Bundle, options: PanelOptions = {}): Promise<PanelPage> {
    const page = await browser.newPage({ viewport: { width: options.width ?? 660, height: options.height ?? 580 } });
    page.setDefaultTimeout(PATIENCE);
    const panel = new PanelPage(page, bundle);
    await panel.load(options);
    return panel;
  }

  private async load(options: PanelOptions): Promise<void> {
    const { page, bundle } = this;
    const theme = options.theme ?? "dark";
    const classes = `${BODY_CLASSES[theme]}${options.reducedMotion ? " vscode-reduce-motion" : ""}`;
    page.on("pageerror", (error) => this.failures.push(error.message));
    page.on("console", (message) => {
      const text = message.text();
      if (/Content Security Policy/i.test(text)) this.violations.push(text);
      else if (message.type() === "error") this.failures.push(text);
    });
    await page.exposeFunction("reportViolation", (text: string) => this.violations.push(text));
    await page.addInitScript((state) => {
      const scope = window as unknown as Record<string, unknown>;
      addEventListener("securitypolicyviolation", (event) =>
        (scope.reportViolation as (text: string) => void)(
          `${event.violatedDirective}: ${event.blockedURI} ${event.sourceFile}:${event.lineNumber} ${event.sample}`,
        ),
      );
      const sent: unknown[] = [];
      scope.sent = sent;
      scope.savedState = state;
      scope.acquireVsCodeApi = () => ({
        postMessage: (message: unknown) => sent.push(structuredClone(message)),
        getState: () => scope.savedState,
        setState: (next: unknown) => (scope.savedState = structuredClone(next)),
      });
    }, options.state);
    await page.route(`${ORIGIN}/**`, async (route) => {
      const { pathname } = new URL(route.request().url());
      const files: Record<string, readonly [type: string, body: string]> = {
        "/": ["text/html", this.html(theme, classes)],
        "/webview.js": ["text/javascript", bundle.script],
        "/webview.css": ["text/css", bundle.style],
        "/dark.css": ["text/css", themeCss("dark")],
        "/light.css": ["text/css", themeCss("light")],
        "/hc-dark.css": ["text/css", themeCss("hc-dark")],
        "/hc-light.css": ["text/css", themeCss("hc-light")],
      };
      const file = files[pathname];
      if (file) await route.fulfill({ contentType: file[0], body: file[1] });
      else await route.fulfill({ status: 204 });
    });
    await page.goto(`${ORIGIN}/`);
    await this.sent("ready");
  }

  private html(theme: ThemeName, classes: string): string {
    return `<!doctype html><html lang="en"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<link id="theme" rel="stylesheet" href="/${theme}.css"><link rel="stylesheet" href="/webview.css">
<title>Panel</title></head><body class="${classes}"><div id="app"></div>
<script nonce="${NONCE}" src="/webview.js"></script></body></html>`;
  }

  /** Sends a message as the host does. */
  async send(message: ToPanel): Promise<void> {
    // Typed arrays do not survive the way into the page; they go as plain numbers and become arrays again there.
    const plain =
      message.type === "motion"
        ? {
            ...message,
            loaded: {
              ...message.loaded,
              motion: { ...message.loaded.motion, joints: Array.from(message.loaded.motion.joints) },
            },
          }
        : message;
    await this.page.evaluate((data) => {
      const copy = data as { type: string; loaded?: { motion: { joints: unknown } } };
      if (copy.loaded) copy.loaded.motion.joints = Float32Array.from(copy.loaded.motion.joints as number[]);
      dispatchEvent(new MessageEvent("message", { data: copy }));
    }, plain as unknown);
    await this.settle();
  }

  /** Messages of one type that the panel sent so far; waits for the first. */
  async sent<Type extends FromPanel["type"]>(type: Type): Promise<Extract<FromPanel, { type: Type }>[]> {
    await this.page.waitForFunction(
      (wanted) => (window as unknown as { sent: FromPanel[] }).sent.some((message) => message.type === wanted),
      type,
    );
    return this.sentSoFar(type);
  }

  async sentSoFar<Type extends FromPanel["type"]>(type: Type): Promise<Extract<FromPanel, { type: Type }>[]> {
    const all = await this.page.evaluate(() => (window as unknown as { sent: FromPanel[] }).sent);
    return all.filter((message) => message.type === type) as Extract<FromPanel, { type: Type }>[];
  }

  async forgetSent(): Promise<void> {
    await this.page.evaluate(() => ((window as unknown as { sent: unknown[] }).sent.length = 0));
  }

  /** Two drawn frames later. */
  async settle(): Promise<void> {
    await this.page.evaluate(
      () => new Promise<void>((done) => requestAnimationFrame(() => requestAnimationFrame(() => done()))),
    );
  }

  async frame(): Promise<number> {
    return Number(await this.page.locator("#stage").getAttribute("data-frame"));
  }

  /** Waits until a frame later than the given one is shown. */
  async passed(frame: number): Promise<void> {
    await this.page.waitForFunction(
      (past) => Number(document.querySelector<HTMLElement>("#stage")!.dataset.frame) > past,
      frame,
    );
  }

  /** Waits until the camera has come to rest: its easing takes 0.28 s of drawn time. */
  async atRest(): Promise<void> {
    await this.page.waitForTimeout(400);
    await this.settle();
    await this.settle();
  }

  /** Picture of the page or of one element, kept under test-results for the eye. */
  async shot(name: string, selector?: string): Promise<Buffer> {
    mkdirSync("test-results/webview", { recursive: true });
    const options = { path: `test-results/webview/${name}.png`, caret: "initial" as const };
    return selector ? this.page.locator(selector).first().screenshot(options) : this.page.screenshot(options);
  }

  /** Switches the theme the way VS Code does: variables first, then the classes of the body. */
  async switchTheme(theme: ThemeName): Promise<void> {
    await this.page.evaluate(
      async ([name, classes]) => {
        const link = document.querySelector<HTMLLinkElement>("#theme")!;
        await new Promise<void>((done) => {
          link.addEventListener("load", () => done(), { once: true });
          link.href = `/${name}.css`;
        });
        document.body.className = classes;
      },
      [theme, BODY_CLASSES[theme]] as const,
    );
    await this.settle();
  }

  close(): Promise<void> {
    return this.page.close();
  }
}

/** A picture without its lowest and uppermost rows, where legend, notes and badges lie. */
export function crop(pixels: Pixels, rows: number): Pixels {
  const { width, height, data } = pixels;
  return { width, height: height - 2 * rows, data: data.subarray(rows * width * 4, (height - rows) * width * 4) };
}

export interface Pixels {
  readonly width: number;
  readonly height: number;
  /** RGBA bytes. */
  readonly data: Uint8Array;
}

/** Decodes a PNG with the browser itself. */
export async function decode(browser: Browser, png: Buffer): Promise<Pixels> {
  const page = await browser.newPage();
  try {
    const { width, height, data } = await page.evaluate(async (base64) => {
      const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
      const bitmap = await createImageBitmap(new Blob([bytes], { type: "image/png" }));
      const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
      const context = canvas.getContext("2d")!;
      context.drawImage(bitmap, 0, 0);
      const image = context.getImageData(0, 0, bitmap.width, bitmap.height);
      let text = "";
      for (let at = 0; at < image.data.length; at += 8192) {
        text += String.fromCharCode(...image.data.subarray(at, at + 8192));
      }
      return { width: bitmap.width, height: bitmap.height, data: btoa(text) };
    }, png.toString("base64"));
    return { width, height, data: new Uint8Array(Buffer.from(data, "base64")) };
  } finally {
    await page.close();
  }
}

/** Counts pixels of a hue (degrees, within 24) with at least some saturation and lightness away from grey. */
export function countHue(pixels: Pixels, hue: number, tolerance = 24): number {
  let count = 0;
  for (let at = 0; at < pixels.data.length; at += 4) {
    const [r, g, b] = [pixels.data[at]! / 255, pixels.data[at + 1]! / 255, pixels.data[at + 2]! / 255];
    const max = Math.max(r, g, b);
    const min = Math.min(r, g, b);
    if (max - min < 0.22) continue;
    const raw =
      max === r ? ((g - b) / (max - min)) % 6 : max === g ? (b - r) / (max - min) + 2 : (r - g) / (max - min) + 4;
    const found = (raw * 60 + 360) % 360;
    if (Math.min(Math.abs(found - hue), 360 - Math.abs(found - hue)) <= tolerance) count++;
  }
  return count;
}
