/** Geometry of the time axis: frames are cells of equal width, ranges are half-open. */
import type { Range } from "../../protocol/engine.js";

/** The frame under a horizontal position, clamped to the motion. */
export function frameAt(x: number, width: number, frames: number): number {
  if (!(width > 0) || frames <= 0) return 0;
  return Math.max(0, Math.min(frames - 1, Math.floor((x / width) * frames)));
}

/** Where a position in frames lies, as a share of the width; whole frames stand in the middle of their cell. */
export function shareOf(position: number, frames: number): number {
  if (frames <= 0) return 0;
  return Math.max(0, Math.min(1, (position + 0.5) / frames));
}

/** A range after one of its brackets was dragged to a frame; it keeps at least one frame. */
export function dragBracket(range: Range, edge: "start" | "end", frame: number, frames: number): Range {
  if (edge === "start") return [Math.max(0, Math.min(range[1] - 1, frame)), range[1]];
  return [range[0], Math.min(frames, Math.max(range[0] + 1, frame + 1))];
}

/** The range after `[` or `]`: that edge at the frame, the other one kept where it still fits. */
export function setEdge(range: Range | undefined, edge: "start" | "end", frame: number, frames: number): Range {
  const [start, end] = range ?? [0, frames];
  if (edge === "start") return [frame, end > frame ? end : frames];
  return [start <= frame ? start : 0, frame + 1];
}

const STEPS = [0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600];

export interface Tick {
  readonly seconds: number;
  readonly share: number;
}

/** Round seconds to label, at least `spacing` pixels apart. */
export function ticks(frames: number, fps: number, width: number, spacing = 56): Tick[] {
  const duration = frames / fps;
  if (!(duration > 0) || !(width > 0)) return [];
  const step = STEPS.find((candidate) => (candidate / duration) * width >= spacing) ?? STEPS.at(-1)!;
  const count = Math.floor(duration / step + 1e-9);
  return Array.from({ length: count + 1 }, (_, index) => ({
    seconds: Number((index * step).toFixed(3)),
    share: (index * step) / duration,
  }));
}

/**
 * The time step that each frame falls into: `lookup[frame]`, -1 for frames of no step. Later steps win where
 * ranges overlap by rounding.
 */
export function timeLookup(times: readonly Range[], frames: number): Int32Array {
  const lookup = new Int32Array(frames).fill(-1);
  times.forEach(([start, end], time) => lookup.fill(time, Math.max(0, start), Math.min(frames, end)));
  return lookup;
}

/**
 * SVG path of a stepped area: one flat stretch per time step, `heights` 0 to 1, in a box of 1000 by `height`.
 */
export function areaPath(heights: readonly number[], times: readonly Range[], frames: number, height: number): string {
  if (frames <= 0 || times.length === 0) return "";
  const place = (frame: number) => ((frame / frames) * 1000).toFixed(2);
  const level = (value: number) => (height * (1 - Math.max(0, Math.min(1, value)))).toFixed(2);
  let path = `M${place(times[0]![0])} ${height}`;
  times.forEach(([start, end], time) => {
    const y = level(heights[time] ?? 0);
    path += `L${place(start)} ${y}L${place(end)} ${y}`;
  });
  return `${path}L${place(times.at(-1)![1])} ${height}Z`;
}

/** Seconds with as many digits as make sense in a readout. */
export function formatSeconds(seconds: number): string {
  return seconds.toFixed(seconds < 100 ? 2 : 1);
}
