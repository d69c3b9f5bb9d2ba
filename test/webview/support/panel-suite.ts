import type { Browser } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, vi } from "vitest";
import { PATIENCE, buildPanel, launch, type Bundle, type PanelPage } from "./browser.js";
import { openPanel, type Filling } from "./open-panel.js";

/**
 * One browser for the tests of a file. Panels that a test opens (or pushes onto `open`) are closed after it, and must
 * have kept the content security policy and thrown nothing.
 */
export function panelSuite() {
  vi.setConfig({ testTimeout: 3 * PATIENCE, hookTimeout: 3 * PATIENCE });
  let browser: Browser | undefined;
  let bundle: Bundle | undefined;
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

  const suite = {
    open,
    get browser(): Browser {
      return browser!;
    },
    get bundle(): Bundle {
      return bundle!;
    },
    async panelWith(filling: Filling = {}): Promise<PanelPage> {
      const panel = await openPanel(suite.browser, suite.bundle, filling);
      open.push(panel);
      return panel;
    },
  };
  return suite;
}
