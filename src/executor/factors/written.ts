/** The file of factors as root writes it at the terminal: read, changed, checked as the daemon will, and put in place whole. */
import { statSync } from "node:fs";
import { good, type Outcome, refuse } from "../outcome.ts";
import * as files from "../setup/files.ts";
import { command, writeWhole } from "../setup/machine.ts";
import { wordsOf } from "../words.ts";
import { type FactorsText, parseFactors, readFactorsText, textSchema } from "./file.ts";

/** The file for which nobody is enrolled. */
export const noFactors = `${JSON.stringify({ persons: {} }, null, 2)}\n`;

/** What each person has, to the letter. Refused where the file cannot be used: then nothing is written over it. */
export function readWritten(file: string): Outcome<FactorsText> {
  const text = readFactorsText(file);
  if (!text.ok) return refuse("factors-unreadable", { words: text.why });
  if (text.value === undefined) return good({ persons: {} });
  const parsed = parseFactors(text.value, file);
  if (!parsed.ok) return refuse("factors-unreadable", { words: parsed.why });
  return good(textSchema.parse(JSON.parse(text.value)));
}

/** Why it was not written, or nothing. What the daemon would refuse is not written at all. */
export function writeFactors(file: string, { persons }: FactorsText): string | undefined {
  const text = `${JSON.stringify({ persons }, null, 2)}\n`;
  const checked = parseFactors(text, file);
  if (!checked.ok) return checked.why;
  try {
    writeWhole(file, text, files.factorsMode, groupOfDaemon());
    return undefined;
  } catch (error) {
    return `${file} cannot be written: ${wordsOf(error)}`;
  }
}

/** The group that lets the daemon read it; nothing where there is none, or where this is not root. */
export function groupOfDaemon(): number | undefined {
  if (process.geteuid?.() !== 0) return undefined;
  const gid = Number(command(["/usr/bin/getent", "group", files.daemonUser]).stdout.split(":")[2]);
  return Number.isInteger(gid) ? gid : undefined;
}

/** Whether it belongs to root and lets the daemon's group read it, and nobody else. */
export function isInPlace(file: string): boolean {
  const stat = statSync(file, { throwIfNoEntry: false });
  return stat?.uid === 0 && stat.gid === groupOfDaemon() && (stat.mode & 0o777) === files.factorsMode;
}
