/** The clock of the player: where it is, how fast it runs, what it repeats. Time only enters through `advance`. */
import type { Range } from "../../protocol/engine.js";

export const SPEEDS: readonly number[] = [0.25, 0.5, 0.75, 1, 1.5, 2];

/** Longest step taken at once, in seconds: a window that was asleep goes on where it stopped. */
const LONGEST_STEP = 1;

export class Playback {
  frames = 0;
  fps = 20;
  /** Position in frames; whole numbers are exact frames, in between poses are interpolated. */
  position = 0;
  playing = false;
  speed = 1;
  loop = true;
  /** Half-open frames that are repeated; undefined means the whole motion. */
  range: Range | undefined;

  /** The frame under the position. */
  get frame(): number {
    return Math.max(0, Math.min(this.frames - 1, Math.floor(this.position + 1e-6)));
  }

  /** Seconds from the first frame to the position. */
  get seconds(): number {
    return this.fps > 0 ? this.position / this.fps : 0;
  }

  load(frames: number, fps: number): void {
    this.frames = frames;
    this.fps = fps;
    this.position = 0;
    this.range = undefined;
    this.playing = false;
  }

  /** Starts; from the beginning (of the range) when it stands at the end. */
  play(): void {
    if (this.frames < 2) return;
    const [start, end] = this.range ?? [0, this.frames];
    if (this.position >= this.frames - 1 || (!this.loop && this.position >= end - 1 && this.position < end)) {
      this.position = start;
    }
    this.playing = true;
  }

  pause(): void {
    if (!this.playing) return;
    this.playing = false;
    this.position = this.frame;
  }

  toggle(): void {
    if (this.playing) this.pause();
    else this.play();
  }

  /** Goes to a frame, clamped to the motion. */
  seek(frame: number): void {
    this.position = Math.max(0, Math.min(this.frames - 1, Math.round(frame)));
  }

  /** Sets what is repeated, clamped to the motion and at least one frame; undefined means the whole. */
  setRange(range: Range | undefined): void {
    this.range = range && clampRange(range, this.frames);
  }

  /**
   * Lets time pass. A loop repeats when the position crosses its end; a position put beyond the end by hand
   * plays on to the end of the motion. Each frame is shown for its full 1 / fps, the last one included.
   *
   * @returns whether anything moved.
   */
  advance(seconds: number): boolean {
    if (!this.playing || this.frames === 0 || !(seconds > 0)) return false;
    const [start, rangeEnd] = this.range ?? [0, this.frames];
    const end = this.position < rangeEnd ? rangeEnd : this.frames;
    let next = this.position + Math.min(seconds, LONGEST_STEP) * this.fps * this.speed;
    if (next >= end) {
      if (this.loop) {
        next = start + ((next - end) % Math.max(1, end - start));
      } else {
        next = end - 1;
        this.playing = false;
      }
    }
    this.position = next;
    return true;
  }
}

export function clampRange(range: Range, frames: number): Range {
  const start = Math.max(0, Math.min(frames - 1, Math.round(range[0])));
  const end = Math.max(start + 1, Math.min(frames, Math.round(range[1])));
  return [start, end];
}
