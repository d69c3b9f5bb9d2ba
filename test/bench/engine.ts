/** The measurements of `npm run bench`; see engine.mjs. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pairScore } from "../../src/core/retrieval/maxsim.js";
import { quantiseMotionItem, quantiseTextItem } from "../../src/core/retrieval/quantise.js";
import type { ItemVectors, VectorShape } from "../../src/core/retrieval/vectors.js";
import { Collection } from "../../src/engine/index/collection.js";
import { compileKernel, type CompiledKernel } from "../../src/engine/index/kernel.js";
import { encodeSegment, type SegmentKind } from "../../src/engine/index/segment.js";
import { EngineService } from "../../src/engine/service.js";

const ROOT = join(__dirname, "..", "..");
const SHAPE: VectorShape = { gridDim: 128, wholeDim: 64 };
const REPEATS = 7;

interface Amounts {
  readonly motions: number;
  readonly patches: number;
  readonly captions: number;
  readonly tokens: number;
}

/** As many as the acceptance test of the main job has. */
const LARGE: Amounts = { motions: 2_000, patches: 100, captions: 7_000, tokens: 12 };

/** Measures and prints; `folder` is a dataset to index and search, the sample when it is left out. */
export async function run(folder = join(ROOT, "media", "sample-dataset")): Promise<void> {
  const scratch = mkdtempSync(join(tmpdir(), "motion-lens-bench-"));
  try {
    await measureScoring(scratch);
    await measureEngine(folder, scratch);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

async function measureScoring(scratch: string): Promise<void> {
  const { motions, patches, captions, tokens } = LARGE;
  const compiled = await compileKernel((_level, message) => console.log(message));
  const loops = await compileKernel((_level, message) => console.log(message), { kernel: "plain" });
  const query = randomVectors(tokens, 1, quantiseTextItem);
  const motion = randomVectors(patches, 2, quantiseMotionItem);
  const motionSet = Array.from({ length: motions }, (_, index) =>
    randomVectors(patches, index + 3, quantiseMotionItem),
  );
  const captionSet = Array.from({ length: captions }, (_, index) => randomVectors(tokens, index + 3, quantiseTextItem));
  const ofText = async (kernel: CompiledKernel) => {
    const collection = await collectionOf(scratch, "motions", motionSet, kernel);
    return () => collection.scoreAgainstText(query);
  };
  const ofMotion = async (kernel: CompiledKernel) => {
    const collection = await collectionOf(scratch, "captions", captionSet, kernel);
    return () => collection.scoreAgainstMotion(motion);
  };
  const search = {
    oracle: await median(async () => motionSet.map((document) => pairScore(query, document)), 3),
    simd: await median(await ofText(compiled)),
    plain: await median(await ofText(loops), 3),
  };
  const describe = {
    oracle: await median(async () => captionSet.map((text) => pairScore(text, motion)), 3),
    simd: await median(await ofMotion(compiled)),
    plain: await median(await ofMotion(loops), 3),
  };
  await compiled.close();
  await loops.close();
  console.log(`search, ${motions} motions x ${patches} patches, ${tokens} tokens: ${comparison(search)}`);
  console.log(`describe, ${captions} captions x ${tokens} tokens, ${patches} patches: ${comparison(describe)}`);
}

function comparison({ oracle, simd, plain }: { oracle: number; simd: number; plain: number }): string {
  return (
    `oracle ${oracle.toFixed(0)} ms, kernel ${simd.toFixed(1)} ms (${(oracle / simd).toFixed(1)} times faster), ` +
    `plain loops ${plain.toFixed(0)} ms (${(oracle / plain).toFixed(1)} times)`
  );
}

async function measureEngine(folder: string, scratch: string): Promise<void> {
  const service = new EngineService();
  try {
    const start = performance.now();
    const { provider } = await service.call("initialize", {
      modelFolder: join(ROOT, "models", "default"),
      indexFolder: join(scratch, "index"),
      executionProvider: "auto",
      threads: 0,
    });
    console.log(`model loaded in ${(performance.now() - start).toFixed(0)} ms, runs on ${provider}`);
    const first = await service.call("index", { folder });
    const perSecond = ((first.motions + first.captions) / first.seconds).toFixed(1);
    console.log(
      `index of ${first.motions} motions and ${first.captions} captions: ${first.seconds.toFixed(1)} s (${perSecond} a second)`,
    );
    const again = await service.call("index", { folder });
    console.log(`index again, nothing changed: ${(again.seconds * 1000).toFixed(0)} ms`);
    const [motion] = await service.call("listMotions", { folder });
    const words = ["walks", "kicks", "jumps", "turns left", "waves", "sits down", "squats", "runs"];
    let next = 0;
    const fresh = () => `a person ${words[next++ % words.length]} again and again ${next}`;
    const asked = await median(() => service.call("search", { folder, query: fresh(), top: 10 }));
    const query = "a person walks and then turns to the left";
    const known = await median(() => service.call("search", { folder, query, top: 10 }));
    const described = await median(() => service.call("describe", { folder, motion: motion!.path, top: 10 }));
    console.log(
      `search: new text ${asked.toFixed(1)} ms, known text ${known.toFixed(1)} ms; describe: ${described.toFixed(1)} ms`,
    );
  } finally {
    await service.close();
  }
}

async function collectionOf<K extends SegmentKind>(
  scratch: string,
  kind: K,
  documents: readonly ItemVectors[],
  kernel: CompiledKernel,
): Promise<Collection<K>> {
  const file = `${kind}.seg`;
  const items = documents.map((vectors, index) => ({
    item: { key: `${index}`, path: `${index}`, size: 0, mtimeMs: 0, frames: 160, fps: 20 },
    vectors,
  }));
  const bytes = encodeSegment("bench", kind, SHAPE, items);
  writeFileSync(join(scratch, file), bytes);
  const collection = new Collection(scratch, kind, "bench", SHAPE, kernel);
  await collection.load([{ file, kind, items: items.length, bytes: bytes.length, generation: 1 }]);
  return collection;
}

function randomVectors(count: number, seed: number, quantise: typeof quantiseMotionItem): ItemVectors {
  let state = (seed * 2654435761) >>> 0;
  const values = (length: number) =>
    Float32Array.from({ length }, () => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return state / 2 ** 31 - 1;
    });
  return quantise(values(count * SHAPE.gridDim), count, values(SHAPE.wholeDim), SHAPE);
}

/** Median time of an action, milliseconds, after one run to warm up. */
async function median(action: () => Promise<unknown>, repeats = REPEATS): Promise<number> {
  await action();
  const times: number[] = [];
  for (let repeat = 0; repeat < repeats; repeat++) {
    const start = performance.now();
    await action();
    times.push(performance.now() - start);
  }
  return times.sort((a, b) => a - b)[Math.floor(times.length / 2)]!;
}
