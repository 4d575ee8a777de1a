/** From events to the inbox: what is read where, by whom it may be said, and what must be known before. */
import type { Log } from "../../log.ts";
import type { AdapterMemory, Inbox, Incoming, Overheard } from "../port.ts";
import type { HardenedClient } from "./client.ts";
import type { Decrypted } from "./encryption/decrypt.ts";
import type { Encryption } from "./encryption/encryption.ts";
import type { MatrixEvent } from "./events.ts";
import { failureOf } from "./failure.ts";
import { follow } from "./follow.ts";
import { createInvites } from "./invites.ts";
import { handlesOf, serverOf } from "./names.ts";
import type { Notices } from "./notices.ts";
import { type Reading, read } from "./reading.ts";
import { createReplays } from "./replays.ts";
import type { Rooms } from "./rooms.ts";
import { fillGap } from "./timeline.ts";
import { createWaiting, type WaitingTiming } from "./waiting.ts";

type Words = Extract<Decrypted, { kind: "clear" | "unsigned" }>;
type Known = { readonly encrypted: boolean; readonly direct: boolean };
type Handed = {
  readonly room: string;
  readonly event: MatrixEvent;
  readonly reading: Extract<Reading, { kind: "words" }>;
  readonly text: string;
  readonly known: Known;
  readonly identity?: string;
};

export type Listening = {
  /** Resolves once the first batch is through. */
  readonly ready: Promise<void>;
  /** Resolves after `signal` was aborted, when nothing runs any more. */
  readonly ended: Promise<void>;
};

export function listen(parts: {
  readonly client: HardenedClient;
  readonly rooms: Rooms;
  readonly encryption: Encryption;
  readonly notices: Notices;
  readonly waits: WaitingTiming;
  readonly memory: AdapterMemory;
  readonly inviters: readonly string[];
  readonly handles?: readonly string[];
  /** The bot's own Matrix ID. */
  readonly self: string;
  readonly inbox: Inbox;
  readonly overheard: Overheard | undefined;
  readonly log: Log;
  readonly signal: AbortSignal;
}): Listening {
  const { client, rooms, encryption, notices, memory, self, log, signal } = parts;
  const names = [...handlesOf(self), ...(parts.handles ?? [])];
  const invites = createInvites(parts);
  const replays = createReplays(memory);
  const waiting = createWaiting({ memory, notices, retry, timing: parts.waits, log, signal });
  // Of this account: with another one the bot has not been anywhere yet.
  const sinceKey = `since:${self}`;

  async function take(room: string, event: MatrixEvent): Promise<void> {
    if (event.sender === self) return;
    if (event.type === "m.room.encrypted" && event.state_key === undefined) return await takeEncrypted(room, event);
    const reading = read(event, self, names);
    if (reading.kind === "nothing") return;
    const known = await about(room, event.sender).catch(goneFrom(room, log));
    if (known === undefined) return;
    const text = reading.addressed ?? (known.direct ? reading.plain : undefined);
    if (text === undefined) return;
    const handed = { room, event, reading, text, known: { ...known, encrypted: false } };
    // Whoever runs the homeserver could have written it.
    if (known.encrypted) await leave("not-encrypted", handed);
    else hand(handed);
  }

  async function takeEncrypted(room: string, event: MatrixEvent): Promise<void> {
    const { event_id: id, sender } = event;
    if (event.unsigned?.redacted_because !== undefined) return waiting.drop(id);
    const decrypted = await encryption.decrypt(room, event);
    const told = { room, event: id, sender };
    if (decrypted.kind === "missing") return waiting.keep(told, decrypted.session);
    if (decrypted.kind === "unreadable") {
      log.warn({ room, event: id, why: decrypted.why }, "an encrypted message cannot be read");
    } else if (decrypted.kind === "withheld") {
      if (waiting.isWithheld(id)) return;
      log.warn({ room, event: id, why: decrypted.code }, "the key of a message is withheld");
      await notices.tell("withheld", told);
      // Anybody can say so of anybody's key: should it come, the message is read.
      return waiting.keepWithheld(told, decrypted.session);
    } else await takeDecrypted(room, event, decrypted);
    waiting.drop(id);
  }

  async function takeDecrypted(room: string, event: MatrixEvent, words: Words): Promise<void> {
    const { event_id: id, sender } = event;
    const reading = read({ ...event, type: words.type, content: words.content }, self, names);
    if (reading.kind === "nothing") return;
    const known = await about(room, sender).catch(goneFrom(room, log));
    if (known === undefined) return;
    const text = reading.addressed ?? (known.direct ? reading.plain : undefined);
    if (text === undefined) return;
    if (!known.encrypted) {
      // The answer would have to go out in clear: no homeserver gets that by not showing what the room is.
      log.warn({ room, event: id }, "an encrypted message in a room that is not encrypted is left alone");
    } else if (words.kind === "unsigned") {
      await leave("unsigned", { room, event, reading, text, known });
    } else if (replays.again(words, id)) {
      log.warn({ room, event: id }, "an encrypted message was sent a second time, by somebody else than its writer");
    } else {
      const { identity } = words;
      hand({ room, event, reading, text, known, ...(identity === undefined ? {} : { identity }) });
    }
  }

  const messageOf = ({ room, event, reading, text, known, identity }: Handed): Incoming => ({
    network: "matrix",
    eventId: event.event_id,
    venue: {
      network: "matrix",
      place: room,
      thread: reading.thread,
      direct: known.direct,
      encrypted: known.encrypted,
      local: serverOf(event.sender) === serverOf(self),
      ...(identity === undefined ? {} : { identity }),
    },
    account: event.sender,
    label: event.sender,
    text,
    sentAt: event.origin_server_ts,
  });
  function hand(handed: Handed): void {
    if (signal.aborted) throw new Error("stopping");
    parts.inbox(messageOf(handed));
  }
  /** It is not obeyed, and says why. */
  async function leave(why: "not-encrypted" | "unsigned", handed: Handed): Promise<void> {
    const { room, event } = handed;
    await parts.overheard?.(messageOf(handed));
    await notices.tell(why, { room, event: event.event_id, sender: event.sender });
  }
  async function retry(room: string, id: string): Promise<void> {
    const event = await client.event(room, id);
    // Another one than was asked for is worth as little as none.
    if (event === undefined || event.event_id !== id) waiting.drop(id);
    else await takeEncrypted(room, event);
  }
  async function about(room: string, sender: string): Promise<Known> {
    return { encrypted: await rooms.encrypted(room), direct: await rooms.direct(room, sender) };
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
  encryption.onSessions(waiting.heard);
  waiting.resume();
  const following = follow({
    self,
    since: memory.read(sinceKey),
    keep: (token) => memory.write(sinceKey, token),
    news: (since, waitMs) => client.news(since, self, waitMs),
    async note(batch) {
      for (const news of batch.joined) rooms.changed(news);
      invites.take(batch);
      await encryption.receive(batch.device);
    },
    take,
    fill,
    onReady,
    log,
    signal,
  });
  const idle = async (): Promise<void> => void (await Promise.all([invites.idle(), waiting.idle()]));
  return { ready, ended: following.then(idle) };
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
