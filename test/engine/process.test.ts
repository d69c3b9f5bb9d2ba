/** The engine as a process: killed at any instant, two of them on one folder, a parent that is gone, no native code. */
import { spawn } from "node:child_process";
import { EventEmitter, once } from "node:events";
import { readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { EngineClient } from "../../src/protocol/rpc.js";
import { openChild, startChild, ENGINE } from "./child.js";
import { openEngine, ROOT, smallDataset, temporaryFolder } from "./support.js";

const QUERY = "a person kicks with the left leg";
const MOTIONS = 20;

async function answers(client: Pick<EngineClient, "call">, folder: string) {
  const { results } = await client.call("search", { folder, query: QUERY, top: 100 });
  const first = results[0]!.path;
  const described = await client.call("describe", { folder, motion: first, top: 100 });
  return {
    search: results.map(({ path, score, evidence }) => ({ path, score, evidence })),
    describe: described.results,
  };
}

describe("an engine that is killed while it indexes", () => {
  it("loses nothing that was saved, and gives the same answers as one that was not", { timeout: 240_000 }, async () => {
    const folder = await smallDataset(MOTIONS);
    const whole = await openEngine({ indexFolder: temporaryFolder() });
    await whole.service.call("index", { folder });
    const expected = await answers(whole.service, folder);

    // At the first motion, in the middle, at a flush, while captions are encoded, while the tables are written.
    const instants = ["motions 1", "motions 8", "motions 9", "motions 17", "captions 0", "captions 11", "saving 0"];
    const indexFolder = temporaryFolder();
    let saved = 0;
    for (const instant of instants) {
      const engine = await openChild(
        { indexFolder },
        {
          events: {
            indexProgress: ({ phase, done }) => {
              const [at, count] = instant.split(" ") as [string, string];
              // Each start goes on where the one before was killed: what it does is counted from there.
              if (phase === at && saved + done >= Number(count)) engine.child.kill("SIGKILL");
            },
          },
        },
      );
      const outcome = await engine.client.call("index", { folder }).catch((error: unknown) => error);
      await engine.ended;
      expect(outcome).toMatchObject({ name: "EngineStoppedError" });

      const reader = await openEngine({ indexFolder });
      const { searched, results } = await reader.service.call("search", { folder, query: QUERY, top: 100 });
      expect(searched).toBeGreaterThanOrEqual(saved);
      const right = new Map(expected.search.map(({ path, score }) => [path, score]));
      for (const { path, score } of results) expect(score).toBe(right.get(path));
      saved = searched;
    }
    expect(saved).toBe(MOTIONS);

    const last = await openChild({ indexFolder });
    const summary = await last.client.call("index", { folder });
    expect(summary).toMatchObject({ motions: MOTIONS, encoded: 0, failed: [] });
    expect(await answers(last.client, folder)).toEqual(expected);
    const { location } = await last.client.call("indexStatus", { folder });
    const left = (await readdir(location)).filter((name) => name.endsWith(".tmp") || name.endsWith(".lock"));
    expect(left).toEqual([]);
  });
});

describe("an engine that is killed at any moment", () => {
  it("leaves an index that the next one reads and finishes", { timeout: 240_000 }, async () => {
    const folder = await smallDataset(12);
    const indexFolder = temporaryFolder();
    // Milliseconds after the run began to save or encode something.
    for (const delay of [0, 7, 31, 64, 127, 220, 350]) {
      const engine = await openChild(
        { indexFolder },
        {
          events: {
            indexProgress: ({ phase }) => {
              if (phase !== "scanning") setTimeout(() => engine.child.kill("SIGKILL"), delay);
            },
          },
        },
      );
      // The last ones may find nothing left to do.
      await engine.client.call("index", { folder }).catch(() => undefined);
      engine.child.kill("SIGKILL");
      await engine.ended;
    }
    const log: string[] = [];
    const last = await openEngine(
      { indexFolder },
      { log: ({ level, message }) => void (level === "warn" && log.push(message)) },
    );
    expect(await last.service.call("index", { folder })).toMatchObject({ motions: 12, failed: [] });
    const whole = await openEngine({ indexFolder: temporaryFolder() });
    await whole.service.call("index", { folder });
    expect(await answers(last.service, folder)).toEqual(await answers(whole.service, folder));
    expect(log).toEqual([]);
  });
});

describe("two engines on one folder", () => {
  it("take turns, and nothing is encoded twice", { timeout: 120_000 }, async () => {
    const folder = await smallDataset(16);
    const indexFolder = temporaryFolder();
    const log: string[] = [];
    const events = { log: ({ message }: { message: string }) => void log.push(message) };
    const [a, b] = [await openChild({ indexFolder }, { events }), await openChild({ indexFolder }, { events })];
    const both = await Promise.all([a.client.call("index", { folder }), b.client.call("index", { folder })]);
    expect(both[0].encoded + both[1].encoded).toBe(16);
    expect(both.map(({ motions }) => motions)).toEqual([16, 16]);
    expect(log.some((line) => line.includes("is indexing") && line.includes("waiting"))).toBe(true);
    expect(await answers(a.client, folder)).toEqual(await answers(b.client, folder));
  });

  it("say who is at work when the other one takes too long", async () => {
    const folder = await smallDataset(16);
    const indexFolder = temporaryFolder();
    const atWork = new EventEmitter();
    const a = await openChild(
      { indexFolder },
      { events: { indexProgress: ({ phase, done }) => phase === "motions" && done > 0 && void atWork.emit("yes") } },
    );
    const b = await openEngine({ indexFolder }, {}, { waitForWriterMs: 100 });
    const running = a.client.call("index", { folder });
    await once(atWork, "yes");
    await expect(b.service.call("index", { folder })).rejects.toMatchObject({
      name: "IndexError",
      message: expect.stringContaining(`process ${a.child.pid}`) as string,
    });
    expect((await running).motions).toBe(16);
  });
});

describe("an engine whose parent is gone", () => {
  it("ends by itself, also in the middle of indexing", { timeout: 60_000 }, async () => {
    const folder = await smallDataset(30);
    const scratch = temporaryFolder();
    // A parent that forks the engine, starts it indexing, says its process id, and waits to be killed.
    const parent = `
      const { fork } = require("node:child_process");
      const child = fork(${JSON.stringify(ENGINE)}, [], { serialization: "advanced", stdio: "ignore" });
      const call = (method, request) => child.send({ t: "q", i: method, m: "call", a: [Math.random(), method, request] });
      child.on("message", ({ t, a, m }) => {
        if (t === "s") call("index", { folder: ${JSON.stringify(folder)} });
        if (m === "event" && a[1].phase === "motions") console.log(child.pid);
      });
      call("initialize", ${JSON.stringify({
        modelFolder: join(ROOT, "models", "default"),
        indexFolder: scratch,
        executionProvider: "cpu",
        threads: 0,
      })});`;
    const file = join(scratch, "parent.cjs");
    await writeFile(file, parent);
    const process_ = spawn(process.execPath, [file], { stdio: ["ignore", "pipe", "inherit"] });
    const [chunk] = (await once(process_.stdout, "data")) as [Buffer];
    const pid = Number(String(chunk).split("\n")[0]);
    expect(pid).toBeGreaterThan(0);
    process_.kill("SIGKILL");
    await expect.poll(() => isAlive(pid), { timeout: 10_000, interval: 100 }).toBe(false);
  });
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

describe("an engine on a machine without a native ONNX Runtime", () => {
  it("runs on WebAssembly and finds the same motions", { timeout: 240_000 }, async () => {
    const folder = await smallDataset(3);
    const scratch = temporaryFolder();
    const hide = join(scratch, "hide.cjs");
    await writeFile(
      hide,
      `require("node:module").registerHooks({
         resolve(specifier, context, next) {
           if (specifier === "onnxruntime-node") throw new Error("no binary for this platform");
           return next(specifier, context);
         },
       });`,
    );
    const engine = startChild({ environment: { NODE_OPTIONS: `--require ${hide}` } });
    const info = await engine.client.call("initialize", {
      modelFolder: join(ROOT, "models", "default"),
      indexFolder: join(scratch, "index"),
      executionProvider: "auto",
      threads: 0,
    });
    expect(info.provider).toMatch(/^wasm/);
    expect((await engine.client.call("index", { folder })).motions).toBe(3);
    const found = await engine.client.call("search", { folder, query: QUERY, top: 3 });
    const native = await openEngine({ indexFolder: temporaryFolder() });
    await native.service.call("index", { folder });
    const expected = await native.service.call("search", { folder, query: QUERY, top: 3 });
    const scoreOf = new Map(expected.results.map(({ path, score }) => [path, score]));
    for (const { path, score } of found.results) expect(Math.abs(score - scoreOf.get(path)!)).toBeLessThan(0.02);
  });
});

describe("cancelling over the process boundary", () => {
  it("stops an index run and leaves the engine ready for the next call", async () => {
    const folder = await smallDataset(20);
    const controller = new AbortController();
    const { client } = await openChild(
      { indexFolder: temporaryFolder() },
      { events: { indexProgress: ({ phase, done }) => phase === "motions" && done > 2 && controller.abort() } },
    );
    await expect(client.call("index", { folder }, { signal: controller.signal })).rejects.toMatchObject({
      name: "CancelledError",
    });
    await expect.poll(async () => (await client.call("indexStatus", { folder })).state).toBe("partial");
    const older = new AbortController();
    const first = expect(
      client.call("search", { folder, query: "a person wal", top: 5 }, { signal: older.signal }),
    ).rejects.toMatchObject({ name: "CancelledError" });
    older.abort();
    const second = await client.call("search", { folder, query: "a person walks", top: 5 });
    await first;
    expect(second.results.length).toBeGreaterThan(0);
  });
});
