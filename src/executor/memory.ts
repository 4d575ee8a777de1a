/**
 * What the executor remembers of its operations, a few hundred bytes each: the rest (plans, results, argv) stays in the
 * journal and is read from there when it is asked for.
 */
import type { ChangeName } from "../protocol/operations.ts";
import { type FactorKind, isFinal, type Operation, type PlanHold } from "../protocol/plan.ts";
import { FactorTally } from "./factors/tally.ts";
import type { Placed } from "./journal/read.ts";
import type { JournalRecord } from "./journal/record.ts";
import {
  accepted,
  approved,
  begun,
  cancelAsked,
  ended,
  holding,
  planned,
  released,
  stepped,
  stopped,
} from "./journal/records.ts";

/** How long an operation's id is remembered, and so never runs again: a year and a day, in seconds. */
export const rememberedFor = 366 * 24 * 3600;
/** So many operations are remembered whatever the clock says. */
const alwaysRemembered = 10_000;

const maximumStrangers = 10_000;

export type Remembered = {
  readonly id: string;
  readonly do: ChangeName;
  readonly body: string;
  /** The plan's hash. */
  readonly hash: string;
  readonly expires: number;
  readonly steps: number;
  /** Where the journal has the plan. */
  readonly plannedAt: number;
  state: "planned" | "accepted" | "running" | "done" | "failed" | "expired" | "denied" | "cancelled";
  /** Each yes that was given. `factor`: which of the person's it was. */
  readonly approvals: {
    readonly person: string;
    readonly kind: FactorKind;
    readonly at: number;
    readonly factor: string;
  }[];
  cancelAsked?: { readonly by: string; readonly at: number };
  /** Who applied it, how long it was to wait then, and from when it may run: seconds, and seconds since 1970. */
  identity?: string;
  wait: number;
  due?: number;
  /** The same by the clock that nobody sets, in seconds. It is this process's own: no record tells it. */
  goes?: number;
  /** Guests that may be frozen for it. */
  holding: readonly PlanHold[];
  /** What it waits for. It is this process's own, as `goes`. */
  progress?: Operation["progress"];
  /** Steps whose effect stands. */
  done: number;
  /** Steps begun. */
  step: number;
  /** How often the step in hand was begun: more than once only after crashes. */
  tries: number;
  started?: number;
  ended?: number;
  /** Where the journal has the end. */
  endedAt?: number;
};

/** It has come to its end: nothing moves it on any more. */
export function isOver({ state }: Remembered): boolean {
  return state !== "accepted" && isFinal({ state });
}

export class Memory {
  readonly #operations = new Map<string, Remembered>();
  /** Where the journal has the records of an id, refused plans included. */
  readonly #entries = new Map<string, number[]>();
  readonly #strangers = new Set<string>();
  readonly factors = new FactorTally();
  /** Changes are paused: by whom, and since when. */
  paused: { readonly by: string; readonly at: number } | undefined;
  /** When the last record was written. */
  #last = 0;

  get(id: string): Remembered | undefined {
    return this.#operations.get(id);
  }

  /** All that were planned and can still be applied, queued or running; the newest first. */
  moving(now: number): Remembered[] {
    return [...this.#operations.values()]
      .filter((known) => !isOver(known) && (known.state !== "planned" || known.expires >= now))
      .reverse();
  }

  /** All that were ever accepted, in the order in which they might run. */
  accepted(): Remembered[] {
    return [...this.#operations.values()]
      .filter(({ due }) => due !== undefined)
      .sort((a, b) => (a.due ?? 0) - (b.due ?? 0));
  }

  /** Those for which a guest may still be frozen, whether they are over or not. */
  holding(): Remembered[] {
    return [...this.#operations.values()].filter(({ holding }) => holding.length > 0);
  }

  /** Accepted and not ended, in that order. */
  open(): Remembered[] {
    return this.accepted().filter((known) => !isOver(known));
  }

  /** Where the journal has the records that name this id. */
  entries(id: string): readonly number[] {
    return this.#entries.get(id) ?? [];
  }

  /** Ids that were refused and never planned are remembered for `why` alone: no more than so many of them. */
  #spare(id: string): void {
    if (this.#operations.has(id)) return;
    this.#strangers.delete(id);
    this.#strangers.add(id);
    for (const oldest of this.#strangers) {
      if (this.#strangers.size <= maximumStrangers) return;
      this.#strangers.delete(oldest);
      this.#entries.delete(oldest);
    }
  }

  /** Takes in one record: at the start all that the journal has, later each that is written. */
  fold({ record, offset }: Placed): void {
    if (record.at < this.#last) this.#setBack(record.at);
    this.#last = record.at;
    this.factors.fold(record);
    if (record.kind === "paused") this.paused ??= { by: stopped.parse(record.detail).by, at: record.at };
    if (record.kind === "resumed") this.paused = undefined;
    if (record.op === undefined) return;
    const entries = this.#entries.get(record.op);
    if (entries === undefined) this.#entries.set(record.op, [offset]);
    else entries.push(offset);
    const known = this.#operations.get(record.op);
    if (record.kind === "refused") this.#spare(record.op);
    if (record.kind === "planned") this.#plan(record, record.op, offset);
    else if (known !== undefined) advance(known, record, offset);
  }

  /**
   * Forgets what ended, or was planned and never applied, more than a year ago: never the newest ten thousand, or a clock
   * that jumps by a year would let what is done be done again.
   */
  forget(now: number): void {
    let spare = this.#operations.size - alwaysRemembered;
    for (const [id, { state, expires, ended, holding }] of this.#operations) {
      if (spare-- <= 0) return;
      const over = state === "planned" ? expires : ended;
      if (over !== undefined && over + rememberedFor < now && holding.length === 0) {
        this.#operations.delete(id);
        this.#entries.delete(id);
      }
    }
  }

  /**
   * The clock was set back to `at`. What came before that came before, whatever time its records tell: else a clock that
   * once jumped ahead would count as much against the rate limit as it jumped.
   */
  #setBack(at: number): void {
    this.factors.setBack(at);
    for (const known of this.#operations.values()) {
      if (known.due === undefined) continue;
      known.due = Math.min(known.due, known.state === "accepted" ? at + known.wait : at);
    }
  }

  #plan(record: JournalRecord, id: string, offset: number): void {
    const { body, plan } = planned.parse(record.detail);
    const steps = plan.steps.length;
    this.#strangers.delete(id);
    this.#operations.set(id, {
      id,
      do: plan.do,
      body,
      hash: plan.hash,
      expires: plan.expires,
      steps,
      plannedAt: offset,
      state: "planned",
      approvals: [],
      wait: 0,
      holding: [],
      done: 0,
      step: 0,
      tries: 0,
    });
  }
}

/** One record's effect on what is known. A kind that is not named here (`ran`, `refused`, …) only tells. */
function advance(known: Remembered, record: JournalRecord, offset: number): void {
  switch (record.kind) {
    case "accepted": {
      const { identity, due } = accepted.parse(record.detail);
      Object.assign(known, { state: "accepted", identity, due, wait: due - record.at });
      return;
    }
    case "begun": {
      const { step } = begun.parse(record.detail);
      known.tries = step + 1 === known.step ? known.tries + 1 : 1;
      known.state = "running";
      known.step = step + 1;
      // What the step before waited for.
      known.progress = undefined;
      known.started ??= record.at;
      return;
    }
    case "holding":
      known.holding = holding.parse(record.detail).holds;
      return;
    case "released": {
      const { vm } = released.parse(record.detail);
      known.holding = known.holding.filter((hold) => hold.vm !== vm);
      return;
    }
    case "stepped":
      known.done = stepped.parse(record.detail).step + 1;
      return;
    case "approved": {
      const { by, kind, factor } = approved.parse(record.detail);
      known.approvals.push({ person: by, kind, at: record.at, factor });
      return;
    }
    case "cancel-asked":
      known.cancelAsked ??= { by: cancelAsked.parse(record.detail).by, at: record.at };
      return;
    case "ended": {
      known.state = ended.parse(record.detail).state;
      known.ended = record.at;
      known.endedAt = offset;
    }
  }
}
