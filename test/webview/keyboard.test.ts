import { describe, expect, it } from "vitest";
import { commandOf, type FocusPlace, type KeyInput } from "../../src/webview/keyboard.js";

function press(key: string, place: FocusPlace = "page", modifiers: Partial<KeyInput> = {}) {
  return commandOf({ key, altKey: false, ctrlKey: false, metaKey: false, shiftKey: false, ...modifiers }, place);
}

describe("keys", () => {
  it.each([
    [" ", { do: "toggle" }],
    ["ArrowLeft", { do: "step", frames: -1 }],
    ["ArrowRight", { do: "step", frames: 1 }],
    ["Home", { do: "first" }],
    ["End", { do: "last" }],
    ["[", { do: "rangeStart" }],
    ["]", { do: "rangeEnd" }],
    ["l", { do: "loop" }],
    ["F", { do: "follow" }],
    ["h", { do: "heatMap" }],
    ["Escape", { do: "free" }],
  ])("%s", (key, command) => {
    expect(press(key)).toEqual(command);
  });

  it("step ten frames with Shift and choose words with Alt", () => {
    expect(press("ArrowRight", "page", { shiftKey: true })).toEqual({ do: "step", frames: 10 });
    expect(press("ArrowLeft", "toolbar", { altKey: true })).toEqual({ do: "word", by: -1 });
    expect(press("ArrowDown", "page", { altKey: true })).toEqual({ do: "word", by: 1 });
  });

  it("leave to a control what is its own", () => {
    expect(press(" ", "button")).toBeUndefined();
    expect(press("ArrowRight", "button")).toEqual({ do: "step", frames: 1 });
    expect(press("ArrowRight", "toolbar")).toBeUndefined();
    expect(press("Home", "slider")).toBeUndefined();
    expect(press("l", "entry")).toBeUndefined();
    expect(press("Escape", "entry")).toBeUndefined();
  });

  it("leave the editor's shortcuts alone", () => {
    expect(press("f", "page", { ctrlKey: true })).toBeUndefined();
    expect(press("l", "page", { metaKey: true })).toBeUndefined();
    expect(press("F5")).toBeUndefined();
  });
});
