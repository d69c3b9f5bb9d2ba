/** The same search by Python libraries, on the same stored vectors. One that is not installed gives null. */
import { execFile } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { dequantiseVectors } from "../../core/retrieval/quantise.js";
import type { ItemVectors } from "../../core/retrieval/vectors.js";

/** Milliseconds by library. */
export const PYTHON_LIBRARIES = [
  "numpy_ms",
  "torch_fp32_ms",
  "torch_bf16_ms",
  "maxsim_cpu_ms",
  "fast_maxsim_ms",
  "maxsim_fast_ms",
] as const;
export type PythonTimes = Readonly<Record<(typeof PYTHON_LIBRARIES)[number], number | null>>;

export const NO_PYTHON_TIMES = Object.fromEntries(PYTHON_LIBRARIES.map((name) => [name, null])) as PythonTimes;

/**
 * Brute force over all motions with all cores. Motions of equal length stand in one array, so that nothing is computed
 * for padding; arrays are cut so that scores stay in the cache. What the wholes bring is added by each.
 */
const SCRIPT = `
import json, sys, time
import numpy as np
folder, dim, whole_dim = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
counts = np.fromfile(folder + "/counts.u32", np.uint32)
scales = np.fromfile(folder + "/scales.f32", np.float32)
data = np.memmap(folder + "/grid.i8", np.int8, "r").reshape(-1, dim)
query = np.fromfile(folder + "/query.f32", np.float32).reshape(-1, dim)
wholes = np.fromfile(folder + "/wholes.i8", np.int8).reshape(len(counts), whole_dim).astype(np.float32)
wholes *= np.fromfile(folder + "/whole-scales.f32", np.float32)[:, None]
whole_query = np.fromfile(folder + "/query-whole.f32", np.float32)
starts = np.concatenate([[0], np.cumsum(counts)[:-1]]).astype(np.int64)
groups = []
for count in np.unique(counts):
    members = np.flatnonzero(counts == count)
    step = max(1, 40000 // int(count))
    for at in range(0, len(members), step):
        part = members[at:at + step]
        rows = (starts[part][:, None] + np.arange(count)[None, :]).reshape(-1)
        block = data[rows].astype(np.float32) * np.repeat(scales[part], count)[:, None]
        groups.append((part, int(count), block))
def median(run, repeats=5):
    run()
    times = []
    for _ in range(repeats):
        start = time.perf_counter(); run(); times.append(time.perf_counter() - start)
    return sorted(times)[len(times) // 2] * 1000
def numpy_scores():
    scores = np.empty(len(counts), np.float32)
    for part, count, block in groups:
        scores[part] = (block @ query.T).reshape(-1, count, len(query)).max(1).mean(1)
    return scores + wholes @ whole_query
answer = {}
def report(name, milliseconds):
    answer[name] = milliseconds
    print(name, round(milliseconds, 1), file=sys.stderr, flush=True)
report("numpy_ms", median(numpy_scores, 3))
expected = numpy_scores()
expected.tofile(folder + "/scores.f32")
try:
    import torch
except ImportError:
    torch = None
if torch is not None:
    for name, kind, tolerance in (("torch_fp32_ms", torch.float32, 1e-3), ("torch_bf16_ms", torch.bfloat16, 3e-2)):
        tensors = [(torch.from_numpy(part), count, torch.from_numpy(block).to(kind)) for part, count, block in groups]
        q, w = torch.from_numpy(query.T.copy()).to(kind), torch.from_numpy(wholes)
        wq = torch.from_numpy(whole_query)
        def torch_scores():
            scores = torch.empty(len(counts))
            with torch.inference_mode():
                for part, count, block in tensors:
                    scores[part] = (block @ q).view(-1, count, q.shape[1]).amax(1).mean(1).float()
                return scores + w @ wq
        report(name, median(torch_scores))
        assert np.abs(torch_scores().numpy() - expected).max() < tolerance, name
        del tensors
docs = [block[i * count:(i + 1) * count] for _, count, block in groups for i in range(len(block) // count)]
order = np.concatenate([part for part, _, _ in groups])
for library in ("maxsim_cpu", "fast_maxsim", "maxsim_fast"):
    try:
        score = __import__(library).maxsim_scores_variable
    except ImportError:
        continue
    def library_scores():
        scores = np.empty(len(counts), np.float32)
        scores[order] = np.asarray(score(query, docs), np.float32) / len(query)
        return scores + wholes @ whole_query
    report(library + "_ms", median(library_scores, 3))
    assert np.abs(library_scores() - expected).max() < 1e-3, library
print(json.dumps(answer))
`;

export interface PythonAnswer {
  readonly times: PythonTimes;
  /** NumPy's. */
  readonly scores?: Float32Array;
}

/**
 * Times of the Python libraries on the motions written by `writePlain`; `warn` hears why there are none. The script
 * holds their scores against each other.
 */
export async function measurePython(
  python: string,
  folder: string,
  query: ItemVectors,
  warn: (message: string) => void,
): Promise<PythonAnswer> {
  writeFileSync(join(folder, "query.f32"), dequantiseVectors(query.grid));
  writeFileSync(join(folder, "query-whole.f32"), dequantiseVectors(query.whole));
  const sizes = [String(query.grid.dim), String(query.whole.dim)];
  try {
    const { stdout } = await promisify(execFile)(python, ["-c", SCRIPT, folder, ...sizes], { maxBuffer: 1 << 26 });
    const found = JSON.parse(stdout.trim().split("\n").at(-1)!) as Partial<PythonTimes>;
    const { buffer } = new Uint8Array(readFileSync(join(folder, "scores.f32")));
    return {
      times: { ...NO_PYTHON_TIMES, ...found },
      scores: new Float32Array(buffer),
    };
  } catch (error) {
    const { message, stderr } = error as Error & { stderr?: string };
    warn(`${python} gives no comparison: ${(stderr || message).trim().split("\n").at(-1)}`);
    return { times: NO_PYTHON_TIMES };
  }
}
