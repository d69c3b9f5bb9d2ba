/** Counts crashes within a sliding window of time, so that a process that always dies is not started for ever. */
export class CrashWindow {
  #times: number[] = [];

  constructor(
    readonly limit = 3,
    readonly windowMs = 60_000,
  ) {}

  /** Notes a crash at `now` (milliseconds); true when the limit is reached within the window. */
  record(now: number): boolean {
    this.#times = this.#times.filter((time) => now - time < this.windowMs);
    this.#times.push(now);
    return this.#times.length >= this.limit;
  }

  /** Crashes within the window as of the last `record`. */
  get count(): number {
    return this.#times.length;
  }

  reset(): void {
    this.#times = [];
  }
}
