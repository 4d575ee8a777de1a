/** `journal verify`: reads the whole journal and says what was found. It changes nothing, and may run at any time. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { readConfig } from "../config.ts";
import { utc } from "../plan-text.ts";
import { complain } from "../words.ts";
import { journalName } from "./journal.ts";
import { kindWords } from "./kinds.ts";
import { readJournal } from "./read.ts";

/** What a journal's check came to, for people; `ok` where nothing was found wrong. */
export function verifyFolder(state: string): { ok: boolean; lines: string[] } {
  const file = join(state, journalName);
  if (!existsSync(file)) return { ok: true, lines: [`${file} does not exist yet`] };
  const kinds = new Map<string, number>();
  const ends = new Map<string, number>();
  let first: number | undefined;
  let last: number | undefined;
  const { head, records, end, torn, damage } = readJournal(file, ({ record }) => {
    count(kinds, record.kind);
    if (record.kind === "ended") count(ends, String(record.detail.state));
    first ??= record.at;
    last = record.at;
  });
  const lines = [
    `${file}: ${records} records, ${end} bytes: each one's hash, its number, and that it follows the one before`,
    ...(first === undefined || last === undefined ? [] : [`from ${utc(first)} to ${utc(last)}`]),
    ...[...kinds].map(([kind, times]) => {
      const how = kind === "ended" ? ` (${[...ends].map(([state, of]) => `${of} ${state}`).join(", ")})` : "";
      return `${times} ${kindWords[kind] ?? kind}${how}`;
    }),
    `head: ${head.seq} ${head.hash}`,
  ].filter((line) => line !== "");
  if (torn !== undefined) lines.push(`after that ${torn.length} bytes of a record that was cut while it was written`);
  if (damage !== undefined) lines.push(`DAMAGED at ${damage}. Everything before it is good.`);
  return { ok: damage === undefined, lines };
}

function count(of: Map<string, number>, what: string): void {
  of.set(what, (of.get(what) ?? 0) + 1);
}

export function verify({ config: file }: { readonly config: string }): number {
  const config = readConfig(file);
  if (!config.ok) {
    complain(config.why);
    return 1;
  }
  const { ok, lines } = verifyFolder(config.value.state);
  process.stdout.write(`${lines.join("\n")}\n`);
  return ok ? 0 : 1;
}
