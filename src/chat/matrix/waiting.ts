/**
 * Messages whose keys have not come. They are kept, durably, and read when the keys come, after a restart too; who waits
 * for an answer is told meanwhile.
 */
import { z } from "zod";
import type { Log } from "../../log.ts";
import type { AdapterMemory } from "../port.ts";
import type { SessionNews } from "./encryption/encryption.ts";
import { failureOf } from "./failure.ts";
import { serverOf } from "./names.ts";
import type { About, Notices } from "./notices.ts";

export type WaitingTiming = {
  /** How long a key may take before that is told, in milliseconds: most come a moment after their message. */
  readonly tellMs: number;
};

/** After that, nobody expects an answer any more. */
const keptMs = 24 * 3_600_000;
/** A homeserver that did not give the message is asked again, in milliseconds. */
const retryMs = 15_000;
/** So many at most; more would be somebody's game, and it is theirs that are let go. */
const mostKept = 200;

const entry = z.object({
  room: z.string(),
  event: z.string(),
  sender: z.string(),
  session: z.string(),
  /** When it was met first, milliseconds since 1970. */
  since: z.number(),
  told: z.boolean(),
  /** Somebody said that the key is kept from the bot. */
  withheld: z.boolean().default(false),
});
type Entry = z.output<typeof entry>;

export interface Waiting {
  /** Keeps a message, unless it is kept already. */
  keep(about: About, session: string): void;
  /** Keeps a message of which was told that its key is withheld. */
  keepWithheld(about: About, session: string): void;
  /** Whether that was told of it already. */
  isWithheld(event: string): boolean;
  /** It was read, or never can be. */
  drop(event: string): void;
  /** Something new is known of these sessions. */
  heard(news: readonly SessionNews[]): void;
  /** Tries all of them: after a start. */
  resume(): void;
  /** Resolves when nothing of it runs any more; to be called after `signal` was aborted. */
  idle(): Promise<void>;
}

export function createWaiting(parts: {
  readonly memory: AdapterMemory;
  readonly notices: Notices;
  /** Reads the message again. It is dropped by whoever reads it. */
  readonly retry: (room: string, event: string) => Promise<void>;
  readonly timing: WaitingTiming;
  readonly log: Log;
  readonly signal: AbortSignal;
}): Waiting {
  const { memory, notices, timing, log, signal } = parts;
  let running: Promise<void> = Promise.resolve();
  let timer: NodeJS.Timeout | undefined;

  const kept = (): readonly Entry[] => z.array(entry).parse(JSON.parse(memory.read("waiting") ?? "[]"));
  function write(entries: readonly Entry[]): void {
    const fresh = entries.filter(({ since }) => Date.now() - since < keptMs);
    const few = fairly(fresh, mostKept);
    if (few.length < entries.length)
      log.warn({ left: entries.length - few.length }, "messages whose keys never came are let go");
    memory.write("waiting", JSON.stringify(few));
  }

  /** One after the other, so that the same message is never read twice at once. */
  function soon(work: () => Promise<void>): void {
    running = running.then(work).catch((fault: unknown) => {
      if (!signal.aborted) log.warn({ why: failureOf(fault).why }, "what waits for its key could not be looked after");
    });
  }
  function again(entries: readonly Entry[]): void {
    for (const one of entries) {
      soon(async () => {
        if (signal.aborted) return;
        try {
          await parts.retry(one.room, one.event);
        } catch (fault) {
          if (kept().some(({ event }) => event === one.event)) setTimeout(() => again([one]), retryMs).unref();
          throw fault;
        }
      });
    }
  }
  function tellLater(): void {
    if (timer !== undefined || signal.aborted) return;
    timer = setTimeout(() => {
      timer = undefined;
      soon(tellDue);
    }, timing.tellMs);
    timer.unref();
  }
  async function tellDue(): Promise<void> {
    try {
      for (const due of kept()) {
        if (signal.aborted) return;
        if (due.told || Date.now() - due.since < timing.tellMs) continue;
        try {
          await notices.tell("no-key", due);
        } catch (fault) {
          // Some other room may be well.
          if (!signal.aborted) log.warn({ room: due.room, why: failureOf(fault).why }, "this could not be told yet");
          continue;
        }
        write(kept().map((one) => (one.event === due.event ? { ...one, told: true } : one)));
      }
    } finally {
      if (kept().some(({ told }) => !told)) tellLater();
    }
  }

  return {
    keep({ room, event, sender }, session) {
      const all = kept();
      if (!all.some((one) => one.event === event)) {
        log.info({ room, event, session }, "no key for this message yet: it waits");
        write([...all, { room, event, sender, session, since: Date.now(), told: false, withheld: false }]);
      }
      tellLater();
    },
    keepWithheld({ room, event, sender }, session) {
      const all = kept();
      const since = all.find((one) => one.event === event)?.since ?? Date.now();
      const others = all.filter((one) => one.event !== event);
      write([...others, { room, event, sender, session, since, told: true, withheld: true }]);
    },
    isWithheld: (id) => kept().some(({ event, withheld }) => event === id && withheld),
    drop(event) {
      const all = kept();
      const others = all.filter((one) => one.event !== event);
      if (others.length < all.length) memory.write("waiting", JSON.stringify(others));
    },
    heard(news) {
      const hit = (one: Entry): boolean =>
        news.some(({ room, session }) => room === one.room && session === one.session);
      again(kept().filter(hit));
    },
    resume() {
      again(kept());
      if (kept().length > 0) tellLater();
    },
    async idle() {
      clearTimeout(timer);
      await running;
    },
  };
}

/** So many of them, in their order: what goes are the oldest of whoever has most, on the server of which most are. */
function fairly(entries: readonly Entry[], most: number): readonly Entry[] {
  const left = [...entries];
  while (left.length > most) {
    const server = mostFrequent(left.map(({ sender }) => serverOf(sender)));
    const sender = mostFrequent(left.flatMap((one) => (serverOf(one.sender) === server ? one.sender : [])));
    left.splice(
      left.findIndex((one) => one.sender === sender),
      1,
    );
  }
  return left;
}

function mostFrequent(names: readonly string[]): string | undefined {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return [...counts].reduce<readonly [string | undefined, number]>((a, b) => (b[1] > a[1] ? b : a), [undefined, 0])[0];
}
