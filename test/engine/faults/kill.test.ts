/** `kill -9` at 200 random instants of writing and merging: nothing that was safe is lost, nothing wrong is found. */
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { beforeAll, describe, expect, it } from "vitest";
import { compileKernel, type CompiledKernel } from "../../../src/engine/index/kernel.js";
import { pairScore } from "../../../src/core/retrieval/maxsim.js";
import { openChild } from "../child.js";
import { openEngine, smallDataset, temporaryFolder } from "../support.js";
import { buildWriter, WriterProcess } from "./child.js";
import { liveMotions, openStore, textOf, vectorsOf, type State } from "./synthetic.js";

const KILLS = 200;
let compiled: CompiledKernel;

beforeAll(async () => {
  await buildWriter();
  compiled = await compileKernel(() => undefined);
});

const sorted = (state: State) => [...state].sort(([a], [b]) => (a < b ? -1 : 1));

/** What sets a found state apart from each possible one; empty when it is one of them. */
function differences(found: State, possible: readonly State[]): string[] {
  const all = possible.map((state) =>
    [...new Set([...found.keys(), ...state.keys()])]
      .filter((key) => found.get(key) !== state.get(key))
      .map((key) => `${key}: found ${found.get(key)}, not ${state.get(key)}`)
      .join("; "),
  );
  return all.includes("") ? [] : all;
}

/** What a reader finds, each vector checked, the scores held against the oracle now and then. */
async function observe(folder: string, withScores: boolean): Promise<Map<string, number>> {
  const complaints: string[] = [];
  const store = openStore(folder, compiled, (level, message) => level === "warn" && complaints.push(message));
  await store.refresh();
  await store.loadMotions();
  await store.loadCaptions();
  expect(complaints).toEqual([]);
  const live = liveMotions(store);
  for (const [key, version] of live) {
    expect(store.motions.vectorsOf(store.motions.indexOf(key)!), key).toEqual(vectorsOf(key, version));
  }
  if (withScores) {
    const query = textOf("query", 5);
    const scores = await store.motions.scoreAgainstText(query);
    for (const [key, version] of live) {
      expect(scores[store.motions.indexOf(key)!]).toBe(pairScore(query, vectorsOf(key, version)));
    }
  }
  return live;
}

describe("a writer that is killed at any instant", () => {
  it(`loses nothing and leaves nothing wrong, ${KILLS} times`, { timeout: 900_000 }, async () => {
    const folder = join(temporaryFolder(), "index");
    /** The states that the index may be in: what was safe, or that with the change under way. */
    let possible: State[] = [new Map()];
    let next = new WriterProcess({ folder, seed: 1 });
    let whileMerging = 0;
    let whileChanging = 0;
    let beforeOpening = 0;
    for (let kill = 0; kill < KILLS; kill++) {
      const writer = next;
      // Started ahead: what costs time is the start of a program, not the writing.
      next = new WriterProcess({ folder, seed: kill + 2 });
      writer.go();
      // A few kills fall into the opening (a lock left behind, leftovers half cleared away), the rest into the writing.
      if (kill % 6 !== 0) await writer.until(() => writer.opened !== undefined);
      await sleep(Math.random() * (kill % 6 === 0 ? 40 : 80));
      writer.child.kill("SIGKILL");
      await writer.ended;
      expect(writer.error).toBeUndefined();
      expect(writer.warnings).toEqual([]);

      if (writer.opened !== undefined) {
        // A segment that was whole but not yet named is taken in at the next opening: then the change came about.
        expect(differences(writer.opened, possible), `opened before kill ${kill}`).toEqual([]);
        possible = [writer.safe!, ...(writer.pending === undefined ? [] : [writer.pending])];
      }
      if (writer.merging) whileMerging++;
      else if (writer.pending !== undefined) whileChanging++;
      else if (writer.opened === undefined) beforeOpening++;
      const found = await observe(folder, kill % 20 === 0);
      expect(differences(found, possible), `after kill ${kill}`).toEqual([]);
    }
    next.child.kill("SIGKILL");
    await next.ended;
    // The kills fell where they should.
    expect(whileMerging).toBeGreaterThan(2);
    expect(whileChanging).toBeGreaterThan(20);
    expect(beforeOpening).toBeGreaterThan(0);

    const last = new WriterProcess({ folder, seed: 0, changes: 5 });
    last.go();
    await last.ended;
    expect(last.finished).toBe(true);
    expect(sorted(await observe(folder, true))).toEqual(sorted(last.safe!));
    expect((await readdir(folder)).filter((name) => /\.(tmp|lock)$/.test(name))).toEqual([]);
    expect(last.safe!.size).toBeGreaterThan(20);
  });
});

describe("the whole engine, killed at random instants of indexing", () => {
  it("reaches the same index as one that was left in peace", { timeout: 600_000 }, async () => {
    const folder = await smallDataset(12);
    const whole = await openEngine({ indexFolder: temporaryFolder() });
    await whole.service.call("index", { folder });
    const query = { folder, query: "a person kicks with the left leg", top: 100 };
    const scoresOf = async (service: typeof whole.service) =>
      new Map((await service.call("search", query)).results.map(({ path, score }) => [path, score]));
    const right = await scoresOf(whole.service);
    const indexFolder = temporaryFolder();
    let saved = 0;
    for (let kill = 0; kill < 10; kill++) {
      const engine = await openChild({ indexFolder });
      const outcome = engine.client.call("index", { folder }).catch((error: unknown) => error);
      await sleep(Math.random() * 600);
      engine.child.kill("SIGKILL");
      await outcome;
      await engine.ended;
      const reader = await openEngine({ indexFolder });
      const found = await scoresOf(reader.service);
      expect(found.size).toBeGreaterThanOrEqual(saved);
      saved = found.size;
      for (const [path, score] of found) expect(score, path).toBe(right.get(path));
      expect(reader.log.filter((line) => line.startsWith("warn"))).toEqual([]);
    }
    const last = await openEngine({ indexFolder });
    expect(await last.service.call("index", { folder })).toMatchObject({ motions: 12, failed: [] });
    expect(await scoresOf(last.service)).toEqual(right);
  });
});
