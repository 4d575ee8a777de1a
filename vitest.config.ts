import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    globalSetup: ["test/build-bundles.ts"],
    reporters: ["default", "./test/closing-line.ts"],
    // Real processes, sockets and disks: two cores are soon full, and a busy machine must not fail a test.
    testTimeout: 60_000,
    hookTimeout: 180_000,
    maxWorkers: 2,
  },
});
