import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { datasetOfFile, isInside, isMotionFile } from "../../src/extension/datasets/layout.js";
import { DisposableStore } from "../../src/extension/disposable.js";
import { CrashWindow } from "../../src/extension/engine-client/crash-window.js";
import { Debouncer, LatestOnly } from "../../src/extension/engine-client/latest.js";
import { ExpectedError, kindOfError } from "../../src/extension/errors.js";
import { groupMotions, LOT_SIZE, lotsOf } from "../../src/extension/tree/grouping.js";
import type { MotionEntry } from "../../src/protocol/engine.js";
import { EngineError } from "../../src/protocol/errors.js";

describe("LatestOnly", () => {
  it("aborts the task before, and drops its value and its error", async () => {
    const latest = new LatestOnly();
    const slow = (value: string) => (signal: AbortSignal) =>
      new Promise<string>((resolve, reject) => {
        signal.addEventListener("abort", () => reject(new Error("overtaken")));
        setTimeout(() => resolve(value), 20);
      });
    const first = latest.run(slow("first"));
    const second = latest.run(slow("second"));
    expect(await first).toBeUndefined();
    expect(await second).toBe("second");
    expect(latest.running).toBe(false);
  });

  it("passes errors of the latest task on", async () => {
    const latest = new LatestOnly();
    await expect(latest.run(() => Promise.reject(new Error("broken")))).rejects.toThrow("broken");
  });

  it("drops what was running when cancelled", async () => {
    const latest = new LatestOnly();
    const running = latest.run(async (signal) => {
      await new Promise((resolve) => setTimeout(resolve, 5));
      return signal.aborted;
    });
    latest.cancel();
    expect(await running).toBeUndefined();
  });
});

describe("Debouncer", () => {
  beforeEach(() => vi.useFakeTimers());
  afterEach(() => vi.useRealTimers());

  it("runs once, after the last of several calls", () => {
    const debouncer = new Debouncer();
    const ran: number[] = [];
    debouncer.schedule(100, () => ran.push(1));
    vi.advanceTimersByTime(90);
    debouncer.schedule(100, () => ran.push(2));
    vi.advanceTimersByTime(90);
    expect(ran).toEqual([]);
    vi.advanceTimersByTime(10);
    expect(ran).toEqual([2]);
    expect(debouncer.pending).toBe(false);
  });

  it("makes one call of a burst, and does not wait for ever while calls go on", () => {
    const debouncer = new Debouncer();
    const ran: number[] = [];
    for (let file = 1; file <= 1000; file++) {
      debouncer.schedule(100, () => ran.push(file), 1000);
      vi.advanceTimersByTime(3);
    }
    expect(ran.length).toBe(2);
    vi.advanceTimersByTime(100);
    expect(ran.length).toBe(3);
    expect(ran.at(-1)).toBe(1000);
    // A later call has its full time again.
    debouncer.schedule(100, () => ran.push(0), 1000);
    vi.advanceTimersByTime(99);
    expect(ran.length).toBe(3);
    vi.advanceTimersByTime(1);
    expect(ran.at(-1)).toBe(0);
  });
});

describe("CrashWindow", () => {
  it("gives up at the third crash within a minute", () => {
    const crashes = new CrashWindow();
    expect([0, 20_000, 59_000].map((time) => crashes.record(time))).toEqual([false, false, true]);
  });

  it("forgets crashes that are older", () => {
    const crashes = new CrashWindow();
    expect([0, 30_000, 61_000, 95_000].map((time) => crashes.record(time))).toEqual([false, false, false, false]);
    expect(crashes.count).toBe(2);
  });
});

describe("DisposableStore", () => {
  it("disposes in reverse order, and at once what comes too late", () => {
    const order: number[] = [];
    const store = new DisposableStore();
    for (const id of [1, 2, 3]) store.add({ dispose: () => order.push(id) });
    store.dispose();
    store.add({ dispose: () => order.push(4) });
    expect(order).toEqual([3, 2, 1, 4]);
  });
});

describe("kindOfError", () => {
  it("tells what to say nothing about, what is the user's to mend, and what is ours", () => {
    expect(kindOfError(new EngineError("CancelledError", "gone"))).toBe("cancelled");
    expect(kindOfError(new DOMException("stop", "AbortError"))).toBe("cancelled");
    expect(kindOfError(new EngineError("MotionFileError", "a.npy is not a motion"))).toBe("expected");
    expect(kindOfError(new ExpectedError("no"))).toBe("expected");
    expect(kindOfError(new TypeError("x is undefined"))).toBe("internal");
    expect(kindOfError("text")).toBe("internal");
  });
});

describe("datasets", () => {
  it("takes the innermost known folder that holds a file", () => {
    expect(datasetOfFile("/data/a/new_joints/1.npy", ["/data", "/data/a"])).toBe("/data/a");
    expect(datasetOfFile("/data/b/texts/1.txt", ["/data"])).toBe("/data");
  });

  it("finds the dataset of files outside the window by the layout, else by their folder", () => {
    expect(datasetOfFile("/other/set/new_joint_vecs/1.npy", ["/data"])).toBe("/other/set");
    expect(datasetOfFile("/other/loose/walk.bvh", [])).toBe("/other/loose");
  });

  it("does not take a folder of a similar name", () => {
    expect(isInside("/data-old/x.npy", "/data")).toBe(false);
    expect(isInside("/data/..x/y.npy", "/data")).toBe(true);
    expect(isMotionFile("a.NPY")).toBe(true);
    expect(isMotionFile("a.npy.txt")).toBe(false);
  });
});

describe("the motions tree", () => {
  const motion = (id: string, ...splits: string[]): MotionEntry => ({
    path: `new_joints/${id}.npy`,
    id,
    splits,
    mirrored: false,
    captionCount: 1,
  });

  it("groups by split, training first, uniting lists ignored", () => {
    const groups = groupMotions([motion("1", "test"), motion("2", "all", "train", "train_val"), motion("3", "val")]);
    expect(groups.map(({ label, motions }) => [label, motions.map(({ id }) => id)])).toEqual([
      ["train", ["2"]],
      ["val", ["3"]],
      ["test", ["1"]],
    ]);
  });

  it("groups by folder without splits", () => {
    const loose = (path: string): MotionEntry => ({ ...motion(path), path });
    expect(groupMotions([loose("b/1.npy"), loose("a/2.bvh"), loose("3.npy")]).map(({ label }) => label)).toEqual([
      ".",
      "a",
      "b",
    ]);
  });

  it("cuts 100,000 motions into lots that lose none", () => {
    const many = Array.from({ length: 100_000 }, (_, index) => motion(String(index).padStart(6, "0")));
    const lots = lotsOf(many);
    expect(lots).toHaveLength(100_000 / LOT_SIZE);
    expect(lots.flatMap(({ motions }) => motions)).toEqual(many);
    expect(lots[0]?.label).toBe("000000 – 000499");
  });
});
