/** A tiny bench from end to end: what it says and how its numbers hang together; how long things take is not tested. */
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as v from "valibot";
import { afterAll, describe, expect, it } from "vitest";
import { SAMPLE } from "../engine/support.js";
import { cli } from "./support.js";

const folder = mkdtempSync(join(tmpdir(), "motion-lens-bench-test-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const positive = v.pipe(v.number(), v.finite(), v.gtValue(0));
const share = v.pipe(v.number(), v.minValue(0), v.maxValue(1));
const resultSchema = v.strictObject({
  motions: v.literal(64),
  read_limit_ms: v.pipe(v.number(), v.finite(), v.minValue(0)),
  exact_ms: positive,
  exact_tokens: v.literal(16),
  staged_p50_ms: positive,
  staged_p95_ms: positive,
  recall10: share,
  bytes_per_motion: v.pipe(positive, v.integer()),
  open_ms: positive,
  rss_mb: positive,
  baselines: v.record(v.string(), v.nullable(v.number())),
});

const WITHOUT_PYTHON = ["numpy_ms", "torch_fp32_ms", "torch_bf16_ms", "maxsim_cpu_ms"];

describe("bench", () => {
  const args = ["bench", "--motions", "64", "--data", SAMPLE, "--index-dir", join(folder, "index"), "--json"];
  const keep = join(folder, "set");

  it("ends with one JSON line; a program that is not installed is null", { timeout: 240_000 }, async () => {
    const run = await cli([...args, "--python", join(folder, "no-python"), "--keep", keep]);
    expect(run.stderr).toMatch(/no-python gives no comparison/);
    expect(run.code).toBe(0);
    const lines = run.stdout.trimEnd().split("\n");
    const result = v.parse(resultSchema, JSON.parse(lines.at(-1)!));
    const { details } = JSON.parse(lines[0]!) as {
      details: Record<string, number>;
    };
    for (const name of WITHOUT_PYTHON) expect(result.baselines).toHaveProperty(name, null);
    expect(result.baselines["onnx_fp32_ms"]).toBeGreaterThan(0);
    expect(result.baselines["lancedb_flat_ms"]).toBeGreaterThan(0);
    expect(result.staged_p95_ms).toBeGreaterThanOrEqual(result.staged_p50_ms);
    // So few motions are all candidates.
    expect(result.recall10).toBe(1);
    expect(details["real"]).toBe(60);
    // The bench itself holds exact scores against the plain definition, and fails where one differs.
    expect(details["checked"]).toBeGreaterThanOrEqual(64);
    const segments = readdirSync(keep).filter((name) => name.endsWith(".seg"));
    const bytes = segments.reduce((sum, name) => sum + statSync(join(keep, name)).size, 0);
    expect(result.bytes_per_motion).toBe(Math.round(bytes / 64));
    expect(bytes).toBeGreaterThan(details["vectors"]! * details["grid_dim"]!);
  });

  it("uses the vectors and the set of the run before, and shows tables", { timeout: 240_000 }, async () => {
    const before = readdirSync(keep).map((name) => [name, statSync(join(keep, name)).mtimeMs]);
    const run = await cli([
      ...args.filter((argument) => argument !== "--json"),
      "--python",
      join(folder, "no-python"),
      "--keep",
      keep,
    ]);
    expect(run.code).toBe(0);
    expect(run.stderr).not.toMatch(/indexing motions/);
    expect(readdirSync(keep).map((name) => [name, statSync(join(keep, name)).mtimeMs])).toEqual(before);
    expect(run.stdout).toMatch(/kept from an earlier run/);
    expect(run.stdout).toMatch(/PyTorch float32 +not installed/);
    v.parse(resultSchema, JSON.parse(run.stdout.trimEnd().split("\n").at(-1)!));
  });

  it("refuses a folder that holds something else, and a number that is none", async () => {
    const other = mkdtempSync(join(folder, "other-"));
    writeFileSync(join(other, "thesis.txt"), "");
    const run = await cli([...args, "--keep", other]);
    expect(run).toMatchObject({ code: 1, stdout: "" });
    expect(run.stderr).toContain(`${other} is not empty`);
    expect(readdirSync(other)).toEqual(["thesis.txt"]);
    expect((await cli(["bench", "--motions", "0"])).code).toBe(2);
  });
});
