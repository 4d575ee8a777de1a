import { defineConfig } from "vitest/config";

/** Tests that start whole servers: one file at a time, after the others, or they would starve one another. */
const heavy = [
  "test/chat/matrix/{synapse,faults}.test.ts",
  "test/contract/**/*.test.ts",
  "test/executor/lab.test.ts",
  "test/lab/**/*.test.ts",
  "test/scenarios/{journey,kills,processes}.test.ts",
];

export default defineConfig({
  test: {
    globalSetup: ["test/build-bundles.ts"],
    reporters: ["default", "./test/closing-line.ts"],
    // Real processes, sockets and disks: two cores are soon full, and a busy machine must not fail a test.
    testTimeout: 60_000,
    hookTimeout: 180_000,
    maxWorkers: 2,
    projects: [
      {
        extends: true,
        test: { name: "plain", include: ["test/**/*.test.ts"], exclude: heavy, sequence: { groupOrder: 0 } },
      },
      {
        extends: true,
        test: { name: "lab", include: heavy, fileParallelism: false, maxWorkers: 1, sequence: { groupOrder: 1 } },
      },
    ],
  },
});
