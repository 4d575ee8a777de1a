/** Brings a person's yes before the executor, which judges it; and tells the same of it after a crash. */
import type { Unavailable } from "../hypervisor/port.ts";
import { point } from "../points.ts";
import type { Approvals } from "../protocol/plan.ts";
import type { Failure } from "../protocol/wire.ts";
import type { Request } from "../store/store.ts";
import { failureAnswer, unavailableAnswer } from "./answers.ts";
import type { Proof } from "./arguments.ts";
import { text } from "./command.ts";
import type { ApproveOutcome } from "./desk.ts";
import { contextOf, type Parts } from "./parts.ts";

/** After these the executor has seen to it itself that the code serves for nothing any more, and the failure's text says so. */
const spentByExecutor: readonly string[] = ["factor-spent", "factor-not-enough"];

/**
 * `request`: the message that says yes. `person`: its id. `asked`: what it is said to, where that may be seen. What is
 * brought is noted before: should this be cut off, the executor is asked what became of it before it is asked anew.
 */
export async function bringApproval(
  parts: Parts,
  request: Request,
  person: string,
  asked: Request | undefined,
  proof: Proof,
): Promise<ApproveOutcome> {
  const { operation, planHash } = asked ?? {};
  const before = parts.store.history(request.number).some(({ event }) => event === "approval-brought");
  if (before && asked !== undefined && operation !== undefined) {
    const standing = await parts.hypervisor.approvals(operation);
    if (!standing.ok && "unavailable" in standing) return unavailable(parts, request, proof, standing.unavailable);
    const counts = standing.ok && standing.value.given.some((one) => one.person === person);
    // Where it was not this code that counts, it serves for nothing any more; else that changes nothing.
    if (counts && proof.kind === "code") await parts.hypervisor.burn(proof.code);
    if (counts) return accepted(parts, request, person, asked, proof.kind, standing.value);
  }
  if (asked?.state !== "planned" || operation === undefined || planHash === undefined) {
    return await refused(parts, request, proof);
  }
  if (!before) parts.store.note(request.number, "approval-brought", { for: `#${asked.number}` }, [], parts.now());
  const factor = factorOf(proof);
  const reply = await parts.hypervisor.approve(operation, planHash, person, factor);
  point("approve-told");
  if (reply.ok) return accepted(parts, request, person, asked, proof.kind, reply.value);
  if ("unavailable" in reply) return unavailable(parts, request, proof, reply.unavailable);
  return await refused(parts, request, proof, reply.failure);
}

function accepted(
  parts: Parts,
  request: Request,
  person: string,
  asked: Request,
  kind: Proof["kind"],
  { enough, wants, given }: Approvals,
): ApproveOutcome {
  const isNoted = parts.store
    .history(asked.number)
    .some(({ event, detail }) => event === "approval-given" && detail.run === request.number);
  const detail = { by: person, kind: kind === "code" ? "totp" : kind, run: request.number };
  if (!isNoted) parts.store.note(asked.number, "approval-given", detail, [], parts.now());
  parts.wake(asked.number);
  return enough ? { kind: "enough" } : { kind: "more", wants, given: given.map((one) => one.person) };
}

/** It could not be brought. */
function unavailable(parts: Parts, request: Request, proof: Proof, why: Unavailable): ApproveOutcome {
  const context = contextOf(parts, request);
  const answer = unavailableAnswer(why, context);
  if (proof.kind !== "code") return { kind: "answer", answer };
  // Whether it arrived is not known, and the executor cannot be asked to spend it.
  const unknown = text(context.say("approve-code-unknown"));
  return { kind: "answer", answer: { ...answer, blocks: [...answer.blocks, unknown] } };
}

/**
 * A code that was said and approved nothing is spent: others may have read it, and another is there in half a minute.
 * `failure`: why the executor refused; undefined where there is no such plan.
 */
async function refused(parts: Parts, request: Request, proof: Proof, failure?: Failure): Promise<ApproveOutcome> {
  const context = contextOf(parts, request);
  const isSpent = failure !== undefined && spentByExecutor.includes(failure.reason);
  const burnt = proof.kind === "code" && !isSpent ? await burn(parts, proof.code) : "nothing";
  const words = burnt === "missed" ? context.say("code-not-burnt") : context.say("approve-code-spent");
  const more = burnt === "nothing" ? [] : [text(words)];
  if (failure === undefined) return { kind: "none", more };
  const answer = failureAnswer(failure, context);
  return { kind: "answer", answer: { ...answer, blocks: [...answer.blocks, ...more] } };
}

async function burn(parts: Parts, code: string): Promise<"burnt" | "nothing" | "missed"> {
  const reply = await parts.hypervisor.burn(code);
  if (!reply.ok) return "missed";
  return reply.value.burnt > 0 ? "burnt" : "nothing";
}

/** As the protocol has it. */
function factorOf(proof: Proof) {
  if (proof.kind === "code") return { kind: "totp", code: proof.code } as const;
  return { kind: "signature", signature: armoured(proof.signature) } as const;
}

/** As ssh-keygen writes it: people paste what stands between the two lines, in one piece. */
const armoured = (base64: string): string =>
  ["-----BEGIN SSH SIGNATURE-----", ...(base64.match(/.{1,70}/gu) ?? []), "-----END SSH SIGNATURE-----", ""].join("\n");
