import { defineConfig } from "vitest/config";

/** Tests that start servers, kill processes or wait by the clock: one file at a time, after the others, or they would starve one another. */
const alone = [
  "test/{chat,contract,hypervisor,lab,scenarios,store}/**/*.test.ts",
  "test/jobs/!(approvals|vm-changes).test.ts",
  "test/executor/{cancel,crash,daemon,jumps,lab,pause}.test.ts",
  "test/executor/factors/terminal.test.ts",
  "test/indexed-db/kill.test.ts",
  "test/programs/{check,reload}.test.ts",
];

/** A quarter of an hour in an emulated guest: run on its own (`MANCHOT_LONG=1`), and told in docs/vms.md. */
const long = process.env.MANCHOT_LONG === "1" ? [] : ["test/scenarios/vms.test.ts"];

export default defineConfig({
  test: {
    setupFiles: ["test/steady.ts"],
    globalSetup: ["test/build-bundles.ts", "test/no-secret-in-any-log.ts"],
    reporters: ["default", "./test/closing-line.ts"],
    // Real processes, sockets and disks: two cores are soon full, and a busy machine must not fail a test.
    testTimeout: 60_000,
    hookTimeout: 180_000,
    maxWorkers: 2,
    projects: [
      {
        extends: true,
        test: {
          name: "plain",
          include: ["test/**/*.test.ts"],
          exclude: [...alone, ...long],
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          name: "alone",
          include: alone,
          exclude: long,
          fileParallelism: false,
          maxWorkers: 1,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
