/** An adapter on the Pleroma stand-in: what reached its inbox, what it logged, and answers as the outbox would send them. */

import { randomUUID } from "node:crypto";
import { type Clock, realClock } from "../../../src/chat/fediverse/clock.ts";
import { type FediverseOptions, fediverseNetwork } from "../../../src/chat/fediverse/network.ts";
import type { AdapterMemory, ChatNetwork, Delivery, Inbox, Incoming, Outgoing } from "../../../src/chat/port.ts";
import { testLog } from "../../rig/logs.ts";
import type { Call, Fault } from "../../rig/pleroma/faults.ts";
import { type Pleroma, startPleroma } from "../../rig/pleroma/pleroma.ts";

/** What outlives a run of the adapter. */
export function createMemory(): AdapterMemory & { readonly kept: Map<string, string> } {
  const kept = new Map<string, string>();
  return { kept, read: (key) => kept.get(key), write: (key, value) => void kept.set(key, value) };
}

/** Short enough for tests; polling alone would be seen as a slow test. */
export const quick = {
  requestMs: 400,
  startMs: 3000,
  pollMs: 50,
  streamedPollMs: 500,
  handshakeMs: 400,
  pingMs: 200,
  postsPerWindow: 1000,
};

/** Days in minutes: a clock that runs so many times faster, for what the adapter waits of its own will. */
export function fastClock(speed: number): Clock {
  const begun = Date.now();
  return {
    now: () => begun + (Date.now() - begun) * speed,
    sleep: (ms, signal) => realClock.sleep(ms / speed, signal),
  };
}

export type Rig = {
  readonly pleroma: Pleroma;
  readonly memory: ReturnType<typeof createMemory>;
  /** What reached the inbox, each event once, in order. */
  readonly inbox: Incoming[];
  /** Every delivery to the inbox, second ones too. */
  readonly delivered: Incoming[];
  readonly log: string[];
  readonly adapter: ChatNetwork;
  texts(): readonly string[];
  /** Ends the adapter and starts another one with the same memory. */
  restart(options?: Partial<FediverseOptions>): Promise<void>;
  /** Stops the adapter, with the server left running. */
  halt(): Promise<void>;
  stop(): Promise<void>;
};

export async function startRig(
  given: {
    readonly users?: readonly string[];
    readonly options?: Partial<FediverseOptions>;
    readonly inbox?: Inbox;
    readonly characters?: number;
    /** How many posts the server takes in ten seconds. */
    readonly posts?: number;
    readonly idempotencyMs?: number;
    readonly fault?: (call: Call) => Fault;
  } = {},
): Promise<Rig> {
  const limits = {
    posts: given.posts ?? 10_000,
    ...(given.characters === undefined ? {} : { characters: given.characters }),
  };
  const users = ["manchot", "zelie", "alice", ...(given.users ?? [])];
  const { idempotencyMs } = given;
  const pleroma = await startPleroma({ users, limits, ...(idempotencyMs === undefined ? {} : { idempotencyMs }) });
  if (given.fault !== undefined) pleroma.fault = given.fault;
  const memory = createMemory();
  const inbox: Incoming[] = [];
  const delivered: Incoming[] = [];
  const log: string[] = [];
  const begin = async (options: Partial<FediverseOptions> = {}): Promise<ChatNetwork> => {
    const adapter = fediverseNetwork({
      server: pleroma.url,
      accessToken: pleroma.user("manchot").token,
      memory,
      log: testLog(log),
      ...given.options,
      ...options,
      timing: { ...quick, ...given.options?.timing, ...options.timing },
    });
    await adapter.start((message) => {
      given.inbox?.(message);
      delivered.push(message);
      if (!inbox.some((one) => one.eventId === message.eventId)) inbox.push(message);
    });
    return adapter;
  };
  let adapter = await begin();
  return {
    pleroma,
    memory,
    inbox,
    delivered,
    log,
    get adapter() {
      return adapter;
    },
    texts: () => inbox.map((message) => message.text),
    async restart(options) {
      await adapter.stop();
      adapter = await begin(options);
    },
    halt: () => adapter.stop(),
    async stop() {
      await adapter.stop();
      pleroma.fault = () => "pass";
      await pleroma.stop();
    },
  };
}

/** An answer to a message, as the outbox would send it. */
export function answerTo(message: Incoming, words: string, more: Partial<Outgoing> = {}): Outgoing {
  return {
    venue: message.venue,
    inReplyTo: message.eventId,
    account: message.account,
    label: message.label,
    answer: { tone: "facts", blocks: [{ kind: "text", text: words }] },
    language: "fr",
    key: randomUUID(),
    again: false,
    tries: 0,
    parts: [],
    ...more,
  };
}

/** Sends a post until its outcome is known, by the outbox's rules, though without its waits. */
export async function settle(
  adapter: ChatNetwork,
  post: Outgoing,
): Promise<Exclude<Delivery, { kind: "retry" | "unknown" }>> {
  let next = post;
  for (let tries = 0; tries < 20; tries++) {
    const delivery = await adapter.send(next);
    if (delivery.kind === "sent" || delivery.kind === "rejected") return delivery;
    const parts = delivery.parts ?? next.parts;
    const { tries } = next;
    if (delivery.kind === "unknown") next = { ...next, again: true, tries: tries + 1, parts };
    else if (delivery.kind === "retry" && delivery.spent === true)
      next = { ...next, key: randomUUID(), tries: 0, parts };
    else next = { ...next, again: true, tries: tries + 1, parts };
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error("the outcome never became known");
}

export async function until(holds: () => boolean, timeoutMs = 10_000): Promise<void> {
  for (const end = Date.now() + timeoutMs; !holds(); ) {
    if (Date.now() > end) throw new Error(`not within ${timeoutMs} ms: ${holds}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
