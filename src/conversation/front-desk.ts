/** The desk of one request: the bot's own records, narrowed to what this person may see. */
import type { Unavailable } from "../hypervisor/port.ts";
import type { Failure } from "../protocol/wire.ts";
import type { Request, RequestState } from "../store/store.ts";
import type { Answer } from "./answer.ts";
import { failureAnswer, unavailableAnswer } from "./answers.ts";
import { notDoneAnswer } from "./approval-answers.ts";
import { bringApproval } from "./approval-desk.ts";
import { takesCodes } from "./codes.ts";
import type { Context } from "./command.ts";
import type { Desk } from "./desk.ts";
import { contextOf, helpersOf, type Parts } from "./parts.ts";
import { moreDirectly, permitted } from "./permitted.ts";
import { sightOf } from "./sight.ts";
import { who } from "./who.ts";

/** Rows that `more` shows at a time. */
const rowsPerPage = 20;

/** The states of a change whose end has not come. */
const openStates: readonly RequestState[] = ["accepted", "planned", "applying"];

export function frontDesk(parts: Parts, request: Request): Desk {
  const person = who(parts.people, request);
  const isAdmin = person?.roles.includes("admin") ?? false;
  const account = { network: request.network, account: request.account };
  const { isTheirs, sees } = sightOf(parts, request);
  const context = contextOf(parts, request);
  const find = (number: number): Request | undefined => {
    const found = parts.store.find(number);
    return found !== undefined && sees(found) ? found : undefined;
  };
  return {
    request,
    person,
    roles: person?.roles ?? ["stranger"],
    admins: helpersOf(parts, request),
    permitted: () => permitted(parts, request),
    moreDirectly: () => !request.venue.direct && moreDirectly(parts, request),
    requests: (states, limit) => {
      if (isAdmin) return parts.store.requests({ states, limit });
      return parts.store.requests({ ...(person === undefined ? { account } : { person: person.id }), states, limit });
    },
    find,
    history: (number) => (find(number) === undefined ? [] : parts.store.history(number)),
    journal: async (number) => {
      const operation = find(number)?.operation;
      if (operation === undefined) return undefined;
      const reply = await parts.hypervisor.journal(operation);
      return reply.ok ? reply.value : undefined;
    },
    more: () => parts.store.takePages(request.number, rowsPerPage, parts.now()),
    takesCodes: takesCodes(parts, request),
    approve: async (number, proof) => {
      if (person === undefined) return { kind: "none", more: [] };
      return await bringApproval(parts, request, person.id, find(number), proof);
    },
    end: async (number, how) => {
      const asked = find(number);
      if (person === undefined || asked === undefined || asked.command === undefined) return { kind: "none" };
      if (!openStates.includes(asked.state)) return { kind: asked.operation === undefined ? "none" : "late" };
      if (asked.operation === undefined) {
        // Not planned yet: the executor knows nothing of it, or is about to.
        const endedAs = how === "deny" ? "denied" : "cancelled";
        const answer = notDoneAnswer(endedAs, person.name, contextOf(parts, asked));
        const post = { purpose: "final", answer, language: contextOf(parts, asked).language } as const;
        const change = { patch: { endedAs }, event: endedAs, detail: { by: person.id }, posts: [post] } as const;
        const moved = parts.store.advance(number, "accepted", "failed", change, parts.now());
        if (!moved) return { kind: "answer", answer: objection({ failure: { reason: "busy", detail: {} } }, context) };
        parts.deliver();
        return { kind: "ended" };
      }
      const reply = await parts.hypervisor[how](asked.operation, person.id);
      if (!reply.ok) return { kind: "answer", answer: objection(reply, context) };
      parts.wake(number);
      const { state, whole } = reply.value;
      if (state === "cancelled" || state === "denied") return { kind: "ended" };
      parts.store.note(number, "cancel-asked", { by: person.id, run: request.number }, [], parts.now());
      if (whole === true) return { kind: "through" };
      return { kind: state === "running" || state === "queued" ? "asked" : "late" };
    },
    burn: async (code, number) => {
      const reply = await parts.hypervisor.burn(code);
      if (reply.ok && find(number) !== undefined) {
        const detail = { by: person?.id, burnt: reply.value.burnt, run: request.number };
        parts.store.note(number, "code-burnt", detail, [], parts.now());
      }
      return reply.ok;
    },
    run: (number) => {
      const late = find(number);
      if (late === undefined || late.state !== "late" || !isTheirs(late)) return false;
      const now = parts.now();
      const change = { patch: { receivedAt: now }, event: "accepted", detail: { run: request.number } };
      if (!parts.store.advance(number, "late", "accepted", change, now)) return false;
      parts.wake(number);
      return true;
    },
  };
}

const objection = (
  reply: { readonly failure: Failure } | { readonly unavailable: Unavailable },
  context: Context,
): Answer =>
  "unavailable" in reply ? unavailableAnswer(reply.unavailable, context) : failureAnswer(reply.failure, context);
