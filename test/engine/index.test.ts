import { appendFile, chmod, readdir, readFile, rename, rm, stat, truncate, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { EngineService } from "../../src/engine/service.js";
import type { SearchAnswer } from "../../src/protocol/engine.js";
import { openEngine, sampleIds, sampleMotion, smallDataset, temporaryFolder, writeFiles } from "./support.js";

const index = (service: EngineService, folder: string) => service.call("index", { folder });
const search = (service: EngineService, folder: string, query = "a person kicks with the left leg") =>
  service.call("search", { folder, query, top: 100 });
const scoresOf = ({ results }: SearchAnswer) => results.map(({ path, score }) => [path, score]);

/** The index folder of a dataset, and its segments. */
async function indexFolder(service: EngineService, folder: string) {
  const { location } = await service.call("indexStatus", { folder });
  const segments = (await readdir(location)).filter((name) => name.endsWith(".seg"));
  return { location, segments };
}

describe("an index", () => {
  it("is built once, and after that only what changed is encoded", async () => {
    const folder = await smallDataset(6);
    const { service } = await openEngine({ indexFolder: temporaryFolder() });
    expect((await service.call("indexStatus", { folder })).state).toBe("none");
    const first = await index(service, folder);
    expect(first).toMatchObject({ motions: 6, encoded: 6, failed: [] });
    expect(first.captions).toBeGreaterThanOrEqual(6);
    expect((await index(service, folder)).encoded).toBe(0);
    const before = await search(service, folder);
    expect(before.searched).toBe(6);

    const [a, b, , , , , other] = (await sampleIds()) as [string, string, string, string, string, string, string];
    // Touched: same content, another time. Moved: same content, another name. Changed: other content.
    await utimes(join(folder, "new_joints", `${a}.npy`), new Date(), new Date());
    await rename(join(folder, "new_joints", `${b}.npy`), join(folder, "new_joints", "moved.npy"));
    expect((await index(service, folder)).encoded).toBe(0);
    await writeFile(join(folder, "new_joints", `${a}.npy`), await sampleMotion(other));
    expect(await index(service, folder)).toMatchObject({ motions: 6, encoded: 1 });

    const after = await search(service, folder);
    const scoreBefore = new Map(before.results.map(({ path, score }) => [path, score]));
    for (const { path, score } of after.results) {
      if (path === `new_joints/${a}.npy`) expect(score).not.toBe(scoreBefore.get(path));
      else expect(score).toBe(scoreBefore.get(path === "new_joints/moved.npy" ? `new_joints/${b}.npy` : path));
    }
    await rm(join(folder, "new_joints", "moved.npy"));
    expect(await index(service, folder)).toMatchObject({ motions: 5, encoded: 0 });
    expect((await search(service, folder)).results.map(({ path }) => path)).not.toContain("new_joints/moved.npy");
  });

  it("is the same for another engine, and apart for another folder, model setting and place", async () => {
    const [folder, other] = [await smallDataset(3), await smallDataset(3)];
    const indexRoot = temporaryFolder();
    const { service } = await openEngine({ indexFolder: indexRoot });
    await index(service, folder);
    const second = await openEngine({ indexFolder: indexRoot });
    expect((await index(second.service, folder)).encoded).toBe(0);
    expect(scoresOf(await search(second.service, folder))).toEqual(scoresOf(await search(service, folder)));
    expect((await index(second.service, other)).encoded).toBe(3);
    const faster = await openEngine({ indexFolder: indexRoot, assumedFps: 30 });
    expect((await index(faster.service, folder)).encoded).toBe(3);
    const elsewhere = await openEngine({ indexFolder: temporaryFolder() });
    expect((await index(elsewhere.service, folder)).encoded).toBe(3);
  });

  it("sees what another engine has written meanwhile", async () => {
    const folder = await smallDataset(2);
    const indexRoot = temporaryFolder();
    const { service } = await openEngine({ indexFolder: indexRoot });
    expect((await search(service, folder)).searched).toBe(0);
    const second = await openEngine({ indexFolder: indexRoot });
    await index(second.service, folder);
    expect((await search(service, folder)).searched).toBe(2);
  });

  it("reports files that are no motions, and does not try them again until they change", async () => {
    const folder = await smallDataset(2);
    const ids = await sampleIds();
    const bad = join(folder, "new_joints", "bad.npy");
    await writeFile(bad, (await sampleMotion(ids[3]!)).subarray(0, 500));
    await writeFiles(folder, { "new_joints/empty.npy": "" });
    const { service } = await openEngine({ indexFolder: temporaryFolder() });
    const summary = await index(service, folder);
    expect(summary).toMatchObject({ motions: 2, encoded: 2 });
    expect(summary.failed.map(({ path }) => path).sort()).toEqual(["new_joints/bad.npy", "new_joints/empty.npy"]);
    expect(summary.failed.every(({ reason }) => reason.length > 10 && !reason.includes(folder))).toBe(true);
    expect((await index(service, folder)).failed).toHaveLength(2);
    expect((await service.call("indexStatus", { folder })).failed).toHaveLength(2);
    await writeFile(bad, await sampleMotion(ids[3]!));
    expect(await index(service, folder)).toMatchObject({ motions: 3, encoded: 1 });
  });

  it("fails when no file at all is a motion", async () => {
    const folder = temporaryFolder();
    await writeFiles(folder, { "new_joints/a.npy": "nonsense", "texts/a.txt": "a person walks" });
    const { service } = await openEngine({ indexFolder: temporaryFolder() });
    await expect(index(service, folder)).rejects.toMatchObject({
      name: "DatasetError",
      message: expect.stringContaining("new_joints/a.npy") as string,
    });
  });

  it("takes captions that were added, changed and removed", async () => {
    const folder = await smallDataset(2);
    const [a] = (await sampleIds()) as [string];
    const { service } = await openEngine({ indexFolder: temporaryFolder() });
    const { captions } = await index(service, folder);
    const file = join(folder, "texts", `${a}.txt`);
    await appendFile(file, "somebody does a cartwheel.\n");
    expect(await index(service, folder)).toMatchObject({ captions: captions + 1, encoded: 0 });
    const answer = await service.call("describe", { folder, motion: `new_joints/${a}.npy`, top: 100 });
    expect(answer.results).toHaveLength(captions + 1);
    expect(answer.own.map(({ text }) => text)).toContain("somebody does a cartwheel.");
    await rm(file);
    const left = (await index(service, folder)).captions;
    expect((await service.call("describe", { folder, motion: `new_joints/${a}.npy`, top: 100 })).results).toHaveLength(
      left,
    );
  });
});

describe("a damaged index", () => {
  const damage: [string, (file: string) => Promise<void>][] = [
    [
      "a flipped bit",
      async (file) => {
        const bytes = await readFile(file);
        bytes[bytes.length - 9]! ^= 4;
        await writeFile(file, bytes);
      },
    ],
    ["a truncated segment", async (file) => truncate(file, 1000)],
    ["an empty segment", async (file) => truncate(file, 0)],
    ["a missing segment", async (file) => rm(file)],
  ];

  it.each(damage)("with %s is mended, and the log says so", async (_name, harm) => {
    const folder = await smallDataset(3);
    const indexRoot = temporaryFolder();
    const { service } = await openEngine({ indexFolder: indexRoot });
    await index(service, folder);
    const expected = scoresOf(await search(service, folder));
    const { location, segments } = await indexFolder(service, folder);
    await harm(
      join(
        location,
        segments.find((name) => name.startsWith("motions"))!,
      ),
    );
    await harm(
      join(
        location,
        segments.find((name) => name.startsWith("captions"))!,
      ),
    );

    const second = await openEngine({ indexFolder: indexRoot });
    expect((await search(second.service, folder)).searched).toBe(0);
    expect(second.log.some((line) => line.startsWith("warn:") && line.includes("is not used"))).toBe(true);
    expect(await index(second.service, folder)).toMatchObject({ motions: 3, encoded: 3 });
    expect(scoresOf(await search(second.service, folder))).toEqual(expected);
    const third = await openEngine({ indexFolder: indexRoot });
    expect((await index(third.service, folder)).encoded).toBe(0);
    expect(third.log.filter((line) => line.startsWith("warn:"))).toEqual([]);
  });

  it.each(["", "{", '{"format":"motion-lens-index","version":99}'])(
    "takes its segments back under a manifest %j",
    async (text) => {
      const folder = await smallDataset(3);
      const indexRoot = temporaryFolder();
      const { service } = await openEngine({ indexFolder: indexRoot });
      await index(service, folder);
      const expected = scoresOf(await search(service, folder));
      const { location } = await indexFolder(service, folder);
      await writeFile(join(location, "manifest.json"), text);
      await writeFile(join(location, "files.json"), "[1,2");
      const second = await openEngine({ indexFolder: indexRoot });
      expect((await index(second.service, folder)).encoded).toBe(0);
      expect(scoresOf(await search(second.service, folder))).toEqual(expected);
    },
  );

  it("clears away what a killed writer left", async () => {
    const folder = await smallDataset(2);
    const indexRoot = temporaryFolder();
    const { service } = await openEngine({ indexFolder: indexRoot });
    await index(service, folder);
    const { location, segments } = await indexFolder(service, folder);
    await writeFile(join(location, "manifest.json.abc.tmp"), "half");
    await writeFile(
      join(location, "motions-zzz-0.seg"),
      (await readFile(join(location, segments[0]!))).subarray(0, 99),
    );
    const ids = await sampleIds();
    await writeFile(join(folder, "new_joints", "new.npy"), await sampleMotion(ids[9]!));
    const second = await openEngine({ indexFolder: indexRoot });
    expect((await index(second.service, folder)).encoded).toBe(1);
    const names = await readdir(location);
    expect(names.filter((name) => name.endsWith(".tmp") || name.includes("zzz"))).toEqual([]);
  });
});

describe("an index run", () => {
  it("reports progress, is cancelled between files, keeps what it has done, and goes on from there", async () => {
    const folder = await smallDataset(24);
    const indexRoot = temporaryFolder();
    const controller = new AbortController();
    const phases: string[] = [];
    const { service } = await openEngine(
      { indexFolder: indexRoot },
      {
        indexProgress: ({ phase, done }) => {
          phases.push(phase);
          if (phase === "motions" && done >= 10) controller.abort();
        },
      },
    );
    await expect(service.call("index", { folder }, { signal: controller.signal })).rejects.toMatchObject({
      name: "CancelledError",
    });
    await service.close();
    const second = await openEngine({ indexFolder: indexRoot });
    const status = await second.service.call("indexStatus", { folder });
    expect(status.state).toBe("partial");
    expect(status.motions).toBeGreaterThanOrEqual(10);
    const { searched } = await search(second.service, folder);
    expect(searched).toBe(status.motions);
    const { encoded } = await index(second.service, folder);
    expect(encoded).toBe(24 - searched);
    expect((await second.service.call("indexStatus", { folder })).state).toBe("ready");
    expect(new Set(phases)).toEqual(new Set(["scanning", "motions"]));
  });

  it("is shared by those who ask for it at the same time, and goes on while one of them waits", async () => {
    const folder = await smallDataset(4);
    const { service } = await openEngine({ indexFolder: temporaryFolder() });
    const controller = new AbortController();
    const given = service.call("index", { folder }, { signal: controller.signal });
    const kept = index(service, folder);
    setTimeout(() => controller.abort(), 30);
    await expect(given).rejects.toMatchObject({ name: "CancelledError" });
    expect((await kept).encoded).toBe(4);
  });

  it("lets queries in while it runs", async () => {
    const folder = await smallDataset(30);
    const answers: SearchAnswer[] = [];
    let asked: Promise<unknown> = Promise.resolve();
    const { service } = await openEngine(
      { indexFolder: temporaryFolder() },
      {
        indexProgress: ({ phase, done, total }) => {
          if (phase !== "motions" || done < 12 || done >= total || answers.length > 0) return;
          asked = search(service, folder).then((answer) => answers.push(answer));
        },
      },
    );
    await index(service, folder);
    await asked;
    expect(answers[0]!.searched).toBeGreaterThanOrEqual(8);
    expect(answers[0]!.searched).toBeLessThan(30);
  });

  it("merges small segments without changing an answer", async () => {
    const folder = await smallDataset(2);
    const ids = await sampleIds();
    const { service } = await openEngine({ indexFolder: temporaryFolder() });
    for (let added = 2; added < 16; added++) {
      await writeFile(join(folder, "new_joints", `${ids[added]}.npy`), await sampleMotion(ids[added]!));
      await index(service, folder);
    }
    const { segments } = await indexFolder(service, folder);
    expect(segments.filter((name) => name.startsWith("motions")).length).toBeLessThan(12);
    const fresh = await openEngine({ indexFolder: temporaryFolder() });
    await index(fresh.service, folder);
    expect(scoresOf(await search(service, folder))).toEqual(scoresOf(await search(fresh.service, folder)));
  });
});

/** Does `action` without the right to write what others own. */
async function withoutRights<T>(folder: string, action: () => Promise<T>): Promise<T> {
  const isRoot = process.getuid?.() === 0;
  for (const name of ["", ...(await readdir(folder, { recursive: true }))]) {
    const file = join(folder, name);
    await chmod(file, (await stat(file)).isDirectory() ? 0o555 : 0o444);
  }
  // The super-user may write everywhere, whatever the file says.
  if (isRoot) process.seteuid!(65_534);
  try {
    return await action();
  } finally {
    if (isRoot) process.seteuid!(0);
    for (const name of ["", ...(await readdir(folder, { recursive: true }))]) await chmod(join(folder, name), 0o755);
  }
}

describe("a place that cannot be written", () => {
  it("is read all the same; only what is new cannot be saved, and the message says where", async () => {
    const folder = await smallDataset(3);
    await chmod(folder, 0o755);
    const indexFolder = temporaryFolder();
    const writer = await openEngine({ indexFolder });
    await index(writer.service, folder);
    const expected = scoresOf(await search(writer.service, folder));
    await withoutRights(indexFolder, async () => {
      const { service } = await openEngine({ indexFolder });
      expect((await index(service, folder)).encoded).toBe(0);
      expect(scoresOf(await search(service, folder))).toEqual(expected);
    });
    const ids = await sampleIds();
    await writeFile(join(folder, "new_joints", "new.npy"), await sampleMotion(ids[5]!));
    await withoutRights(indexFolder, async () => {
      const { service } = await openEngine({ indexFolder });
      await expect(index(service, folder)).rejects.toMatchObject({
        name: "IndexError",
        message: expect.stringContaining(indexFolder) as string,
      });
      expect(scoresOf(await search(service, folder))).toEqual(expected);
    });
  });

  it("is named, with what to do about it", async () => {
    const folder = await smallDataset(1);
    const file = join(temporaryFolder(), "file");
    await writeFile(file, "");
    const { service } = await openEngine({ indexFolder: join(file, "below") });
    await expect(index(service, folder)).rejects.toMatchObject({
      name: "IndexError",
      message: expect.stringContaining("--index-dir") as string,
    });
  });
});
