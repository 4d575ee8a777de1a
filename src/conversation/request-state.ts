/** A request's state in words: what it waits for, or how it ended, where the bare state does not tell. */
import type { Request } from "../store/store.ts";
import type { Say } from "./answer.ts";

/** It was told what it wants, and goes on once people have decided. */
export function waitsForPeople({ state, wants }: Request): boolean {
  return wants !== undefined && state === "planned";
}

export function stateInWords(request: Request, say: Say): string {
  const { state, endedAs } = request;
  if (endedAs !== undefined && state === "failed") return say(`request-state-${endedAs}`);
  if (waitsForPeople(request)) return say("request-state-waiting");
  return say(`request-state-${state}`);
}
