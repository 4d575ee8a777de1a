/** What became of a request, told line by line: the bot's own record, and the executor's journal. */
import type { JournalEntry } from "../protocol/plan.ts";
import type { HistoryEntry } from "../store/store.ts";
import type { Block } from "./answer.ts";
import type { Context } from "./command.ts";
import { detailInWords } from "./details.ts";
import { progressStates } from "./progress.ts";

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
  ...progressStates.map((state) => `progress-${state}` as const),
  "expired",
  "approval-wanted",
  "approval-brought",
  "approval-given",
  "code-burnt",
  "cancel-asked",
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

/** What the executor's records are called in the texts; a kind that is not here is told by its own name. */
export const toldRecords = [
  "planned",
  "accepted",
  "read",
  "begun",
  "ran",
  "stepped",
  "refused",
  "approved",
  "factor-wrong",
  "cancel-asked",
  "holding",
  "released",
  "released-early",
  "freeze",
  "thaw",
  "paused",
  "resumed",
  "ended",
  "ended-done",
  "ended-failed",
  "ended-expired",
  "ended-denied",
  "ended-cancelled",
] as const;

/** The history, one line an event, with every detail that it holds. */
export function historyBlock(history: readonly HistoryEntry[], context: Context): Block {
  const items = history.map(({ at, event, detail }) => {
    const special = `${event}-${String(detail.state)}`;
    const isSpecial = event === "progress" && isTold(toldEvents, special);
    const id = isSpecial ? special : event;
    const told = isTold(toldEvents, id) ? context.say(`event-${id}`) : event;
    // The plan's text stands in a block of its own.
    return line(context.moment(at), told, detailsOf(detail, isSpecial ? ["state"] : ["text"], context));
  });
  return { kind: "list", items };
}

const isTold = (known: readonly string[], name: string): boolean => known.includes(name);

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
  const names = targetNames(entries);
  const items = entries.flatMap((entry, index) => {
    const when = context.moment(entry.at * 1000);
    if (!isQuietRead(entry)) {
      const { what, details } = recordInWords(entry, names, context);
      return [line(when, what, details)];
    }
    const before = entries[index - 1];
    if (before !== undefined && isQuietRead(before)) return [];
    const end = entries.findIndex((other, at) => at > index && !isQuietRead(other));
    return [line(when, context.say("why-reads", { count: (end === -1 ? entries.length : end) - index }), [])];
  });
  return { kind: "list", items };
}

type Detail = JournalEntry["detail"];

/** The names of the plan's targets, by their UUIDs and GUIDs: the journal's later records have only these. */
function targetNames(entries: readonly JournalEntry[]): ReadonlyMap<string, string> {
  const plan = record(entries.find(({ kind }) => kind === "planned")?.detail.plan);
  const targets = Array.isArray(plan.targets) ? plan.targets.map(record) : [];
  return new Map(targets.map(({ id, name }) => [String(id), String(name)]));
}

/** The journal is the executor's; what it holds is looked at piece by piece, and told as far as it is understood. */
const record = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null ? { ...value } : {};

type Told = { readonly what: string; readonly details: readonly string[] };

/** One record in words: who did what, and the rest of what it holds as details. */
function recordInWords({ kind, detail }: JournalEntry, names: ReadonlyMap<string, string>, context: Context): Told {
  const { say, duration } = context;
  const told = (what: string, elsewhere: readonly string[] = [], of: Detail = detail): Told => ({
    what,
    details: detailsOf(of, elsewhere, context),
  });
  const by = String(detail.by ?? "?");
  switch (kind) {
    case "planned":
      return told(say("record-planned"), ["plan", "with", "basis", "locks", "body"]);
    case "approved": {
      const factor = ["totp", "signature", "host"].find((known) => known === detail.kind);
      const how = factor === undefined ? String(detail.kind) : say(`factor-kind-${factor}`);
      // Of a code the time steps that it spent say nothing to people, and of root's yes there is no mark.
      const hidden = factor === "signature" ? ["by", "kind"] : ["by", "kind", "factor", "steps"];
      return told(say("record-approved", { by, how }), hidden);
    }
    case "factor-wrong":
      return told(say("record-factor-wrong", { by }), ["by"]);
    case "cancel-asked":
      return told(say("record-cancel-asked", { by }), ["by"]);
    case "paused":
      return told(say("record-paused", { by }), ["by"]);
    case "resumed":
      return told(say("record-resumed", { by }), ["by"]);
    case "holding": {
      const holds = Array.isArray(detail.holds) ? detail.holds.map(record) : [];
      const guests = holds.map(({ vm }) => names.get(String(vm)) ?? String(vm)).join(", ");
      return told(say("record-holding", { guests, most: duration(Number(detail.atMost) * 1000) }), ["holds", "atMost"]);
    }
    case "released": {
      const guest = names.get(String(detail.vm)) ?? String(detail.vm);
      return told(say(detail.early === true ? "record-released-early" : "record-released", { guest }), ["vm", "early"]);
    }
    case "hold-run": {
      const isFreeze = Array.isArray(detail.argv) && detail.argv.includes("domfsfreeze");
      return told(say(isFreeze ? "record-freeze" : "record-thaw"));
    }
    case "ended":
      return endInWords(detail, context);
    case "refused": {
      const reason = { ...detail, ...record(detail.detail) };
      return told(say("record-refused"), ["detail"], reason);
    }
    default:
      return told(isTold(toldRecords, kind) ? say(`record-${kind}`) : kind);
  }
}

function endInWords(detail: Detail, context: Context): Told {
  const failure = record(detail.failure);
  const why = record(failure.detail);
  const state = ["done", "failed", "expired", "denied", "cancelled"].find((known) => known === detail.state);
  const what =
    state === undefined
      ? context.say("record-ended")
      : context.say(`record-ended-${state}`, { by: String(why.by ?? "?") });
  // Who ended it and how is said already.
  const isDecided = state === "denied" || state === "cancelled";
  const reason = failure.reason === undefined || isDecided ? {} : { reason: failure.reason };
  const { failure: _, state: __, ...rest } = detail;
  return { what, details: detailsOf({ ...rest, ...reason, ...why }, isDecided ? ["by"] : [], context) };
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
    return [detailInWords(key, value, detail, context)];
  });
}
