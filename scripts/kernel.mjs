/** Compiles the scoring kernels of the index (AssemblyScript) to `dist/maxsim-*.wasm`. */
import asc from "assemblyscript/asc";
import { inProject } from "./lib/project.mjs";

const KERNELS = { relaxed: ["--enable", "simd", "--enable", "relaxed-simd"], simd: ["--enable", "simd"] };

export async function buildKernel() {
  for (const [name, features] of Object.entries(KERNELS)) {
    const { error, stderr } = await asc.main(
      [
        `src/engine/index/kernel/${name}.ts`,
        ...["--baseDir", inProject("."), "--outFile", `dist/maxsim-${name}.wasm`],
        // The memory comes from outside (src/engine/index/memory.ts), is shared by the threads, and has no heap.
        ...["--importMemory", "--sharedMemory", "--initialMemory", "1", "--maximumMemory", "65536"],
        ...["--enable", "threads", ...features, "--runtime", "stub", "-O3", "--converge", "--noAssert"],
      ],
      {},
    );
    if (error) throw new Error(`the scoring kernel ${name} does not compile:\n${stderr.toString()}`);
  }
}
