/** Anything that holds a resource until it is disposed. Free of the VS Code API, so that it can be tested alone. */
export interface DisposableLike {
  dispose(): unknown;
}

/** Owns disposables and disposes them in the reverse order of their making. */
export class DisposableStore implements DisposableLike {
  readonly #items = new Set<DisposableLike>();
  #disposed = false;

  get disposed(): boolean {
    return this.#disposed;
  }

  /** Takes ownership; disposes at once if the store is already disposed. */
  add<T extends DisposableLike>(item: T): T {
    if (this.#disposed) item.dispose();
    else this.#items.add(item);
    return item;
  }

  /** Disposes one item now and forgets it. */
  release(item: DisposableLike): void {
    if (this.#items.delete(item)) item.dispose();
  }

  /** Disposes everything held; the store can be filled again. */
  clear(): void {
    const items = [...this.#items].reverse();
    this.#items.clear();
    for (const item of items) item.dispose();
  }

  dispose(): void {
    this.#disposed = true;
    this.clear();
  }
}
