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
      const secrets = existsSync(join(folder, secretsFile)) ? linesOf(join(folder, secretsFile)) : [];
      const logs = readdirSync(folder).filter((file) => file !== secretsFile);
      const lines = logs.flatMap((file) => linesOf(join(folder, file)));
      const distinct = [...new Set(secrets)];
      process.stdout.write(`${distinct.length} secrets, ${lines.length} lines of logs\n`);
      const text = lines.join("\n");
      const shown = distinct.filter((secret) => formsOf(secret).some((form) => text.includes(form)));
      if (shown.length === 0) return;
      // The secret itself would only be shown once more.
      const where = lines.filter((line) => shown.some((secret) => formsOf(secret).some((form) => line.includes(form))));
      const told = where.map((line) => shown.reduce((rest, secret) => rest.replaceAll(secret, "‹secret›"), line));
      throw new Error(`${shown.length} secrets stand in logs:\n${told.slice(0, 10).join("\n")}`);
    } finally {
      rmSync(folder, { recursive: true });
    }
  };
}

const formsOf = (secret: string): readonly string[] => [secret, encodeURIComponent(secret)];

function linesOf(file: string): readonly string[] {
  return readFileSync(file, "utf8").split("\n").slice(0, -1);
}
