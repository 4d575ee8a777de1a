/** The log: structured lines on stderr, with whatever is known to be a secret taken out wherever it stands. */
import { pino } from "pino";

export interface Log {
  debug(values: Readonly<Record<string, unknown>>, message: string): void;
  info(values: Readonly<Record<string, unknown>>, message: string): void;
  warn(values: Readonly<Record<string, unknown>>, message: string): void;
  error(values: Readonly<Record<string, unknown>>, message: string): void;
}

export type LogLevel = "debug" | "info" | "warn" | "error" | "silent";

/** Replaces each of the secrets, also where JSON or a URL has escaped it. Short values (under 6) are no secrets. */
export function scrubber(secrets: readonly string[]): (line: string) => string {
  const forms = secrets
    .filter((secret) => secret.length >= 6)
    .flatMap((secret) => [secret, JSON.stringify(secret).slice(1, -1), encodeURIComponent(secret)]);
  const distinct = [...new Set(forms)].sort((a, b) => b.length - a.length);
  return (line) => distinct.reduce((scrubbed, form) => scrubbed.replaceAll(form, "‹secret›"), line);
}

/** A log to stderr. Free text is scrubbed too: pino's own redaction only knows fields, and only one level deep. */
export function createLog(
  level: LogLevel,
  secrets: readonly string[],
  write: (line: string) => void = (line) => void process.stderr.write(line),
): Log {
  const scrub = scrubber(secrets);
  return pino(
    { level, base: null, timestamp: pino.stdTimeFunctions.isoTime },
    { write: (line: string) => write(scrub(line)) },
  );
}

/** What a fault may tell the log: its message and stack, never its fields (clients' errors carry tokens in them). */
export function faultOf(fault: unknown): { readonly fault: string; readonly stack?: string } {
  if (!(fault instanceof Error)) return { fault: String(fault) };
  return fault.stack === undefined ? { fault: fault.message } : { fault: fault.message, stack: fault.stack };
}
