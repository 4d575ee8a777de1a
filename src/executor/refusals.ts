/** Refused plans and applies are journalled too, but a flood of them must not fill the disk. */
import type { Failure } from "../protocol/wire.ts";
import type { Clock } from "./clock.ts";
import { JournalFault } from "./journal/journal.ts";
import type { Ledger } from "./ledger.ts";
import type { Refused } from "./outcome.ts";
import { RateLimit } from "./rate-limit.ts";
import type { Session } from "./session.ts";

const limits = { perMinute: 30, perHour: 300 };

export class Refusals {
  readonly #ledger: Ledger;
  readonly #clock: Clock;
  readonly #limit = new RateLimit(limits);
  #untold = 0;

  constructor(ledger: Ledger, clock: Clock) {
    this.#ledger = ledger;
    this.#clock = clock;
  }

  /** What to answer; kept before. */
  refuse({ identity }: Session, method: string, id: string, failure: Failure): Refused {
    this.#note(this.#clock.moment(), identity, method, id, failure);
    return { ok: false, failure };
  }

  /** Keeps one refusal, or counts it: the next that is kept tells how many were not. */
  #note(moment: number, identity: string, method: string, id: string, failure: Failure): void {
    if (this.#limit.next(moment) > moment) {
      this.#untold++;
      return;
    }
    this.#limit.take(moment);
    const detail = { identity, method, ...failure, ...(this.#untold > 0 ? { untold: this.#untold } : {}) };
    try {
      this.#ledger.record("refused", detail, id);
      this.#untold = 0;
    } catch (error) {
      // A refusal promises nothing: on a full disk it is answered all the same.
      if (!(error instanceof JournalFault) || error.lost) throw error;
      this.#untold++;
    }
  }
}
