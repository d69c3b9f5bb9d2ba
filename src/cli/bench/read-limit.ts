/** How long this machine needs to read so many bytes of memory once, with all its cores: what no search can beat. */
import { once } from "node:events";
import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";

/** A search for a byte that is not there is the C library's memchr: vector instructions that wait for memory alone. */
const READER = `
const { parentPort, workerData: { memory, from, to } } = require("node:worker_threads");
const bytes = Buffer.from(memory, from, to - from);
parentPort.on("message", () => parentPort.postMessage(bytes.indexOf(0x80)));
parentPort.postMessage("ready");`;
/** What does not fit is worked out from a part. */
const MOST_BYTES = 1 << 30;

/** Milliseconds (median) for reading `bytes` once. */
export async function measureReadLimit(bytes: number, repeats = 9): Promise<number> {
  const size = Math.min(bytes, MOST_BYTES);
  const memory = new SharedArrayBuffer(size);
  const view = new Uint8Array(memory);
  for (let at = 0; at < size; at++) view[at] = at & 0x7f;
  const threads = Math.max(1, availableParallelism());
  const workers = Array.from({ length: threads }, (_, at) => {
    const [from, to] = [Math.floor((size * at) / threads), Math.floor((size * (at + 1)) / threads)];
    return new Worker(READER, { eval: true, workerData: { memory, from, to } });
  });
  try {
    await Promise.all(workers.map((worker) => once(worker, "message")));
    const times: number[] = [];
    for (let repeat = 0; repeat < repeats; repeat++) {
      const began = performance.now();
      const found = workers.map((worker) => once(worker, "message"));
      workers.forEach((worker) => worker.postMessage(""));
      await Promise.all(found);
      times.push(performance.now() - began);
    }
    return (quantile(times, 0.5) * bytes) / size;
  } finally {
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
}

export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(share * sorted.length) - 1))]!;
}
