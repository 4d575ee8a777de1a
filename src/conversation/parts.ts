/** What a message's way needs: the ports, put together by main.ts. And the small look-ups that several steps share. */
import type { Authorisation, Decision } from "../authorisation/port.ts";
import type { Language } from "../chat/port.ts";
import type { Hypervisor } from "../hypervisor/port.ts";
import { contextFor } from "../languages/index.ts";
import type { Log } from "../log.ts";
import type { People } from "../people/person.ts";
import { trustIn } from "../people/trust.ts";
import type { Request, Store } from "../store/store.ts";
import type { Say } from "./answer.ts";
import type { Command, Context } from "./command.ts";
import { decisionOn } from "./decision.ts";
import { languageOf, who } from "./who.ts";

export type Parts = {
  readonly store: Store;
  readonly people: People;
  readonly authorisation: Authorisation;
  /** What is wrong with the bot itself, for those who may see how the host is. */
  readonly troubles: (say: Say) => readonly string[];
  readonly hypervisor: Hypervisor;
  readonly commands: readonly Command[];
  readonly host: {
    readonly name: string;
    readonly language: Language;
    readonly timezone: string;
    /** How old a change may be, in milliseconds, before it is kept and not run. */
    readonly ageMs: number;
  };
  readonly log: Log;
  readonly now: () => number;
  /** Tells the outbox that something may be due. */
  readonly deliver: () => void;
  /** Tells the runner that a request may go on. */
  readonly wake: (request: number) => void;
};

export function contextOf(parts: Parts, request: Request): Context {
  const language = languageOf(who(parts.people, request), request, parts.host.language);
  const context = contextFor({ request: request.number, language, timezone: parts.host.timezone });
  return { ...context, troubles: parts.troubles(context.say) };
}

/** The names of those who can help: the other persons with the role `admin`. */
export function helpersOf({ people }: Pick<Parts, "people">, request: Request): readonly string[] {
  const self = who(people, request)?.id;
  return people.all.filter(({ id, roles }) => roles.includes("admin") && id !== self).map(({ name }) => name);
}

export function commandOf(parts: Parts, request: Request): Command | undefined {
  return parts.commands.find((command) => command.name === request.command);
}

/** The choke point: every command of every venue is decided here and nowhere else. */
export function mayThey(
  parts: Pick<Parts, "people" | "authorisation">,
  request: Pick<Request, "network" | "account" | "venue">,
  command: Command,
  given: Readonly<Record<string, unknown>> | undefined,
): Decision {
  const person = who(parts.people, request);
  const asker = { person, venue: request.venue, trust: trustIn(person, request) };
  return decisionOn(parts.authorisation, asker, command, given);
}
