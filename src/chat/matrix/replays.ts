/**
 * An encrypted message has one place in its session. The homeserver could send its ciphertext again as another event, and
 * a command would be obeyed twice; the core does not look for that.
 */
import type { AdapterMemory } from "../port.ts";

export interface Replays {
  /** Whether this came before as another event. The first event of a place is remembered, durably. */
  again(words: { readonly session: string; readonly index: number }, event: string): boolean;
}

export function createReplays(memory: AdapterMemory): Replays {
  return {
    again({ session, index }, event) {
      const key = `taken:${session}:${index}`;
      const first = memory.read(key);
      if (first === undefined) memory.write(key, event);
      return first !== undefined && first !== event;
    },
  };
}
