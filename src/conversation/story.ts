/** What happened to a request, told line by line: the bot's own record, and the executor's journal. */
import type { JournalEntry } from "../protocol/plan.ts";
import type { HistoryEntry } from "../store/store.ts";
import type { Block } from "./answer.ts";
import type { Context } from "./command.ts";

/** The events of a request's history that have a text; others are told by their own names. */
export const toldEvents = [
  "received",
  "refused",
  "misunderstood",
  "answered",
  "accepted",
  "late",
  "planned",
  "applied",
  "queued",
  "progress",
  "expired",
  "done",
  "failed",
  "fault",
  "delivered",
  "undeliverable",
  "restarted",
] as const;

/** The history, one line an event, with every detail that it holds. */
export function historyBlock(history: readonly HistoryEntry[], context: Context): Block {
  const items = history.map(({ at, event, detail }) => {
    const told = toldEvents.some((known) => known === event) ? context.say(`event-${event}`) : event;
    return line(context.moment(at), told, detailsOf(detail, context));
  });
  return { kind: "list", items };
}

/** The executor's own text of the plan, where one was made: to the letter. */
export function planBlock(history: readonly HistoryEntry[]): Block | undefined {
  const plan = history.findLast(({ event, detail }) => event === "planned" && typeof detail.text === "string");
  return plan === undefined ? undefined : { kind: "code", text: String(plan.detail.text) };
}

/** What the executor journalled: each thing that ran, how it ended, how long it took. */
export function journalBlock(entries: readonly JournalEntry[], context: Context): Block {
  const items = entries.map(({ at, kind, detail }) =>
    line(context.moment(at * 1000), kind, detailsOf(detail, context)),
  );
  return { kind: "list", items };
}

const line = (when: string, what: string, details: readonly string[]): string =>
  `${when} · ${what}${details.length === 0 ? "" : ` — ${details.join(", ")}`}`;

/** `text` is the plan's, which stands in a block of its own. What is empty or false says nothing. */
function detailsOf(detail: Readonly<Record<string, unknown>>, context: Context): readonly string[] {
  return Object.entries(detail).flatMap(([key, value]) => {
    if (key === "text" || value === undefined || value === null || value === "" || value === false) return [];
    if (Array.isArray(value) && value.length === 0) return [];
    return [context.say("detail", { key, value: wordsFor(key, value, context) })];
  });
}

function wordsFor(key: string, value: unknown, { moment, duration }: Context): string {
  if (typeof value === "number") {
    if (key === "expires" || key === "queuedUntil" || key === "created") return moment(value * 1000);
    if (key === "took") return duration(value * 1000);
    if (key === "ms" || key.endsWith("Ms")) return duration(value);
  }
  if (key === "argv" && Array.isArray(value)) return value.map((word) => argvWord(String(word))).join(" ");
  if (key === "hash" && typeof value === "string") return `${value.slice(0, 12)}…`;
  if (Array.isArray(value) && value.every((one) => typeof one !== "object")) return value.join(", ");
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

/** Quoted as a shell would want it, so that it can be read, and run by hand. */
const argvWord = (word: string): string =>
  /^[\w./:=@%+,-]+$/u.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
