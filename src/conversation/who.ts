/** Who is speaking: a pinned account leads to its person, and anything else is a stranger. */
import type { Language } from "../chat/port.ts";
import type { People, Person } from "../people/person.ts";
import type { Request } from "../store/store.ts";

export function who(people: People, request: Pick<Request, "network" | "account">): Person | undefined {
  return people.byAccount(request.network, request.account);
}

/** The language of an answer: the person's choice, else their post's, else the host's. */
export function languageOf(person: Person | undefined, request: Pick<Request, "language">, host: Language): Language {
  return person?.language ?? request.language ?? host;
}
