import { defineConfig } from "vitest/config";

/** Tests that start whole programs (a server, a browser, a clone): one file after the other. */
export default defineConfig({
  test: {
    include: ["test/workbench/**/*.test.ts", "test/newcomer/**/*.test.ts"],
    fileParallelism: false,
    testTimeout: 180_000,
    hookTimeout: 180_000,
  },
});
