/**
 * A real workbench with the extension in it, and helpers that drive it as a person would.
 *
 *   const workbench = await openWorkbench({ folder: "media/sample-dataset" });
 *   try {
 *     await runCommand(workbench.page, "Motion Lens: Search Motions by Text");
 *   } finally {
 *     await workbench.close();
 *   }
 *
 * The helpers wait for what they need on the page, never for a time.
 */
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { inProject, root } from "../lib/project.mjs";
import { startBrowser, VIEWPORT } from "./browser.mjs";
import { ensureHost } from "./install-host.mjs";
import { folderUrl, installVsix, linkExtension, makeProfile, startServer } from "./server.mjs";

/** @typedef {import("playwright-core").Page} Page */
/** @typedef {import("playwright-core").Locator} Locator */

const WAIT = 60_000;

/**
 * @typedef {object} WorkbenchOptions
 * @property {string} [folder] opened as the workspace; default: the sample dataset
 * @property {boolean} [inPlace] open the folder itself; default: a copy that is thrown away
 * @property {string} [extension] folder of the extension; default: this project
 * @property {string} [vsix] install this package instead of linking the folder
 * @property {Record<string, unknown>} [settings] user settings on top of the quiet ones
 * @property {Record<string, string | undefined>} [env] for the server, its extension host and the engine
 * @property {boolean} [trust] false: the workspace starts untrusted and the workbench asks
 * @property {{ width: number, height: number }} [viewport]
 */

/**
 * Starts a server with a throw-away profile and opens its workbench in a headless browser. Caches (the index of the
 * engine among them) go into the profile.
 * @param {WorkbenchOptions} [options]
 * @returns {Promise<Workbench>}
 */
export async function openWorkbench(options = {}) {
  await ensureHost();
  const profile = makeProfile({ settings: options.settings ?? {} });
  /** @type {(() => unknown)[]} */
  const undo = [profile.remove];
  const close = async () => {
    for (const step of undo.splice(0).reverse()) await step();
  };
  try {
    const given = path.resolve(root, options.folder ?? inProject("media", "sample-dataset"));
    const folder = options.inPlace ? given : path.join(profile.folder, "workspace", path.basename(given));
    if (!options.inPlace) fs.cpSync(given, folder, { recursive: true });
    const listed = options.vsix
      ? await installVsix(profile, options.vsix)
      : [linkExtension(profile, options.extension ?? root)];
    const server = await startServer({
      profile,
      trust: options.trust ?? true,
      // Should even the guard be killed, a server that nobody looks at ends by itself.
      options: ["--idle-timeout-seconds", "180"],
      env: { XDG_CACHE_HOME: path.join(profile.folder, "cache"), ...options.env },
    });
    undo.push(server.stop);
    const browser = await startBrowser();
    undo.push(() => browser.close());
    const page = await browser.newPage({ viewport: options.viewport ?? VIEWPORT });
    const url = folderUrl(server.url, folder);
    await gotoWorkbench(page, url);
    return { page, browser, url, folder, profile, server, listed, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/**
 * @typedef {object} Workbench
 * @property {Page} page
 * @property {import("playwright-core").Browser} browser
 * @property {string} url
 * @property {string} folder the workspace on disk (the copy, where one was made)
 * @property {import("./server.mjs").Profile} profile
 * @property {import("./server.mjs").Server} server
 * @property {string[]} listed identifiers of the installed extensions
 * @property {() => Promise<void>} close ends browser, server and everything below them, removes the profile
 */

/** Text as a whole label. */
const exact = (/** @type {string} */ text) => new RegExp(`^\\s*${text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")}\\s*$`);

/** Loads the workbench and waits until the explorer shows the folder; answers the trust question where it is asked. */
export async function gotoWorkbench(/** @type {Page} */ page, /** @type {string} */ url, { trust = true } = {}) {
  await page.goto(url, { timeout: 120_000 });
  await page.locator(".monaco-workbench").waitFor({ timeout: WAIT });
  const firstRow = page.locator(".explorer-folders-view .monaco-list-row").first();
  const answer = trust ? /I trust the authors/ : /I don't trust the authors/;
  const button = page.locator(".monaco-dialog-box .monaco-button", { hasText: answer }).first();
  await firstRow.or(button).first().waitFor({ timeout: WAIT });
  if (await button.isVisible()) await button.click();
  await firstRow.waitFor({ timeout: WAIT });
}

/** The input of the open palette, quick pick or input box. */
export const quickInput = (/** @type {Page} */ page) =>
  page.locator(".quick-input-widget:not(.hidden) .quick-input-box input");

/** Rows of the open quick pick. */
export const quickRows = (/** @type {Page} */ page) =>
  page.locator(".quick-input-widget:not(.hidden) .quick-input-list .monaco-list-row");

/**
 * Runs a command by its full title ("Category: Title") through the palette. The palette lists commands when its text
 * changes, so one that is registered a moment later appears only when the text is given again.
 */
export async function runCommand(/** @type {Page} */ page, /** @type {string} */ title, timeout = 30_000) {
  const row = quickRows(page).filter({ has: page.locator(".label-name", { hasText: exact(title) }) });
  for (const end = Date.now() + timeout; ;) {
    await page.keyboard.press("F1");
    await quickInput(page).fill(`>${title}`);
    const found = await row.waitFor({ timeout: 1500 }).then(
      () => true,
      () => false,
    );
    if (found) return row.click();
    if (Date.now() > end) throw new Error(`the palette has no command "${title}"`);
    await page.keyboard.press("Escape");
  }
}

/** Row of the explorer by file name. */
export const explorerRow = (/** @type {Page} */ page, /** @type {string} */ name) =>
  page.locator(".explorer-folders-view .monaco-list-row", {
    has: page.locator(".label-name", { hasText: exact(name) }),
  });

/**
 * Opens folders of the explorer and, last, shows a file's row. The list draws only what is in view, so typing the name
 * is no substitute: each folder is clicked open in turn and the list is scrolled to the row.
 * @param {Page} page
 * @param {string} file relative to the workspace, with `/`
 * @returns {Promise<Locator>} the file's row
 */
export async function revealInExplorer(page, file) {
  const parts = file.split("/");
  const name = parts.pop() ?? "";
  for (const folder of parts) {
    const row = explorerRow(page, folder);
    await scrollTo(page, row);
    if ((await row.getAttribute("aria-expanded")) !== "true") await row.click();
  }
  const row = explorerRow(page, name);
  await scrollTo(page, row);
  return row;
}

/** Scrolls the explorer down from its top until the row is drawn. */
async function scrollTo(/** @type {Page} */ page, /** @type {Locator} */ row) {
  const list = page.locator(".explorer-folders-view .monaco-list").first();
  const drawn = (/** @type {number} */ timeout) =>
    row.waitFor({ timeout }).then(
      () => true,
      () => false,
    );
  if (await drawn(1000)) return;
  await list.hover();
  await page.mouse.wheel(0, -100_000);
  for (let step = 0; step < 400; step++) {
    if (await drawn(150)) return;
    await page.mouse.wheel(0, 200);
  }
  throw new Error("the explorer has no such row");
}

/** Right-clicks a file in the explorer and chooses from its menu by label. */
export async function explorerMenu(/** @type {Page} */ page, /** @type {string} */ file, /** @type {string} */ item) {
  const row = await revealInExplorer(page, file);
  await row.click({ button: "right" });
  const entry = page.locator(".context-view .monaco-menu .action-item", {
    has: page.locator(`.action-label[aria-label="${item}"]`),
  });
  await entry.waitFor({ timeout: 10_000 });
  // A menu that has just opened takes no click for about a tenth of a second: click until it is gone.
  for (let attempt = 0; attempt < 10; attempt++) {
    await entry.click({ timeout: 2000 }).catch(() => {});
    const closed = await entry.waitFor({ state: "detached", timeout: 500 }).then(
      () => true,
      () => false,
    );
    if (closed) return;
  }
  await page.keyboard.press("Escape");
  throw new Error(`the menu stays open at "${item}"`);
}

/** Opens a file of the explorer to stay (double click) and waits for its tab. */
export async function openFile(/** @type {Page} */ page, /** @type {string} */ file) {
  const row = await revealInExplorer(page, file);
  await row.dblclick();
  await editorTab(page, file.split("/").at(-1) ?? file).waitFor({ timeout: 30_000 });
}

/** Tab of a file; `.dirty` on it means unsaved. */
export const editorTab = (/** @type {Page} */ page, /** @type {string} */ name) =>
  page.locator(`.tabs-container .tab[data-resource-name="${name}"]`);

/** Tab of a panel, by a part of its title. */
export const panelTab = (/** @type {Page} */ page, /** @type {string | RegExp} */ title) =>
  page.locator(".tabs-container .tab", { hasText: title });

/** The text editor that is shown; its lines are `.view-line`. */
export const textEditor = (/** @type {Page} */ page, nth = 0) =>
  page.locator(".editor-instance .monaco-editor").nth(nth);

/** A notification that is shown now; wait for it at once, it leaves after some seconds. */
export const toast = (/** @type {Page} */ page, /** @type {string | RegExp} */ text) =>
  page.locator(".notifications-toasts .notification-list-item", { hasText: text });

/** An item of the status bar, by a part of its text. */
export const statusBarItem = (/** @type {Page} */ page, /** @type {string | RegExp} */ text) =>
  page.locator(".statusbar-item", { hasText: text });

/** The document of the visible webview (two frames down). */
export const webview = (/** @type {Page} */ page, nth = 0) =>
  page.locator("iframe.webview.ready:visible").nth(nth).contentFrame().locator("iframe#active-frame").contentFrame();

/**
 * Colours of a canvas as shown on the screen.
 * @param {Page} page
 * @param {Locator} canvas
 * @param {[x: number, y: number][]} points each between 0 and 1, from the left and from the top
 * @returns {Promise<number[][]>} red, green, blue, alpha (0 to 255) of each point
 */
export async function shownPixels(page, canvas, points) {
  const png = (await canvas.screenshot()).toString("base64");
  return page.evaluate(async ([data, places]) => {
    // The workbench's policy forbids fetching data addresses.
    const bytes = Uint8Array.from(atob(data), (character) => character.charCodeAt(0));
    const image = await createImageBitmap(new Blob([bytes], { type: "image/png" }));
    const context = new OffscreenCanvas(image.width, image.height).getContext("2d");
    if (!context) throw new Error("no 2D context");
    context.drawImage(image, 0, 0);
    return places.map(([x, y]) => {
      const column = Math.min(image.width - 1, Math.floor(x * image.width));
      const row = Math.min(image.height - 1, Math.floor(y * image.height));
      return [...context.getImageData(column, row, 1, 1).data];
    });
  }, /** @type {[string, [number, number][]]} */ ([png, points]));
}

/** Folder for pictures of the screen: MOTION_LENS_SCREENSHOTS, or one among the temporary files. */
export function screenshotFolder() {
  const folder = process.env["MOTION_LENS_SCREENSHOTS"] ?? path.join(os.tmpdir(), "motion-lens-screenshots");
  fs.mkdirSync(folder, { recursive: true });
  return folder;
}

/** Takes a picture of the page; gives its path. */
export async function screenshot(/** @type {Page} */ page, /** @type {string} */ name) {
  const file = path.join(screenshotFolder(), `${name}.png`);
  await page.screenshot({ path: file, animations: "disabled" });
  return file;
}
