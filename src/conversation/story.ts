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
  "approval-wanted",
  "code-burnt",
  "code-not-burnt",
  "cancelled",
  "denied",
  "unapproved",
  "done",
  "failed",
  "fault",
  "delivered",
  "unanswered",
  "undeliverable",
  "restarted",
] as const;

/** The kinds of the executor's records that have a text; others are told by their own names. */
export const toldRecords = ["planned", "accepted", "read", "begun", "ran", "stepped", "ended", "refused"] as const;

/** Details that have a word of their own in each language; others are told by their keys. */
export const toldKeys = [
  "action",
  "argv",
  "attempt",
  "by",
  "class",
  "code",
  "command",
  "due",
  "eventId",
  "expires",
  "hash",
  "id",
  "identity",
  "ms",
  "reason",
  "recovered",
  "result",
  "rules",
  "run",
  "state",
  "step",
  "took",
  "wants",
  "why",
  "words",
] as const;

/** The history, one line an event, with every detail that it holds. */
export function historyBlock(history: readonly HistoryEntry[], context: Context): Block {
  const items = history.map(({ at, event, detail }) => {
    const told = toldEvents.some((known) => known === event) ? context.say(`event-${event}`) : event;
    // The plan's text stands in a block of its own.
    return line(context.moment(at), told, detailsOf(detail, ["text"], context));
  });
  return { kind: "list", items };
}

/** The executor's own text of the plan, where one was made: to the letter. */
export function planBlock(history: readonly HistoryEntry[]): Block | undefined {
  const plan = history.findLast(({ event, detail }) => event === "planned" && typeof detail.text === "string");
  return plan === undefined ? undefined : { kind: "code", text: String(plan.detail.text).trimEnd() };
}

/**
 * What the executor journalled: each thing that ran, how it ended, how long it took. Looks at the host that went well
 * are counted, not listed: the journal at the host has each.
 */
export function journalBlock(entries: readonly JournalEntry[], context: Context): Block {
  const isQuietRead = ({ kind, detail }: JournalEntry): boolean => kind === "read" && detail.code === 0;
  const items = entries.flatMap((entry, index) => {
    const when = context.moment(entry.at * 1000);
    if (!isQuietRead(entry)) {
      const shown = entry.kind === "planned" ? ["plan", "with", "basis", "locks", "body"] : [];
      const told = toldRecords.some((known) => known === entry.kind) ? context.say(`record-${entry.kind}`) : entry.kind;
      return [line(when, told, detailsOf(entry.detail, shown, context))];
    }
    const before = entries[index - 1];
    if (before !== undefined && isQuietRead(before)) return [];
    const end = entries.findIndex((other, at) => at > index && !isQuietRead(other));
    return [line(when, context.say("why-reads", { count: (end === -1 ? entries.length : end) - index }), [])];
  });
  return { kind: "list", items };
}

const line = (when: string, what: string, details: readonly string[]): string =>
  `${when} · ${what}${details.length === 0 ? "" : ` — ${details.join(", ")}`}`;

/** All details but those that stand elsewhere. What is empty or false says nothing. */
function detailsOf(
  detail: Readonly<Record<string, unknown>>,
  elsewhere: readonly string[],
  context: Context,
): readonly string[] {
  return Object.entries(detail).flatMap(([key, value]) => {
    if (elsewhere.includes(key) || value === undefined || value === null || value === "" || value === false) return [];
    if (Array.isArray(value) && value.length === 0) return [];
    const named = toldKeys.some((known) => known === key) ? context.say(`key-${key}`) : key;
    return [context.say("detail", { key: named, value: wordsFor(key, value, context) })];
  });
}

/** Moments in seconds since 1970, and spans in seconds, as the executor has them. */
const moments = ["expires", "queuedUntil", "created", "due"];

function wordsFor(key: string, value: unknown, { say, moment, duration }: Context): string {
  if (value === true) return say("yes");
  if (typeof value === "number") {
    if (moments.includes(key)) return moment(value * 1000);
    if (key === "took") return value < 1 ? say("under-a-second") : duration(value * 1000);
    if (key === "ms" || key.endsWith("Ms")) return duration(value);
  }
  if (key === "argv" && Array.isArray(value)) return value.map((word) => argvWord(String(word))).join(" ");
  if (key === "hash" && typeof value === "string") return `${value.slice(0, 12)}…`;
  if (Array.isArray(value) && value.every((one) => typeof one !== "object")) return value.join(", ");
  if (key === "result") return namesIn(value).join(", ") || JSON.stringify(value);
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

/** The names of what an operation made, wherever they stand in its result. */
function namesIn(value: unknown): readonly string[] {
  if (typeof value !== "object" || value === null) return [];
  if ("name" in value && typeof value.name === "string") return [value.name];
  return Object.values(value).flatMap(namesIn);
}

/** Quoted as a shell would want it, so that it can be read, and run by hand. */
const argvWord = (word: string): string =>
  /^[\w./:=@%+,-]+$/u.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
