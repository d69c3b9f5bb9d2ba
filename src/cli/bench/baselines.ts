/** The same search by other programs, on the same stored vectors. One that is not installed gives null. */
import { execFile } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { dequantiseVectors } from "../../core/retrieval/quantise.js";
import type { ItemVectors } from "../../core/retrieval/vectors.js";
import type { MotionSet } from "./motion-set.js";

export interface PythonTimes {
  readonly torch_fp32_ms: number | null;
  readonly numpy_ms: number | null;
  readonly maxsim_cpu_ms: number | null;
}

export const NO_PYTHON_TIMES: PythonTimes = { torch_fp32_ms: null, numpy_ms: null, maxsim_cpu_ms: null };

/**
 * Brute force in float32 over all motions with all cores. Motions of equal length stand in one array, so that
 * nothing is computed for padding; arrays are cut so that scores stay in the cache.
 */
const SCRIPT = `
import json, sys, time
import numpy as np
folder, dim = sys.argv[1], int(sys.argv[2])
counts = np.fromfile(folder + "/counts.u32", np.uint32)
scales = np.fromfile(folder + "/scales.f32", np.float32)
data = np.memmap(folder + "/vectors.i8", np.int8, "r").reshape(-1, dim)
query = np.fromfile(folder + "/query.f32", np.float32).reshape(-1, dim)
whole = np.fromfile(folder + "/query-whole.f32", np.float32)
wholes = np.fromfile(folder + "/wholes.f32", np.float32).reshape(len(counts), -1)
starts = np.concatenate([[0], np.cumsum(counts)[:-1]]).astype(np.int64)
groups = []
for count in np.unique(counts):
    members = np.flatnonzero(counts == count)
    for at in range(0, len(members), max(1, 40000 // int(count))):
        part = members[at:at + max(1, 40000 // int(count))]
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
    return scores + wholes @ whole
answer = {"numpy_ms": median(numpy_scores, 3), "torch_fp32_ms": None, "maxsim_cpu_ms": None}
print("numpy", file=sys.stderr, flush=True)
expected = numpy_scores()
try:
    import torch
    tensors = [(torch.from_numpy(part), count, torch.from_numpy(block)) for part, count, block in groups]
    q = torch.from_numpy(query.T.copy())
    all_wholes, one_whole = torch.from_numpy(wholes), torch.from_numpy(whole)
    def torch_scores():
        scores = torch.empty(len(counts))
        with torch.inference_mode():
            for part, count, block in tensors:
                scores[part] = (block @ q).view(-1, count, q.shape[1]).amax(1).mean(1)
            return scores + all_wholes @ one_whole
    answer["torch_fp32_ms"] = median(torch_scores)
    assert np.abs(torch_scores().numpy() - expected).max() < 1e-3
    print("torch", file=sys.stderr, flush=True)
except ImportError:
    pass
try:
    import maxsim_cpu
    docs = [block[i * count:(i + 1) * count] for _, count, block in groups for i in range(len(block) // count)]
    order = np.concatenate([part for part, _, _ in groups])
    def maxsim_scores():
        return np.asarray(maxsim_cpu.maxsim_scores_variable(query, docs)) / len(query) + wholes[order] @ whole
    answer["maxsim_cpu_ms"] = median(maxsim_scores, 3)
    got = maxsim_scores()
    assert np.abs(got - expected[order]).max() < 1e-3
    print("maxsim-cpu", file=sys.stderr, flush=True)
except ImportError:
    pass
print(json.dumps(answer))
`;

/** Times of the Python libraries; `warn` hears why there are none. The script holds their scores against each other. */
export async function measurePython(
  python: string,
  set: MotionSet,
  query: ItemVectors,
  warn: (message: string) => void,
): Promise<PythonTimes> {
  writeFileSync(join(set.folder, "query.f32"), dequantiseVectors(query.grid));
  writeFileSync(join(set.folder, "query-whole.f32"), dequantiseVectors(query.whole));
  try {
    const { stdout } = await promisify(execFile)(python, ["-c", SCRIPT, set.folder, String(set.shape.gridDim)], {
      maxBuffer: 1 << 26,
    });
    return JSON.parse(stdout.trim().split("\n").at(-1)!) as PythonTimes;
  } catch (error) {
    const { message, stderr } = error as Error & { stderr?: string };
    warn(`${python} gives no comparison: ${(stderr ?? message).trim().split("\n").at(-1)}`);
    return NO_PYTHON_TIMES;
  }
}
