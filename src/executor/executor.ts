/** The executor's own logic: what each method of the protocol does. Who calls is known from the socket alone. */

import type { MethodParams, MethodValue } from "../protocol/methods.ts";
import type { AskName, ChangeName } from "../protocol/operations.ts";
import type { Approvals, JournalEntry, Operation, Plan } from "../protocol/plan.ts";
import type { Failure, JournalHead } from "../protocol/wire.ts";
import { answerAsk } from "./asks.ts";
import { classes } from "./classes.ts";
import { Decisions, type Voice } from "./decisions.ts";
import type { Rails } from "./guard-rails.ts";
import type { Host } from "./host/host.ts";
import { JournalFault } from "./journal/journal.ts";
import { readOnly } from "./journalled-host.ts";
import type { Ledger } from "./ledger.ts";
import { isOver, type Remembered } from "./memory.ts";
import { kinds } from "./operations/table.ts";
import { good, type Outcome, refuse } from "./outcome.ts";
import { bodyOf, makePlan, type PlanRequest } from "./planner.ts";
import { point } from "./points.ts";
import { type Limits, RateLimit } from "./rate-limit.ts";
import { Refusals } from "./refusals.ts";
import { Runner } from "./runner.ts";
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

/** One connection, as the executor sees it. */
export interface Session {
  /** Which socket it came in by; never something that a message says. */
  readonly identity: string;
  notify(operation: Operation): void;
}

/** How many operations may wait at once for the rate limit; more are refused. */
const maximumQueue = 500;
/** Plans are not promises, but each is kept in the journal: so many times the rate limit of them are made. */
const plansPerOperation = 10;
const maximumOpen = 200;

export class Executor {
  readonly #rules: Rules;
  readonly #host: Host;
  readonly #ledger: Ledger;
  readonly #runner: Runner;
  readonly #decisions: Decisions;
  readonly #refusals: Refusals;
  readonly #faults: Faults;
  readonly #planning = new Map<string, Promise<unknown>>();
  readonly #watchers = new Map<string, Set<Session>>();
  readonly #applyLimits = new Map<string, RateLimit>();
  readonly #planLimits = new Map<string, RateLimit>();

  constructor(rules: Rules, host: Host, ledger: Ledger, faults: Faults) {
    this.#faults = faults;
    this.#rules = rules;
    this.#host = host;
    this.#ledger = ledger;
    this.#refusals = new Refusals(ledger);
    this.#decisions = new Decisions(ledger, rules.factors, () => this.now());
    this.#runner = new Runner({ host, ledger, tell: (known) => this.#tell(known), ...faults });
  }

  /**
   * Takes up what was accepted before this start; the record of the start itself must stand. What waited while nobody was
   * there goes no faster now than the limits let it.
   */
  resume(): void {
    this.look();
    const { memory } = this.#ledger;
    const [now, moment] = [this.now(), this.#moment()];
    for (const { state, identity = "", due = now, do: what } of memory.accepted()) {
      if (state !== "accepted" && isLimited(what)) this.#applyLimit(identity).take(moment + Math.min(due - now, 0));
    }
    for (const known of memory.open()) {
      const { identity = "", due = now } = known;
      const limit = this.#applyLimit(identity);
      if (known.state === "accepted") {
        known.goes = isLimited(known.do) ? Math.max(moment + due - now, limit.next(moment)) : moment;
        if (isLimited(known.do)) limit.take(known.goes);
      }
      this.#runner.start(known);
    }
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
    return Math.floor(this.#host.now() / 1000);
  }

  /** Seconds of the clock that nobody sets. */
  #moment(): number {
    return Math.floor(this.#host.monotonic() / 1000);
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
      return planned.ok ? planned : this.#refuse(session, "plan", request.id, planned.failure);
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
    const paused = this.#pausedFor(request.do);
    if (paused !== undefined) return { ok: false, failure: paused };
    // However much is asked for, everything can be stopped.
    const limit = this.#planLimit(isLimited(request.do) ? identity : `${identity}, unlimited`);
    const moment = this.#moment();
    const wait = limit.next(moment) - moment;
    if (wait > 0) return refuse("limit", { what: "plans", until: this.now() + wait });
    limit.take(moment);
    const made = await makePlan(readOnly(this.#host), this.#rules.rails, this.#rules.host, identity, request);
    if (!made.ok) return made;
    this.#ledger.record("planned", made.value, request.id);
    this.#ledger.secure();
    point("plan-journalled");
    return good(made.value.plan);
  }

  /** Starts what was planned, once. The same call again tells how it stands. */
  apply(session: Session, id: string, hash: string): Outcome<Operation> {
    point("apply-received");
    const known = this.#ledger.memory.get(id);
    const failure = known === undefined ? ({ reason: "no-such-plan", detail: {} } as const) : this.#unfit(known, hash);
    if (known === undefined || failure !== undefined) {
      return this.#refuse(session, "apply", id, failure ?? { reason: "no-such-plan", detail: {} });
    }
    this.#watch(session, known);
    if (known.state === "planned") {
      const goes = this.#nextTurn(session.identity, known);
      if (!goes.ok) return this.#refuse(session, "apply", id, goes.failure);
      const due = this.now() + goes.value - this.#moment();
      this.#ledger.record("accepted", { identity: session.identity, due }, id);
      this.#ledger.secure();
      if (isLimited(known.do)) this.#applyLimit(session.identity).take(goes.value);
      known.goes = goes.value;
      point("apply-journalled");
      this.#runner.start(known);
    }
    return good(this.#stands(known));
  }

  /** Once a plan is told as expired, it is so for good, whatever the clock says later: the bot may plan anew. */
  #expire(known: Remembered): void {
    if (known.state !== "planned" || this.now() <= known.expires) return;
    this.#ledger.record("ended", { state: "expired" }, known.id);
    this.#ledger.secure();
  }

  #stands(known: Remembered): Operation {
    if (known.state !== "accepted") return this.#ledger.operation(known);
    const wait = (known.goes ?? 0) - this.#moment();
    const before = this.#runner.inTheWayOf(known).map((other) => this.#ledger.planned(other).plan.origin);
    return {
      ...this.#ledger.operation(known),
      ...(wait > 0 ? { queuedUntil: this.now() + wait } : {}),
      ...(before.length > 0 ? { waitingFor: before.map(({ request, person }) => ({ request, person })) } : {}),
      ...(this.#pausedFor(known.do) === undefined ? {} : { paused: true }),
    };
  }

  /** Why nothing of this kind is begun now, or nothing. */
  #pausedFor(what: ChangeName): Failure | undefined {
    const { paused } = this.#ledger.memory;
    if (paused === undefined || kinds[what].own !== undefined) return undefined;
    return { reason: "paused", detail: { by: paused.by, since: paused.at } };
  }

  /** Why a plan cannot be applied, or nothing. */
  #unfit(known: Remembered, hash: string): Failure | undefined {
    if (known.hash !== hash) return { reason: "plan-changed", detail: { planned: known.hash } };
    this.#expire(known);
    if (known.state === "expired" || known.state === "denied" || known.state === "cancelled") {
      return this.#decisions.undecided(known);
    }
    if (known.state !== "planned") return undefined;
    return this.#pausedFor(known.do) ?? this.#decisions.lacking(known);
  }

  /** A person's yes to a plan: with what it is worth, in words that a lying bot cannot make up. */
  async approve(session: Session, given: MethodParams<"approve">): Promise<Outcome<Approvals>> {
    point("approve-received");
    const { id, hash, by, factor } = given;
    const known = this.#ledger.memory.get(id);
    if (known === undefined) return this.#refuse(session, "approve", id, { reason: "no-such-plan", detail: {} });
    this.#expire(known);
    const unfit: Failure | undefined =
      known.hash === hash
        ? this.#decisions.undecided(known)
        : { reason: "plan-changed", detail: { planned: known.hash } };
    if (unfit !== undefined) return this.#refuse(session, "approve", id, unfit);
    const voice = { identity: session.identity, by };
    const told = await this.#judged(known, voice, factor);
    if (!told.ok) return this.#refuse(session, "approve", id, told.failure);
    // Whoever watches may ask how far the approvals have come.
    this.#tell(known);
    return told;
  }

  #judged(known: Remembered, voice: Voice, factor: MethodParams<"approve">["factor"]) {
    switch (factor.kind) {
      case "totp":
        return this.#decisions.code(known, voice, factor.code);
      case "signature":
        return this.#decisions.signature(known, voice, factor.signature);
      case "host":
        return this.#decisions.host(known, voice);
    }
  }

  approvals(id: string): Outcome<Approvals> {
    const known = this.#ledger.memory.get(id);
    return known === undefined ? refuse("no-such-plan") : good(this.#decisions.standing(known));
  }

  /** A person's no to what has not begun. */
  deny(session: Session, id: string, by: string): Outcome<Operation> {
    return this.#over(session, id, by, "denied");
  }

  /** Takes back what has not begun; asks what runs to end between two steps. */
  cancel(session: Session, id: string, by: string): Outcome<Operation> {
    point("cancel-received");
    return this.#over(session, id, by, "cancelled");
  }

  #over(session: Session, id: string, by: string, state: "denied" | "cancelled"): Outcome<Operation> {
    const method = state === "denied" ? "deny" : "cancel";
    const known = this.#ledger.memory.get(id);
    if (known === undefined) return this.#refuse(session, method, id, { reason: "no-such-plan", detail: {} });
    this.#expire(known);
    const voice = { identity: session.identity, by };
    if (known.state === "planned" || known.state === "accepted") {
      this.#decisions.end(known, voice, state);
      point("cancel-journalled");
      this.#runner.withdraw(known);
      this.#tell(known);
    } else if (known.state === "running" && state === "cancelled") {
      this.#decisions.askToCancel(known, voice);
      point("cancel-journalled");
      this.#watch(session, known);
    } else if (known.state !== state) {
      return this.#refuse(session, method, id, { reason: "too-late", detail: { state: known.state } });
    }
    return good(this.#stands(known));
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
    const moving = this.#ledger.memory.moving(this.now()).slice(0, maximumOpen);
    const operations = moving.map((known) => {
      const { origin, created } = this.#ledger.planned(known).plan;
      return { id: known.id, do: known.do, state: this.#ledger.operation(known).state, origin, created };
    });
    return good({ operations });
  }

  /** When it may go, as {@link Remembered.goes}. */
  #nextTurn(identity: string, known: Remembered): Outcome<number> {
    const moment = this.#moment();
    if (!isLimited(known.do)) return good(moment);
    const goes = this.#applyLimit(identity).next(moment);
    const waiting = this.#ledger.memory.open().length;
    if (goes > moment && waiting >= maximumQueue) return refuse("busy", { waiting });
    return good(goes);
  }

  /** How an operation stands; from now on its events come to this session. */
  watch(session: Session, id: string): Outcome<Operation> {
    const known = this.#ledger.memory.get(id);
    if (known === undefined) return refuse("no-such-plan");
    this.#expire(known);
    this.#watch(session, known);
    return good(this.#stands(known));
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
    for (const [id, sessions] of this.#watchers) {
      sessions.delete(session);
      if (sessions.size === 0) this.#watchers.delete(id);
    }
  }

  #watch(session: Session, known: Remembered): void {
    if (isOver(known)) return;
    const sessions = this.#watchers.get(known.id);
    if (sessions === undefined) this.#watchers.set(known.id, new Set([session]));
    else sessions.add(session);
  }

  #tell(known: Remembered): void {
    const sessions = this.#watchers.get(known.id);
    if (sessions === undefined) return;
    const operation = this.#stands(known);
    for (const session of sessions) session.notify(operation);
    if (isOver(known)) this.#watchers.delete(known.id);
  }

  #refuse(session: Session, method: string, id: string, failure: Failure) {
    this.#refusals.note(this.#moment(), session.identity, method, id, failure);
    return { ok: false, failure } as const;
  }

  #applyLimit(identity: string): RateLimit {
    return limitOf(this.#applyLimits, identity, this.#rules.limits);
  }

  #planLimit(identity: string): RateLimit {
    const { perMinute, perHour } = this.#rules.limits;
    const limits = { perMinute: perMinute * plansPerOperation, perHour: perHour * plansPerOperation };
    return limitOf(this.#planLimits, identity, limits);
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
