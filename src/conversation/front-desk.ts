/** The desk of one request: the bot's own records, narrowed to what this person may see. */
import type { Request } from "../store/store.ts";
import type { Desk } from "./desk.ts";
import { helpersOf, type Parts } from "./parts.ts";
import { moreDirectly, permitted } from "./permitted.ts";
import { who } from "./who.ts";

/** Rows that `more` shows at a time. */
const rowsPerPage = 20;

export function frontDesk(parts: Parts, request: Request): Desk {
  const person = who(parts.people, request);
  const isAdmin = person?.roles.includes("admin") ?? false;
  const account = { network: request.network, account: request.account };
  const isTheirs = (other: Request): boolean =>
    person === undefined
      ? other.network === account.network && other.account === account.account
      : other.person === person.id || who(parts.people, other)?.id === person.id;
  const find = (number: number): Request | undefined => {
    const found = parts.store.find(number);
    return found !== undefined && (isAdmin || isTheirs(found)) ? found : undefined;
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
