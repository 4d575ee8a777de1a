/** How a line may go on: the names of commands that its speaker may use there, and nothing else. */
import type { Network, Venue } from "../chat/port.ts";
import { trustIn } from "../people/trust.ts";
import type { Parts } from "./parts.ts";
import { who } from "./who.ts";

export function completions(
  parts: Parts,
  line: string,
  speaker: { readonly network: Network; readonly account: string },
): readonly string[] {
  const person = who(parts.people, speaker);
  const common = { network: speaker.network, place: "", thread: "", direct: true, encrypted: false };
  const venue: Venue = speaker.network === "fediverse" ? { ...common, visibility: "direct" } : common;
  const trust = trustIn(person, { ...speaker, venue });
  const typed = line.toLowerCase();
  return parts.commands
    .filter(({ action }) => parts.authorisation.decide({ person, action, resource: "host", venue, trust }).allowed)
    .flatMap((command) => [command.name, ...command.also])
    .filter((name) => name.toLowerCase().startsWith(typed))
    .toSorted();
}
