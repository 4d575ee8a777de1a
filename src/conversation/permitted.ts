/** The commands that a request's person may use there: what help, suggestions and completion may name. */
import type { Request } from "../store/store.ts";
import type { Command } from "./command.ts";
import { mayThey, type Parts } from "./parts.ts";

export function permitted(parts: Parts, request: Request): readonly Command[] {
  return parts.commands.filter((command) => mayThey(parts, request, command, undefined).allowed);
}
