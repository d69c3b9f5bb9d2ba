/** What a change costs: the encoder's calls are counted, on the way to the real encoder or in place of most of it. */
import { appendFile, mkdir, readdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createEncoder, type Encoder } from "../../src/engine/encoders/encoder.js";
import type { EncodedMotion } from "../../src/engine/encoders/motion-encoder.js";
import { writeNpy } from "../fixtures/npy.js";
import { walkingMotion } from "../fixtures/poses.js";
import { openEngine, sampleIds, sampleMotion, smallDataset, temporaryFolder } from "./support.js";

interface Calls {
  motions: number;
  texts: string[];
}

/** The real encoder with its calls counted. `once`: the first motion's vectors stand for those of all. */
function counting(calls: Calls, once = false): typeof createEncoder {
  return async (...args) => {
    const encoder: Encoder = await createEncoder(...args);
    let first: EncodedMotion | undefined;
    return {
      ...encoder,
      encodeMotion: async (motion, signal) => {
        calls.motions++;
        if (!once) return encoder.encodeMotion(motion, signal);
        return (first ??= await encoder.encodeMotion(motion, signal));
      },
      encodeText: (text, signal) => {
        calls.texts.push(text);
        return encoder.encodeText(text, signal);
      },
    };
  };
}

/** An engine whose encoder is counted; `costOf` tells what an index run asked of it. */
async function countedEngine(folder: string, indexFolder: string, once = false) {
  const calls: Calls = { motions: 0, texts: [] };
  const { service } = await openEngine({ indexFolder }, {}, { createEncoder: counting(calls, once) });
  const costOf = async () => {
    calls.motions = 0;
    calls.texts = [];
    const summary = await service.call("index", { folder });
    return { motions: calls.motions, texts: [...calls.texts], summary };
  };
  return { service, costOf };
}

describe("an edit costs one encoding", () => {
  it("of the text, when one caption is changed; of the motion, when one motion is", async () => {
    const folder = await smallDataset(6);
    const indexFolder = temporaryFolder();
    const { costOf } = await countedEngine(folder, indexFolder);
    const first = await costOf();
    expect(first.motions).toBe(6);
    expect(first.texts.length).toBeGreaterThanOrEqual(6);
    expect(new Set(first.texts).size).toBe(first.texts.length);

    const [id, other, unused] = [...(await sampleIds()).slice(0, 2), (await sampleIds())[8]!] as [
      string,
      string,
      string,
    ];
    const captions = join(folder, "texts", `${id}.txt`);
    const lines = (await readFile(captions, "utf8")).split("\n");
    lines[0] = "somebody balances on one foot while reading.";
    await writeFile(captions, lines.join("\n"));
    expect(await costOf()).toMatchObject({ motions: 0, texts: ["somebody balances on one foot while reading."] });

    // The same words at another motion are known already.
    await appendFile(join(folder, "texts", `${other}.txt`), "somebody balances on one foot while reading.\n");
    expect(await costOf()).toMatchObject({ motions: 0, texts: [] });

    await writeFile(join(folder, "new_joints", `${other}.npy`), await sampleMotion(unused));
    expect(await costOf()).toMatchObject({ motions: 1, texts: [], summary: { motions: 6, encoded: 1 } });

    // Neither does a new process encode anything of it again.
    const again = await countedEngine(folder, indexFolder);
    expect(await again.costOf()).toMatchObject({ motions: 0, texts: [], summary: { motions: 6, encoded: 0 } });
  });
});

describe("renaming", () => {
  const COUNT = 10_000;

  it(`of ${COUNT} motions and their captions costs no encoding`, { timeout: 240_000 }, async () => {
    const folder = temporaryFolder();
    await mkdir(join(folder, "new_joints"));
    await mkdir(join(folder, "texts"));
    const { joints, frames } = walkingMotion(16);
    // Every file has a content of its own; the encoder's work would be the same for each, so it is done once.
    const bytes = writeNpy(joints, { shape: [frames, 22, 3] });
    const last = new DataView(bytes.buffer, bytes.byteOffset + bytes.length - 4, 4);
    const height = last.getFloat32(0, true);
    for (let at = 0; at < COUNT; at++) {
      last.setFloat32(0, height + at * 1e-6, true);
      const id = String(at).padStart(6, "0");
      await writeFile(join(folder, "new_joints", `${id}.npy`), bytes);
      await writeFile(join(folder, "texts", `${id}.txt`), `a person walks to place ${at % 50}.\n`);
    }
    const indexFolder = temporaryFolder();
    const { service, costOf } = await countedEngine(folder, indexFolder, true);
    expect(await costOf()).toMatchObject({ motions: COUNT, summary: { motions: COUNT, encoded: COUNT, failed: [] } });

    for (const [part, ending] of [
      ["new_joints", "npy"],
      ["texts", "txt"],
    ] as const) {
      for (const name of await readdir(join(folder, part))) {
        const id = `M${name.slice(0, 6)}.${ending}`;
        await rename(join(folder, part, name), join(folder, part, id));
      }
    }
    const renamed = await costOf();
    expect(renamed).toMatchObject({ motions: 0, texts: [], summary: { motions: COUNT, captions: COUNT, encoded: 0 } });
    const query = { folder, query: "a person walks", top: 20, exact: true };
    const { results, searched } = await service.call("search", query);
    expect(searched).toBe(COUNT);
    expect(results.every(({ path }) => /^new_joints\/M\d{6}\.npy$/.test(path))).toBe(true);

    const again = await countedEngine(folder, indexFolder, true);
    expect(await again.costOf()).toMatchObject({ motions: 0, texts: [], summary: { encoded: 0 } });
  });
});
