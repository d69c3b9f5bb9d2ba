/** `export` and `search --store`: a dataset's vectors in a store that a team shares. */
import { resolve } from "node:path";
import { defaultModelFolder } from "../engine/assets.js";
import { createEncoder } from "../engine/encoders/encoder.js";
import { shapeOfModel, type ModelManifest } from "../engine/encoders/model-package.js";
import { modelKeyOf } from "../engine/model-key.js";
import type { EngineService } from "../engine/service.js";
import { filtersOf, linesOf, loadModel, searchJson, searchText } from "./commands.js";
import { clearProgress, printLine } from "./output.js";
import { EmbeddedStore } from "./stores/embedded-store.js";
import { LanceDbStore } from "./stores/lancedb-store.js";
import { searchStore } from "./stores/store-search.js";
import type { StoreModel, VectorStore } from "./stores/vector-store.js";
import type { Command, Options, StoreAddress } from "./usage.js";

type Of<N extends Command["name"]> = Extract<Command, { name: N }>;

const MOTIONS_AT_A_TIME = 500;

/**
 * Indexes the folder, or a shard of it, where needed, and makes the store hold its motions: each under its path, those
 * that the folder no longer has removed.
 */
export async function runExport(
  engine: EngineService,
  { folder, options }: Of<"export">,
  signal: AbortSignal,
): Promise<void> {
  const root = resolve(folder);
  const { shard } = options;
  await loadModel(engine, options);
  await engine.call("index", { folder: root, ...(shard !== undefined && { shard }) }, { signal });
  clearProgress();
  const { manifest, motions, belongs, close } = await engine.storedMotions(root, shard, signal);
  const store = await openStore(options.store!, modelOf(manifest, options), true);
  try {
    for (let done = 0; done < motions.length; done += MOTIONS_AT_A_TIME) {
      await store.upsert(
        motions.slice(done, done + MOTIONS_AT_A_TIME).map(({ read }) => read()),
        signal,
      );
    }
    const present = new Set(motions.map(({ id }) => id));
    const gone = (await store.ids()).filter((id) => belongs(id) && !present.has(id));
    await store.delete(gone, signal);
    // Several shards at once would get in each other's way.
    if (shard === undefined) await store.optimise();
    await printLine(JSON.stringify({ exported: motions.length, removed: gone.length, stored: await store.count() }));
  } finally {
    await store.close();
    close();
  }
}

/** Answers from the store alone: no dataset is needed. */
export async function runStoreSearch(
  { texts, options }: Of<"search">,
  address: StoreAddress,
  signal: AbortSignal,
): Promise<void> {
  const queries = await linesOf(texts);
  const model = options.model === undefined ? defaultModelFolder() : resolve(options.model);
  const { provider: executionProvider, threads, top } = options;
  const encoder = await createEncoder(model, { executionProvider, threads }, () => undefined);
  let store: VectorStore | undefined;
  try {
    store = await openStore(address, modelOf(encoder.manifest, options), false);
    for (const query of queries) {
      const text = await encoder.encodeText(query, signal);
      const search = { query, top, filters: filtersOf(options), imageFps: encoder.manifest.motion.fps };
      const answer = await searchStore(store, text, encoder.model.partNames, search, signal);
      await printLine(options.json ? searchJson(answer) : searchText(answer));
    }
  } finally {
    await store?.close();
    await encoder.release();
  }
}

function openStore({ kind, address }: StoreAddress, model: StoreModel, create: boolean): Promise<VectorStore> {
  if (kind === "embedded") return EmbeddedStore.open(resolve(address), { model, create });
  return LanceDbStore.open(/^\w+:\/\//.test(address) ? address : resolve(address), { model, create });
}

function modelOf(manifest: ModelManifest, { fps, level }: Options): StoreModel {
  const name = `${manifest.name} (${manifest.id.slice(0, 12)})`;
  return {
    key: modelKeyOf(manifest, fps, level),
    name: level === "full" ? name : `${name}, ${level}`,
    shape: shapeOfModel(manifest),
  };
}
