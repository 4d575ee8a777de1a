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

/**
 * What is to be written: delivered, again with the same key (`postpone`), again with a new one (`renew`; `reject` where it
 * counts towards giving up), given up, or left out. `parts`: see `Delivery`.
 */
export type Verdict = { readonly parts?: readonly string[] } & (
  | { readonly kind: "delivered"; readonly eventId: string }
  | { readonly kind: "postpone" | "renew" | "reject"; readonly afterMs: number; readonly why: string }
  | { readonly kind: "give-up" | "leave-out"; readonly why: string }
);

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
  const told = {
    why: delivery.why.slice(0, longestWhy),
    ...(delivery.parts === undefined ? {} : { parts: delivery.parts }),
  };
  switch (delivery.kind) {
    case "retry": {
      const afterMs = between(leastWaitMs, delivery.afterMs, hourMs);
      return { kind: delivery.spent === true ? "renew" : "postpone", afterMs, ...told };
    }
    case "unknown":
      return { kind: "postpone", afterMs: unknownBackOffMs[entry.tries] ?? unknownBackOffMs[6], ...told };
    case "rejected": {
      const afterMs = rejectedBackOffMs[entry.rejections];
      return afterMs === undefined ? { kind: "give-up", ...told } : { kind: "reject", afterMs, ...told };
    }
  }
}

function outgoingOf({ request, post, edits, key, again, tries, parts }: OutboxEntry): Outgoing {
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
    again,
    tries,
    parts,
    ...(edits === undefined ? {} : { edits }),
  };
}

/** A number that an adapter got from afar; what is none counts as the least. */
const between = (least: number, value: number, most: number): number =>
  Number.isNaN(value) ? least : Math.round(Math.max(least, Math.min(most, value)));
