/** How operations stand at this moment: what the journal tells, and what only this process knows of those that wait. */
import type { ChangeName } from "../protocol/operations.ts";
import type { Operation } from "../protocol/plan.ts";
import type { Failure } from "../protocol/wire.ts";
import type { Clock } from "./clock.ts";
import type { Ledger } from "./ledger.ts";
import type { Remembered } from "./memory.ts";
import { kinds } from "./operations/table.ts";

/** How many of those that an operation waits for are told: whoever is last of hundreds need not know all. */
export const mostBefore = 10;

export class Standing {
  readonly #ledger: Ledger;
  readonly #clock: Clock;
  readonly #inTheWayOf: (known: Remembered) => readonly Remembered[];

  /** `inTheWayOf`: who holds, or asked before for, what an operation waits for. */
  constructor(ledger: Ledger, clock: Clock, inTheWayOf: (known: Remembered) => readonly Remembered[]) {
    this.#ledger = ledger;
    this.#clock = clock;
    this.#inTheWayOf = inTheWayOf;
  }

  of(known: Remembered): Operation {
    if (known.state !== "accepted") return this.#ledger.operation(known);
    const wait = (known.goes ?? 0) - this.#clock.moment();
    const before = this.#inTheWayOf(known).slice(0, mostBefore);
    return {
      ...this.#ledger.operation(known),
      ...(wait > 0 ? { queuedUntil: this.#clock.now() + wait } : {}),
      ...(before.length > 0 ? { waitingFor: before.map(({ origin }) => origin) } : {}),
      ...(this.pausedFor(known.do) === undefined ? {} : { paused: true }),
    };
  }

  /** Why nothing of this kind is begun now, or nothing. */
  pausedFor(what: ChangeName): Failure | undefined {
    const { paused } = this.#ledger.memory;
    if (paused === undefined || kinds[what].own !== undefined) return undefined;
    return { reason: "paused", detail: { by: paused.by, since: paused.at } };
  }

  /**
   * Once a plan is told as expired, it is so for good, whatever the clock says later: the bot may plan anew. A clock that
   * was set back does not make it live longer.
   */
  expire(known: Remembered): void {
    if (known.state !== "planned") return;
    const [now, moment] = [this.#clock.now(), this.#clock.moment()];
    known.lapses ??= moment + Math.min(known.expires - now, known.lifetime);
    if (now <= known.expires && moment <= known.lapses) return;
    this.#ledger.record("ended", { state: "expired" }, known.id);
    this.#ledger.secure();
  }
}
