/** Messages and posts for the tests, and for the processes that they start. */
import type { Incoming } from "../../src/chat/port.ts";
import type { Block } from "../../src/conversation/answer.ts";
import type { Post } from "../../src/store/store.ts";

export function message(eventId: string, change: Partial<Incoming> = {}): Incoming {
  const { network = "matrix", ...others } = change;
  return {
    network,
    eventId,
    venue: { network, place: "!room", thread: eventId, direct: false, encrypted: false },
    account: "@zelie:example.org",
    label: "zelie",
    text: "snapshot web",
    sentAt: 900,
    ...others,
  };
}

/** A message into a thread that others share. */
export const inThread = (eventId: string, thread: string, network: Incoming["network"] = "matrix"): Incoming =>
  message(eventId, { network, venue: { network, place: "!room", thread, direct: false, encrypted: false } });

export const final = (words: string): Post => ({
  purpose: "final",
  answer: { tone: "done", blocks: [{ kind: "text", text: words }] },
  language: "fr",
});

export const progress = (words: string): Post => ({ ...final(words), purpose: "progress" });

/** What a post says. */
export function wordsOf(post: { readonly answer: { readonly blocks: readonly Block[] } }): string {
  const [block] = post.answer.blocks;
  return block?.kind === "text" ? block.text : "";
}
