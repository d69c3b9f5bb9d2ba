import { describe, expect, it } from "vitest";
import fc from "fast-check";
import { Playback } from "../../src/webview/player/playback.js";

function loaded(frames = 100, fps = 20): Playback {
  const playback = new Playback();
  playback.load(frames, fps);
  return playback;
}

/** Lets time pass in steps of 16 ms. */
function pass(playback: Playback, seconds: number): void {
  for (let left = seconds; left > 1e-9; left -= 0.016) playback.advance(Math.min(0.016, left));
}

describe("playback", () => {
  it("runs at the motion's own rate, whatever the display's is", () => {
    const playback = loaded();
    playback.play();
    pass(playback, 2);
    expect(playback.position).toBeCloseTo(40, 5);
    expect(playback.frame).toBe(40);
    playback.speed = 0.25;
    pass(playback, 2);
    expect(playback.position).toBeCloseTo(50, 5);
  });

  it("does nothing while paused, without frames or with time standing still", () => {
    expect(loaded().advance(1)).toBe(false);
    const empty = loaded(0);
    empty.play();
    expect(empty.playing).toBe(false);
    const playback = loaded();
    playback.play();
    expect(playback.advance(0)).toBe(false);
  });

  it("repeats the range, every frame of it for its full time", () => {
    const playback = loaded();
    playback.setRange([10, 20]);
    playback.seek(10);
    playback.play();
    playback.advance(0.24);
    playback.advance(0.24);
    expect(playback.frame).toBe(19);
    playback.advance(0.04);
    expect(playback.position).toBeCloseTo(10.4);
  });

  it("stops on the last frame without loop, and starts over from there", () => {
    const playback = loaded(10);
    playback.loop = false;
    playback.play();
    pass(playback, 3);
    expect([playback.playing, playback.position]).toEqual([false, 9]);
    playback.play();
    expect([playback.playing, playback.position]).toEqual([true, 0]);
  });

  it("plays on to the end when put behind the range by hand, then comes back to it", () => {
    const playback = loaded(60);
    playback.setRange([10, 20]);
    playback.seek(40);
    playback.play();
    pass(playback, 0.5);
    expect(playback.frame).toBe(50);
    pass(playback, 0.6);
    expect(playback.frame).toBeGreaterThanOrEqual(10);
    expect(playback.frame).toBeLessThan(20);
  });

  it("stands on a whole frame when paused", () => {
    const playback = loaded();
    playback.play();
    playback.advance(0.13);
    playback.pause();
    expect(playback.position).toBe(2);
  });

  it("clamps seeks and ranges", () => {
    const playback = loaded(50);
    playback.seek(-3);
    expect(playback.position).toBe(0);
    playback.seek(999);
    expect(playback.position).toBe(49);
    playback.setRange([40, 400]);
    expect(playback.range).toEqual([40, 50]);
    playback.setRange([60, 70]);
    expect(playback.range).toEqual([49, 50]);
  });

  it("never leaves the motion", () => {
    const step = fc.record({ seconds: fc.double({ min: 0, max: 2, noNaN: true }), seek: fc.option(fc.integer()) });
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 300 }),
        fc.boolean(),
        fc.option(fc.tuple(fc.nat(300), fc.nat(300))),
        fc.array(step, { maxLength: 20 }),
        (frames, loop, range, steps) => {
          const playback = loaded(frames);
          playback.loop = loop;
          playback.setRange(range ?? undefined);
          playback.play();
          for (const { seconds, seek } of steps) {
            if (seek !== null) playback.seek(seek);
            playback.advance(seconds);
            expect(playback.frame).toBeGreaterThanOrEqual(0);
            expect(playback.frame).toBeLessThan(frames);
            expect(playback.position).toBeLessThanOrEqual(frames);
          }
        },
      ),
    );
  });
});
