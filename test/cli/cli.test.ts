import { appendFile, cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { writeNpy } from "../fixtures/npy.js";
import { writeGlobalModel } from "../fixtures/global-model.js";
import { MODEL, sampleIds, smallDataset } from "../engine/support.js";
import { answers, cli, CLI, jsonLines } from "./support.js";

const MOTIONS = 8;
let scratch: string;
let dataset: string;
let ids: string[];
const place = () => ["--index-dir", join(scratch, "index")];

beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), "motion-lens-cli-"));
  dataset = await smallDataset(MOTIONS, join(scratch, "data"));
  ids = (await sampleIds()).slice(0, MOTIONS);
  await writeFile(join(dataset, "train.txt"), ids.slice(0, 5).join("\n"));
  await writeFile(join(dataset, "test.txt"), ids.slice(5).join("\n"));
  const { code, stderr } = await cli(["index", dataset, ...place()]);
  if (code !== 0) throw new Error(stderr);
});
afterAll(() => rm(scratch, { recursive: true, force: true }));

const motionPath = (index: number) => `new_joints/${ids[index]}.npy`;

/** A failure: exit code 1, nothing on stdout, one line on stderr. */
async function failure(args: readonly string[], options?: Parameters<typeof cli>[1]): Promise<string> {
  const { code, stdout, stderr } = await cli(args, options);
  expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
  expect(stderr.trimEnd().split("\n")).toHaveLength(1);
  return stderr;
}

describe("motion-lens index", () => {
  it("ends with the summary as JSON, reports progress on stderr, and encodes nothing twice", async () => {
    const elsewhere = ["--index-dir", join(scratch, "index2")];
    const first = await cli(["index", dataset, ...elsewhere]);
    expect(first.code).toBe(0);
    const [summary] = jsonLines(answers.index, first.stdout);
    expect(summary).toMatchObject({ motions: MOTIONS, encoded: MOTIONS, failed: [] });
    expect(summary!.captions).toBeGreaterThan(MOTIONS);
    expect(first.stderr).toContain(`indexing motions: ${MOTIONS} of ${MOTIONS}`);
    const again = await cli(["index", dataset, ...elsewhere]);
    expect(jsonLines(answers.index, again.stdout)[0]).toMatchObject({ motions: MOTIONS, encoded: 0 });
    expect(again.stderr).toBe("");
  });

  it("uses the user's cache directory when no place is given", async () => {
    const cache = join(scratch, "cache");
    const { code } = await cli(["index", dataset], { environment: { XDG_CACHE_HOME: cache } });
    expect(code).toBe(0);
    if (process.platform === "linux") expect(await readdir(join(cache, "motion-lens"))).toHaveLength(1);
  });

  it("succeeds when some files are no motions, and warns about captions without a motion", async () => {
    const folder = join(scratch, "mixed");
    await smallDataset(1, folder);
    await writeFile(join(folder, "new_joints", "bad.npy"), "nonsense");
    await writeFile(join(folder, "texts", "lost.txt"), "a person walks\n");
    const { code, stdout, stderr } = await cli(["index", folder, ...place()]);
    expect(code).toBe(0);
    expect(jsonLines(answers.index, stdout)[0]!.failed).toMatchObject([{ path: "new_joints/bad.npy" }]);
    expect(stderr).toContain("texts/lost.txt");
  });

  it("fails when there is nothing to index", async () => {
    const folder = join(scratch, "nothing");
    await mkdir(folder, { recursive: true });
    expect(await failure(["index", folder, ...place()])).toContain(`${folder} holds no motions`);
    expect(await failure(["index", join(scratch, "gone"), ...place()])).toContain("gone is not there");
    await writeFile(join(folder, "bad.npy"), "nonsense");
    const { code, stderr } = await cli(["index", folder, ...place()]);
    expect(code).toBe(1);
    expect(stderr).toContain("bad.npy");
  });

  it("reads the folder only: one that may not be written is indexed all the same", async () => {
    const before = await readdir(dataset, { recursive: true });
    await cli(["index", dataset, "--index-dir", join(scratch, "index3")]);
    expect(await readdir(dataset, { recursive: true })).toEqual(before);
  });
});

describe("motion-lens search", () => {
  it("prints one JSON answer with ranks, scores and evidence", async () => {
    const query = "A person kicks; the café's left leg!";
    const { code, stdout, stderr } = await cli(["search", dataset, query, "--top", "5", "--json", ...place()]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const [answer, ...more] = jsonLines(answers.search, stdout);
    expect(more).toEqual([]);
    expect(answer!.query).toBe(query);
    const { results } = answer!;
    expect(results.map(({ rank }) => rank)).toEqual([1, 2, 3, 4, 5]);
    results.reduce((before, result) => {
      const tie = before.score === result.score;
      expect(tie ? before.path < result.path : before.score > result.score).toBe(true);
      return result;
    });
    for (const { path, score, evidence } of results) {
      expect(path).toMatch(/^new_joints\/\d+\.npy$/);
      const words = evidence.map(({ chars: [start, end] }) => [...query].slice(start, end).join(""));
      expect(words.join(" ")).toBe("A person kicks the café s left leg");
      for (const one of evidence) expect(Math.abs(one.score)).toBeLessThan(1.01);
      expect(Math.abs(score)).toBeLessThan(1.01);
    }
  });

  it("answers a file of queries line by line, skipping blank ones", async () => {
    const file = join(scratch, "queries.txt");
    await writeFile(file, "\uFEFFa person walks\r\n\r\n  \r\nsomeone jumps twice\r\n");
    const { stdout } = await cli(["search", dataset, "--queries", file, "--top", "2", "--json", ...place()]);
    const lines = jsonLines(answers.search, stdout);
    expect(lines.map(({ query }) => query)).toEqual(["a person walks", "someone jumps twice"]);
    const alone = await cli(["search", dataset, "someone jumps twice", "--top", "2", "--json", ...place()]);
    expect(jsonLines(answers.search, alone.stdout)[0]).toEqual(lines[1]);
  });

  it("indexes a folder that has no index, saying so on stderr only", async () => {
    const args = ["search", dataset, "a person walks", "--json", "--index-dir", join(scratch, "index4")];
    const { code, stdout, stderr } = await cli(args);
    expect(code).toBe(0);
    expect(jsonLines(answers.search, stdout)[0]!.results).toHaveLength(MOTIONS);
    expect(stderr).toContain("indexing motions");
  });

  it("filters by split, path and caption", async () => {
    const found = async (...filter: string[]) => {
      const { stdout } = await cli(["search", dataset, "a person walks", "--json", ...place(), ...filter]);
      return jsonLines(answers.search, stdout)[0]!
        .results.map(({ path }) => path)
        .sort();
    };
    expect(await found("--split", "test")).toEqual(ids.slice(5).map((id) => `new_joints/${id}.npy`));
    expect(await found("--path", ids[2]!)).toEqual([motionPath(2)]);
    expect(await found("--no-caption")).toEqual([]);
  });

  it("prints a readable list without --json", async () => {
    const { stdout } = await cli(["search", dataset, "a person walks", "--top", "3", ...place()]);
    expect(stdout.split("\n")[0]).toBe(`a person walks  (${MOTIONS} motions searched)`);
    expect(stdout).toMatch(/^1\. /m);
  });
});

describe("motion-lens describe", () => {
  it("ranks all captions against the motion and marks its own", async () => {
    const { stdout } = await cli(["describe", dataset, motionPath(0), "--top", "1000", "--json", ...place()]);
    const [answer] = jsonLines(answers.describe, stdout);
    expect(answer!.path).toBe(motionPath(0));
    const texts = await Promise.all(ids.map((id) => readFile(join(dataset, "texts", `${id}.txt`), "utf8")));
    const lines = texts.flatMap((text) => text.split("\n").filter((line) => line !== ""));
    expect(answer!.results).toHaveLength(lines.length);
    expect(answer!.results.map(({ rank }) => rank)).toEqual(lines.map((_, index) => index + 1));
    for (const { text, path, line, own } of answer!.results) {
      const file = await readFile(join(dataset, path), "utf8");
      expect(file.split("\n")[line - 1]!.split("#")[0]).toBe(text);
      expect(own).toBe(path === `texts/${ids[0]}.txt`);
    }
  });

  it("takes a motion by absolute path, one that is not of the folder, and a list", async () => {
    const outside = join(scratch, "outside.npy");
    await cp(join(dataset, motionPath(1)), outside);
    const file = join(scratch, "motions.txt");
    await writeFile(file, `${motionPath(1)}\n\n${join(dataset, motionPath(1))}\n${outside}\n`);
    const { stdout } = await cli(["describe", dataset, "--motions", file, "--json", ...place()]);
    const [a, b, c] = jsonLines(answers.describe, stdout);
    expect(b).toEqual(a);
    expect(c!.path).toBe(outside);
    expect(c!.results.map(({ score }) => score)).toEqual(a!.results.map(({ score }) => score));
    expect(c!.results.some(({ own }) => own)).toBe(false);
  });
});

describe("motion-lens encode", () => {
  const text = "a person kicks with the left leg.";
  type Vectors = { tokens?: string[]; grid: number[][]; whole: number[] };
  const encoded = async (args: readonly string[]) => {
    const { code, stdout, stderr } = await cli(["encode", ...args]);
    if (code !== 0) throw new Error(stderr);
    return stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as Vectors);
  };
  const dot = (a: readonly number[], b: readonly number[]) => a.reduce((sum, value, k) => sum + value * b[k]!, 0);

  it("prints the vectors whose products make up the score of a text and a motion", async () => {
    const [motions, queries] = [join(scratch, "motions.txt"), join(scratch, "texts.txt")];
    await writeFile(motions, join(dataset, motionPath(0)));
    await writeFile(queries, text);
    const [motion, words] = await encoded(["--motions", motions, "--queries", queries]);
    expect(words!.tokens).toEqual(["a", "person", "kicks", "with", "the", "left", "leg"]);
    const best = words!.grid.map((token) => Math.max(...motion!.grid.map((patch) => dot(token, patch))));
    const score = best.reduce((sum, value) => sum + value, 0) / best.length + dot(words!.whole, motion!.whole);
    const { stdout } = await cli(["align", join(dataset, motionPath(0)), text, "--json"]);
    // What is aligned is rounded to 7 and 8 bits.
    expect(Math.abs(jsonLines(answers.align, stdout)[0]!.score - score)).toBeLessThan(0.02);
    const [alone] = await encoded([join(dataset, motionPath(0))]);
    expect(alone!.grid).toEqual(motion!.grid);
  });
});

describe("a model of one vector a motion", () => {
  it("searches, and says why it shows no grid", async () => {
    const model = await writeGlobalModel(join(scratch, "global"), MODEL);
    const found = await cli([
      "search",
      dataset,
      "a person walks",
      "--model",
      model,
      "--index-dir",
      join(scratch, "global-index"),
    ]);
    expect(found.stderr).not.toContain("motion-lens:");
    expect(found.stdout).toContain(`(${MOTIONS} motions searched)`);
    const args = ["align", join(dataset, motionPath(0)), "a person walks", "--model", model];
    const { code, stdout } = await cli(args);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^score -?0\.\d{4}\nthis model has one vector for a whole motion/);
    const json = JSON.parse((await cli([...args, "--json"])).stdout) as { matrix: unknown; note: string };
    expect(json).toMatchObject({ matrix: [], note: expect.stringContaining("one vector") });
  });
});

describe("motion-lens align", () => {
  const text = "a person kicks with the left leg.";

  it("prints the whole matrix, and the score by which search and describe rank the pair", async () => {
    const motion = relative(process.cwd(), join(dataset, motionPath(0)));
    const { stdout } = await cli(["align", motion, text, "--json"]);
    const [answer] = jsonLines(answers.align, stdout);
    const { score, tokens, parts, times, matrix } = answer!;
    expect(tokens.map(({ token }) => token)).toEqual(["a", "person", "kicks", "with", "the", "left", "leg"]);
    expect(matrix).toHaveLength(tokens.length);
    expect(
      matrix.every((rows) => rows.length === times.length && rows.every((row) => row.length === parts.length)),
    ).toBe(true);
    // The score is the mean of what the tokens bring; of that, the strongest patch brings what is not beyond the grid.
    expect(tokens.reduce((sum, token) => sum + token.score, 0) / tokens.length).toBeCloseTo(score, 12);
    const strongest = matrix.map((rows) => Math.max(...rows.flat()));
    const { gridShare = 1 } = JSON.parse(await readFile(join(MODEL, "model.json"), "utf8")) as { gridShare?: number };
    tokens.forEach((token, index) =>
      expect(token.score * (1 - (token.beyondGrid ?? 0))).toBeCloseTo(gridShare * strongest[index]!, 6),
    );
    times.forEach(([start], index) => expect(start).toBe(index === 0 ? 0 : times[index - 1]![1]));

    const search = await cli(["search", dataset, text, "--json", ...place()]);
    const found = jsonLines(answers.search, search.stdout)[0]!.results.find(({ path }) => path === motionPath(0));
    expect(found!.score).toBe(score);
    expect(found!.evidence.map((one) => one.score)).toEqual(strongest);
    const describe = await cli(["describe", dataset, motionPath(0), "--top", "1000", "--json", ...place()]);
    const own = jsonLines(answers.describe, describe.stdout)[0]!.results.find((result) => result.text === text);
    expect(own?.score).toBe(score);
  });

  it("answers a file of pairs line by line", async () => {
    const file = join(scratch, "pairs.txt");
    const motion = join(dataset, motionPath(2));
    await writeFile(file, `${motion}\ta person walks\n\n${motion}\tsomeone waves\tand walks\n`);
    const { stdout } = await cli(["align", "--pairs", file, "--json"]);
    const lines = jsonLines(answers.align, stdout);
    expect(lines.map(({ tokens }) => tokens.map(({ token }) => token).join(" "))).toEqual([
      "a person walks",
      "someone waves and walks",
    ]);
    await appendFile(file, "no tab here\n");
    expect(await failure(["align", "--pairs", file, "--json"])).toContain("pairs.txt: line 4");
  });

  it("aligns a motion that is longer than the model's window as a whole", async () => {
    const frames = 1203;
    const joints = Float32Array.from(
      { length: frames * 66 },
      (_, at) => 1 + Math.sin(at * 12.9898 + Math.floor(at / 66) * 0.05) / 2,
    );
    const file = join(scratch, "long.npy");
    await writeFile(file, writeNpy(joints, { shape: [frames, 22, 3] }));
    const { stdout } = await cli(["align", file, "a person walks", "--json"]);
    const { times, matrix } = jsonLines(answers.align, stdout)[0]!;
    expect(times).toHaveLength(Math.ceil(frames / 16));
    expect(times.at(-1)).toEqual([1200, frames]);
    expect(matrix[0]).toHaveLength(times.length);
  });
});

describe("motion-lens inspect", () => {
  it("says what a file holds, with the assumptions made", async () => {
    const { stdout } = await cli(["inspect", relative(scratch, join(dataset, motionPath(0))), "--json"], {
      cwd: scratch,
    });
    const [answer] = jsonLines(answers.inspect, stdout);
    expect(answer).toMatchObject({ format: "npy", dtype: "<f4", fps: 20, skeleton: "humanml3d22" });
    expect(answer!.shape).toEqual([answer!.frames, 22, 3]);
    expect(answer!.duration).toBeCloseTo(answer!.frames / 20, 12);
    expect(answer!.warnings.join(" ")).toContain("20 frames per second");
    expect(answer).not.toHaveProperty("angles");
  });

  it.each([
    ["compat", 29],
    ["clean", 94],
  ])("adds %s angles per frame", async (angles, columns) => {
    const { stdout } = await cli(["inspect", join(dataset, motionPath(0)), "--json", "--angles", angles]);
    const [answer] = jsonLines(answers.inspect, stdout);
    expect(answer!.angles).toHaveLength(answer!.frames);
    expect(answer!.angles!.every((row) => row.length === columns)).toBe(true);
  });

  it("takes another frame rate, and needs no model", async () => {
    const motion = join(dataset, motionPath(0));
    const { stdout } = await cli(["inspect", motion, "--json", "--fps", "60", "--model", join(scratch, "none")]);
    expect(jsonLines(answers.inspect, stdout)[0]!.fps).toBe(60);
  });
});

describe("failures", () => {
  it("name the file and the reason in one line", async () => {
    const bad = join(scratch, "bad.npy");
    await writeFile(bad, (await readFile(join(dataset, motionPath(0)))).subarray(0, 300));
    for (const args of [
      ["inspect", bad],
      ["align", bad, "a person walks"],
      ["describe", dataset, bad, ...place()],
    ]) {
      expect(await failure([...args, "--json"])).toContain(bad);
    }
    const gone = join(scratch, "gone.npy");
    expect(await failure(["inspect", gone, "--json"])).toContain(gone);
    expect(await failure(["search", dataset, "--queries", gone, "--json", ...place()])).toContain(gone);
  });

  it("name a model that is missing, and the hash of one that is damaged", async () => {
    const none = join(scratch, "none");
    expect(await failure(["search", dataset, "x", "--model", none, ...place()])).toContain(join(none, "model.json"));
    const broken = join(scratch, "broken");
    await cp(MODEL, broken, { recursive: true });
    await appendFile(join(broken, "text.onnx"), "x");
    const { text } = JSON.parse(await readFile(join(broken, "model.json"), "utf8")) as { text: { sha256: string } };
    const message = await failure(["align", join(dataset, motionPath(0)), "x", "--model", broken]);
    expect(message).toContain(join(broken, "text.onnx"));
    expect(message).toContain(text.sha256);
  });

  it("say that the disk is full, keep what was saved, and go on when there is room again", async () => {
    const room = join(scratch, "full");
    const args = ["index", dataset, "--index-dir", room];
    // Files may not grow beyond 64 KiB here: the first segment of motions is larger.
    const limit = 'trap "" XFSZ; ulimit -f 128; exec "$@"';
    const { code, stdout, stderr } = await cli(args, { shell: limit });
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toContain("there is no space left");
    expect(stderr).toContain(room);
    const left = await readdir(room, { recursive: true });
    expect(left.filter((name) => /\.(tmp|lock|seg)$/.test(name))).toEqual([]);
    const { stdout: after } = await cli(args);
    expect(jsonLines(answers.index, after)[0]).toMatchObject({ motions: MOTIONS, encoded: MOTIONS });
  });

  it("are silent when the reader of stdout goes away", async () => {
    const file = join(scratch, "many.txt");
    await writeFile(file, "a person walks\n".repeat(300));
    const args = ["search", dataset, "--queries", file, "--json", ...place()];
    const { stderr } = await cli(args, { shell: '"$@" | head -n 1 > /dev/null' });
    expect(stderr).toBe("");
  });
});

describe("wrong use", () => {
  it.each([
    [["frobnicate"], "no command frobnicate"],
    [["search", "x"], "<text> is missing"],
    [["search", "x", ""], "<text> is empty"],
    [["search", "x", "y", "z"], "unexpected argument z"],
    [["search", "x", "y", "--top", "0"], "--top takes"],
    [["search", "x", "y", "--top"], "--top"],
    [["search", "x", "y", "--nonsense"], "--nonsense"],
    [["align", "x"], "<text> is missing"],
    [["align", "x", "y", "--pairs", "z"], "unexpected argument"],
    [["inspect", "x", "--angles", "other"], "--angles takes compat, clean"],
    [["inspect", "x", "--fps", "-3"], "--fps"],
    [["index"], "<folder> is missing"],
  ])("%j exits with 2 and one line", async (args, message) => {
    const { code, stdout, stderr } = await cli(args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr.trimEnd().split("\n")).toHaveLength(1);
    expect(stderr).toContain(message);
  });

  it("is helped by --help and --version", async () => {
    for (const args of [[], ["--help"], ["search", "--help"]]) {
      const { code, stdout } = await cli(args);
      expect(code).toBe(0);
      expect(stdout).toContain('motion-lens search <folder> "<text>"');
    }
    expect((await cli(["--version"])).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
    expect((await readFile(CLI, "utf8")).startsWith("#!/usr/bin/env node\n")).toBe(true);
  });
});
