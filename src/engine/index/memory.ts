/** One memory that the engine's thread and the scoring threads share: stored vectors, and room for queries. */

const PAGE_BYTES = 65_536;
/** 4 GiB, all that 32-bit addresses reach. */
const MAX_PAGES = 65_536;
const ALIGNMENT = 64;

interface Hole {
  start: number;
  end: number;
}

let memories = 0;

export class VectorMemory {
  /** Tells memories apart in messages to the threads. */
  readonly id = ++memories;
  readonly wasm = new WebAssembly.Memory({ initial: 1, maximum: MAX_PAGES, shared: true });
  /** Free ranges below `#end`, ascending, never touching. */
  readonly #holes: Hole[] = [];
  readonly #sizes = new Map<number, number>();
  #end = ALIGNMENT;

  /** Bytes that the memory takes. */
  get size(): number {
    return this.wasm.buffer.byteLength;
  }

  /**
   * Address of new bytes, aligned to 64; what they hold is undefined.
   *
   * @throws RangeError when the machine, or the 4 GiB, have no room.
   */
  allocate(bytes: number): number {
    const needed = Math.max(ALIGNMENT, Math.ceil(bytes / ALIGNMENT) * ALIGNMENT);
    const hole = this.#holes.find(({ start, end }) => end - start >= needed);
    const address = hole?.start ?? this.#end;
    if (hole === undefined) {
      const missing = this.#end + needed - this.size;
      if (missing > 0) this.wasm.grow(Math.ceil(missing / PAGE_BYTES));
      this.#end += needed;
    } else {
      hole.start += needed;
      if (hole.start === hole.end) this.#holes.splice(this.#holes.indexOf(hole), 1);
    }
    this.#sizes.set(address, needed);
    return address;
  }

  /** Gives back what `allocate` gave. */
  free(address: number): void {
    const size = this.#sizes.get(address);
    if (size === undefined) throw new RangeError(`nothing was allocated at ${address}`);
    this.#sizes.delete(address);
    const at = this.#holes.findIndex(({ start }) => start > address);
    const index = at < 0 ? this.#holes.length : at;
    this.#holes.splice(index, 0, { start: address, end: address + size });
    for (const first of [index, index - 1]) {
      const [hole, next] = [this.#holes[first], this.#holes[first + 1]];
      if (hole === undefined || next?.start !== hole.end) continue;
      hole.end = next.end;
      this.#holes.splice(first + 1, 1);
    }
    const last = this.#holes.at(-1);
    if (last?.end !== this.#end) return;
    this.#end = last.start;
    this.#holes.pop();
  }

  bytes(address: number, length: number): Uint8Array {
    return new Uint8Array(this.wasm.buffer, address, length);
  }
}
