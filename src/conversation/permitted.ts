/** The commands that a request's person may use there: what help, suggestions and completion may name. */
import type { Request } from "../store/store.ts";
import type { Command } from "./command.ts";
import { mayThey, type Parts } from "./parts.ts";

export function permitted(parts: Parts, request: Request): readonly Command[] {
  return parts.commands.filter((command) => mayThey(parts, request, command, undefined).allowed);
}

/** Whether they may use others as well where they are alone with the bot: asked of the rules, not guessed. */
export function moreDirectly(parts: Parts, request: Request): boolean {
  const { network, visibility } = request.venue;
  const alone = { ...request.venue, direct: true, visibility: network === "fediverse" ? "direct" : (visibility ?? "") };
  const here = permitted(parts, request);
  return permitted(parts, { ...request, venue: alone }).some((command) => !here.includes(command));
}
