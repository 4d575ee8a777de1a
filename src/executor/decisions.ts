/**
 * What persons decide on a plan: yes (with a factor, which is judged here and nowhere else), no, or to take it back. Who is
 * meant is the asker's word; what a yes is worth rests on the factor alone.
 */
import { type Approvals, type Plan, signedText } from "../protocol/plan.ts";
import type { Failure } from "../protocol/wire.ts";
import { classes } from "./classes.ts";
import type { Clock } from "./clock.ts";
import { byPerson, isEnough, serves } from "./factors/approvals.ts";
import { type Enrolled, type Factors, marksOf, type ReadFactors } from "./factors/file.ts";
import { signerOf } from "./factors/signature.ts";
import { stepsOf } from "./factors/totp.ts";
import { WatchedFactors } from "./factors/watched.ts";
import type { Approved, Ended } from "./journal/records.ts";
import type { Ledger } from "./ledger.ts";
import type { Remembered } from "./memory.ts";
import { good, type Outcome, refuse } from "./outcome.ts";
import { point } from "./points.ts";
import { RateLimit } from "./rate-limit.ts";

/** Time steps before and after now whose codes are accepted: people type slowly, and clocks differ. */
const reach = 1;
/** Nobody says more codes than that by mistake: a bot that tries them all would keep everybody from using theirs. */
const burnLimits = { perMinute: 20, perHour: 200 };

/** Who says it, and through which socket. */
export type Voice = { readonly identity: string; readonly by: string };

export class Decisions {
  readonly #ledger: Ledger;
  readonly #now: () => number;
  readonly #factors: WatchedFactors;
  readonly #clock: Clock;
  readonly #burns = new Map<string, RateLimit>();
  /** One signature at a time is looked at: whoever sends many waits, and the machine does not. */
  #verifying: Promise<unknown> = Promise.resolve();

  /** `file`: the host's factors; without it nobody is enrolled. */
  constructor(ledger: Ledger, file: string | undefined, clock: Clock) {
    this.#ledger = ledger;
    this.#clock = clock;
    this.#now = () => clock.now();
    this.#factors = new WatchedFactors(file, ledger);
  }

  /** Looks whether the file of factors has changed, and journals what. */
  look(): void {
    this.#factors.read();
  }

  /** How far the approvals of a plan have come. What was given by a factor that is not enrolled any more does not count. */
  standing(known: Remembered): Approvals {
    const { id, class: ofClass } = this.#ledger.planned(known).plan;
    const factors = this.#factors.read();
    const counted = known.approvals.filter((one) => factors.ok && isEnrolled(factors.value, one.person, one.factor));
    const given = byPerson(counted.map(({ person, kind, at }) => ({ person, kind, at })));
    const enough = isEnough(ofClass, given, signersIn(factors));
    return { id, class: ofClass, wants: classes[ofClass].approval, given, enough };
  }

  /** Why a plan cannot be applied yet, or nothing. */
  lacking(known: Remembered): Failure | undefined {
    const { class: ofClass } = this.#ledger.planned(known).plan;
    const { approval } = classes[ofClass];
    if (approval === "nothing") return undefined;
    const { enough, given } = this.standing(known);
    if (enough) return undefined;
    const factors = this.#factors.read();
    if (!factors.ok) return { reason: "factors-unreadable", detail: { words: factors.why } };
    const told = given.map(({ person, kind }) => `${person} (${kind})`);
    return {
      reason: "needs-approval",
      detail: { class: ofClass, wants: approval, ...(told.length > 0 ? { given: told } : {}) },
    };
  }

  /** Why what was approved and accepted may not begin any more, or nothing: an approval binds the plan's time, and its factor. */
  lapsed(known: Remembered): Failure | undefined {
    if (classes[this.#ledger.planned(known).plan.class].approval === "nothing") return undefined;
    if (this.#now() > known.expires) return { reason: "expired", detail: { expired: known.expires } };
    return this.lacking(known);
  }

  /** A code, for this plan. What it is for, it is spent: with the approval, in one record. */
  code(known: Remembered, { identity, by }: Voice, code: string): Outcome<Approvals> {
    const enrolled = this.#enrolled(by, "totp");
    if (!enrolled.ok) return enrolled;
    const { totp } = enrolled.value;
    if (totp === undefined) return refuse("factor-unknown", { person: by, kind: "totp" });
    const { plan } = this.#ledger.planned(known);
    if (!serves(plan.class, "totp")) {
      // It was shown to the bot for nothing, and may not serve for something else now.
      this.#burn(identity, new Map([[by, enrolled.value]]), code);
      return refuse("factor-not-enough", { class: plan.class, wants: classes[plan.class].approval, person: by });
    }
    const { factors } = this.#ledger.memory;
    const until = factors.lockedUntil(by, this.#now());
    if (until !== undefined) return refuse("factor-locked", { person: by, until });
    const steps = stepsOf(totp.secret, code, this.#now(), reach);
    if (steps.length === 0) {
      this.#ledger.record("factor-wrong", { identity, by }, known.id);
      this.#ledger.secure();
      return refuse("factor-wrong", { person: by, kind: "totp" });
    }
    const spent = steps.flatMap((step) => factors.spentOn(by, step) ?? []);
    if (spent.length > 0) {
      // The answer may have been lost, and is given again; whatever else it is to serve for, it is spent.
      return spent.every((on) => on === known.id) ? good(this.standing(known)) : refuse("factor-spent", { person: by });
    }
    point("factor-good");
    return this.#approved(known, { identity, by, kind: "totp", factor: totp.mark, steps });
  }

  async signature(known: Remembered, { identity, by }: Voice, signature: string): Promise<Outcome<Approvals>> {
    const enrolled = this.#enrolled(by, "signature");
    if (!enrolled.ok) return enrolled;
    const { keys } = enrolled.value;
    if (keys.length === 0) return refuse("factor-unknown", { person: by, kind: "signature" });
    const { plan } = this.#ledger.planned(known);
    const signer = await this.#signerOf(plan, signature, enrolled.value);
    // Whatever happened meanwhile: the plan may be over, the key may be gone.
    const over = this.undecided(known);
    if (over !== undefined) return { ok: false, failure: over };
    const now = this.#enrolled(by, "signature");
    if (!now.ok) return now;
    if (signer === undefined || !marksOf(now.value).includes(signer)) {
      return refuse("factor-wrong", { person: by, kind: "signature" });
    }
    point("factor-good");
    return this.#approved(known, { identity, by, kind: "signature", factor: signer });
  }

  /** Root's yes at the host's own terminal. Where anybody is enrolled it must be one of them: a slip is no second person. */
  host(known: Remembered, { identity, by }: Voice): Outcome<Approvals> {
    if (identity !== "host") return refuse("factor-not-enough", { kind: "host", identity });
    const factors = this.#factors.read();
    if (!factors.ok) return refuse("factors-unreadable", { words: factors.why });
    if (!isEnrolled(factors.value, by, "host")) return refuse("factor-unknown", { person: by, kind: "host" });
    point("factor-good");
    return this.#approved(known, { identity, by, kind: "host", factor: "host" });
  }

  /** Whoever's code this is now, or will be within a minute: it serves for nothing any more. Tells how many they are. */
  burn(identity: string, code: string): Outcome<{ burnt: number }> {
    const moment = this.#clock.moment();
    const limit = this.#burns.get(identity) ?? new RateLimit(burnLimits);
    this.#burns.set(identity, limit);
    const wait = limit.next(moment) - moment;
    if (wait > 0) return refuse("limit", { what: "codes", until: this.#now() + wait });
    limit.take(moment);
    const factors = this.#factors.read();
    if (!factors.ok) return refuse("factors-unreadable", { words: factors.why });
    return good({ burnt: this.#burn(identity, factors.value, code) });
  }

  /** Says no, or takes back what has not begun: it is over for good before it is told. */
  end(known: Remembered, { identity, by }: Voice, state: "denied" | "cancelled"): void {
    const end: Ended = { state, failure: { reason: state, detail: { by, through: identity } } };
    this.#ledger.record("ended", end, known.id);
    this.#ledger.secure();
  }

  /** What runs is asked to end between two steps. */
  askToCancel(known: Remembered, { identity, by }: Voice): void {
    if (known.cancelAsked !== undefined) return;
    this.#ledger.record("cancel-asked", { identity, by }, known.id);
    this.#ledger.secure();
  }

  /** Why nothing can be decided on a plan any more, or nothing. */
  undecided(known: Remembered): Failure | undefined {
    const { state, expires } = known;
    if (state === "expired" || (state === "planned" && this.#now() > expires)) {
      return { reason: "expired", detail: { expired: expires } };
    }
    if (state === "denied" || state === "cancelled") {
      return this.#ledger.operation(known).failure ?? { reason: state, detail: {} };
    }
    return state === "planned" ? undefined : { reason: "too-late", detail: { state } };
  }

  #enrolled(person: string, kind: "totp" | "signature"): Outcome<Enrolled> {
    const factors = this.#factors.read();
    if (!factors.ok) return refuse("factors-unreadable", { words: factors.why });
    const enrolled = factors.value.get(person);
    return enrolled === undefined ? refuse("factor-unknown", { person, kind }) : good(enrolled);
  }

  async #signerOf(plan: Plan, signature: string, { keys }: Enrolled): Promise<string | undefined> {
    const lines = keys.map(({ line }) => line);
    const turn = this.#verifying.then(() => signerOf(signedText(plan), signature, lines));
    this.#verifying = turn.catch(() => undefined);
    return turn;
  }

  #approved(known: Remembered, approved: Approved): Outcome<Approvals> {
    const isKnown = known.approvals.some(({ person, factor }) => person === approved.by && factor === approved.factor);
    if (approved.kind === "totp" || !isKnown) {
      this.#ledger.record("approved", approved, known.id);
      this.#ledger.secure();
      point("approve-journalled");
    }
    return good(this.standing(known));
  }

  #burn(identity: string, factors: Factors, code: string): number {
    const { factors: tally } = this.#ledger.memory;
    const found = [...factors].flatMap(([person, { totp }]) => {
      // One step more on each side than is accepted: what is too early now is not in half a minute.
      const steps = totp === undefined ? [] : stepsOf(totp.secret, code, this.#now(), reach + 1);
      return steps.length > 0 ? [{ person, steps }] : [];
    });
    const spent = found
      .map(({ person, steps }) => ({
        person,
        steps: steps.filter((step) => tally.spentOn(person, step) === undefined),
      }))
      .filter(({ steps }) => steps.length > 0);
    if (spent.length > 0) {
      this.#ledger.record("burnt", { identity, spent });
      this.#ledger.secure();
    }
    return found.length;
  }
}

/** Whether this factor is still the person's; for a yes at the host, whether the person is enrolled where anybody is. */
function isEnrolled(factors: Factors, person: string, factor: string): boolean {
  if (factor === "host") return factors.size === 0 || factors.has(person);
  const enrolled = factors.get(person);
  return enrolled !== undefined && marksOf(enrolled).includes(factor);
}

/** How many persons have enrolled a key, or nothing where that cannot be known. */
function signersIn(factors: ReadFactors): number | undefined {
  return factors.ok ? [...factors.value.values()].filter(({ keys }) => keys.length > 0).length : undefined;
}
