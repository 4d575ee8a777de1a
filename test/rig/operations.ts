/** Operations of any class, as the bot asks an installed executor for them: planned, approved where that is wanted, applied. */
import { randomUUID } from "node:crypto";
import type { ChangeName } from "../../src/protocol/operations.ts";
import { type Approvals, isFinal, type JournalEntry, type Operation, type Plan } from "../../src/protocol/plan.ts";
import type { Peer } from "../executor/peer.ts";

export type Asker = { readonly person: string; readonly request: number };

/** What a person gives for a plan: their name, and the factor as the protocol has it. */
export type Approval = (plan: Plan) => Promise<{ readonly by: string; readonly factor: Record<string, string> }>;

export type Carried = {
  readonly plan: Plan;
  readonly ended: Operation;
  readonly entries: readonly JournalEntry[];
  /** Why it could not be applied before it was approved; nothing where its class wants no approval. */
  readonly held?: { readonly reason: string; readonly detail: Record<string, unknown> };
  readonly approvals?: Approvals;
};

export function planned(peer: Peer, what: ChangeName, given: unknown, { person, request }: Asker): Promise<Plan> {
  const origin = { person, network: "matrix", request };
  return peer.value<Plan>("plan", { id: randomUUID(), do: what, with: given, origin });
}

/** Gives the approval that the plan's class wants; it must be enough. */
export async function approved(peer: Peer, plan: Plan, approval: Approval): Promise<Approvals> {
  const told = await peer.value<Approvals>("approve", { id: plan.id, hash: plan.hash, ...(await approval(plan)) });
  if (!told.enough) throw new Error(`not enough: ${JSON.stringify(told)}`);
  return told;
}

export function applied(peer: Peer, { id, hash }: Plan): Promise<Operation> {
  return peer.value<Operation>("apply", { id, hash });
}

/** Waits until it has come to its end, whatever that is. */
export async function endOf(peer: Peer, id: string): Promise<Operation> {
  const stands = await peer.value<Operation>("watch", { id });
  if (isFinal(stands)) return stands;
  const found = () => peer.operations.find((one) => one.id === id && isFinal(one));
  await peer.until(() => found() !== undefined || peer.ended);
  const operation = found();
  if (operation === undefined) throw new Error("the stream ended before the operation");
  return operation;
}

/** The whole way. Where approvals are wanted it is first shown that nothing goes without. */
export async function carriedOut(
  peer: Peer,
  what: ChangeName,
  given: unknown,
  asker: Asker,
  approval: Approval,
): Promise<Carried> {
  const plan = await planned(peer, what, given, asker);
  const isFree = plan.wants === undefined;
  const held = isFree ? undefined : await peer.refusal("apply", { id: plan.id, hash: plan.hash });
  const approvals = isFree ? undefined : await approved(peer, plan, approval);
  await applied(peer, plan);
  const ended = await endOf(peer, plan.id);
  const entries = await peer.value<JournalEntry[]>("journal", { id: plan.id });
  return { plan, ended, entries, ...(held && { held }), ...(approvals && { approvals }) };
}
