/** Whose requests somebody may see: an admin all, others their own. */
import type { Request } from "../store/store.ts";
import type { Parts } from "./parts.ts";
import { who } from "./who.ts";

export type Sight = {
  /** Whether it is the reader's own. */
  isTheirs(other: Request): boolean;
  sees(other: Request): boolean;
};

/** What the person of this request may see of others. Whether that may be told where they are is for the policies. */
export function sightOf(parts: Pick<Parts, "people">, request: Request): Sight {
  const person = who(parts.people, request);
  const isAdmin = person?.roles.includes("admin") ?? false;
  const isTheirs = (other: Request): boolean =>
    person === undefined
      ? other.network === request.network && other.account === request.account
      : other.person === person.id || who(parts.people, other)?.id === person.id;
  return { isTheirs, sees: (other) => isAdmin || isTheirs(other) };
}
