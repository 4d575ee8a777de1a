/** The methods by which persons decide on an operation: approve, deny, cancel. What a yes is worth, {@link Decisions} judges. */
import type { MethodParams } from "../protocol/methods.ts";
import type { Approvals, Operation } from "../protocol/plan.ts";
import type { Failure } from "../protocol/wire.ts";
import type { Decisions, Voice } from "./decisions.ts";
import type { Ledger } from "./ledger.ts";
import type { Remembered } from "./memory.ts";
import { good, type Outcome, refuse } from "./outcome.ts";
import { point } from "./points.ts";
import type { Refusals } from "./refusals.ts";
import type { Runner } from "./runner.ts";
import type { Session, Watchers } from "./session.ts";
import type { Standing } from "./standing.ts";

type Parts = {
  readonly ledger: Ledger;
  readonly decisions: Decisions;
  readonly standing: Standing;
  readonly watchers: Watchers;
  readonly runner: Runner;
  readonly refusals: Refusals;
};

export class Verdicts {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** A person's yes to a plan: with what it is worth, in words that a lying bot cannot make up. */
  async approve(session: Session, given: MethodParams<"approve">): Promise<Outcome<Approvals>> {
    point("approve-received");
    const { id, hash, by, factor } = given;
    const { refusals, watchers } = this.#parts;
    const known = this.#known(id);
    const unfit = known === undefined ? noSuchPlan : this.#undecidable(known, hash);
    if (known === undefined || unfit !== undefined) {
      return refusals.refuse(session, "approve", id, unfit ?? noSuchPlan);
    }
    const told = await this.#judged(known, { identity: session.identity, by }, factor);
    if (!told.ok) return refusals.refuse(session, "approve", id, told.failure);
    // Whoever watches may ask how far the approvals have come.
    watchers.tell(known);
    return told;
  }

  approvals(id: string): Outcome<Approvals> {
    const known = this.#parts.ledger.memory.get(id);
    return known === undefined ? refuse("no-such-plan") : good(this.#parts.decisions.standing(known));
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
    const { decisions, ledger, refusals, runner, standing, watchers } = this.#parts;
    const method = state === "denied" ? "deny" : "cancel";
    const known = this.#known(id);
    if (known === undefined) return refusals.refuse(session, method, id, noSuchPlan);
    const voice = { identity: session.identity, by };
    // Whoever holds the bot could else keep the host's own terminal from doing anything.
    if (session.identity !== "host" && ledger.planned(known).identity === "host") {
      return refusals.refuse(session, method, id, { reason: "hosts-own", detail: {} });
    }
    if (known.state === "planned" || known.state === "accepted") {
      decisions.end(known, voice, state);
      point("cancel-journalled");
      runner.withdraw(known);
      watchers.tell(known);
    } else if (known.state === "running" && state === "cancelled") {
      decisions.askToCancel(known, voice);
      point("cancel-journalled");
      watchers.add(session, known);
    } else if (known.state !== state) {
      return refusals.refuse(session, method, id, { reason: "too-late", detail: { state: known.state } });
    }
    return good(standing.of(known));
  }

  #known(id: string): Remembered | undefined {
    const known = this.#parts.ledger.memory.get(id);
    if (known !== undefined) this.#parts.standing.expire(known);
    return known;
  }

  /** Why nothing can be decided on it, or nothing. */
  #undecidable(known: Remembered, hash: string): Failure | undefined {
    if (known.hash !== hash) return { reason: "plan-changed", detail: { planned: known.hash } };
    return this.#parts.decisions.undecided(known);
  }

  #judged(known: Remembered, voice: Voice, factor: MethodParams<"approve">["factor"]) {
    const { decisions } = this.#parts;
    switch (factor.kind) {
      case "totp":
        return decisions.code(known, voice, factor.code);
      case "signature":
        return decisions.signature(known, voice, factor.signature);
      case "host":
        return decisions.host(known, voice);
    }
  }
}

const noSuchPlan: Failure = { reason: "no-such-plan", detail: {} };
