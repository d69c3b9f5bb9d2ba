/** Compiles the scoring kernel of the index (AssemblyScript) to `dist/maxsim.wasm`. */
import asc from "assemblyscript/asc";
import { inProject } from "./lib/project.mjs";

export async function buildKernel() {
  const { error, stderr } = await asc.main(
    [
      "src/engine/index/kernel/maxsim.ts",
      ...["--baseDir", inProject("."), "--outFile", "dist/maxsim.wasm"],
      // The memory comes from outside (src/engine/index/kernel.ts), there is no heap and no garbage to collect.
      ...["--importMemory", "--runtime", "stub", "--enable", "simd", "-O3", "--converge", "--noAssert"],
    ],
    {},
  );
  if (error) throw new Error(`the scoring kernel does not compile:\n${stderr.toString()}`);
}
