/** `export` and `search --store`: a dataset's vectors in a table that a team shares. */
import { resolve } from "node:path";
import { createEncoder } from "../engine/encoders/encoder.js";
import { defaultModelFolder } from "../engine/assets.js";
import type { EngineService } from "../engine/service.js";
import { clearProgress, printLine, table } from "./output.js";
import { LanceDbStore } from "./stores/lancedb-store.js";
import { readList } from "./list-files.js";
import type { Command } from "./usage.js";

type Of<N extends Command["name"]> = Extract<Command, { name: N }>;

const MOTIONS_AT_A_TIME = 500;

/** Indexes the folder where needed, and puts every motion under its path into the store. */
export async function runExport(
  engine: EngineService,
  { folder, options }: Of<"export">,
  signal: AbortSignal,
): Promise<void> {
  const root = resolve(folder);
  await engine.call(
    "initialize",
    {
      modelFolder: options.model === undefined ? defaultModelFolder() : resolve(options.model),
      ...(options.indexDir !== undefined && { indexFolder: resolve(options.indexDir) }),
      executionProvider: options.provider,
      threads: options.threads,
      assumedFps: options.fps,
    },
    { signal },
  );
  await engine.call("index", { folder: root }, { signal });
  clearProgress();
  const { dim, motions } = await engine.storedMotions(root, signal);
  const store = await LanceDbStore.open(options.store!.address, dim);
  try {
    let done = 0;
    for (; done < motions.length; done += MOTIONS_AT_A_TIME) {
      await store.upsert(
        motions.slice(done, done + MOTIONS_AT_A_TIME).map((read) => read()),
        signal,
      );
    }
    await printLine(JSON.stringify({ exported: motions.length, stored: await store.count() }));
  } finally {
    await store.close();
  }
}

/** Answers from the store alone: the folder only says which paths are meant, and need not be indexed here. */
export async function runStoreSearch(
  _engine: EngineService,
  { texts, options }: Of<"search">,
  uri: string,
  signal: AbortSignal,
): Promise<void> {
  const queries = "file" in texts ? (await readList(texts.file)).map(({ text }) => text) : [texts.one];
  const model = options.model === undefined ? defaultModelFolder() : resolve(options.model);
  const encoder = await createEncoder(
    model,
    { executionProvider: options.provider, threads: options.threads },
    () => undefined,
  );
  const store = await LanceDbStore.open(uri, encoder.manifest.dim);
  try {
    for (const query of queries) {
      const { vectors } = await encoder.encodeText(query, signal);
      const hits = await store.search(vectors, { top: options.top });
      const results = hits.map(({ id, score }, at) => ({ path: id, score, rank: at + 1 }));
      await printLine(
        options.json
          ? JSON.stringify({ query, results })
          : [query, table(results.map(({ rank, score, path }) => [`${rank}.`, score.toFixed(3), path]))].join("\n"),
      );
    }
  } finally {
    await store.close();
    await encoder.release();
  }
}
