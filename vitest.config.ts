import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/{core,formats,engine,webview}/**/*.test.ts", "test/manifest.test.ts", "test/cli/**/*.test.ts"],
    // Encoders and a real browser share two cores with the tests: fewer workers, fewer timeouts.
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
});
