/**
 * The headless browser that tests drive.
 */
import { chromium } from "playwright-core";
import { findChromium } from "../lib/system-packages.mjs";

/** Size of the window in tests and screenshots. */
export const VIEWPORT = { width: 1280, height: 800 };

/**
 * Starts headless Chromium; WebGL is drawn in software, so it works without a graphics card.
 * @param {{ args?: string[] }} [options] more command-line switches
 * @returns {Promise<import("playwright-core").Browser>}
 * @throws {Error} where there is no browser
 */
export async function startBrowser({ args = [] } = {}) {
  const executablePath = findChromium();
  if (!executablePath) throw new Error("no Chromium or Chrome on this machine (CHROMIUM names one)");
  const webgl = ["--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader", "--ignore-gpu-blocklist"];
  // Its sandbox refuses to run as root, which containers usually are.
  const sandbox = process.getuid?.() === 0 ? ["--no-sandbox"] : [];
  return chromium.launch({ executablePath, args: [...sandbox, ...webgl, ...args] });
}
