/** One post's delivery: what is sent, what became of it, and what follows from that. */
import type { ChatNetwork, Delivery, Outgoing } from "../chat/port.ts";
import type { OutboxEntry } from "../store/store.ts";

/** Waits after the first, second, … try whose outcome is unknown; the last one goes on for good. */
const unknownBackOffMs = [1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000] as const;
/** Waits after each definite rejection; then it is given up. */
const rejectedBackOffMs = [1_000, 5_000, 30_000, 120_000, 600_000] as const;
const leastWaitMs = 250;
const hourMs = 3_600_000;
/** A peer's words are kept in the store and the log: no more than so many characters of them. */
const longestWhy = 300;

/** What is to be written: delivered, again with the same key, again with a new one, given up, or left out. */
export type Verdict =
  | { readonly kind: "delivered"; readonly eventId: string }
  | { readonly kind: "postpone" | "reject"; readonly afterMs: number; readonly why: string }
  | { readonly kind: "give-up" | "leave-out"; readonly why: string };

/** Sends a post, once, and says what follows. Never rejects. `network`: undefined where this bot has none such. */
export async function deliver(network: ChatNetwork | undefined, entry: OutboxEntry): Promise<Verdict> {
  if (network === undefined) return { kind: "postpone", afterMs: hourMs, why: "this network is not configured" };
  if (entry.post.purpose === "progress" && !network.edits) {
    return { kind: "leave-out", why: "progress is shown by edits, which this network does not have" };
  }
  try {
    return verdictOn(await network.send(outgoingOf(entry)), entry);
  } catch (fault) {
    // The message alone: clients' errors hold whole requests, with tokens in them.
    return verdictOn({ kind: "unknown", why: fault instanceof Error ? fault.message : "the adapter failed" }, entry);
  }
}

function verdictOn(delivery: Delivery, entry: OutboxEntry): Verdict {
  if (delivery.kind === "sent") return { kind: "delivered", eventId: delivery.eventId };
  const why = delivery.why.slice(0, longestWhy);
  switch (delivery.kind) {
    case "retry":
      return { kind: "postpone", afterMs: between(leastWaitMs, delivery.afterMs, hourMs), why };
    case "unknown":
      return { kind: "postpone", afterMs: unknownBackOffMs[entry.tries] ?? unknownBackOffMs[6], why };
    case "rejected": {
      const afterMs = rejectedBackOffMs[entry.attempt];
      return afterMs === undefined ? { kind: "give-up", why } : { kind: "reject", afterMs, why };
    }
  }
}

function outgoingOf({ request, post, edits, key }: OutboxEntry): Outgoing {
  const { venue, eventId, account, label } = request;
  const { answer, language } = post;
  return {
    venue,
    inReplyTo: eventId,
    account,
    label,
    answer,
    language,
    key,
    ...(edits === undefined ? {} : { edits }),
  };
}

/** A number that an adapter got from afar; what is none counts as the least. */
const between = (least: number, value: number, most: number): number =>
  Number.isNaN(value) ? least : Math.round(Math.max(least, Math.min(most, value)));
