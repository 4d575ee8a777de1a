/** How a change that takes its time stands: what it does, or what it waits for, and for whom. */

import { trustAtBest, trustIn } from "../people/trust.ts";
import type { Operation } from "../protocol/plan.ts";
import type { Request } from "../store/store.ts";
import type { Answer, Say } from "./answer.ts";
import { type Context, text } from "./command.ts";
import { contextOf, type Parts } from "./parts.ts";
import { sightOf } from "./sight.ts";
import { who } from "./who.ts";

/** What a change waits for. `fault`: a step of the bot's own fails again and again. */
export type Under = {
  readonly operation?: Operation;
  readonly unavailable?: { readonly kind: "unreachable" | "untrusted" | "incompatible" };
  readonly fault?: boolean;
};

/** The states that have a text. Of several that hold, the one that people can do something about stands first. */
export const progressStates = [
  "unreachable",
  "untrusted",
  "incompatible",
  "fault",
  "paused",
  "waiting",
  "queued",
  "shutting",
  "running",
] as const;
export type ProgressState = (typeof progressStates)[number];

export type Progress = {
  /** The same for as long as nothing has moved: nobody is told twice. */
  readonly mark: string;
  /** For the request's history. */
  readonly detail: Readonly<Record<string, unknown>>;
  readonly answer: Answer;
};

/** How many of those that are waited for are named. */
const mostNamed = 3;

export function progressOf(parts: Parts, request: Request, under: Under): Progress {
  const { operation } = under;
  const state = stateOf(under);
  const { waitingFor = [], progress } = operation ?? {};
  const context = contextOf(parts, request);
  return {
    // Not until when it is queued: that is reckoned anew each time, and wavers by a second.
    mark: JSON.stringify([state, operation?.step, waitingFor, progress?.state, operation?.cancelAsked?.by]),
    detail: {
      state,
      ...(state === "waiting" ? { for: waitingFor.map((one) => `#${one.request}`) } : {}),
      ...(state === "queued" ? { until: operation?.queuedUntil } : {}),
      ...(state === "shutting" ? { vm: progress?.state, until: progress?.until } : {}),
    },
    answer: progressAnswer(
      {
        state,
        ...(operation === undefined ? {} : { operation }),
        ...(state === "waiting" ? { others: othersIn(parts, request, waitingFor, context.say) } : {}),
        ...(state === "paused" ? { resumers: resumersFor(parts, request) } : {}),
      },
      context,
    ),
  };
}

function stateOf({ operation, unavailable, fault }: Under): ProgressState {
  if (fault === true) return "fault";
  if (unavailable !== undefined) return unavailable.kind;
  if (operation?.paused === true) return "paused";
  if ((operation?.waitingFor ?? []).length > 0) return "waiting";
  // An operation is `queued` by the rate limit alone: taken up within the moment, it runs.
  if (operation?.queuedUntil !== undefined) return "queued";
  return operation?.progress === undefined ? "running" : "shutting";
}

/** `others`: who is waited for, and `resumers`: who may let changes go again, each in words. */
export function progressAnswer(
  under: {
    readonly state: ProgressState;
    readonly operation?: Operation;
    readonly others?: readonly string[];
    readonly resumers?: readonly string[];
  },
  { say, moment, request }: Context,
): Answer {
  const { state, operation, others = [], resumers = [] } = under;
  const until = operation?.queuedUntil ?? operation?.progress?.until;
  const values = {
    request: String(request),
    step: String(operation?.step ?? 0),
    steps: operation === undefined || operation.steps === 0 ? "none" : String(operation.steps),
    until: until === undefined ? "none" : moment(until * 1000),
    state: say(`vm-state-${(operation?.progress?.state ?? "unknown").replace(" ", "-")}`),
    others: others.slice(0, mostNamed).join("; "),
    more: Math.max(0, others.length - mostNamed),
    who: resumers.length === 0 ? "none" : resumers.join(", "),
  };
  const blocks = [text(say(`progress-${state}`, values))];
  if (operation?.cancelAsked !== undefined && operation.whole === true) blocks.push(text(say("progress-whole")));
  return { tone: "progress", blocks };
}

/** By name where the reader may see that request there; the request's own person told it to the executor. */
function othersIn(
  parts: Parts,
  request: Request,
  waitingFor: NonNullable<Operation["waitingFor"]>,
  say: Say,
): string[] {
  const reader = who(parts.people, request);
  const sight = sightOf(parts, request);
  const mayAsk = parts.authorisation.decide({
    person: reader,
    action: "why",
    resource: "host",
    venue: request.venue,
    trust: trustIn(reader, request),
  }).allowed;
  return waitingFor.map(({ request: number, person: id }) => {
    if (number === 0) return say("waiting-host");
    const found = parts.store.find(number);
    // After a restore from a backup a number may be another's.
    const other = found?.person === id ? found : undefined;
    const person = parts.people.all.find((one) => one.id === id);
    const values = { request: String(number) };
    if (other !== undefined && sight.isTheirs(other)) return say("waiting-own", values);
    if (other !== undefined && person !== undefined && mayAsk && sight.sees(other)) {
      return say("waiting-named", { ...values, who: person.name });
    }
    const areAdmins = [reader, person].every((one) => one?.roles.includes("admin") === true);
    return say(areAdmins ? "waiting-admin" : "waiting-somebody", values);
  });
}

/** Those whom the policies let resume, from where this was asked. */
function resumersFor({ people, authorisation }: Parts, { venue }: Request): string[] {
  return people.all
    .filter((person) => {
      const trust = trustAtBest(person, venue);
      return authorisation.decide({ person, action: "resume", resource: "host", venue, trust }).allowed;
    })
    .map(({ name }) => name);
}
