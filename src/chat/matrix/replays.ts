/**
 * An encrypted message has one place in its session. The homeserver could send its ciphertext again as another event, and
 * a command would be obeyed twice; the core does not look for that.
 */
import { z } from "zod";
import type { AdapterMemory } from "../port.ts";

/** By the message's place in the session: the event in which it came first. */
const taken = z.record(z.string(), z.string());

export interface Replays {
  /** Whether this came before as another event. The first event of a place is remembered, durably. */
  again(words: { readonly session: string; readonly index: number }, event: string): boolean;
}

export function createReplays(memory: AdapterMemory): Replays {
  return {
    again({ session, index }, event) {
      const key = `taken:${session}`;
      const before = taken.parse(JSON.parse(memory.read(key) ?? "{}"));
      const first = before[index];
      if (first === undefined) memory.write(key, JSON.stringify({ ...before, [index]: event }));
      return first !== undefined && first !== event;
    },
  };
}
