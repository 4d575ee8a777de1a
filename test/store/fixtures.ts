/** A store in a folder of its own, and the small things that its tests say again and again. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import type { Incoming } from "../../src/chat/port.ts";
import type { Block } from "../../src/conversation/answer.ts";
import { openStore } from "../../src/store/sqlite.ts";
import type { Post, Store } from "../../src/store/store.ts";

/** Removed when the test ends. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "manchot-store-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A fresh store, closed when the test ends. */
export function freshStore(): Store {
  const store = openStore(join(temporaryFolder(), "manchot.db"));
  onTestFinished(() => store.close());
  return store;
}

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
