/** Makes a set with all cores: this process asks others, each of which writes a part of the segments. */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { POOLED_VECTORS } from "../../core/retrieval/pooled.js";
import type { VectorShape } from "../../core/retrieval/vectors.js";
import { compileKernel } from "../../engine/index/kernel.js";
import { SEGMENT_VERSION } from "../../engine/index/segment.js";
import { IndexStore } from "../../engine/index/store.js";
import { EngineError } from "../../protocol/errors.js";
import { keepSet, keptSet, joinParts, realMotions, writeSetPart, type MotionSet, type SetPart } from "./motion-set.js";
import { runAgain } from "./run-again.js";

/** Where the real motions and captions are. */
export interface RealIndex {
  readonly location: string;
  readonly dataset: string;
  readonly modelKey: string;
  readonly shape: VectorShape;
  /** Patches of one time. */
  readonly parts: number;
}

interface PartTask {
  readonly source: RealIndex;
  readonly folder: string;
  readonly motions: number;
  readonly count: number;
}

/** Counts changes to how variations are made. */
const METHOD = 3;
const PART_FILE = "part.json";
/** Below so many motions a second process costs more than it saves. */
const FEW = 4000;

/** Opens the index for reading; `use` gets its motions and captions. */
export async function withIndex<T>(source: RealIndex, use: (store: IndexStore) => T | Promise<T>): Promise<T> {
  const { location, dataset, modelKey, shape } = source;
  const compiled = await compileKernel(() => undefined, {
    kernel: "plain",
    threads: 1,
  });
  const store = new IndexStore({
    folder: location,
    dataset,
    modelKey,
    shape,
    compiled,
    log: () => undefined,
  });
  try {
    await store.refresh();
    await store.loadMotions();
    await store.loadCaptions();
    return await use(store);
  } finally {
    store.dispose();
    await compiled.close();
  }
}

/**
 * Makes the set in `folder`, or takes the one that an earlier run left there.
 *
 * @param scratch for what the processes are told.
 * @throws EngineError `IndexError` when the folder holds something else, or the disk has no room.
 */
export async function makeSet(
  scratch: string,
  folder: string,
  source: RealIndex,
  motions: number,
  say: (text: string) => void,
  signal: AbortSignal,
): Promise<MotionSet> {
  const real = await withIndex(source, (store) => realMotions(store.motions));
  if (real.length === 0) throw new EngineError("DatasetError", `${source.dataset}: the index has no motions`);
  const keys = createHash("sha256")
    .update(real.map(({ item }) => item.key).join(" "))
    .digest("hex");
  const purpose = JSON.stringify([METHOD, SEGMENT_VERSION, POOLED_VECTORS, source.modelKey, keys, motions]);
  const kept = keptSet(folder, purpose);
  if (kept !== undefined) return kept;
  clear(folder);
  const bytesOf = real.reduce((sum, { vectors }) => sum + vectors.grid.data.length + vectors.whole.data.length, 0);
  checkRoom(folder, Math.ceil((bytesOf / real.length) * 1.3 + 1000) * motions);

  const began = performance.now();
  const count = motions <= FEW ? 1 : availableParallelism();
  const task: PartTask = { source, folder, motions, count };
  writeFileSync(join(scratch, PART_FILE), JSON.stringify(task));
  let done = 0;
  let last = began;
  const progress = (more: number) => {
    done += more;
    if (performance.now() - last < 5000 && done < motions) return;
    last = performance.now();
    say(`motions written: ${done} of ${motions}`);
  };
  const parts = await Promise.all(
    Array.from({ length: count }, (_, index) =>
      runAgain<SetPart>(["--measure", scratch, "--write", String(index)], signal, progress),
    ),
  );
  const set: MotionSet = {
    folder,
    ...joinParts(parts),
    shape: source.shape,
    motions,
    real: Math.min(real.length, motions),
    seconds: (performance.now() - began) / 1000,
  };
  keepSet(set, purpose);
  return set;
}

/** What a process does that `makeSet` has started; it tells how far it is on stderr, which `runAgain` reads. */
export async function makePart(scratch: string, index: number, progress: (motions: number) => void): Promise<SetPart> {
  const { source, folder, motions, count } = JSON.parse(readFileSync(join(scratch, PART_FILE), "utf8")) as PartTask;
  const real = await withIndex(source, (store) => realMotions(store.motions));
  const { parts, shape } = source;
  return writeSetPart(folder, real, motions, { parts, shape }, { index, count }, progress);
}

/** Empties a folder of an earlier set; anything else stays. */
function clear(folder: string): void {
  mkdirSync(folder, { recursive: true });
  const names = readdirSync(folder);
  if (names.length > 0 && !existsSync(join(folder, "set.json"))) {
    throw new EngineError("IndexError", `${folder} is not empty and holds no set of an earlier bench`);
  }
  for (const name of names) if (name === "set.json" || /^motions-\d+\.seg$/.test(name)) rmSync(join(folder, name));
}

function checkRoom(folder: string, bytes: number): void {
  const { bavail, bsize } = statfsSync(folder);
  if (bavail * bsize > bytes) return;
  const gigabytes = (value: number) => (value / 1e9).toFixed(1);
  throw new EngineError(
    "IndexError",
    `${folder}: the set needs about ${gigabytes(bytes)} GB, there are ${gigabytes(bavail * bsize)}; ` +
      "--keep puts it elsewhere",
  );
}
