/**
 * A message's way from the inbox to its first outcome: who → words → may they? → an ask's answer, or an accepted change.
 * What follows for a change is in src/jobs/change.ts.
 */
import { point } from "../points.ts";
import { asks } from "../protocol/operations.ts";
import type { Patch, Request, RequestState } from "../store/store.ts";
import type { Answer } from "./answer.ts";
import {
  emptyAnswer,
  failureAnswer,
  faultAnswer,
  lateAnswer,
  refusalAnswer,
  tooManyAnswer,
  unavailableAnswer,
  unknownAnswer,
  unreadableAnswer,
  wrongAnswer,
} from "./answers.ts";
import { broughtCode, burnCodes, noteCodes, type Tell, withCodes } from "./codes.ts";
import type { AskCommand, ChangeCommand, Command, Context } from "./command.ts";
import { frontDesk } from "./front-desk.ts";
import { firstPage } from "./pages.ts";
import { parse } from "./parse.ts";
import { contextOf, helpersOf, mayThey, type Parts } from "./parts.ts";
import { permitted } from "./permitted.ts";
import { who } from "./who.ts";

/** How many messages of an account that belongs to nobody are answered within a minute. */
const mostOfStranger = 6;
const minuteMs = 60_000;

/** How many messages came from this account in the minute before this one: counted no further than is asked for. */
function justBefore(parts: Parts, { network, account, number, receivedAt }: Request): number {
  const limit = mostOfStranger + 1;
  const earlier = parts.store.requests({ account: { network, account }, before: number, limit });
  return earlier.filter((one) => Math.abs(receivedAt - one.receivedAt) < minuteMs).length;
}

/** Takes a received request to its outcome. Faults are the caller's; whatever is expected has an answer. */
export async function handle(parts: Parts, request: Request): Promise<void> {
  const context = contextOf(parts, request);
  const before = who(parts.people, request) === undefined ? justBefore(parts, request) : 0;
  if (before >= mostOfStranger) {
    const saysSo = before === mostOfStranger;
    return settle(parts, request, { ...(saysSo ? { answer: tooManyAnswer(context) } : {}), event: "unanswered" });
  }
  const words = parse(request.text, parts.commands);
  const codes = await burnCodes(parts, request, broughtCode(parts, request, words));
  const tell = withCodes(codes, context);
  switch (words.kind) {
    case "empty":
      return settle(parts, request, { answer: emptyAnswer(context), event: "misunderstood" });
    case "unreadable":
      return settle(parts, request, {
        answer: tell(unreadableAnswer(words, context)),
        event: "misunderstood",
        detail: { why: words.why },
      });
    case "unknown":
      return settle(parts, request, {
        answer: tell(unknownAnswer(words, permitted(parts, request), context)),
        event: "misunderstood",
        detail: codes.burnt === 0 ? {} : { burnt: codes.burnt },
      });
    case "wrong": {
      // Whether they may comes first: how a command is used is told to those who may use it.
      if (refused(parts, request, words.command, undefined, tell)) return;
      return settle(parts, request, {
        answer: tell(wrongAnswer(words, context)),
        event: "misunderstood",
        detail: { command: words.command.name, ...(codes.burnt === 0 ? {} : { burnt: codes.burnt }) },
      });
    }
    case "command": {
      if (refused(parts, request, words.command, words.given, tell)) return;
      point("understood");
      if (words.command.kind === "change") noteCodes(parts, request, codes, context);
      return await carryOut(parts, request, words.command, words.given, context, tell);
    }
  }
}

/** Answers the refusal, where it is one. */
function refused(
  parts: Parts,
  request: Request,
  command: Command,
  given: Readonly<Record<string, unknown>> | undefined,
  tell: Tell,
): boolean {
  const decision = mayThey(parts, request, command, given);
  if (decision.allowed) return false;
  const context = contextOf(parts, request);
  const answer = tell(refusalAnswer(decision, context, helpersOf(parts, request)));
  const detail = { action: command.action, rules: decision.rules, reason: decision.reason[context.language] };
  settle(parts, request, { answer, event: "refused", detail });
  return true;
}

async function carryOut(
  parts: Parts,
  request: Request,
  command: Command,
  given: Readonly<Record<string, unknown>>,
  context: Context,
  tell: Tell,
): Promise<void> {
  const person = who(parts.people, request);
  const patch = { command: command.name, given, ...(person === undefined ? {} : { person: person.id }) };
  if (command.kind === "change") return accept(parts, request, command, patch, context);
  const answer =
    command.kind === "ask"
      ? await answerAsk(parts, command, given, context)
      : await command.answer(frontDesk(parts, request), context, given);
  const event = { event: "answered", detail: { command: command.name }, patch };
  // What became of a code is what the answer to an approval is about.
  settle(parts, request, { answer: command.action === "approve" ? answer : tell(answer), ...event });
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
    const detail = { minutes: Math.round(age / 60_000) };
    settle(parts, request, { answer: lateAnswer(request, now, context), event: "late", detail, patch, to: "late" });
    return;
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
  settle(parts, request, { answer: faultAnswer(contextOf(parts, request)), event: "fault" });
}

type Outcome = {
  /** Absent: it is kept and told by its history, and not answered. */
  readonly answer?: Answer;
  /** For its history, with what belongs to it. */
  readonly event: string;
  readonly detail?: Readonly<Record<string, unknown>>;
  readonly patch?: Patch;
  /** Default: `answered`. */
  readonly to?: RequestState;
};

function settle(parts: Parts, request: Request, outcome: Outcome): void {
  const context = contextOf(parts, request);
  const { answer } = outcome;
  const { first, rest } = answer === undefined ? { first: undefined, rest: [] } : firstPage(answer, context);
  const change = {
    patch: outcome.patch ?? {},
    event: outcome.event,
    detail: outcome.detail ?? {},
    posts: first === undefined ? [] : [{ purpose: "final" as const, answer: first, language: context.language }],
    ...(rest.length > 0 ? { pages: rest } : {}),
  } as const;
  parts.store.advance(request.number, "received", outcome.to ?? "answered", change, parts.now());
  point("ended");
  parts.deliver();
}
