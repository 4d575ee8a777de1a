/** A request's state in words: what it waits for, or how it ended, where the bare state does not tell. */
import type { Request } from "../store/store.ts";
import type { Say } from "./answer.ts";

export function stateInWords({ state, endedAs, wants }: Request, say: Say): string {
  if (endedAs !== undefined && state === "failed") return say(`request-state-${endedAs}`);
  if (wants !== undefined && state === "planned") return say("request-state-waiting");
  return say(`request-state-${state}`);
}
