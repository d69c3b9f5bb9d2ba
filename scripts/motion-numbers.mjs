// Runs test/golden/motion-numbers.ts, which the training package's `compat angles-parity` compares with its own numbers.
import { inProject } from "./lib/project.mjs";
import { runTypeScript } from "./lib/bundled.mjs";

await runTypeScript(inProject("test", "golden", "motion-numbers.ts"));
