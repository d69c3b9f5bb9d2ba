import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    // These start whole programs: the extension host's suite is mocha's, the others have vitest.workbench.config.mts.
    exclude: ["test/{extension,workbench,newcomer}/**", "**/node_modules/**"],
    // Encoders and a real browser share two cores with the tests: fewer workers, fewer timeouts.
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
});
