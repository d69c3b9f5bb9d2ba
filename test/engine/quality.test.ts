/** What the committed model finds on the sample dataset: what a user sees first. */
import { mkdtempSync, rmSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { EngineService } from "../../src/engine/service.js";
import type { DescribeAnswer, SearchAnswer } from "../../src/protocol/engine.js";
import { MODEL, SAMPLE, sampleIds } from "./support.js";

/** Their first caption is wrong on purpose (README of the sample). */
const WRONG = new Set(["000057", "000058", "000059", "000060"]);

interface Pair {
  readonly path: string;
  readonly text: string;
}

let service: EngineService;
const searches = new Map<Pair, SearchAnswer>();
const descriptions = new Map<string, DescribeAnswer>();

beforeAll(async () => {
  const indexFolder = mkdtempSync(join(tmpdir(), "motion-lens-quality-"));
  service = new EngineService();
  await service.call("initialize", { modelFolder: MODEL, indexFolder, executionProvider: "cpu", threads: 0 });
  await service.call("index", { folder: SAMPLE });
  for (const id of await sampleIds()) {
    const path = `new_joints/${id}.npy`;
    const lines = (await readFile(join(SAMPLE, "texts", `${id}.txt`), "utf8"))
      .split("\n")
      .filter((line) => line !== "");
    const text = lines[WRONG.has(id) ? 1 : 0]!.split("#")[0]!;
    searches.set({ path, text }, await service.call("search", { folder: SAMPLE, query: text, top: 60 }));
    descriptions.set(path, await service.call("describe", { folder: SAMPLE, motion: path, top: 10 }));
  }
  return async () => {
    await service.close();
    rmSync(indexFolder, { recursive: true, force: true });
  };
}, 240_000);

const share = (values: readonly boolean[]) => values.filter(Boolean).length / values.length;

describe("the committed model on the sample dataset", () => {
  it("finds a motion by its caption", () => {
    const ranks = [...searches].map(([{ path }, { results }]) => results.find((result) => result.path === path)!.rank);
    expect(share(ranks.map((rank) => rank <= 5)), "R@5").toBeGreaterThanOrEqual(0.7);
  });

  it("finds a caption by its motion", () => {
    const ranks = [...descriptions.values()].map(({ own }) => own[0]!.rank);
    expect(share(ranks.map((rank) => rank <= 5)), "R@5").toBeGreaterThanOrEqual(0.7);
  });

  it("keeps left and right apart", async () => {
    const correct: boolean[] = [];
    for (const [{ path, text }] of searches) {
      if (!/\b(left|right)\b/.test(text) || /left.*right|right.*left/.test(text)) continue;
      const other = text.replace(/\b(left|right)\b/g, (side) => (side === "left" ? "right" : "left"));
      const score = async (caption: string) =>
        (await service.call("align", { motion: join(SAMPLE, path), text: caption })).score;
      correct.push((await score(text)) > (await score(other)));
    }
    expect(correct.length).toBeGreaterThan(10);
    expect(share(correct), "side accuracy").toBeGreaterThanOrEqual(0.9);
  });
});
