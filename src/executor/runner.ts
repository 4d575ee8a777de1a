/** Which accepted operations are carried out now: those whose time has come, whose targets are free, and that no pause holds back. */

import type { Failure } from "../protocol/wire.ts";
import { Holds } from "./holds.ts";
import type { Host } from "./host/host.ts";
import { JournalFault } from "./journal/journal.ts";
import type { Ledger } from "./ledger.ts";
import { Locks } from "./locks.ts";
import { isOver, type Remembered } from "./memory.ts";
import { kinds } from "./operations/table.ts";
import { pause } from "./pause.ts";
import { mostBefore } from "./standing.ts";
import { Steps, type Work } from "./steps.ts";
import { traceOf } from "./words.ts";

const afterFullDisk = 10_000;
/** An operation that waits for its time looks at the clock again and again: a timer may be early, or cannot be so long. */
const longestTimer = 5_000;

export type Surroundings = {
  readonly host: Host;
  readonly ledger: Ledger;
  /** Called whenever an operation has moved on. */
  readonly tell: (known: Remembered) => void;
  readonly log: (line: string) => void;
  /** Why an operation may not be begun now although it was accepted, or nothing. */
  readonly objection: (known: Remembered) => Failure | undefined;
  /** Called with what must end the program: the disk cannot be trusted any more, or the executor has a fault. */
  readonly fatal: (error: unknown) => void;
};

export class Runner {
  readonly #around: Surroundings;
  readonly #locks = new Locks<Remembered>();
  /** They wait until changes are resumed. */
  readonly #paused = new Set<Remembered>();
  readonly #holds: Holds;
  readonly #stopping = new AbortController();
  readonly #running = new Set<Promise<void>>();
  readonly #toldBefore = new WeakMap<Remembered, string>();
  readonly #thawing = new Map<string, Promise<void>>();
  readonly #timers = new Set<NodeJS.Timeout>();
  readonly #steps: Steps;

  constructor(around: Surroundings) {
    this.#around = around;
    this.#holds = new Holds(around);
    this.#steps = new Steps({
      ...around,
      holds: this.#holds,
      stopping: this.#stopping.signal,
      mustWait: (known) => this.#mustWait(known),
    });
  }

  /** Runs an accepted operation as soon as its time has come and its targets are free. */
  start(known: Remembered): void {
    if (isOver(known)) return;
    const wait = (known.goes ?? 0) * 1000 - this.#around.host.monotonic();
    if (wait > 0) {
      this.#later(Math.min(wait, longestTimer), () => this.start(known));
      return;
    }
    if (this.#mustWait(known)) {
      this.#putOff(known);
      return;
    }
    const run = this.#locked(known).catch((error: unknown) => {
      if (!(error instanceof JournalFault) || error.lost) throw error;
      // A full disk: nothing was begun that is not in the journal, so the operation is simply taken up again.
      this.#later(afterFullDisk, () => this.start(known));
    });
    const guarded = run.catch(this.#around.fatal).finally(() => this.#running.delete(guarded));
    this.#running.add(guarded);
  }

  /** An operation came to its end before it was begun: it stands in nobody's way any more. */
  withdraw(known: Remembered): void {
    this.#paused.delete(known);
    this.#locks.withdraw(known);
    this.#tellWaiting();
  }

  /** Who holds, or asked before for, what this one waits for. */
  inTheWayOf(known: Remembered): readonly Remembered[] {
    return this.#locks.inTheWayOf(known);
  }

  /** Changes are paused, and this one, which is none of the executor's own, was not begun before. */
  #mustWait({ state, do: what }: Remembered): boolean {
    return this.#around.ledger.memory.paused !== undefined && state === "accepted" && kinds[what].own === undefined;
  }

  #putOff(known: Remembered): void {
    this.#paused.add(known);
    this.#around.tell(known);
  }

  #resume(): void {
    const waiting = [...this.#paused];
    this.#paused.clear();
    for (const known of waiting) this.start(known);
  }

  /** Whether changes are paused is a part of how they stand. */
  #tellQueued(): void {
    const { memory } = this.#around.ledger;
    for (const known of memory.open()) if (known.state === "accepted") this.#around.tell(known);
  }

  /** Those that still wait may wait for somebody else now: only what has changed is told. */
  #tellWaiting(): void {
    for (const known of this.#locks.waiting()) {
      const before = this.#locks
        .inTheWayOf(known)
        .slice(0, mostBefore)
        .map(({ id }) => id)
        .join(" ");
      if (this.#toldBefore.get(known) === before) continue;
      this.#toldBefore.set(known, before);
      this.#around.tell(known);
    }
  }

  /** Thaws what an earlier process may have left frozen for this operation, at once. */
  thaw(known: Remembered): void {
    this.#thawing.set(known.id, this.#holds.recover(known));
  }

  /** Begins nothing more, and waits for the steps in hand, for `atMost` milliseconds. */
  async stop(atMost: number): Promise<void> {
    this.#stopping.abort();
    for (const timer of this.#timers) clearTimeout(timer);
    const bound = new AbortController();
    await Promise.race([Promise.all(this.#running), pause(atMost, bound.signal)]);
    bound.abort();
    this.#holds.stop();
  }

  #later(ms: number, what: () => void): void {
    if (this.#stopping.signal.aborted) return;
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      what();
    }, ms);
    this.#timers.add(timer);
  }

  async #locked(known: Remembered): Promise<void> {
    const planned = this.#around.ledger.planned(known);
    const free = this.#locks.acquire(known, planned.locks);
    if (this.#locks.inTheWayOf(known).length > 0) this.#around.tell(known);
    const release = await free;
    if (release === undefined) return;
    try {
      // What is thawed must not have been frozen anew by the very operation that it was frozen for.
      await this.#thawing.get(known.id);
      if (this.#stopping.signal.aborted || isOver(known)) return;
      const work = { known, planned, kind: kinds[planned.plan.do], recovered: known.state === "running" };
      const went = await this.#steps.run(work).catch((error: unknown) => this.#stumbled(work, error));
      // It waits; or goes on, where changes were resumed meanwhile.
      if (went === "paused") this.start(known);
      if (known.state === "done" && work.kind.own === "resumed") this.#resume();
      if (known.state === "done" && work.kind.own !== undefined) this.#tellQueued();
    } finally {
      release();
      this.#tellWaiting();
    }
  }

  /** A fault of the executor itself ends the one operation, told as what it is: not known. */
  #stumbled(work: Work, error: unknown): "ended" {
    if (error instanceof JournalFault) throw error;
    if (isOver(work.known)) throw error;
    this.#around.log(`operation ${work.known.id} met a fault: ${traceOf(error)}`);
    return this.#steps.end(work, {
      state: "failed",
      failure: { reason: "interrupted", detail: { because: "a fault of the executor" } },
    });
  }
}
