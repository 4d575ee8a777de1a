/** A reporter that closes with one plain line, and fails the run where the lab is required but a test was skipped. */
import type { Reporter, TestModule } from "vitest/node";

export default class ClosingLine implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const tests = modules.flatMap((module) => [...module.children.allTests()]);
    const count = (state: string) => tests.filter((test) => test.result().state === state).length;
    const skipped = tests.filter((test) => test.result().state === "skipped");
    process.stdout.write(`\n${count("passed")} passed, ${count("failed")} failed, ${skipped.length} skipped\n`);
    if (process.env.MANCHOT_LAB !== "required" || skipped.length === 0) return;
    for (const test of skipped) process.stdout.write(`skipped: ${test.fullName}\n`);
    process.stdout.write("The lab is required here, and no test may be skipped.\n");
    process.exitCode = 1;
  }
}
