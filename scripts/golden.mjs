// Runs test/golden/golden.ts.
import { inProject } from "./lib/project.mjs";
import { runTypeScript } from "./lib/bundled.mjs";

await runTypeScript(inProject("test", "golden", "golden.ts"));
