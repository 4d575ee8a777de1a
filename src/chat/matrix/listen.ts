/** From events to the inbox: what is read where, by whom it may be said, and what must be known before. */
import type { Log } from "../../log.ts";
import type { AdapterMemory, Inbox } from "../port.ts";
import type { HardenedClient } from "./client.ts";
import { tellEncrypted } from "./encrypted-room.ts";
import type { MatrixEvent } from "./events.ts";
import { failureOf } from "./failure.ts";
import { follow } from "./follow.ts";
import { createInvites } from "./invites.ts";
import { read } from "./reading.ts";
import type { Rooms } from "./rooms.ts";
import { fillGap } from "./timeline.ts";

export type Listening = {
  /** Resolves once the first batch is through. */
  readonly ready: Promise<void>;
  /** Resolves after `signal` was aborted, when nothing runs any more. */
  readonly ended: Promise<void>;
};

export function listen(parts: {
  readonly client: HardenedClient;
  readonly rooms: Rooms;
  readonly memory: AdapterMemory;
  readonly inviters: readonly string[];
  readonly handles?: readonly string[];
  /** The bot's own Matrix ID. */
  readonly self: string;
  readonly inbox: Inbox;
  readonly log: Log;
  readonly signal: AbortSignal;
}): Listening {
  const { client, rooms, memory, self, log, signal } = parts;
  const names = [...handlesOf(self), ...(parts.handles ?? [])];
  const invites = createInvites(parts);
  // Of this account: with another one the bot has not been anywhere yet.
  const sinceKey = `since:${self}`;

  async function take(room: string, event: MatrixEvent): Promise<void> {
    const reading = read(event, self, names);
    if (reading.kind === "nothing") return;
    const known = await about(room, event.sender, reading.kind === "words").catch(goneFrom(room, log));
    if (known === undefined) return;
    if (reading.kind === "encrypted" || known.encrypted) {
      await tellEncrypted(room, client, memory, log);
      return;
    }
    const text = reading.addressed ?? (known.direct ? reading.plain : undefined);
    if (text === undefined) return;
    if (signal.aborted) throw new Error("stopping");
    parts.inbox({
      network: "matrix",
      eventId: event.event_id,
      venue: {
        network: "matrix",
        place: room,
        thread: reading.thread,
        direct: known.direct,
        encrypted: false,
        local: serverOf(event.sender) === serverOf(self),
      },
      account: event.sender,
      label: event.sender,
      text,
      sentAt: event.origin_server_ts,
    });
  }
  async function about(room: string, sender: string, words: boolean) {
    const encrypted = await rooms.encrypted(room);
    return { encrypted, direct: words && !encrypted && (await rooms.direct(room, sender)) };
  }
  async function fill(gap: Parameters<typeof fillGap>[1]): Promise<readonly MatrixEvent[]> {
    const filled = await fillGap(client, gap, self).catch(goneFrom(gap.room, log));
    if (filled === undefined) return [];
    if (!filled.whole)
      log.error(
        { room: gap.room, read: filled.events.length },
        "more was said while the bot was away than it reads: what was said first is not read",
      );
    return filled.events;
  }

  const { promise: ready, resolve: onReady } = Promise.withResolvers<void>();
  invites.resume();
  const following = follow({
    self,
    since: memory.read(sinceKey),
    keep: (token) => memory.write(sinceKey, token),
    news: (since, waitMs) => client.news(since, self, waitMs),
    note(batch) {
      for (const news of batch.joined) rooms.changed(news);
      invites.take(batch);
    },
    take,
    fill,
    onReady,
    log,
    signal,
  });
  return { ready, ended: following.then(() => invites.idle()) };
}

/** Where the homeserver refuses to say, the bot is not in the room any more: it could not answer there either. */
function goneFrom(room: string, log: Log): (fault: unknown) => undefined {
  return (fault) => {
    const failure = failureOf(fault);
    if (failure.kind !== "refused") throw fault;
    log.warn(
      { room, why: failure.why },
      "nothing can be known of this room any more: what was said there is left alone",
    );
    return undefined;
  };
}

/** How people call `@manchot:example.org` in text. Without the `@`, only with a colon: it is an ordinary word too. */
function handlesOf(self: string): readonly string[] {
  const name = self.slice(1, self.indexOf(":"));
  return [self, `@${name}`, `${name}:`];
}

const serverOf = (account: string): string => account.slice(account.indexOf(":") + 1);
