/**
 * What the tests' programs log, and the secrets they are given: kept for the whole run, so that at its end no secret
 * stands in any log (test/no-secret-in-any-log.ts looks).
 */
import { appendFileSync } from "node:fs";
import { join } from "node:path";
import { createLog, type Log, type LogLevel } from "../../src/log.ts";

/** The folder of this run's logs, which processes of the run inherit. Absent outside a run. */
export const logsFolder = "MANCHOT_TEST_LOGS";

export const secretsFile = "secrets";

/** A line that a program under test logged or printed. */
export function keepLine(line: string): void {
  keep(`${process.pid}.log`, line);
}

/** A token or password that may stand in no log. Gives it back. */
export function keepSecret(secret: string): string {
  if (secret.length < 12) throw new Error("a secret this short could stand in a log by chance");
  keep(secretsFile, secret);
  return secret;
}

/** A log whose lines a test can read, and which are looked through at the end of the run. It is not told any secret. */
export function testLog(lines?: string[], level: LogLevel = "debug"): Log {
  return createLog(level, [], (line) => {
    lines?.push(line);
    keepLine(line);
  });
}

function keep(file: string, line: string): void {
  const folder = process.env[logsFolder];
  if (folder !== undefined) appendFileSync(join(folder, file), `${line}\n`);
}
