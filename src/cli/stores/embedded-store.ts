/** The `VectorStore` on the index of this program: a folder, nothing to install, nothing to serve. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import * as v from "valibot";
import { compareCodeUnits } from "../../engine/dataset/paths.js";
import type { ItemVectors } from "../../core/retrieval/vectors.js";
import type { Log } from "../../engine/encoders/runtime.js";
import { makeFolder, publishFile } from "../../engine/index/files.js";
import { compileKernel, type CompiledKernel } from "../../engine/index/kernel.js";
import { readManifest } from "../../engine/index/manifest.js";
import { IndexStore } from "../../engine/index/store.js";
import { IndexWriter } from "../../engine/index/writer.js";
import { EngineError } from "../../protocol/errors.js";
import { notThere } from "./lancedb-store.js";
import type { OpenStore, StoredMotion, StoreFilter, VectorHit, VectorSearch, VectorStore } from "./vector-store.js";

/** How long a change waits for another writer. */
const WAIT_MS = 60_000;

/** What segments do not hold of a motion: splits and first caption, by id. */
const FACTS = "facts.json";
const factsSchema = v.object({
  version: v.literal(1),
  motions: v.array(v.strictTuple([v.string(), v.array(v.string()), v.nullable(v.string())])),
});
type Facts = Map<string, { readonly splits: readonly string[]; readonly caption?: string }>;

export class EmbeddedStore implements VectorStore {
  private constructor(
    private readonly store: IndexStore,
    private readonly compiled: CompiledKernel,
  ) {}

  /** @throws EngineError `IndexError` when there is no store, or one of another model. */
  static async open(folder: string, { model, create }: OpenStore, log: Log = () => undefined): Promise<EmbeddedStore> {
    const found = await readManifest(folder, model.key);
    if (found.state === "damaged") {
      throw new EngineError("IndexError", `${folder}: this store is not used with ${model.name}: ${found.reason}`);
    }
    if (found.state === "missing") {
      if (!create) throw notThere(folder);
      await makeFolder(folder);
    }
    const compiled = await compileKernel(log);
    const place = { folder, dataset: folder, modelKey: model.key, shape: model.shape, compiled, log };
    const store = new IndexStore(place);
    if (found.state === "missing") await (await IndexWriter.open(store, { waitMs: WAIT_MS })).close();
    return new EmbeddedStore(store, compiled);
  }

  async upsert(motions: readonly StoredMotion[], signal?: AbortSignal): Promise<void> {
    await this.#write(signal, async (writer) => {
      const facts = await this.#facts();
      for (const { id, splits, caption } of motions)
        facts.set(id, { splits, ...(caption !== undefined && { caption }) });
      // First: facts of a motion that does not come are no harm.
      await this.#writeFacts(facts);
      await writer.add(
        "motions",
        motions.map(({ id, vectors, frames, fps }) => ({
          item: { key: id, path: id, size: 0, mtimeMs: 0, frames, fps },
          vectors,
        })),
      );
    });
  }

  async delete(ids: readonly string[], signal?: AbortSignal): Promise<void> {
    await this.#write(signal, async (writer) => {
      await writer.delete(ids);
      const facts = await this.#facts();
      for (const id of ids) facts.delete(id);
      await this.#writeFacts(facts);
    });
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

  async search(query: ItemVectors, { top, filter }: VectorSearch, signal?: AbortSignal): Promise<VectorHit[]> {
    const { live, facts } = await this.#passing(filter);
    const byIndex = new Map([...live].map(([id, index]) => [index, id]));
    const indices = Uint32Array.from(byIndex.keys()).sort();
    const { motions } = this.store;
    const scores = await motions.scoreAgainstText(query, signal, indices);
    return Array.from(indices, (index, row) => ({ index, id: byIndex.get(index)!, score: scores[row]! }))
      .filter(({ score }) => score > -Infinity)
      .sort((a, b) => b.score - a.score || compareCodeUnits(a.id, b.id))
      .slice(0, top)
      .map(({ index, id, score }): VectorHit => {
        const { frames, fps } = motions.items[index]!;
        const motion = { id, vectors: motions.vectorsOf(index), frames, fps, ...(facts.get(id) ?? { splits: [] }) };
        return { motion, score };
      });
  }

  async count(filter?: StoreFilter): Promise<number> {
    return (await this.#passing(filter)).live.size;
  }

  async ids(): Promise<string[]> {
    return [...(await this.#live()).keys()];
  }

  async optimise(): Promise<void> {
    // Merging is done with every change.
  }

  /** The motions that a filter lets through: id -> index, with what is known of them. */
  async #passing(filter: StoreFilter = {}): Promise<{ live: Map<string, number>; facts: Facts }> {
    const live = await this.#live();
    const facts = await this.#facts();
    const { split, path, hasCaption } = filter;
    for (const id of live.keys()) {
      const { splits = [], caption } = facts.get(id) ?? {};
      const passes =
        (split === undefined || splits.includes(split)) &&
        (path === undefined || id.toLowerCase().includes(path.toLowerCase())) &&
        (hasCaption === undefined || (caption !== undefined) === hasCaption);
      if (!passes) live.delete(id);
    }
    return { live, facts };
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

  async #facts(): Promise<Facts> {
    let text: string;
    try {
      text = await readFile(join(this.store.place.folder, FACTS), "utf8");
    } catch {
      return new Map();
    }
    const parsed = v.safeParse(factsSchema, parseJson(text));
    if (!parsed.success) {
      throw new EngineError(
        "IndexError",
        `${join(this.store.place.folder, FACTS)} is damaged; export into the store again`,
      );
    }
    return new Map(
      parsed.output.motions.map(([id, splits, caption]) => [id, { splits, ...(caption !== null && { caption }) }]),
    );
  }

  async #writeFacts(facts: Facts): Promise<void> {
    const motions = [...facts].map(([id, { splits, caption }]) => [id, splits, caption ?? null]);
    const bytes = new TextEncoder().encode(JSON.stringify({ version: 1, motions }));
    await publishFile(join(this.store.place.folder, FACTS), [bytes]);
  }

  async close(): Promise<void> {
    this.store.dispose();
    await this.compiled.close();
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
