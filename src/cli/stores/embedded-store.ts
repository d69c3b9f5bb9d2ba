/** The `VectorStore` on the index of this program: a folder, nothing to install, nothing to serve. */
import { compareCodeUnits } from "../../engine/dataset/paths.js";
import { pooledVectors } from "../../core/retrieval/pooled.js";
import type { TokenVectors } from "../../core/retrieval/vectors.js";
import type { Log } from "../../engine/encoders/runtime.js";
import { compileKernel, type CompiledKernel } from "../../engine/index/kernel.js";
import { IndexStore } from "../../engine/index/store.js";
import { IndexWriter } from "../../engine/index/writer.js";
import type { StoredMotion, VectorHit, VectorSearch, VectorStore } from "./vector-store.js";

/** How long a change waits for another writer. */
const WAIT_MS = 60_000;

export class EmbeddedStore implements VectorStore {
  private constructor(
    private readonly store: IndexStore,
    private readonly compiled: CompiledKernel,
  ) {}

  /** @param folder made when it is not there; vectors of another `modelKey` are not used. */
  static async open(folder: string, modelKey: string, dim: number, log: Log = () => undefined): Promise<EmbeddedStore> {
    const compiled = await compileKernel(log);
    const store = new IndexStore({ folder, dataset: folder, modelKey, dim, compiled, log });
    await store.refresh();
    await store.loadMotions();
    return new EmbeddedStore(store, compiled);
  }

  async upsert(motions: readonly StoredMotion[], signal?: AbortSignal): Promise<void> {
    await this.#write(signal, (writer) =>
      writer.add(
        "motions",
        motions.map(({ id, vectors }) => {
          const pooled = pooledVectors(vectors);
          const global = {
            ...pooled,
            count: 1,
            data: pooled.data.slice(0, vectors.dim),
            scales: pooled.scales.slice(0, 1),
          };
          const item = { key: id, path: id, size: 0, mtimeMs: 0, frames: vectors.count, fps: 20 };
          return { item, vectors, global, pooled };
        }),
      ),
    );
  }

  async delete(ids: readonly string[], signal?: AbortSignal): Promise<void> {
    await this.#write(signal, (writer) => writer.delete(ids));
  }

  async #write(signal: AbortSignal | undefined, action: (writer: IndexWriter) => Promise<void>): Promise<void> {
    const writer = await IndexWriter.open(this.store, { waitMs: WAIT_MS, signal });
    try {
      await action(writer);
      await writer.compact("motions", () => true, signal);
    } finally {
      await writer.close();
    }
  }

  async search(query: TokenVectors, { top, ids }: VectorSearch, signal?: AbortSignal): Promise<VectorHit[]> {
    const live = await this.#live();
    const wanted =
      ids === undefined ? [...live] : ids.flatMap((id) => (live.has(id) ? [[id, live.get(id)!] as const] : []));
    const indices = Uint32Array.from(wanted, ([, index]) => index).sort();
    const { motions } = this.store;
    const scores = await motions.scoreAgainstText(query, signal, indices);
    return Array.from(indices, (index, row): VectorHit => ({ id: motions.items[index]!.key, score: scores[row]! }))
      .filter(({ score }) => score > -Infinity)
      .sort((a, b) => b.score - a.score || compareCodeUnits(a.id, b.id))
      .slice(0, top);
  }

  async count(): Promise<number> {
    return (await this.#live()).size;
  }

  /** Id -> index of the motions that are there now. */
  async #live(): Promise<Map<string, number>> {
    await this.store.refresh();
    await this.store.loadMotions();
    const { motions, manifest } = this.store;
    const live = new Map<string, number>();
    for (const { key } of motions.items) live.set(key, motions.indexOf(key)!);
    for (const key of manifest.deleted) live.delete(key);
    return live;
  }

  async close(): Promise<void> {
    this.store.motions.dispose();
    this.store.captions.dispose();
    await this.compiled.close();
  }
}
