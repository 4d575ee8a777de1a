/** How operations stand at this moment: what the journal tells, and what only this process knows of those that wait. */
import type { ChangeName } from "../protocol/operations.ts";
import type { Operation } from "../protocol/plan.ts";
import type { Failure } from "../protocol/wire.ts";
import type { Clock } from "./clock.ts";
import type { Ledger } from "./ledger.ts";
import type { Remembered } from "./memory.ts";
import { kinds } from "./operations/table.ts";

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
    const before = this.#inTheWayOf(known).map((other) => this.#ledger.planned(other).plan.origin);
    return {
      ...this.#ledger.operation(known),
      ...(wait > 0 ? { queuedUntil: this.#clock.now() + wait } : {}),
      ...(before.length > 0 ? { waitingFor: before.map(({ request, person }) => ({ request, person })) } : {}),
      ...(this.pausedFor(known.do) === undefined ? {} : { paused: true }),
    };
  }

  /** Why nothing of this kind is begun now, or nothing. */
  pausedFor(what: ChangeName): Failure | undefined {
    const { paused } = this.#ledger.memory;
    if (paused === undefined || kinds[what].own !== undefined) return undefined;
    return { reason: "paused", detail: { by: paused.by, since: paused.at } };
  }

  /** Once a plan is told as expired, it is so for good, whatever the clock says later: the bot may plan anew. */
  expire(known: Remembered): void {
    if (known.state !== "planned" || this.#clock.now() <= known.expires) return;
    this.#ledger.record("ended", { state: "expired" }, known.id);
    this.#ledger.secure();
  }
}
