/** A scoring thread: does slices of jobs until none is left. Built to `dist/scoring-worker.js`; see pool.ts. */
import { parentPort, workerData } from "node:worker_threads";
import { instantiateKernel, type ScoringKernel } from "./kernel.js";
import { scoreSlice, type PoolMessage } from "./pool.js";

const port = parentPort!;
const kernels = new Map<number, { readonly memory: WebAssembly.Memory; readonly kernel: ScoringKernel }>();

port.on("message", (message: PoolMessage) => {
  switch (message.type) {
    case "memory": {
      const { id, memory } = message;
      kernels.set(id, { memory, kernel: instantiateKernel(workerData as WebAssembly.Module | undefined, memory) });
      return;
    }
    case "forget":
      kernels.delete(message.id);
      return;
    case "job": {
      const { memory, kernel } = kernels.get(message.id)!;
      const control = new Int32Array(memory.buffer, message.job.control, 2);
      while (Atomics.load(control, 1) === 0) {
        const index = Atomics.add(control, 0, 1);
        if (index * message.job.slice >= message.job.count) break;
        scoreSlice(kernel, message.job, index);
      }
      port.postMessage(message.number);
    }
  }
});
