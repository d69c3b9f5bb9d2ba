/** Panels with something in them, as the browser tests need them. */
import type { Browser } from "playwright-core";
import type { SkeletonName } from "../../../src/core/motion/motion.js";
import type { Range } from "../../../src/protocol/engine.js";
import { PanelPage, type Bundle, type PanelOptions } from "./browser.js";
import { CAPTION, captionResults, syntheticAlignment, walkingMotion } from "./motions.js";

export interface Filling extends PanelOptions {
  readonly skeleton?: SkeletonName;
  readonly frames?: number;
  readonly autoplay?: boolean;
  readonly alignment?: "indexed" | "unindexed" | "none";
  readonly captions?: boolean;
  readonly range?: Range;
  readonly warnings?: readonly string[];
}

export async function sendMotion(
  panel: PanelPage,
  filling: Filling = {},
  key = "new_joints/000012.npy",
): Promise<void> {
  const motion = walkingMotion(filling.skeleton ?? "humanml3d22", filling.frames);
  const info = {
    format: "npy",
    layout: "joint positions",
    shape: [motion.frames, motion.joints.length / motion.frames / 3, 3],
    dtype: "<f4",
    warnings: filling.warnings ?? [],
  };
  await panel.send({
    type: "motion",
    key,
    title: "000012",
    loaded: { motion, info },
    autoplay: filling.autoplay ?? false,
    range: filling.range,
  });
  if (filling.alignment !== "none") {
    const alignment = syntheticAlignment(motion, filling.alignment !== "unindexed");
    await panel.send({ type: "alignment", key, text: CAPTION, alignment });
  }
  if (filling.captions) await panel.send({ type: "captions", key, ...captionResults() });
}

/** A panel that shows the walking body, by default with its alignment. */
export async function openPanel(browser: Browser, bundle: Bundle, filling: Filling = {}): Promise<PanelPage> {
  const panel = await PanelPage.open(browser, bundle, filling);
  await sendMotion(panel, filling);
  return panel;
}
