/** Small helpers that the tests of the bot's side share. */
import { setTimeout as pause } from "node:timers/promises";
import type { Unavailable } from "../../src/hypervisor/port.ts";
import type { Log } from "../../src/log.ts";
import type { JournalHead } from "../../src/protocol/wire.ts";

export type Line = { readonly level: string; readonly message: string; readonly values: Record<string, unknown> };

/** A log whose lines can be read. */
export function readableLog(): Log & { readonly lines: Line[] } {
  const lines: Line[] = [];
  const at = (level: string) => (values: Readonly<Record<string, unknown>>, message: string) =>
    void lines.push({ level, message, values });
  return { lines, debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
}

/** Heads kept in memory, with each one that was kept. */
export function memoryHeads(first?: JournalHead): {
  last(): JournalHead | undefined;
  keep(head: JournalHead): void;
  readonly kept: JournalHead[];
} {
  const kept: JournalHead[] = first === undefined ? [] : [first];
  return { kept, last: () => kept.at(-1), keep: (head) => void kept.push(head) };
}

/** Waits until it is so, or fails after ten seconds. */
export async function until(what: string, isSo: () => boolean, forMs = 10_000): Promise<void> {
  const end = Date.now() + forMs;
  while (!isSo()) {
    if (Date.now() > end) throw new Error(`waited ${forMs} ms in vain until ${what}`);
    await pause(10);
  }
}

/** What `onReachable` told, one word each: `up`, `unreachable`, `untrusted`, `incompatible`. */
export function told(list: string[]): (up: boolean, why?: Unavailable) => void {
  return (up, why) => void list.push(up ? "up" : (why?.kind ?? "?"));
}
