/**
 * A message's way from the inbox to its first outcome: who → words → may they? → an ask's answer, or an accepted change.
 * What follows for a change is in src/jobs/change.ts.
 */
import { point } from "../points.ts";
import { asks } from "../protocol/operations.ts";
import type { Request, RequestState } from "../store/store.ts";
import type { Answer, Block } from "./answer.ts";
import {
  emptyAnswer,
  failureAnswer,
  faultAnswer,
  lateAnswer,
  refusalAnswer,
  unavailableAnswer,
  unknownAnswer,
  unreadableAnswer,
  wrongAnswer,
} from "./answers.ts";
import type { AskCommand, ChangeCommand, Command, Context, DeskCommand } from "./command.ts";
import { frontDesk } from "./front-desk.ts";
import { firstPage } from "./pages.ts";
import { parse } from "./parse.ts";
import { contextOf, mayThey, type Parts } from "./parts.ts";
import { permitted } from "./permitted.ts";
import { who } from "./who.ts";

/** Takes a received request to its outcome. Faults are the caller's; whatever is expected has an answer. */
export async function handle(parts: Parts, request: Request): Promise<void> {
  const context = contextOf(parts, request);
  const words = parse(request.text, parts.commands);
  switch (words.kind) {
    case "empty":
      return settle(parts, request, emptyAnswer(context), "misunderstood", {});
    case "unreadable":
      return settle(parts, request, unreadableAnswer(words, context), "misunderstood", { why: words.why });
    case "unknown":
      return settle(parts, request, unknownAnswer(words, permitted(parts, request), context), "misunderstood", {});
    case "wrong": {
      // Whether they may comes first: how a command is used is told to those who may use it.
      if (refused(parts, request, words.command, undefined)) return;
      return settle(parts, request, wrongAnswer(words, context), "misunderstood", { command: words.command.name });
    }
    case "command": {
      if (refused(parts, request, words.command, words.given)) return;
      point("understood");
      return await carryOut(parts, request, words.command, words.given, context);
    }
  }
}

/** Answers the refusal, where it is one. */
function refused(
  parts: Parts,
  request: Request,
  command: Command,
  given: Readonly<Record<string, unknown>> | undefined,
): boolean {
  const decision = mayThey(parts, request, command, given);
  if (decision.allowed) return false;
  const answer = refusalAnswer(decision, contextOf(parts, request), parts.adminNames);
  settle(parts, request, answer, "refused", {
    action: command.action,
    rules: decision.rules,
    reason: decision.reason.en,
  });
  return true;
}

async function carryOut(
  parts: Parts,
  request: Request,
  command: Command,
  given: Readonly<Record<string, unknown>>,
  context: Context,
): Promise<void> {
  const person = who(parts.people, request);
  const patch = { command: command.name, given, ...(person === undefined ? {} : { person: person.id }) };
  switch (command.kind) {
    case "ask":
      return settle(
        parts,
        request,
        await answerAsk(parts, command, given, context),
        "answered",
        { command: command.name },
        patch,
      );
    case "desk":
      return settle(
        parts,
        request,
        await answerDesk(parts, request, command, given, context),
        "answered",
        { command: command.name },
        patch,
      );
    case "change":
      return accept(parts, request, command, patch, context);
  }
}

async function answerAsk(
  parts: Parts,
  command: AskCommand,
  given: Readonly<Record<string, unknown>>,
  context: Context,
): Promise<Answer> {
  const asked = command.ask(given);
  const reply = await parts.hypervisor.ask(asked.do, asked.with);
  if (reply.ok) return command.answer(asks[asked.do].value.parse(reply.value), context, given);
  return "unavailable" in reply ? unavailableAnswer(reply.unavailable, context) : failureAnswer(reply.failure, context);
}

async function answerDesk(
  parts: Parts,
  request: Request,
  command: DeskCommand,
  given: Readonly<Record<string, unknown>>,
  context: Context,
): Promise<Answer> {
  return await command.answer(frontDesk(parts, request), context, given);
}

/** A change becomes a durable job, unless it came too late: then it is kept, and its person may run it. */
function accept(
  parts: Parts,
  request: Request,
  command: ChangeCommand,
  patch: { readonly command: string; readonly given: Readonly<Record<string, unknown>>; readonly person?: string },
  context: Context,
): void {
  const now = parts.now();
  // The time of sending is the sender's word: one far in the future is as doubtful as one long past.
  const age = Math.max(Math.abs(now - request.sentAt), now - request.receivedAt);
  if (age > parts.host.ageMs) {
    return settle(
      parts,
      request,
      lateAnswer(request, now, context),
      "late",
      { minutes: Math.round(age / 60_000) },
      patch,
      "late",
    );
  }
  const rules = mayThey(parts, request, command, patch.given).rules;
  parts.store.advance(
    request.number,
    "received",
    "accepted",
    { patch, event: "accepted", detail: { command: command.name, rules } },
    now,
  );
  point("accepted");
  parts.wake(request.number);
}

/** One boundary for faults: the person is told that something broke here, and under which number to ask. */
export function settleFault(parts: Parts, request: Request): void {
  settle(parts, request, faultAnswer(contextOf(parts, request)), "fault", {});
}

function settle(
  parts: Parts,
  request: Request,
  answer: Answer,
  event: string,
  detail: Readonly<Record<string, unknown>>,
  patch: Readonly<Record<string, unknown>> = {},
  to: RequestState = "answered",
): void {
  const context = contextOf(parts, request);
  const { first, rest } = firstPage(answer, context);
  const pages: { pages?: readonly Block[] } = rest.length > 0 ? { pages: rest } : {};
  const post = { purpose: "final", answer: first, language: context.language } as const;
  parts.store.advance(request.number, "received", to, { patch, event, detail, posts: [post], ...pages }, parts.now());
  point("ended");
  parts.deliver();
}
