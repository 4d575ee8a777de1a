/**
 * A change's way, step by step: accepted → planned → applying → done or failed. Each step reads the request as it stands,
 * asks the executor, and moves the request on in one transaction; killed anywhere, the next start takes the same step
 * again with the same operation id, and the executor does nothing twice.
 */

import type { Answer } from "../conversation/answer.ts";
import { failureAnswer, faultAnswer, lateAnswer, refusalAnswer, unavailableAnswer } from "../conversation/answers.ts";
import type { ChangeCommand } from "../conversation/command.ts";
import type { Parts } from "../conversation/parts.ts";
import { commandOf, contextOf, mayThey } from "../conversation/parts.ts";
import type { Unavailable } from "../hypervisor/port.ts";
import { point } from "../points.ts";
import { changes } from "../protocol/operations.ts";
import type { Operation } from "../protocol/plan.ts";
import type { Failure } from "../protocol/wire.ts";
import type { Patch, Request, RequestState } from "../store/store.ts";
import { uuidv5 } from "./uuid.ts";

/** What comes after a step: the next one at once, nothing more, or waiting for the channel or the operation's end. */
export type Next =
  | { readonly kind: "again" }
  | { readonly kind: "ended" }
  | { readonly kind: "wait"; readonly operation?: Operation; readonly unavailable?: Unavailable };

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
  const now = parts.now();
  const command = changeOf(parts, request);
  if (command === undefined)
    return end(parts, request, "failed", faultAnswer(contextOf(parts, request)), {
      event: "failed",
      detail: { why: "the command is gone" },
    });
  const given = request.given ?? {};
  // Asked again here: between acceptance and plan the bot may have been down, and the policy may have changed.
  const decision = mayThey(parts, request, command, given);
  if (!decision.allowed) {
    const answer = refusalAnswer(decision, contextOf(parts, request), parts.adminNames);
    return end(parts, request, "failed", answer, { event: "refused", detail: { rules: decision.rules } });
  }
  if (Math.abs(now - request.receivedAt) > parts.host.ageMs) {
    const answer = lateAnswer(request, now, contextOf(parts, request));
    return end(parts, request, "late", answer, {
      event: "late",
      detail: { minutes: minutesOf(now - request.receivedAt) },
    });
  }
  const asked = command.change(given);
  const id = operationIdOf(request);
  const origin = { person: request.person ?? "?", network: request.network, request: request.number };
  const reply = await parts.hypervisor.plan(id, asked.do, asked.with, origin);
  if (!reply.ok) {
    if ("unavailable" in reply) return unavailable(parts, request, reply.unavailable);
    // An expired plan was never applied, and never will be: a new attempt cannot run anything twice.
    if (reply.failure.reason === "expired") return anew(parts, request);
    return fail(parts, request, reply.failure);
  }
  point("plan-told");
  const { hash, class: kind, expires, text } = reply.value;
  move(parts, request, "planned", { operation: id, planHash: hash }, "planned", {
    id,
    hash,
    class: kind,
    expires,
    text,
  });
  point("planned");
  return again;
}

async function applyIt(parts: Parts, request: Request): Promise<Next> {
  const { operation: id, planHash: hash } = request;
  if (id === undefined || hash === undefined) throw new Error(`request ${request.number} is planned but holds no plan`);
  const reply = await parts.hypervisor.apply(id, hash);
  if (!reply.ok) {
    if ("unavailable" in reply) return unavailable(parts, request, reply.unavailable);
    if (reply.failure.reason === "expired") return anew(parts, request);
    return fail(parts, request, reply.failure);
  }
  if (reply.value.state === "expired") return anew(parts, request);
  point("apply-told");
  move(parts, request, "applying", {}, "applied", { state: reply.value.state, ...queueDetail(reply.value) });
  point("applying");
  // The executor's answer may already be the end: then there is nothing to wait for.
  const moved = parts.store.find(request.number);
  if (moved?.state === "applying" && isOver(reply.value)) return finish(parts, moved, reply.value);
  return again;
}

async function awaitEnd(parts: Parts, request: Request): Promise<Next> {
  if (request.operation === undefined) throw new Error(`request ${request.number} is applying but holds no operation`);
  const reply = await parts.hypervisor.watch(request.operation);
  if (!reply.ok) {
    if ("unavailable" in reply) return unavailable(parts, request, reply.unavailable);
    // It was taken once: whatever is said now, "nothing was done" would be a guess.
    if (reply.failure.reason !== "no-such-plan") return { kind: "wait" };
    return fail(parts, request, { reason: "interrupted", detail: { because: reply.failure.reason } });
  }
  if (!isOver(reply.value)) return { kind: "wait", operation: reply.value };
  return finish(parts, request, reply.value);
}

const isOver = (operation: Operation): boolean =>
  operation.state === "done" || operation.state === "failed" || operation.state === "expired";

function finish(parts: Parts, request: Request, operation: Operation): Next {
  point("ended-told");
  const detail = { recovered: operation.recovered ?? false, took: (operation.ended ?? 0) - (operation.started ?? 0) };
  if (operation.state !== "done") {
    return fail(parts, request, operation.failure ?? { reason: "interrupted", detail: {} });
  }
  const command = changeOf(parts, request);
  const asked = command?.change(request.given ?? {});
  const result = asked === undefined ? undefined : changes[asked.do].result.safeParse(operation.result);
  if (command === undefined || result === undefined || !result.success) {
    // It was done: that is what must be told, even where its result cannot be shown.
    return end(parts, request, "done", faultAnswer(contextOf(parts, request)), {
      event: "done",
      detail: { ...detail, unreadable: "result" },
    });
  }
  const answer = command.answer(result.data, contextOf(parts, request), request.given ?? {});
  return end(parts, request, "done", answer, { event: "done", detail });
}

function fail(parts: Parts, request: Request, failure: Failure): Next {
  const detail = { reason: failure.reason, ...failure.detail };
  return end(parts, request, "failed", failureAnswer(failure, contextOf(parts, request)), { event: "failed", detail });
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
): Next {
  const post = { purpose: "final", answer, language: contextOf(parts, request).language } as const;
  parts.store.advance(request.number, request.state, to, { ...history, posts: [post] }, parts.now());
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
