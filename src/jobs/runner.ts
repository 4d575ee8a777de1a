/** Keeps the work going: each received message to its outcome, each change to its end, also across a restart. */
import { setTimeout as sleep, setImmediate as turn } from "node:timers/promises";
import { handle, settleFault } from "../conversation/journey.ts";
import { contextOf, type Parts } from "../conversation/parts.ts";
import { progressOf, type Under } from "../conversation/progress.ts";
import { who } from "../conversation/who.ts";
import { faultOf } from "../log.ts";
import type { Request } from "../store/store.ts";
import { isDiskFault } from "../store/unavailable.ts";
import { type Next, stepOf } from "./change.ts";
import { KeyedQueue } from "./keyed-queue.ts";

/** A change that is not over after so long gets a progress post; most are quicker, and need none. It is changed no faster. */
const progressAfterMs = 5_000;
/** The longest wait between two looks at an operation, should an event of its be lost. */
const lookAgainMs = 30_000;
/** After the disk refused a write: nothing is lost, and nothing is gained by asking it again at once. */
const diskRestMs = 5_000;
/** How often a step that throws is tried again before the person is told. */
const triesOfAStep = 4;

export interface Runner {
  /** A message came into the inbox. */
  received(request: Request): void;
  /** A change may go on. */
  wake(number: number): void;
  /** Takes up all that was on its way. */
  resume(): void;
  /** Resolves when nothing is on its way. */
  idle(): Promise<void>;
  /** Lets go: what is on its way stands in the store and is resumed by the next start. */
  stop(): void;
}

/** The parts are given late, because they hold the runner's own `wake`. */
export function createRunner(partsOf: () => Parts): Runner {
  const queue = new KeyedQueue();
  const driven = new Map<number, { wake: () => void }>();
  /** Those that wait for people: nothing is on its way for them. */
  const asleep = new Map<number, NodeJS.Timeout>();
  const work = new Set<Promise<void>>();
  const letGo = new AbortController();
  let stopped = false;

  function track(promise: Promise<void>): void {
    work.add(promise);
    void promise.finally(() => work.delete(promise));
  }

  async function receive(number: number): Promise<void> {
    while (!stopped) {
      const parts = partsOf();
      try {
        await receiveOnce(parts, number);
        return;
      } catch (fault) {
        // Neither the outcome nor the fault could be written: it stands in the inbox, and its turn comes again.
        parts.log.error({ request: number, ...faultOf(fault) }, "the store failed; a request waits for it");
        await rest(diskRestMs);
      }
    }
  }

  async function receiveOnce(parts: Parts, number: number): Promise<void> {
    const request = parts.store.find(number);
    if (request?.state !== "received") return;
    try {
      await handle(parts, request);
    } catch (fault) {
      if (isDiskFault(fault)) throw fault;
      parts.log.error({ request: number, ...faultOf(fault) }, "a request could not be handled");
      if (!stopped) settleFault(parts, request);
    }
  }

  /** Ends early when the runner is let go. */
  async function rest(ms: number): Promise<void> {
    await sleep(ms, undefined, { signal: letGo.signal }).catch(() => undefined);
  }

  function drive(number: number): void {
    const known = driven.get(number);
    known?.wake();
    if (known !== undefined || stopped) return;
    clearTimeout(asleep.get(number));
    asleep.delete(number);
    const bell = createBell();
    const here = { wake: bell.ring };
    driven.set(number, here);
    const gone = () => driven.get(number) === here && driven.delete(number);
    track(driveOn(number, bell).finally(gone));
  }

  async function driveOn(number: number, bell: Bell): Promise<void> {
    let quietUntil = Date.now() + progressAfterMs;
    let faults = 0;
    let told = "";
    while (!stopped) {
      const parts = partsOf();
      const request = parts.store.find(number);
      if (request === undefined) return;
      let next: Next;
      try {
        next = await stepOf(parts, request);
        faults = 0;
      } catch (fault) {
        parts.log.error({ request: number, ...faultOf(fault) }, "a step of a change failed");
        faults += 1;
        if (faults === triesOfAStep && !isDiskFault(fault)) tell(parts, request, { fault: true });
        await bell.wait(Math.min(lookAgainMs, 250 * 2 ** faults));
        continue;
      }
      if (stopped || next.kind === "ended") return;
      if (next.kind === "again") continue;
      // Nothing is under way: it may take hours, and whoever waits for the bot to be idle does not wait for people.
      if (next.kind === "people") {
        if (bell.rung()) continue;
        return later(number);
      }
      const quiet = Math.max(0, quietUntil - Date.now());
      if (quiet === 0) {
        const { mark } = progressOf(parts, request, next);
        if (mark !== told) {
          tell(parts, request, next);
          quietUntil = Date.now() + progressAfterMs;
        }
        told = mark;
      }
      await bell.wait(quiet > 0 ? quiet : lookAgainMs);
    }
  }

  /** Looks at it again after a while, should the event that wakes it be lost. */
  function later(number: number): void {
    // At once: from here on a ring begins a new drive, or it would be heard by nobody.
    driven.delete(number);
    const timer = setTimeout(() => drive(number), lookAgainMs);
    timer.unref();
    asleep.set(number, timer);
  }

  function tell(parts: Parts, request: Request, under: Under): void {
    const { answer, detail } = progressOf(parts, request, under);
    const { language } = contextOf(parts, request);
    try {
      parts.store.note(request.number, "progress", detail, [{ purpose: "progress", answer, language }], parts.now());
    } catch (fault) {
      // Progress may go untold; the change itself goes on.
      parts.log.error({ request: request.number, ...faultOf(fault) }, "progress could not be kept");
    }
    parts.deliver();
  }

  return {
    received(request) {
      if (who(partsOf().people, request) === undefined) {
        // One line for all of them, and a turn of the event loop after each: whoever is known is taken before.
        track(queue.run("strangers", () => receive(request.number).then(() => turn())));
        return;
      }
      const key = `${request.network} ${request.venue.place} ${request.account}`;
      track(queue.run(key, () => receive(request.number)));
    },
    wake: drive,
    resume() {
      for (const request of partsOf().store.unfinished()) {
        if (request.state === "received") this.received(request);
        else drive(request.number);
      }
    },
    async idle() {
      while (work.size > 0) await Promise.allSettled(work);
    },
    stop() {
      stopped = true;
      letGo.abort();
      for (const timer of asleep.values()) clearTimeout(timer);
      for (const { wake } of driven.values()) wake();
    },
  };
}

/** Wakes one waiter, also one that comes to wait just after the ring. `rung`: since it was last waited or asked for. */
type Bell = {
  readonly ring: () => void;
  readonly rung: () => boolean;
  readonly wait: (ms: number) => Promise<void>;
};

function createBell(): Bell {
  let rung = false;
  let release: (() => void) | undefined;
  return {
    ring() {
      rung = true;
      release?.();
    },
    rung() {
      const was = rung;
      rung = false;
      return was;
    },
    wait(ms) {
      return new Promise((resolve) => {
        const timer = setTimeout(() => release?.(), ms);
        release = () => {
          clearTimeout(timer);
          release = undefined;
          rung = false;
          resolve();
        };
        if (rung) release();
      });
    },
  };
}
