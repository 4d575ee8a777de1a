/** Once around all tests: no secret that one of them was given stands in a log that one of them made. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { logsFolder, secretsFile } from "./rig/logs.ts";

export default function lookThroughLogs(): () => void {
  const folder = mkdtempSync(join(tmpdir(), "manchot-logs-"));
  process.env[logsFolder] = folder;
  return () => {
    try {
      const { secrets, lines, shown } = lookThrough(folder);
      process.stdout.write(`${secrets} secrets, ${lines} lines of logs\n`);
      if (shown.length > 0) throw new Error(`secrets stand in logs:\n${shown.slice(0, 10).join("\n")}`);
    } finally {
      rmSync(folder, { recursive: true });
    }
  };
}

/** What was kept, and the lines in which a secret stands, each without it: it would only be shown once more. */
export function lookThrough(folder: string): {
  readonly secrets: number;
  readonly lines: number;
  readonly shown: readonly string[];
} {
  const file = join(folder, secretsFile);
  const secrets = [...new Set(existsSync(file) ? linesOf(file) : [])];
  const logs = readdirSync(folder).filter((name) => name !== secretsFile);
  const lines = logs.flatMap((name) => linesOf(join(folder, name)));
  const text = lines.join("\n");
  const told = secrets.flatMap(formsOf).filter((form) => text.includes(form));
  const shown = lines.filter((line) => told.some((form) => line.includes(form)));
  const hide = (line: string): string => told.reduce((rest, form) => rest.replaceAll(form, "‹secret›"), line);
  return { secrets: secrets.length, lines: lines.length, shown: shown.map(hide) };
}

const formsOf = (secret: string): readonly string[] => [...new Set([secret, encodeURIComponent(secret)])];

function linesOf(file: string): readonly string[] {
  return readFileSync(file, "utf8").split("\n").slice(0, -1);
}
