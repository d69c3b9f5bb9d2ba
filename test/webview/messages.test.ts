import { describe, expect, it } from "vitest";
import { readMessage, readState } from "../../src/webview/messages.js";
import { DEFAULT_STRINGS, partLabel, setStrings, t } from "../../src/webview/strings.js";
import { PART_NAMES } from "../../src/core/motion/parts.js";
import { syntheticAlignment, walkingMotion } from "./support/motions.js";

const info = { format: "npy", layout: "joints", shape: [120, 22, 3], dtype: "<f4", warnings: [] };

describe("messages from the host", () => {
  const motion = walkingMotion("humanml3d22");
  const message = { type: "motion", key: "k", title: "t", autoplay: false, loaded: { motion, info } };

  it("are taken when they are whole", () => {
    expect(readMessage(message)).toBe(message);
    const alignment = { type: "alignment", key: "k", text: "x", alignment: syntheticAlignment(motion) };
    expect(readMessage(alignment)).toBe(alignment);
    for (const whole of [
      { type: "strings", strings: {} },
      { type: "alignment", key: "k", text: "" },
      { type: "selectToken" },
      { type: "captions", key: "k", own: [], retrieved: [] },
      { type: "playback", action: "toggle" },
      { type: "visible", visible: false },
      { type: "busy" },
      { type: "error", message: "no" },
    ]) {
      expect(readMessage(whole)).toBe(whole);
    }
  });

  it.each([
    ["too few joints", { ...message, loaded: { info, motion: { ...motion, frames: 121 } } }, /frame count/],
    ["an unknown skeleton", { ...message, loaded: { info, motion: { ...motion, skeleton: "smplx" } } }, /smplx/],
    ["no frame rate", { ...message, loaded: { info, motion: { ...motion, fps: 0 } } }, /frame rate/],
    ["no frames", { ...message, loaded: { info, motion: { ...motion, frames: 0 } } }, /no frames/],
    ["no key", { ...message, key: undefined }, /key/],
    ["a broken range", { ...message, range: [1] }, /range/],
    ["a message of another program", { source: "devtools" }, /no type/],
    ["an unknown type", { type: "hello" }, /unknown/],
    [
      "a short matrix",
      { type: "alignment", key: "k", text: "x", alignment: { ...syntheticAlignment(motion), matrix: [] } },
      /matrix/,
    ],
  ])("are refused with the reason: %s", (_, broken, reason) => {
    expect(readMessage(broken)).toMatch(reason);
  });
});

describe("saved state", () => {
  it("comes back field by field, broken ones left out", () => {
    expect(
      readState({ frame: 7.4, speed: -1, loop: "yes", follow: false, range: [1, "x"], camera: [1, 2], key: 3 }),
    ).toEqual({
      motionPath: undefined,
      key: undefined,
      frame: 7,
      speed: 1,
      loop: true,
      follow: false,
      range: undefined,
      text: undefined,
      token: undefined,
      heatMap: false,
      mirror: false,
      ghosts: false,
      camera: undefined,
    });
    expect(readState(undefined)).toBeUndefined();
    expect(readState({ frame: "x" })).toBeUndefined();
  });
});

describe("texts", () => {
  it("name every part, and can be replaced by the host", () => {
    for (const part of PART_NAMES) expect(partLabel(part)).not.toContain("_");
    expect(partLabel("left_tail")).toBe("left tail");
    setStrings({ "readout.frame": "Bild {0} von {1}" });
    expect(t("readout.frame", 3, 9)).toBe("Bild 3 von 9");
    expect(t("toolbar.loop")).toBe(DEFAULT_STRINGS["toolbar.loop"]);
    setStrings({});
    expect(t("readout.frame", 3, 9)).toBe("Frame 3 of 9");
  });
});
