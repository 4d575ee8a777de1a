/** What the policies say to a command of somebody, somewhere: for the bot's choke point, and for who wants it explained. */
import type { Authorisation, Decision } from "../authorisation/port.ts";
import type { Venue } from "../chat/port.ts";
import type { Person } from "../people/person.ts";
import type { Trust } from "../people/trust.ts";
import type { Command } from "./command.ts";

/** `given`: undefined where only the command is known, and not what it is done to. */
export function decisionOn(
  authorisation: Authorisation,
  asker: { readonly person: Person | undefined; readonly venue: Venue; readonly trust: Trust },
  command: Command,
  given: Readonly<Record<string, unknown>> | undefined,
): Decision {
  const named = given === undefined ? undefined : command.resource?.(given);
  const resources = named === undefined || named.length === 0 ? ["host"] : [named].flat();
  const decisions = resources.map((resource) => authorisation.decide({ ...asker, action: command.action, resource }));
  // Of several targets each must be permitted: the first refusal stands for all.
  const refusal = decisions.find((decision) => !decision.allowed);
  return refusal ?? { allowed: true, rules: [...new Set(decisions.flatMap(({ rules }) => rules))] };
}
