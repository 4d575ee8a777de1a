/**
 * Carries one accepted operation out, each step in the order intent → command → truth → journal. The truth is always asked
 * of the host, never taken from an exit code alone; after a crash the same question tells what is still to be done.
 */

import type { ChangeName } from "../protocol/operations.ts";
import type { Failure } from "../protocol/wire.ts";
import { differenceOf } from "./difference.ts";
import { notImported } from "./guard-rails.ts";
import type { Holds } from "./holds.ts";
import { hostFailed } from "./host/fact.ts";
import type { Host, Ran } from "./host/host.ts";
import { insist } from "./insist.ts";
import type { Planned } from "./journal/records.ts";
import { forChanges, forReading } from "./journalled-host.ts";
import type { Ledger } from "./ledger.ts";
import { isOver, type Remembered } from "./memory.ts";
import type { Hands, Kind, Reality } from "./operations/kind.ts";
import { point } from "./points.ts";

/** How often a step is begun at most, should the executor be killed in it again and again. */
const maximumTries = 5;

/** One operation in hand. */
export type Work = {
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

type Surroundings = {
  readonly host: Host;
  readonly ledger: Ledger;
  readonly holds: Holds;
  /** Called whenever the operation has moved on. */
  readonly tell: (known: Remembered) => void;
  /** The executor is to stop: nothing more is begun. */
  readonly stopping: AbortSignal;
  /** Changes are paused, and this operation was not begun before. */
  readonly mustWait: (known: Remembered) => boolean;
  /** Why an operation may not be begun now although it was accepted, or nothing. */
  readonly objection: (known: Remembered) => Failure | undefined;
};

export class Steps {
  readonly #around: Surroundings;
  readonly #began: number;

  constructor(around: Surroundings) {
    this.#around = around;
    this.#began = around.host.monotonic();
  }

  /** All steps that do not stand yet, up to the operation's end; unless it is left where it is, or has to wait. */
  async run(work: Work): Promise<"ended" | "left" | "paused"> {
    const { known, planned } = work;
    for (let step = known.done; step < planned.plan.steps.length; step++) {
      const stepped = await this.#step(work, step);
      if (stepped === "left" || stepped === "paused") return stepped;
      if (stepped === "cancelled") return this.#cancel(work);
      if (stepped !== "stands") return this.end(work, { state: "failed", failure: stepped });
    }
    if (work.result === undefined) {
      // Cut between its last step and its end: what stands is asked once more.
      const stepped = await this.#takeUp(work, planned.plan.steps.length - 1);
      if (stepped === "left") return stepped;
      if (stepped !== "stands") return this.end(work, { state: "failed", failure: gone(stepped) });
    }
    return this.end(work, { state: "done", result: work.result });
  }

  /** Its end, journalled and told. */
  end(work: Work, end: { state: "done" | "failed" | "cancelled"; result?: unknown; failure?: Failure }): "ended" {
    const { ledger, tell } = this.#around;
    ledger.record("ended", { ...end, ...(work.recovered ? { recovered: true } : {}) }, work.known.id);
    ledger.secure();
    point("done-journalled");
    tell(work.known);
    point("told");
    return "ended";
  }

  /** Between two steps: those before stand, and are told. */
  #cancel(work: Work): "ended" {
    const { cancelAsked, done } = work.known;
    return this.end(work, {
      state: "cancelled",
      failure: { reason: "cancelled", detail: { by: cancelAsked?.by ?? "", "steps-done": done } },
    });
  }

  async #step(work: Work, step: number): Promise<Stepped> {
    const { known } = work;
    const wasBegun = known.step > step;
    if (work.kind.own !== undefined) return this.#objection(known) ?? this.#note(work, step, work.kind.own);
    const ready = wasBegun ? await this.#takeUp(work, step) : await this.#unchanged(work);
    if (ready !== "ready") return ready;
    // From here to the record that the step is begun nothing else can come between.
    if (this.#around.stopping.aborted || isOver(known)) return "left";
    if (known.cancelAsked !== undefined && !(work.kind.whole && known.step > 0)) return "cancelled";
    if (this.#around.mustWait(known)) return "paused";
    return this.#objection(known) ?? this.#carryOut(work, step);
  }

  /** It may have waited for hours: whoever said yes must be enrolled still, and their yes must not have lapsed. */
  #objection(known: Remembered): Failure | undefined {
    return known.state === "accepted" ? this.#around.objection(known) : undefined;
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
    const truth = await insist(this.#around, () => this.#standing(work, step));
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
    const difference = await differenceOf(this.#reader(work.known), work);
    return difference === undefined ? truth : ({ ok: false, failure: difference } as const);
  }

  /**
   * Whether all that the plan rests on is there as it was. After a power cut the host may take its time to import a pool,
   * or to answer at all.
   */
  async #unchanged(work: Work): Promise<Stepped | "ready"> {
    const settled = await insist(
      this.#around,
      async () => {
        const difference = await differenceOf(this.#reader(work.known), work);
        const mayComeYet = difference?.reason === "host-failed" || difference?.detail.health === notImported;
        return { ok: !mayComeYet, difference };
      },
      this.#began,
    );
    return settled === "stopping" ? "left" : (settled.difference ?? "ready");
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
    const [performed, held] = await this.#around.holds.during(known, planned.plan.steps[step], act);
    if (performed === "left") return "left";
    const truth = await insist(this.#around, () => kind.reality(this.#reader(known), planned.plan, step, held));
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
      stopping: this.#around.stopping,
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

  #reader(known: Remembered): Host {
    return forReading(this.#around.host, this.#around.ledger, known.id);
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
