/** A bot's adapter on a real homeserver, what reached its inbox, and what it logged. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type MatrixOptions, matrixNetwork } from "../../../src/chat/matrix/network.ts";
import type { AdapterMemory, ChatNetwork, Inbox, Incoming, Outgoing } from "../../../src/chat/port.ts";
import { keepSecret, testLog } from "../../rig/logs.ts";

export type Rig = {
  readonly adapter: ChatNetwork;
  readonly inbox: Incoming[];
  /** What was meant for the bot and is not obeyed. */
  readonly overheard: Incoming[];
  readonly log: string[];
  readonly texts: () => readonly string[];
};

/** What outlives a run of the adapter: what it remembers, and the store of its device's keys. */
export type Memory = AdapterMemory & {
  readonly kept: Map<string, string>;
  readonly encryption: { readonly file: string };
};

const folders: string[] = [];
process.once("exit", () => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

export function createMemory(): Memory {
  const kept = new Map<string, string>();
  const folder = mkdtempSync(join(tmpdir(), "manchot-matrix-"));
  folders.push(folder);
  const file = join(folder, "encryption.sqlite");
  return { kept, encryption: { file }, read: (key) => kept.get(key), write: (key, value) => void kept.set(key, value) };
}

/** `inbox`: called before the message is kept; where it throws, the message is not. */
export function createRig(
  options: Omit<MatrixOptions, "log" | "encryption" | "memory"> & { readonly memory: Memory },
  inbox: Inbox = () => undefined,
): Rig & { start(): Promise<void> } {
  const received: Incoming[] = [];
  const overheard: Incoming[] = [];
  const log: string[] = [];
  const adapter = matrixNetwork({
    ...options,
    encryption: options.memory.encryption,
    accessToken: keepSecret(options.accessToken),
    log: testLog(log),
  });
  return {
    adapter,
    inbox: received,
    overheard,
    log,
    texts: () => received.map((message) => message.text),
    start: () =>
      adapter.start(
        (message) => {
          inbox(message);
          received.push(message);
        },
        async (message) => void overheard.push(message),
      ),
  };
}

/** An answer to a message, as the outbox would send it. */
export function answerTo(message: Incoming, words: string, more: Partial<Outgoing> = {}): Outgoing {
  return {
    venue: message.venue,
    inReplyTo: message.eventId,
    account: message.account,
    label: message.label,
    answer: { tone: "facts", blocks: [{ kind: "text", text: words }] },
    language: "fr",
    key: `key-${Math.random().toString(36).slice(2)}`,
    again: false,
    tries: 0,
    parts: [],
    ...more,
  };
}

export async function until(holds: () => boolean | Promise<boolean>, timeoutMs = 20_000): Promise<void> {
  for (const end = Date.now() + timeoutMs; !(await holds()); ) {
    if (Date.now() > end) throw new Error(`not within ${timeoutMs} ms: ${holds}`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}
