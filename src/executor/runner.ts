/**
 * Carries accepted operations out, each step in the order intent → command → truth → journal. The truth is always asked
 * of the host, never taken from an exit code alone; after a crash the same question tells what is still to be done.
 */

import type { ChangeName } from "../protocol/operations.ts";
import type { Failure } from "../protocol/wire.ts";
import { canonical } from "./canonical.ts";
import { notImported, unfitPool } from "./guard-rails.ts";
import { Holds } from "./holds.ts";
import { hostFailed } from "./host/fact.ts";
import type { Host, Ran } from "./host/host.ts";
import { listPools } from "./host/zpool.ts";
import { JournalFault } from "./journal/journal.ts";
import type { Planned } from "./journal/records.ts";
import { forChanges, forReading } from "./journalled-host.ts";
import type { Ledger } from "./ledger.ts";
import { Locks } from "./locks.ts";
import { isOver, type Remembered } from "./memory.ts";
import type { Hands, Kind, Reality } from "./operations/kind.ts";
import { kinds } from "./operations/table.ts";
import { pause } from "./pause.ts";
import { point } from "./points.ts";
import { traceOf } from "./words.ts";

/** How often a step is begun at most, should the executor be killed in it again and again. */
const maximumTries = 5;

/** For how long the host is asked what became of a step, before it is told as unknown. Milliseconds. */
const patience = 10 * 60_000;
const firstWait = 500;
const longestWait = 15_000;
const afterFullDisk = 10_000;
/** An operation that waits for its time looks at the clock again and again: a timer may be early, or cannot be so long. */
const longestTimer = 5_000;

export type Surroundings = {
  readonly host: Host;
  readonly ledger: Ledger;
  /** Called whenever an operation has moved on. */
  readonly tell: (known: Remembered) => void;
  readonly log: (line: string) => void;
  /** Called with what must end the program: the disk cannot be trusted any more, or the executor has a fault. */
  readonly fatal: (error: unknown) => void;
};

/** One operation in hand. */
type Work = {
  readonly known: Remembered;
  readonly planned: Planned;
  readonly kind: Kind<ChangeName>;
  readonly recovered: boolean;
  /** What the last step's reality told. */
  result?: unknown;
};

/**
 * How a step went: its effect stands; it failed; it is left to the executor's next start, or to nobody where the operation
 * is over; it waits until changes are resumed; or somebody asked to cancel before it was begun.
 */
type Stepped = "stands" | "left" | "paused" | "cancelled" | Failure;

export class Runner {
  readonly #around: Surroundings;
  readonly #locks = new Locks<Remembered>();
  /** They wait until changes are resumed. */
  readonly #paused = new Set<Remembered>();
  readonly #holds: Holds;
  readonly #stopping = new AbortController();
  readonly #running = new Set<Promise<void>>();
  readonly #thawing = new Map<string, Promise<void>>();
  readonly #timers = new Set<NodeJS.Timeout>();
  readonly #began: number;

  constructor(around: Surroundings) {
    this.#around = around;
    this.#holds = new Holds(around);
    this.#began = around.host.monotonic();
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

  /** Those that still wait, wait for somebody else now. */
  #tellWaiting(): void {
    for (const known of this.#locks.waiting()) this.#around.tell(known);
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
      await this.#run(work).catch((error: unknown) => this.#stumbled(work, error));
    } finally {
      release();
      this.#tellWaiting();
    }
  }

  /** A fault of the executor itself ends the one operation, told as what it is: not known. */
  #stumbled(work: Work, error: unknown): void {
    if (error instanceof JournalFault) throw error;
    if (isOver(work.known)) throw error;
    this.#around.log(`operation ${work.known.id} met a fault: ${traceOf(error)}`);
    this.#end(work, {
      state: "failed",
      failure: { reason: "interrupted", detail: { because: "a fault of the executor" } },
    });
  }

  async #run(work: Work): Promise<void> {
    const { known, planned } = work;
    for (let step = known.done; step < planned.plan.steps.length; step++) {
      const stepped = await this.#step(work, step);
      if (stepped === "left") return;
      if (stepped === "paused") return this.#putOff(known);
      if (stepped === "cancelled") return this.#cancel(work);
      if (stepped !== "stands") return this.#end(work, { state: "failed", failure: stepped });
    }
    if (work.result === undefined) {
      // Cut between its last step and its end: what stands is asked once more.
      const stepped = await this.#takeUp(work, planned.plan.steps.length - 1);
      if (stepped === "left") return;
      if (stepped !== "stands") return this.#end(work, { state: "failed", failure: gone(stepped) });
    }
    this.#end(work, { state: "done", result: work.result });
    if (work.kind.own === "resumed") this.#resume();
  }

  /** Between two steps: those before stand, and are told. */
  #cancel(work: Work): void {
    const { cancelAsked, done } = work.known;
    this.#end(work, {
      state: "cancelled",
      failure: { reason: "cancelled", detail: { by: cancelAsked?.by ?? "", "steps-done": done } },
    });
  }

  async #step(work: Work, step: number): Promise<Stepped> {
    const { known } = work;
    const wasBegun = known.step > step;
    if (work.kind.own !== undefined) return this.#note(work, step, work.kind.own);
    const ready = wasBegun ? await this.#takeUp(work, step) : await this.#unchanged(work);
    if (ready !== "ready") return ready;
    // From here to the record that the step is begun nothing else can come between.
    if (this.#stopping.signal.aborted || isOver(known)) return "left";
    if (known.cancelAsked !== undefined && !(work.kind.whole && known.step > 0)) return "cancelled";
    if (this.#mustWait(known)) return "paused";
    return this.#carryOut(work, step);
  }

  /** A step of the executor's own: it is nothing but its record, and writing it once more changes nothing. */
  #note(work: Work, step: number, own: NonNullable<Kind<ChangeName>["own"]>): Stepped {
    const { ledger, tell } = this.#around;
    const { known, planned } = work;
    const wasBegun = known.step > step;
    ledger.record("begun", { step, argv: [] }, known.id);
    ledger.secure();
    point("intent-journalled");
    tell(known);
    ledger.record(own, { by: planned.plan.origin.person }, known.id);
    return this.#judge(work, step, { stands: "all", result: { paused: own === "paused" } }, wasBegun);
  }

  /** A step that was begun before a crash: does its effect stand, or may it be run again? */
  async #takeUp(work: Work, step: number): Promise<Failure | "stands" | "left" | "ready"> {
    const truth = await this.#insist(() => this.#standing(work, step));
    if (truth === "stopping") return "left";
    if (!truth.ok) return unknowable(truth.failure);
    if (truth.value.stands !== "none") return this.#judge(work, step, truth.value, true);
    if (work.known.tries >= maximumTries) return { reason: "interrupted", detail: { tries: work.known.tries } };
    return "ready";
  }

  /**
   * What stands of a step, after a crash. "none" is believed only where all that the plan rests on is there unchanged:
   * a pool that is not imported yet would look as if nothing had been done.
   */
  async #standing(work: Work, step: number) {
    const truth = await work.kind.reality(this.#reader(work.known), work.planned.plan, step);
    if (!truth.ok || truth.value.stands !== "none") return truth;
    const difference = await this.#difference(work);
    return difference === undefined ? truth : ({ ok: false, failure: difference } as const);
  }

  /**
   * Whether all that the plan rests on is there as it was. After a power cut the host may take its time to import a pool,
   * or to answer at all.
   */
  async #unchanged(work: Work): Promise<Stepped | "ready"> {
    const settled = await this.#insist(async () => {
      const difference = await this.#difference(work);
      const mayComeYet = difference?.reason === "host-failed" || difference?.detail.health === notImported;
      return { ok: !mayComeYet, difference };
    }, this.#began + patience);
    return settled === "stopping" ? "left" : (settled.difference ?? "ready");
  }

  /** Why what the plan rests on does not hold any more, or nothing. */
  async #difference({ known, planned, kind }: Work): Promise<Failure | undefined> {
    const reader = this.#reader(known);
    const pools = await listPools(reader);
    if (!pools.ok) return pools.failure;
    const unfit = unfitPool(planned.plan.class, planned.plan.makes, pools.value);
    if (unfit !== undefined) return unfit;
    const survey = await kind.survey(reader, planned.with as never);
    if (!survey.ok) {
      const { reason, detail } = survey.failure;
      if (reason === "host-failed" || reason === "too-large") return survey.failure;
      return { reason: "void", detail: { because: reason, ...detail } };
    }
    const { basis } = survey.value;
    if (canonical(basis) === canonical(planned.basis)) return undefined;
    const gone = planned.basis.filter((line) => !basis.includes(line));
    const come = basis.filter((line) => !planned.basis.includes(line));
    return { reason: "void", detail: { because: "changed", gone, come } };
  }

  async #carryOut(work: Work, step: number): Promise<Stepped> {
    const { host, ledger, tell } = this.#around;
    const { known, planned, kind } = work;
    const argv = planned.plan.steps[step]?.argv ?? [];
    const [program, ...rest] = argv;
    if (program === undefined) throw new Error(`step ${step} of ${known.id} has no command`);
    ledger.record("begun", { step, argv }, known.id);
    ledger.secure();
    point("intent-journalled");
    tell(known);
    point("step-begun");
    const act = async () => {
      if (kind.perform !== undefined)
        return kind.perform(this.#hands(known), planned.plan, step, planned.with as never);
      return {
        ran: await forChanges(host, ledger, known.id).run([program, ...rest], { timeoutMs: kind.stepTimeoutMs }),
      };
    };
    const [performed, held] = await this.#holds.during(known, planned.plan.steps[step], act);
    if (performed === "left") return "left";
    const truth = await this.#insist(() => kind.reality(this.#reader(known), planned.plan, step, held));
    if (truth === "stopping") return "left";
    if (!truth.ok) return unknowable(truth.failure);
    if (truth.value.stands === "none") return performed.failure ?? hostRefused(argv, performed.ran ?? nothingRan);
    return this.#judge(work, step, truth.value, false);
  }

  #hands(known: Remembered): Hands {
    const { host, ledger, tell } = this.#around;
    return {
      change: forChanges(host, ledger, known.id),
      read: this.#reader(known),
      stopping: this.#stopping.signal,
      started: known.started ?? host.now() / 1000,
      tell(progress) {
        known.progress = progress;
        tell(known);
      },
    };
  }

  #judge(work: Work, step: number, truth: Reality<unknown>, recovered: boolean): Failure | "stands" {
    const { ledger } = this.#around;
    if (truth.stands !== "all") {
      const { makes } = work.planned.plan;
      return { reason: "interrupted", detail: { because: "only a part of it stands", wanted: makes } };
    }
    work.result = truth.result;
    ledger.record("stepped", { step, ...(recovered ? { recovered } : {}) }, work.known.id);
    ledger.secure();
    point("step-ended");
    return "stands";
  }

  #end(work: Work, end: { state: "done" | "failed" | "cancelled"; result?: unknown; failure?: Failure }): void {
    const { ledger, tell } = this.#around;
    ledger.record("ended", { ...end, ...(work.recovered ? { recovered: true } : {}) }, work.known.id);
    ledger.secure();
    point("done-journalled");
    tell(work.known);
    point("told");
  }

  #reader(known: Remembered): Host {
    return forReading(this.#around.host, this.#around.ledger, known.id);
  }

  /**
   * Asks until the host answers, with longer and longer pauses, for ten minutes; then its last words stand. `end`: of the
   * clock that nobody sets.
   */
  async #insist<T extends { ok: boolean }>(
    ask: () => Promise<T>,
    end: number = this.#around.host.monotonic() + patience,
  ): Promise<T | "stopping"> {
    for (let wait = firstWait; ; wait = Math.min(2 * wait, longestWait)) {
      const answer = await ask();
      if (answer.ok || this.#around.host.monotonic() + wait > end) return answer;
      if (this.#stopping.signal.aborted) return "stopping";
      await pause(wait, this.#stopping.signal);
    }
  }
}

/** Of a step that had nothing to do, and whose effect is gone all the same. */
const nothingRan: Ran = { code: null, signal: null, stdout: "", stderr: "", truncated: false };

/** The host would not say what became of it: that is told, and no guess. */
function unknowable({ reason, detail }: Failure): Failure {
  return { reason: "interrupted", detail: { because: reason, ...detail } };
}

/** What stood once stands no more: somebody took it away meanwhile. */
function gone(failure: Failure | "ready"): Failure {
  return failure === "ready" ? { reason: "interrupted", detail: { because: "its effect is gone" } } : failure;
}

/** Nothing stands. A command that says it went well and left nothing is a failure all the same. */
function hostRefused(argv: readonly string[], ran: Ran): Failure {
  const { detail } = hostFailed(argv, { ...ran, truncated: false }).failure;
  return { reason: "host-failed", detail };
}
