/** The look through all logs at the end of a run sees what it is there to see, and each test's lines come to it. */
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { lookThrough } from "./no-secret-in-any-log.ts";
import { keepLine, logsFolder, secretsFile, testLog } from "./rig/logs.ts";

test("a secret in a line is found, as it is and as a URL has it, and is not shown again", () => {
  const folder = mkdtempSync(join(tmpdir(), "manchot-look-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, secretsFile), "a/secret/of/this/test\nnobody-said-this-one\n");
  writeFileSync(join(folder, "1.log"), "all is well\nhere it is: a/secret/of/this/test\n");
  writeFileSync(join(folder, "2.log"), "?token=a%2Fsecret%2Fof%2Fthis%2Ftest&x\n");
  const { secrets, lines, shown } = lookThrough(folder);
  expect({ secrets, lines }).toEqual({ secrets: 2, lines: 3 });
  expect([...shown].sort()).toEqual(["?token=‹secret›&x", "here it is: ‹secret›"]);
});

test("what a test logs and what a program prints is kept for the end of the run", () => {
  const folder = process.env[logsFolder] ?? "";
  const before = lookThrough(folder).lines;
  keepLine("a line of a program");
  testLog().info({}, "a line of a log");
  expect(readdirSync(folder)).toContain(`${process.pid}.log`);
  expect(lookThrough(folder).lines).toBeGreaterThanOrEqual(before + 2);
});
