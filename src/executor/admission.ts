/** How fast plans are made and operations begun: no faster for anybody than the limits of the host let it. */
import type { ChangeName } from "../protocol/operations.ts";
import { classes } from "./classes.ts";
import type { Clock } from "./clock.ts";
import type { Memory, Remembered } from "./memory.ts";
import { kinds } from "./operations/table.ts";
import { good, type Outcome, type Refused, refuse } from "./outcome.ts";
import { type Limits, RateLimit } from "./rate-limit.ts";

/** How many operations may wait at once for the rate limit; more are refused. */
const maximumQueue = 500;
/** Plans are not promises, but each is kept in the journal: so many times the rate limit of them are made. */
const plansPerOperation = 10;

export class Admission {
  readonly #memory: Memory;
  readonly #clock: Clock;
  readonly #limits: Limits;
  readonly #applies = new Map<string, RateLimit>();
  readonly #plans = new Map<string, RateLimit>();

  constructor(memory: Memory, clock: Clock, limits: Limits) {
    this.#memory = memory;
    this.#clock = clock;
    this.#limits = limits;
  }

  /** Counts what an earlier process accepted. What waited while nobody was there goes no faster now than the limits let it. */
  resume(): void {
    const [now, moment] = [this.#clock.now(), this.#clock.moment()];
    for (const { state, identity = "", due = now, do: what } of this.#memory.accepted()) {
      if (state !== "accepted" && isLimited(what)) this.#apply(identity).take(moment + Math.min(due - now, 0));
    }
    for (const known of this.#memory.open()) {
      if (known.state !== "accepted") continue;
      const { identity = "", due = now } = known;
      const limit = this.#apply(identity);
      known.goes = isLimited(known.do) ? Math.max(moment + due - now, limit.next(moment)) : moment;
      if (isLimited(known.do)) limit.take(known.goes);
    }
  }

  /** Counts one plan more, or says when there may be one. */
  plan(identity: string, what: ChangeName): Refused | undefined {
    // However much is asked for, everything can be stopped.
    const limit = this.#plan(isLimited(what) ? identity : `${identity}, unlimited`);
    const moment = this.#clock.moment();
    const wait = limit.next(moment) - moment;
    if (wait > 0) return refuse("limit", { what: "plans", until: this.#clock.now() + wait });
    limit.take(moment);
    return undefined;
  }

  /** When it may go, as {@link Remembered.goes}. */
  next(identity: string, known: Remembered): Outcome<number> {
    const moment = this.#clock.moment();
    if (!isLimited(known.do)) return good(moment);
    const goes = this.#apply(identity).next(moment);
    const waiting = this.#memory.open().length;
    if (goes > moment && waiting >= maximumQueue) return refuse("busy", { waiting });
    return good(goes);
  }

  /** It was accepted, and goes then. */
  take(identity: string, known: Remembered, goes: number): void {
    if (isLimited(known.do)) this.#apply(identity).take(goes);
    known.goes = goes;
  }

  #apply(identity: string): RateLimit {
    return limitOf(this.#applies, identity, this.#limits);
  }

  #plan(identity: string): RateLimit {
    const { perMinute, perHour } = this.#limits;
    const limits = { perMinute: perMinute * plansPerOperation, perHour: perHour * plansPerOperation };
    return limitOf(this.#plans, identity, limits);
  }
}

/** Stopping everything is never put off. */
function isLimited(what: ChangeName): boolean {
  const { class: ofClass, own } = kinds[what];
  return classes[ofClass].rateLimited && own !== "paused";
}

function limitOf(of: Map<string, RateLimit>, identity: string, limits: Limits): RateLimit {
  const known = of.get(identity);
  if (known !== undefined) return known;
  const made = new RateLimit(limits);
  of.set(identity, made);
  return made;
}
