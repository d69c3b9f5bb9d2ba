import fs from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startBrowser } from "../../scripts/host/browser.mjs";
import { ensureHost } from "../../scripts/host/install-host.mjs";
import { gotoWorkbench } from "../../scripts/host/workbench.mjs";
import { contentHash } from "../../scripts/lib/prepare.mjs";
import { signalTree } from "../../scripts/lib/processes.mjs";
import { freshClone, npmStart, processesOf, type Started } from "./clone.js";

const TRACKED = ["media", "models/default", "src", "scripts", "package.json", "package-lock.json"];

describe("npm start in a fresh clone", () => {
  let clone = "";
  let before = "";
  const starts: Started[] = [];
  const start = (...args: string[]) => {
    const started = npmStart(clone, ...args);
    starts.push(started);
    return started;
  };

  /** Waits until nothing that the clone started is left. */
  const allGone = async () => {
    for (const end = Date.now() + 10_000; Date.now() < end && processesOf(clone).length > 0;) {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    expect(processesOf(clone)).toEqual([]);
  };

  beforeAll(async () => {
    await ensureHost();
    clone = freshClone();
    before = contentHash(TRACKED, clone);
  });

  afterAll(async () => {
    for (const { npm } of starts) signalTree(npm.pid, "SIGTERM");
    await Promise.all(starts.map(({ ended }) => ended));
    fs.rmSync(clone, { recursive: true, force: true, maxRetries: 5 });
  });

  it("installs, builds, and serves the workbench with the extension in it until Ctrl-C", async () => {
    const first = start("--browser", "--port", "0");
    const address = await first.address(300);
    expect(address).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/\?folder=\/.*sample-dataset$/);
    const browser = await startBrowser();
    try {
      const page = await browser.newPage();
      await gotoWorkbench(page, address);
      await page.locator('.activitybar .action-label[aria-label="Motion Lens"]').waitFor({ timeout: 60_000 });
    } finally {
      await browser.close();
    }
    signalTree(first.npm.pid, "SIGINT");
    await first.ended;
    await allGone();
  }, 420_000);

  it("leaves the clone's own files as they are", () => {
    expect(contentHash(TRACKED, clone)).toBe(before);
  });

  it("opens in seconds the second time, once for two callers, and ends when npm is killed", async () => {
    const since = Date.now();
    const second = start("--browser", "--port", "0");
    const address = await second.address(60);
    expect((Date.now() - since) / 1000).toBeLessThan(20);

    const folder = fs.realpathSync(path.join(clone, "media", "sample-dataset", "texts"));
    const third = start("--browser", folder);
    expect(await third.address(60)).toBe(`${new URL(address).origin}/?folder=${folder}`);
    await third.ended;
    expect(third.npm.exitCode).toBe(0);

    second.npm.kill("SIGKILL");
    await allGone();
  });

  it("says what is wrong with a folder in one line and ends with 2", async () => {
    const wrong = start("--browser", "no-such-folder");
    await wrong.ended;
    expect(wrong.output()).toContain(`There is no folder ${path.join(clone, "no-such-folder")}.`);
    expect(wrong.npm.exitCode).toBe(2);
  });
});
