import { globSync, readFileSync } from "node:fs";
import { defineConfig } from "vitest/config";

/** Tests that start servers, kill processes or wait by the clock: one file at a time, after the others, or they would starve one another. */
const alone = [
  "test/{chat,contract,hypervisor,lab,scenarios,store}/**/*.test.ts",
  "test/jobs/!(approvals|vm-changes).test.ts",
  "test/executor/{cancel,crash,daemon,jumps,lab,pause}.test.ts",
  "test/executor/factors/terminal.test.ts",
  "test/indexed-db/kill.test.ts",
  "test/programs/{check,reload,enrol-matrix/*}.test.ts",
];

/** Tests that start the lab's hypervisor: it keeps one processor busy, so these run one file at a time. */
const guest = globSync("test/**/*.test.ts", { cwd: import.meta.dirname }).filter((file) =>
  /labNeeds\("hypervisor"/.test(readFileSync(new URL(file, import.meta.url), "utf8")),
);

/** Of those, what waits for snac2 most of the time, whose queues sleep: there is room for another beside it. */
const idle = ["test/scenarios/fediverse.test.ts"];

/** A quarter of an hour in an emulated guest: run on its own (`MANCHOT_LONG=1`), and told in docs/vms.md. */
const long = process.env.MANCHOT_LONG === "1" ? [] : ["test/scenarios/vms.test.ts"];

/** Runs one file at a time. Without `--project` all projects are run one after the other; `.ci/run` has some run beside others. */
const lane = (name: string, groupOrder: number, include: string[], exclude: string[]) => ({
  extends: true as const,
  test: { name, include, exclude, fileParallelism: false, maxWorkers: 1, sequence: { groupOrder } },
});

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
          exclude: [...alone, ...guest],
          sequence: { groupOrder: 0 },
        },
      },
      lane("alone", 1, alone, guest),
      lane("guest", 2, guest, [...idle, ...long]),
      lane("guest-idle", 3, idle, []),
    ],
  },
});
