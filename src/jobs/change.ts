/**
 * A change's way, step by step: accepted → planned → (approvals) → applying → done or failed. Each step reads the request as it stands,
 * asks the executor, and moves the request on in one transaction; killed anywhere, the next start takes the same step
 * again with the same operation id, and the executor does nothing twice.
 */

import type { Answer, Block } from "../conversation/answer.ts";
import { failureAnswer, faultAnswer, lateAnswer, refusalAnswer, unavailableAnswer } from "../conversation/answers.ts";
import { approvalAnswer, type Here, notDoneAnswer, wantedOf } from "../conversation/approval-answers.ts";
import { takesCodes } from "../conversation/codes.ts";
import { type ChangeCommand, text } from "../conversation/command.ts";
import type { Parts } from "../conversation/parts.ts";
import { commandOf, contextOf, helpersOf, mayThey } from "../conversation/parts.ts";
import type { Unavailable } from "../hypervisor/port.ts";
import { point } from "../points.ts";
import { changes } from "../protocol/operations.ts";
import { isFinal, type Operation } from "../protocol/plan.ts";
import type { Failure } from "../protocol/wire.ts";
import type { EndedAs, Patch, Request, RequestState } from "../store/store.ts";
import { uuidv5 } from "./uuid.ts";

/** What comes after a step: the next one at once, nothing more, or waiting: for the channel, the operation's end, or people. */
export type Next =
  | { readonly kind: "again" }
  | { readonly kind: "ended" }
  | { readonly kind: "wait"; readonly operation?: Operation; readonly unavailable?: Unavailable }
  | { readonly kind: "people" };

const again: Next = { kind: "again" };
const ended: Next = { kind: "ended" };

/** The namespace of operation ids (a random UUID, fixed for good: changing it would let old events run again). */
const operationNamespace = "6f1c2c58-5a0e-4d0b-9a63-2b8a4f0f6f0e";

/** The same event's same attempt always has the same id, also from a bot that was restored from an old backup. */
export function operationIdOf(request: Pick<Request, "network" | "eventId" | "attempt">): string {
  return uuidv5(operationNamespace, JSON.stringify([request.network, request.eventId, `change ${request.attempt}`]));
}

/** Takes the one step that the request's state asks for. */
export async function stepOf(parts: Parts, request: Request): Promise<Next> {
  switch (request.state) {
    case "accepted":
      return await planIt(parts, request);
    case "planned":
      return await applyIt(parts, request);
    case "applying":
      return await awaitEnd(parts, request);
    default:
      return ended;
  }
}

async function planIt(parts: Parts, request: Request): Promise<Next> {
  const command = changeOf(parts, request);
  if (command === undefined)
    return end(parts, request, "failed", faultAnswer(contextOf(parts, request)), {
      event: "failed",
      detail: { why: "the command is gone" },
    });
  const objection = objectionTo(parts, request, command);
  if (objection !== undefined) return objection();
  const asked = command.change(request.given ?? {});
  const id = operationIdOf(request);
  const origin = { person: request.person ?? "?", network: request.network, request: request.number };
  const reply = await parts.hypervisor.plan(id, asked.do, asked.with, origin);
  if (!reply.ok) {
    if ("unavailable" in reply) return unavailable(parts, request, reply.unavailable);
    // An expired plan was never applied, and never will be: a new attempt cannot run anything twice.
    if (reply.failure.reason === "expired") return anew(parts, request);
    // It has had this very event before: from this bot in a life that it does not remember (restored from a backup).
    if (reply.failure.reason === "id-reused") return await takeUp(parts, request, id);
    return fail(parts, request, reply.failure);
  }
  point("plan-told");
  const { hash, class: kind, expires, text, wants = "nothing" } = reply.value;
  const patch = { operation: id, planHash: hash };
  move(parts, request, "planned", patch, "planned", { id, hash, class: kind, expires, text });
  point("planned");
  const planned = parts.store.find(request.number);
  if (wants === "nothing" || planned?.state !== "planned") return again;
  // A bot that was restored from a backup planned it in a life that it does not remember: it may be decided already.
  const standing = await parts.hypervisor.watch(id);
  if (!standing.ok) return again;
  return standing.value.state === "planned" ? wanted(parts, planned, wants) : go(parts, planned, standing.value);
}

/**
 * Why it must not be done now: not permitted (any more), or too late. Undefined: nothing. It is asked before each thing
 * that is asked of the executor, because before each the bot may have been down, or the line.
 */
function objectionTo(parts: Parts, request: Request, command: ChangeCommand): (() => Next) | undefined {
  const now = parts.now();
  const context = contextOf(parts, request);
  const decision = mayThey(parts, request, command, request.given ?? {});
  if (!decision.allowed) {
    const detail = { action: command.action, rules: decision.rules, reason: decision.reason[context.language] };
    const answer = refusalAnswer(decision, context, helpersOf(parts, request));
    return () => end(parts, request, "failed", answer, { event: "refused", detail });
  }
  // For how long a plan may wait for approvals is the executor's to say.
  if (request.wants !== undefined) return undefined;
  const age = now - request.receivedAt;
  if (Math.abs(age) <= parts.host.ageMs) return undefined;
  const history = { event: "late", detail: { minutes: minutesOf(age) } };
  return () => end(parts, request, "late", lateAnswer(request, now, context), history);
}

/** The executor knows more of this operation than the bot does: its state there is the truth, and is told. */
async function takeUp(parts: Parts, request: Request, id: string): Promise<Next> {
  const reply = await parts.hypervisor.watch(id);
  if (!reply.ok) {
    if ("unavailable" in reply) return unavailable(parts, request, reply.unavailable);
    return untold(parts, request, reply.failure);
  }
  if (reply.value.state === "expired") return anew(parts, request);
  // Not applied, and of another body: it is never applied from here. When it expires, a new attempt is safe.
  if (reply.value.state === "planned") return { kind: "wait", operation: reply.value };
  return taken(parts, request, reply.value, { operation: id });
}

/** The executor has begun, or is about to, or it is over. */
function taken(parts: Parts, request: Request, operation: Operation, patch: Patch = {}): Next {
  move(parts, request, "applying", patch, "applied", { state: operation.state, ...queueDetail(operation) });
  point("applying");
  // The executor's answer may already be the end: then there is nothing to wait for.
  const moved = parts.store.find(request.number);
  if (moved?.state === "applying" && isFinal(operation)) return finish(parts, moved, operation);
  return again;
}

async function applyIt(parts: Parts, request: Request): Promise<Next> {
  const { operation: id, planHash: hash } = request;
  if (id === undefined || hash === undefined) throw new Error(`request ${request.number} is planned but holds no plan`);
  const command = changeOf(parts, request);
  const objection = command === undefined ? undefined : objectionTo(parts, request, command);
  if (objection !== undefined) {
    // An earlier apply may have arrived though its answer did not: what is taken is not called off, it is told.
    const reply = await parts.hypervisor.watch(id);
    if (!reply.ok) {
      if ("unavailable" in reply) return unavailable(parts, request, reply.unavailable);
      return untold(parts, request, reply.failure);
    }
    const { state } = reply.value;
    return state === "planned" || state === "expired" ? objection() : taken(parts, request, reply.value);
  }
  if (request.wants !== undefined) {
    const standing = await parts.hypervisor.watch(id);
    if (!standing.ok) {
      if ("unavailable" in standing) return unavailable(parts, request, standing.unavailable);
      return untold(parts, request, standing.failure);
    }
    if (standing.value.state !== "planned") return go(parts, request, standing.value);
    const given = await parts.hypervisor.approvals(id);
    if (!given.ok && "unavailable" in given) return unavailable(parts, request, given.unavailable);
    if (!given.ok || !given.value.enough) return { kind: "people" };
  }
  const reply = await parts.hypervisor.apply(id, hash);
  if (!reply.ok) {
    if ("unavailable" in reply) return unavailable(parts, request, reply.unavailable);
    const { reason, detail } = reply.failure;
    if (reason === "expired") return expired(parts, request);
    if (reason === "needs-approval") return wanted(parts, request, String(detail.wants ?? "approvals"));
    // Somebody said no, or called it off: how it stands tells who.
    if (reason === "denied" || reason === "cancelled") return await endedElsewhere(parts, request, id);
    return fail(parts, request, reply.failure);
  }
  point("apply-told");
  return go(parts, request, reply.value);
}

/** From what the executor says of an operation that was planned: it is under way, or over. */
function go(parts: Parts, request: Request, operation: Operation): Next {
  if (operation.state === "expired") return expired(parts, request);
  if (operation.state === "denied" || operation.state === "cancelled") {
    return notDone(parts, request, operation.state, whoEnded(parts, operation), stepsDoneOf(operation));
  }
  return taken(parts, request, operation);
}

async function endedElsewhere(parts: Parts, request: Request, id: string): Promise<Next> {
  const standing = await parts.hypervisor.watch(id);
  if (!standing.ok) {
    if ("unavailable" in standing) return unavailable(parts, request, standing.unavailable);
    return untold(parts, request, standing.failure);
  }
  return go(parts, request, standing.value);
}

/** Tells, once, what the executor wants before it acts. Then approvals are waited for, from here or from the host. */
function wanted(parts: Parts, request: Request, wants: string): Next {
  const context = contextOf(parts, request);
  const answer = approvalAnswer(
    wantedOf(request, parts.store.history(request.number), wants),
    approvalsHere(parts, request),
    context,
  );
  const post = { purpose: "final", answer, language: context.language } as const;
  const change = { patch: { wants }, event: "approval-wanted", detail: { wants }, posts: [post] };
  parts.store.advance(request.number, request.state, "planned", change, parts.now());
  parts.deliver();
  return again;
}

function approvalsHere(parts: Parts, request: Request): Here {
  const approve = parts.commands.find(({ action }) => action === "approve");
  const approvals = approve !== undefined && mayThey(parts, request, approve, undefined).allowed;
  return { approvals, codes: approvals && takesCodes(parts, request) };
}

/** A plan that nobody had to approve is made anew; one that nobody approved in time has had its answer. */
function expired(parts: Parts, request: Request): Next {
  return request.wants === undefined ? anew(parts, request) : notDone(parts, request, "expired", undefined);
}

/** Whoever said no, or called it off: by name where the bot knows them, else as the executor tells it. */
function whoEnded(parts: Parts, { failure }: Operation): string | undefined {
  const by = failure?.detail.by;
  const person = parts.people.all.find(({ id }) => id === by);
  return person?.name ?? (typeof by === "string" ? by : undefined);
}

/** Steps that stand though it was cancelled: 0 where it had not begun. */
function stepsDoneOf({ failure }: Operation): number {
  return Number(failure?.detail["steps-done"] ?? 0);
}

function notDone(parts: Parts, request: Request, endedAs: EndedAs, by: string | undefined, stepsDone = 0): Next {
  const answer = notDoneAnswer(endedAs, by, contextOf(parts, request), stepsDone);
  const event = endedAs === "expired" ? "unapproved" : endedAs;
  const history = { event, detail: by === undefined ? {} : { by } };
  return end(parts, request, "failed", answer, history, { endedAs });
}

async function awaitEnd(parts: Parts, request: Request): Promise<Next> {
  if (request.operation === undefined) throw new Error(`request ${request.number} is applying but holds no operation`);
  const reply = await parts.hypervisor.watch(request.operation);
  if (!reply.ok) {
    if ("unavailable" in reply) return unavailable(parts, request, reply.unavailable);
    return untold(parts, request, reply.failure);
  }
  if (!isFinal(reply.value)) return { kind: "wait", operation: reply.value };
  return finish(parts, request, reply.value);
}

/** The executor knew it once and does not tell of it now: "nothing was done" would be a guess. */
function untold(parts: Parts, request: Request, failure: Failure): Next {
  if (failure.reason !== "no-such-plan") return { kind: "wait" };
  return fail(parts, request, { reason: "interrupted", detail: { because: failure.reason } });
}

function finish(parts: Parts, request: Request, operation: Operation): Next {
  point("ended-told");
  const detail = { recovered: operation.recovered ?? false, took: (operation.ended ?? 0) - (operation.started ?? 0) };
  if (operation.state === "cancelled" || operation.state === "denied") {
    return notDone(parts, request, operation.state, whoEnded(parts, operation), stepsDoneOf(operation));
  }
  const tooLate = cancelledTooLate(parts, request, operation);
  if (operation.state !== "done") {
    return fail(parts, request, operation.failure ?? { reason: "interrupted", detail: {} }, tooLate);
  }
  const command = changeOf(parts, request);
  const asked = command?.change(request.given ?? {});
  const result = asked === undefined ? undefined : changes[asked.do].result.safeParse(operation.result);
  if (command === undefined || result === undefined || !result.success) {
    // It was done: that is what must be told, even where its result cannot be shown.
    return end(parts, request, "done", withBlocks(faultAnswer(contextOf(parts, request)), tooLate), {
      event: "done",
      detail: { ...detail, unreadable: "result" },
    });
  }
  const answer = command.answer(result.data, contextOf(parts, request), request.given ?? {});
  return end(parts, request, "done", withBlocks(answer, tooLate), { event: "done", detail });
}

/** Somebody asked to cancel what went to its end all the same: they are told that it was too late. */
function cancelledTooLate(parts: Parts, request: Request, { cancelAsked }: Operation): readonly Block[] {
  if (cancelAsked === undefined) return [];
  const by = parts.people.all.find(({ id }) => id === cancelAsked.by)?.name ?? cancelAsked.by;
  const { say, moment } = contextOf(parts, request);
  return [text(say("cancel-too-late", { by, when: moment(cancelAsked.at * 1000) }))];
}

const withBlocks = (answer: Answer, more: readonly Block[]): Answer => ({
  ...answer,
  blocks: [...answer.blocks, ...more],
});

function fail(parts: Parts, request: Request, failure: Failure, more: readonly Block[] = []): Next {
  const detail = { reason: failure.reason, ...failure.detail };
  const answer = withBlocks(failureAnswer(failure, contextOf(parts, request)), more);
  return end(parts, request, "failed", answer, { event: "failed", detail });
}

function anew(parts: Parts, request: Request): Next {
  const patch = { attempt: request.attempt + 1 };
  const history = { event: "expired", detail: { attempt: request.attempt } };
  parts.store.advance(request.number, request.state, "accepted", { patch, ...history }, parts.now());
  return again;
}

/** Before the plan nothing has happened, and a late change is kept; afterwards the truth has to be waited for. */
function unavailable(parts: Parts, request: Request, why: Unavailable): Next {
  const context = contextOf(parts, request);
  if (request.state === "accepted" && why.kind !== "unreachable") {
    return end(parts, request, "failed", unavailableAnswer(why, context), { event: "failed", detail: { ...why } });
  }
  return { kind: "wait", unavailable: why };
}

function move(
  parts: Parts,
  request: Request,
  to: RequestState,
  patch: Patch,
  event: string,
  detail: Record<string, unknown>,
): void {
  parts.store.advance(request.number, request.state, to, { patch, event, detail }, parts.now());
}

function end(
  parts: Parts,
  request: Request,
  to: RequestState,
  answer: Answer,
  history: { readonly event: string; readonly detail: Record<string, unknown> },
  patch: Patch = {},
): Next {
  const post = { purpose: "final", answer, language: contextOf(parts, request).language } as const;
  parts.store.advance(request.number, request.state, to, { ...history, patch, posts: [post] }, parts.now());
  point("ended");
  parts.deliver();
  return ended;
}

function changeOf(parts: Parts, request: Request): ChangeCommand | undefined {
  const command = commandOf(parts, request);
  return command?.kind === "change" ? command : undefined;
}

const minutesOf = (ms: number): number => Math.round(ms / 60_000);

function queueDetail(operation: Operation): Record<string, unknown> {
  return operation.queuedUntil === undefined ? {} : { queuedUntil: operation.queuedUntil };
}
