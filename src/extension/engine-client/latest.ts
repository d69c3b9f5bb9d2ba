/**
 * Latest wins: a new task aborts the one before it. For typing in a search box or a caption, and for motions that are
 * replaced in the player before they have loaded.
 */
export class LatestOnly {
  #controller: AbortController | undefined;

  /**
   * Runs a task with a signal that is aborted by the next `run`, by `cancel` and by `dispose`.
   *
   * @returns the task's value, or undefined when it was overtaken (its errors are then dropped too).
   * @throws what the task throws while it is still the latest.
   */
  async run<T>(task: (signal: AbortSignal) => Promise<T>): Promise<T | undefined> {
    this.#controller?.abort();
    const controller = new AbortController();
    this.#controller = controller;
    try {
      const value = await task(controller.signal);
      return controller.signal.aborted ? undefined : value;
    } catch (error) {
      if (controller.signal.aborted) return undefined;
      throw error;
    } finally {
      if (this.#controller === controller) this.#controller = undefined;
    }
  }

  get running(): boolean {
    return this.#controller !== undefined;
  }

  cancel(): void {
    this.#controller?.abort();
    this.#controller = undefined;
  }

  dispose(): void {
    this.cancel();
  }
}

/** A timer that starts anew with every `schedule`: the callback runs once nothing was scheduled for the delay. */
export class Debouncer {
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** When the first call was made of those that wait now. */
  #since = 0;

  /** `atMost`: so long after the first call the callback runs though calls go on. */
  schedule(delay: number, callback: () => void, atMost = Infinity): void {
    const now = Date.now();
    if (!this.pending) this.#since = now;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(
      () => {
        this.#timer = undefined;
        callback();
      },
      Math.max(0, Math.min(delay, this.#since + atMost - now)),
    );
  }

  get pending(): boolean {
    return this.#timer !== undefined;
  }

  cancel(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  dispose(): void {
    this.cancel();
  }
}
