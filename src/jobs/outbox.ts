/**
 * The outbox's pump: brings the store's posts to their networks, each until its outcome is known. The threads go side by
 * side, the posts of one thread one after the other; one network that hangs holds up no other.
 */
import { networks as allNetworks, type ChatNetwork, type Network } from "../chat/port.ts";
import type { Log } from "../log.ts";
import { point } from "../points.ts";
import type { OutboxEntry, Store } from "../store/store.ts";
import { deliver, type Verdict } from "./delivery.ts";

/** How many posts of one network may be under way at once. */
const lanesPerNetwork = 4;
/** The longest sleep: what bounds the harm of a clock that was set. */
const longestSleepMs = 60_000;
/** After a fault of the store itself (a full disk): to go on would repeat posts whose outcome cannot be kept. */
const restMs = 5_000;
/** How long `stop` waits for posts under way. What is cut off is tried again by the next start, with the same key. */
const stopWithinMs = 2_000;

export interface Outbox {
  /** Something may be due. Cheap, never throws. */
  wake(): void;
  /** Resolves when nothing is due nor under way; what was postponed is not waited for. */
  idle(): Promise<void>;
  /** Begins nothing more and waits shortly for what is under way; afterwards the store is not touched any more. */
  stop(): Promise<void>;
}

export function createOutbox(parts: {
  readonly store: Store;
  readonly networks: ReadonlyMap<Network, ChatNetwork>;
  readonly now: () => number;
  readonly log: Log;
}): Outbox {
  const { store, networks, now, log } = parts;
  /** By thread. */
  const underWay = new Map<string, { readonly network: Network; readonly done: Promise<void> }>();
  let waitingForIdle: (() => void)[] = [];
  let timer: NodeJS.Timeout | undefined;
  let woken = false;
  let stopped = false;
  let letGo = false;
  /** On the monotonic clock. */
  let restsUntil = 0;

  function wake(): void {
    if (woken || stopped) return;
    woken = true;
    // Not in the caller's stack: no post is sent in the middle of somebody's step.
    setImmediate(() => {
      woken = false;
      pump();
    });
  }

  function pump(): void {
    if (stopped) return;
    const rest = restsUntil - performance.now();
    if (rest > 0) {
      sleep(rest);
      return;
    }
    try {
      // One moment for all of it: what falls due while this runs is neither due nor later to two looks at the clock.
      const moment = now();
      for (const network of allNetworks) fill(network, moment);
      const next = store.nextDue();
      if (underWay.size === 0 && (next === undefined || next > moment)) release();
      // Whatever is due already goes on when something that is under way ends; the clock is for what is not due yet.
      const later = store.nextDue(moment);
      sleep(later === undefined ? undefined : later - moment);
    } catch (fault) {
      takeRest(fault);
    }
  }

  /** Begins what is due on this network, as far as there is room. */
  function fill(network: Network, moment: number): void {
    let room = lanesPerNetwork - underWay.values().reduce((sum, one) => sum + (one.network === network ? 1 : 0), 0);
    if (room === 0) return;
    // At most one entry a thread is due: beside those of the threads under way, this many leave enough for the room.
    for (const entry of store.due(moment, lanesPerNetwork, network)) {
      const thread = threadOf(entry);
      if (room === 0) return;
      if (underWay.has(thread)) continue;
      room -= 1;
      const done = bring(entry).finally(() => {
        underWay.delete(thread);
        wake();
      });
      underWay.set(thread, { network, done });
    }
  }

  async function bring(entry: OutboxEntry): Promise<void> {
    const verdict = await deliver(networks.get(entry.request.network), entry);
    if (letGo) return;
    try {
      keep(entry.id, verdict);
    } catch (fault) {
      return takeRest(fault);
    }
    if (verdict.kind === "delivered") point("delivered");
    report(entry, verdict);
  }

  function keep(id: number, verdict: Verdict): void {
    if (verdict.kind === "delivered") {
      store.delivered(id, verdict.eventId, now());
      return;
    }
    const { kind, why, parts } = verdict;
    if (kind === "postpone") store.postpone(id, now() + verdict.afterMs, why, parts);
    else if (kind === "renew") store.renew(id, now() + verdict.afterMs, why, parts);
    else if (kind === "reject") store.reject(id, now() + verdict.afterMs, why, false, parts);
    else store.reject(id, now(), why, true, parts);
  }

  function report(entry: OutboxEntry, verdict: Verdict): void {
    const values = { request: entry.request.number, network: entry.request.network, post: entry.id, ...verdict };
    if (verdict.kind === "give-up") log.error(values, "a post was rejected again and again, and is given up");
    else if (verdict.kind === "reject") log.warn(values, "a post was rejected");
    else if (verdict.kind === "postpone" || verdict.kind === "renew") log.warn(values, "a post will be tried again");
    else log.debug(values, "a post is settled");
  }

  function takeRest(fault: unknown): void {
    log.error({ why: fault instanceof Error ? fault.message : "unknown" }, "the store failed; the outbox takes a rest");
    restsUntil = performance.now() + restMs;
    sleep(restMs);
  }

  /** Undefined: until somebody wakes it. */
  function sleep(forMs: number | undefined): void {
    clearTimeout(timer);
    if (forMs === undefined || stopped) return;
    timer = setTimeout(pump, Math.min(longestSleepMs, Math.ceil(forMs)));
  }

  function release(): void {
    const released = waitingForIdle;
    waitingForIdle = [];
    for (const resolve of released) resolve();
  }

  return {
    wake,
    idle() {
      if (stopped) return Promise.resolve();
      return new Promise((resolve) => {
        waitingForIdle.push(resolve);
        wake();
      });
    },
    async stop() {
      stopped = true;
      clearTimeout(timer);
      await atMost(stopWithinMs, Promise.all(underWay.values().map((one) => one.done)));
      letGo = true;
      release();
    },
  };
}

const threadOf = ({ request }: OutboxEntry): string =>
  JSON.stringify([request.network, request.venue.place, request.venue.thread]);

/** Waits for the work, but no longer than so; leaves no timer behind. */
async function atMost(ms: number, work: Promise<unknown>): Promise<void> {
  const { promise: over, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, ms);
  await Promise.race([work, over]);
  clearTimeout(timer);
}
