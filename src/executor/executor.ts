/** The executor's own logic: what each method of the protocol does. Who calls is known from the socket alone. */

import type { MethodValue } from "../protocol/methods.ts";
import type { AskName } from "../protocol/operations.ts";
import type { JournalEntry, Operation, Plan } from "../protocol/plan.ts";
import type { Failure, JournalHead } from "../protocol/wire.ts";
import { Admission } from "./admission.ts";
import { answerAsk } from "./asks.ts";
import { classes } from "./classes.ts";
import { Clock } from "./clock.ts";
import { Decisions } from "./decisions.ts";
import type { Rails } from "./guard-rails.ts";
import type { Host } from "./host/host.ts";
import { JournalFault } from "./journal/journal.ts";
import { readOnly } from "./journalled-host.ts";
import type { Ledger } from "./ledger.ts";
import type { Remembered } from "./memory.ts";
import { kinds } from "./operations/table.ts";
import { good, type Outcome, refuse } from "./outcome.ts";
import { bodyOf, makePlan, type PlanRequest } from "./planner.ts";
import { point } from "./points.ts";
import type { Limits } from "./rate-limit.ts";
import { Refusals } from "./refusals.ts";
import { Runner } from "./runner.ts";
import { type Session, Watchers } from "./session.ts";
import { Standing } from "./standing.ts";
import { Verdicts } from "./verdicts.ts";
import { traceOf } from "./words.ts";

/** What the executor may know of itself. */
export type Rules = {
  readonly host: string;
  readonly limits: Limits;
  readonly rails: Rails;
  /** The file of second factors; without it nobody is enrolled. */
  readonly factors?: string;
};

/** Where faults go. `fatal` ends the program. */
export type Faults = { readonly log: (line: string) => void; readonly fatal: (error: unknown) => void };

const maximumOpen = 200;

export class Executor {
  readonly #rules: Rules;
  readonly #host: Host;
  readonly #ledger: Ledger;
  readonly #clock: Clock;
  readonly #runner: Runner;
  readonly #standing: Standing;
  readonly #watchers: Watchers;
  readonly #admission: Admission;
  readonly #decisions: Decisions;
  readonly #refusals: Refusals;
  readonly #faults: Faults;
  readonly #planning = new Map<string, Promise<unknown>>();
  /** The methods by which persons decide. */
  readonly verdicts: Verdicts;

  constructor(rules: Rules, host: Host, ledger: Ledger, faults: Faults) {
    this.#faults = faults;
    this.#rules = rules;
    this.#host = host;
    this.#ledger = ledger;
    const clock = new Clock(host);
    const runner = new Runner({
      host,
      ledger,
      tell: (known) => watchers.tell(known),
      objection: (known) => decisions.lapsed(known),
      ...faults,
    });
    const standing = new Standing(ledger, clock, (known) => runner.inTheWayOf(known));
    const watchers = new Watchers((known) => standing.of(known));
    const decisions = new Decisions(ledger, rules.factors, clock);
    const refusals = new Refusals(ledger, clock);
    this.#clock = clock;
    this.#runner = runner;
    this.#standing = standing;
    this.#watchers = watchers;
    this.#admission = new Admission(ledger.memory, clock, rules.limits);
    this.#decisions = decisions;
    this.#refusals = refusals;
    this.verdicts = new Verdicts({ ledger, decisions, standing, watchers, runner, refusals });
  }

  /** Takes up what was accepted before this start; the record of the start itself must stand. */
  resume(): void {
    this.look();
    const { memory } = this.#ledger;
    for (const known of memory.holding()) this.#runner.thaw(known);
    this.#admission.resume();
    for (const known of memory.open()) this.#runner.start(known);
  }

  /** Whether root has changed the file of factors: journalled, at the latest a minute after. */
  look(): void {
    try {
      this.#decisions.look();
    } catch (error) {
      this.fault(error);
    }
  }

  /** Ends what is in hand, for `atMost` milliseconds; the rest is taken up at the next start. */
  stop(atMost: number): Promise<void> {
    return this.#runner.stop(atMost);
  }

  head(): JournalHead {
    return this.#ledger.head();
  }

  host(): string {
    return this.#rules.host;
  }

  /** Seconds since 1970. */
  now(): number {
    return this.#clock.now();
  }

  async ask(what: AskName, given: unknown): Promise<Outcome<unknown>> {
    const answer = await answerAsk(readOnly(this.#host), what, given, this.#rules.host);
    const { paused } = this.#ledger.memory;
    // What is known here and nowhere else on the host.
    return answer.ok && what === "host.facts" && paused !== undefined
      ? good({ ...Object(answer.value), paused })
      : answer;
  }

  /** The same id and body gives the very same plan, for as long as the id is remembered. */
  async plan(session: Session, request: PlanRequest): Promise<Outcome<Plan>> {
    point("plan-received");
    // Two at once with one id would both find nothing and plan twice.
    const before = this.#planning.get(request.id);
    const turn = (before ?? Promise.resolve()).then(() => this.#planOnce(session, request));
    const settled = turn.then(
      () => undefined,
      () => undefined,
    );
    this.#planning.set(request.id, settled);
    try {
      const planned = await turn;
      return planned.ok ? planned : this.#refusals.refuse(session, "plan", request.id, planned.failure);
    } finally {
      if (this.#planning.get(request.id) === settled) this.#planning.delete(request.id);
    }
  }

  async #planOnce({ identity }: Session, request: PlanRequest): Promise<Outcome<Plan>> {
    const known = this.#ledger.memory.get(request.id);
    if (known !== undefined) {
      return known.body === bodyOf(request) ? good(this.#ledger.planned(known).plan) : refuse("id-reused");
    }
    if ((request.origin.network === "host") !== (identity === "host")) {
      return refuse("malformed", { do: request.do, network: request.origin.network, identity });
    }
    const paused = this.#standing.pausedFor(request.do);
    if (paused !== undefined) return { ok: false, failure: paused };
    const early = this.#admission.plan(identity, request.do);
    if (early !== undefined) return early;
    const made = await makePlan(readOnly(this.#host), this.#rules.rails, this.#rules.host, identity, request);
    if (!made.ok) return made;
    this.#ledger.record("planned", made.value, request.id);
    this.#ledger.secure();
    point("plan-journalled");
    const fresh = this.#ledger.memory.get(request.id);
    // From now on it gets older, by both clocks.
    if (fresh !== undefined) this.#standing.expire(fresh);
    return good(made.value.plan);
  }

  /** Starts what was planned, once. The same call again tells how it stands. */
  apply(session: Session, id: string, hash: string): Outcome<Operation> {
    point("apply-received");
    const known = this.#ledger.memory.get(id);
    const failure = known === undefined ? ({ reason: "no-such-plan", detail: {} } as const) : this.#unfit(known, hash);
    if (known === undefined || failure !== undefined) {
      return this.#refusals.refuse(session, "apply", id, failure ?? { reason: "no-such-plan", detail: {} });
    }
    this.#watchers.add(session, known);
    if (known.state === "planned") {
      const { identity } = session;
      const goes = this.#admission.next(identity, known);
      if (!goes.ok) return this.#refusals.refuse(session, "apply", id, goes.failure);
      const due = this.#clock.now() + goes.value - this.#clock.moment();
      this.#ledger.record("accepted", { identity, due }, id);
      this.#ledger.secure();
      this.#admission.take(identity, known, goes.value);
      point("apply-journalled");
      this.#runner.start(known);
    }
    return good(this.#standing.of(known));
  }

  /** Why a plan cannot be applied, or nothing. */
  #unfit(known: Remembered, hash: string): Failure | undefined {
    if (known.hash !== hash) return { reason: "plan-changed", detail: { planned: known.hash } };
    this.#standing.expire(known);
    if (known.state === "expired" || known.state === "denied" || known.state === "cancelled") {
      return this.#decisions.undecided(known);
    }
    if (known.state !== "planned") return undefined;
    return this.#standing.pausedFor(known.do) ?? this.#decisions.lacking(known);
  }

  burn({ identity }: Session, code: string): Outcome<{ burnt: number }> {
    return this.#decisions.burn(identity, code);
  }

  /** The plan as it stands in the journal. */
  planned(id: string): Outcome<Plan> {
    const known = this.#ledger.memory.get(id);
    return known === undefined ? refuse("no-such-plan") : good(this.#ledger.planned(known).plan);
  }

  /** All that has not come to its end. */
  open(): Outcome<MethodValue<"open">> {
    const moving = this.#ledger.memory.moving(this.now());
    // However much is asked for that needs nobody: what waits for people is not hidden behind it.
    const first = moving.filter(({ do: what }) => classes[kinds[what].class].approval !== "nothing");
    const sorted = [...first, ...moving.filter((known) => !first.includes(known))];
    const operations = sorted.slice(0, maximumOpen).map((known) => {
      const { origin, created } = this.#ledger.planned(known).plan;
      return { id: known.id, do: known.do, state: this.#ledger.operation(known).state, origin, created };
    });
    return good({ operations, ...(sorted.length > maximumOpen ? { more: true } : {}) });
  }

  /** How an operation stands; from now on its events come to this session. */
  watch(session: Session, id: string): Outcome<Operation> {
    const known = this.#ledger.memory.get(id);
    if (known === undefined) return refuse("no-such-plan");
    this.#standing.expire(known);
    this.#watchers.add(session, known);
    return good(this.#standing.of(known));
  }

  journal(id: string): Outcome<JournalEntry[]> {
    const entries = this.#ledger.entries(id);
    return entries.length > 0 ? good(entries) : refuse("no-such-plan");
  }

  /** A fault while a message was answered: logged, and the end where the disk cannot be trusted any more. */
  fault(error: unknown): void {
    if (error instanceof JournalFault && error.lost) this.#faults.fatal(error);
    else this.#faults.log(traceOf(error));
  }

  /** The connection is gone. */
  leave(session: Session): void {
    this.#watchers.leave(session);
  }
}
