/**
 * Guests that hold still while a step runs. What was frozen is thawed when the step ends, whatever became of it; where
 * the step takes longer than a minute, meanwhile; and where this process was killed in between, by its next start: the
 * journal says what may be frozen before anything is.
 */
import type { PlanHold } from "../protocol/plan.ts";
import { oneLine } from "./host/fact.ts";
import type { Host, Ran } from "./host/host.ts";
import { rows, wholeNumber } from "./host/rows.ts";
import { vmStatus } from "./host/vm-info.ts";
import { JournalFault } from "./journal/journal.ts";
import { forChanges, forReading } from "./journalled-host.ts";
import type { Ledger } from "./ledger.ts";
import type { Remembered } from "./memory.ts";
import type { Held, PlanStep } from "./operations/kind.ts";
import { isOff } from "./operations/vm.ts";
import { point } from "./points.ts";

/** How long a guest is held still at most, in milliseconds. */
const longestHold = 60_000;
/** How long an agent may take to answer. */
const takeTimeoutMs = 20_000;
/** A release that failed is tried again after so long, then after twice that, and so on. */
const firstWait = 1_000;
const longestWait = 60_000;

type Surroundings = {
  readonly host: Host;
  readonly ledger: Ledger;
  readonly log: (line: string) => void;
  readonly fatal: (error: unknown) => void;
};

/** One guest, from right before it is frozen until nothing of it is. */
type Holding = {
  readonly known: Remembered;
  readonly hold: PlanHold;
  /** What freezing it came to, and thawing it; nothing while that is not known. */
  taken?: Ran;
  released?: Ran;
  early: boolean;
  /** Tries in a row, so that two never run at once. */
  turn: Promise<void>;
  wait: number;
};

export class Holds {
  readonly #around: Surroundings;
  readonly #longest: number;
  readonly #timers = new Set<NodeJS.Timeout>();
  #stopping = false;

  constructor(around: Surroundings, longest: number = longestHold) {
    this.#around = around;
    this.#longest = longest;
  }

  /** Runs `act` while the step's guests hold still, as far as they do. */
  async during<T>(known: Remembered, step: PlanStep | undefined, act: () => Promise<T>): Promise<[T, Held[]]> {
    const holds = step?.holds ?? [];
    if (holds.length === 0) return [await act(), []];
    const { ledger } = this.#around;
    ledger.record("holding", { holds, atMost: Math.ceil(this.#longest / 1000) }, known.id);
    ledger.secure();
    const holdings = holds.map((hold) => newHolding(known, hold));
    const watchdog = this.#later(this.#longest, () => {
      for (const holding of holdings) void this.#release(holding, true);
    });
    try {
      for (const holding of holdings) await this.#take(holding);
      point("guest-frozen");
      const value = await act();
      point("guest-thawing");
      for (const holding of holdings) await this.#release(holding, false);
      return [value, holdings.map(heldOf)];
    } finally {
      clearTimeout(watchdog);
      this.#timers.delete(watchdog);
      // Each is tried, whatever became of the others: one that is thawed already is left alone.
      for (const holding of holdings) await this.#release(holding, false);
    }
  }

  /** Thaws what an earlier process may have left frozen. Resolves after the first try; others follow where it failed. */
  async recover(known: Remembered): Promise<void> {
    const holdings = known.holding.map((hold) => newHolding(known, hold));
    for (const holding of holdings) await this.#release(holding, true);
  }

  /** Tries nothing more: the next start does. */
  stop(): void {
    this.#stopping = true;
    for (const timer of this.#timers) clearTimeout(timer);
  }

  async #take(holding: Holding): Promise<void> {
    // The watchdog came first: it is too late to freeze anything.
    if (holding.released !== undefined || holding.early) return;
    const { host, ledger } = this.#around;
    const argv = commandOf(holding.hold.take);
    const options = { timeoutMs: takeTimeoutMs, outOfTurn: true };
    holding.taken = await forChanges(host, ledger, holding.known.id, "hold-run").run(argv, options);
  }

  #release(holding: Holding, early: boolean): Promise<void> {
    if (early) holding.early = true;
    holding.turn = holding.turn
      .then(() => this.#tryRelease(holding))
      .catch((error: unknown) => this.#failed(holding, error));
    return holding.turn;
  }

  async #tryRelease(holding: Holding): Promise<void> {
    if (holding.released !== undefined) return;
    const { host, ledger } = this.#around;
    const { known, hold, early } = holding;
    // A thaw may not wait behind commands that hang.
    const options = { timeoutMs: takeTimeoutMs, outOfTurn: true };
    const ran = await forChanges(host, ledger, known.id, "hold-run").run(commandOf(hold.release), options);
    if (!(await this.#isReleased(holding, ran))) {
      this.#again(holding);
      return;
    }
    ledger.record("released", { vm: hold.vm, ...(early ? { early } : {}) }, known.id);
    ledger.secure();
    holding.released = ran;
  }

  /** Nothing is frozen any more: it was thawed; or it is off, or gone; or libvirt refused to freeze it, plainly, and this too. */
  async #isReleased({ known, hold, taken }: Holding, ran: Ran): Promise<boolean> {
    if (ran.code === 0) return true;
    if (ran.code === null) return false;
    if (/failed to get domain|agent is not configured/i.test(ran.stderr)) return true;
    if (/domain is not running/i.test(ran.stderr)) {
      // libvirt says so of one that is paused, too, and that is as frozen as before once it goes on.
      const { host, ledger } = this.#around;
      const status = await vmStatus(forReading(host, ledger, known.id), hold.vm);
      return status.ok ? isOff(status.value) : status.failure.reason === "unknown-target";
    }
    return taken !== undefined && taken.code !== null && taken.code !== 0 && !isLost(taken);
  }

  #again(holding: Holding): void {
    this.#later(holding.wait, () => void this.#release(holding, holding.early));
    holding.wait = Math.min(2 * holding.wait, longestWait);
  }

  /** On a full disk the guest is thawed all the same, and what the journal lacks is written later. */
  #failed(holding: Holding, error: unknown): void {
    if (error instanceof JournalFault && !error.lost) {
      this.#around.log(`thawing ${holding.hold.vm}: ${error.message}`);
      this.#again(holding);
    } else this.#around.fatal(error);
  }

  #later(ms: number, what: () => void): NodeJS.Timeout {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      if (!this.#stopping) what();
    }, ms);
    this.#timers.add(timer);
    return timer;
  }
}

function newHolding(known: Remembered, hold: PlanHold): Holding {
  return { known, hold, early: false, turn: Promise.resolve(), wait: firstWait };
}

function commandOf([program, ...words]: readonly string[]): [string, ...string[]] {
  if (program === undefined) throw new Error("a hold without a command");
  return [program, ...words];
}

/** The answer was lost, and the guest may have done what it was asked. */
function isLost({ stderr }: Ran): boolean {
  return /disappeared|disconnected|end of file|time(?:d )?out|reset|broken pipe/i.test(stderr);
}

/** It held still where as many filesystems were thawed in the end as were frozen at first, by us and at that time. */
function heldOf({ hold, taken, released, early }: Holding): Held {
  const [froze, thawed] = [countOf(taken), countOf(released)];
  const isTaken = froze > 0;
  const still = isTaken && !early && thawed >= froze;
  const words = oneLine((isTaken ? released : taken)?.stderr ?? "");
  return { vm: hold.vm, taken: isTaken, still, ...(still || words === "" ? {} : { words }) };
}

/** `Froze 2 filesystem(s)`, `Thawed 2 filesystem(s)`. */
function countOf(ran: Ran | undefined): number {
  if (ran?.code !== 0) return 0;
  const counts = rows(ran.stdout).map((row) => wholeNumber(/^(?:Froze|Thawed) (\d+) filesystem/.exec(row)?.[1]) ?? 0);
  return Math.max(0, ...counts);
}
