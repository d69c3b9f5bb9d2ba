/** Small helpers of work that must stay cancellable: the engine has one thread, and messages arrive between its turns. */
import { setImmediate as nextTurn } from "node:timers/promises";
import { cancelled } from "../protocol/rpc.js";

/** Lets messages (a newer query, a cancel) in; rejects with `CancelledError` when the caller has given up. */
export async function yieldTurn(signal?: AbortSignal): Promise<void> {
  await nextTurn();
  throwIfCancelled(signal);
}

export function throwIfCancelled(signal?: AbortSignal): void {
  if (signal?.aborted === true) throw cancelled();
}

/** `work` over all items, at most `limit` at a time; results in the order of the items. The first failure ends it. */
export async function mapConcurrent<T, R>(
  items: readonly T[],
  limit: number,
  work: (item: T, index: number) => Promise<R>,
  signal?: AbortSignal,
): Promise<R[]> {
  const results = new Array<R>(items.length);
  let next = 0;
  const worker = async () => {
    while (next < items.length) {
      throwIfCancelled(signal);
      const index = next++;
      results[index] = await work(items[index]!, index);
    }
  };
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, worker));
  return results;
}

/** Gives up the thread when `milliseconds` have passed since it last did. */
export class Pacer {
  #last = performance.now();

  constructor(
    private readonly milliseconds: number,
    private readonly signal?: AbortSignal,
  ) {}

  /** Whether it is time to call `pause`; cheap enough for inner loops. */
  get due(): boolean {
    return performance.now() - this.#last >= this.milliseconds;
  }

  async pause(): Promise<void> {
    await yieldTurn(this.signal);
    this.#last = performance.now();
  }
}
