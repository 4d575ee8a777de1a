/** The Matrix adapter: rooms and one-to-one conversations on one homeserver. */
import { setTimeout as sleep } from "node:timers/promises";
import { notAloneAnswer } from "../../conversation/answers.ts";
import { say as words } from "../../languages/index.ts";
import { faultOf, type Log } from "../../log.ts";
import type { AdapterMemory, ChatNetwork, Delivery, Inbox, Outgoing, Overheard } from "../port.ts";
import { HardenedClient, routeSdkLog, type Timing } from "./client.ts";
import { contentsOf } from "./content.ts";
import { beginEncryption } from "./encryption/begin.ts";
import type { Encryption, Trust } from "./encryption/encryption.ts";
import { NotSigned, UnknownAlgorithm } from "./encryption/share.ts";
import { deliveryOf, failureOf } from "./failure.ts";
import { type Listening, listen } from "./listen.ts";
import { createNotices } from "./notices.ts";
import { handOver } from "./picture.ts";
import { createRooms, type Rooms } from "./rooms.ts";
import { createVoice, type Sendable, type Voice } from "./voice.ts";
import type { WaitingTiming } from "./waiting.ts";
import { whoAmI } from "./who-am-i.ts";

export type MatrixOptions = {
  /** Where its client API answers: `https://matrix.example.org`. */
  readonly homeserver: string;
  readonly accessToken: string;
  /** The account that the token must belong to; any, where it is not given. */
  readonly user?: string;
  /** The Matrix IDs of those who may invite the bot. */
  readonly inviters: readonly string[];
  /** Further names by which the bot may be called, besides its Matrix ID. */
  readonly handles?: readonly string[];
  readonly memory: AdapterMemory;
  /** The store of this device's keys, and whose devices are listened to in encrypted rooms (any, by default). */
  readonly encryption: { readonly file: string };
  readonly trust?: Trust;
  readonly log: Log;
  /** `startMs`: how long a start waits for a homeserver that does not answer, in milliseconds. */
  readonly timing?: Partial<Timing & WaitingTiming & { readonly startMs: number }>;
};

type Connected = {
  readonly rooms: Rooms;
  readonly voice: Voice;
  readonly encryption: Encryption;
  readonly listening: Listening;
};
type Unsent = Exclude<Delivery, { readonly kind: "sent" }>;

/** How long posts that are under way may take to end when the adapter stops, in milliseconds. */
const graceMs = 200;

export function matrixNetwork(options: MatrixOptions): ChatNetwork {
  const { homeserver, accessToken, log } = options;
  const timing = { longPollMs: 30_000, requestMs: 30_000, startMs: 30_000, tellMs: 5000, ...options.timing };
  routeSdkLog(log);
  const client = new HardenedClient(homeserver, accessToken, timing);
  const stopping = new AbortController();
  const posting = new Set<Promise<Delivery>>();
  let connected: Connected | undefined;

  async function post(outgoing: Outgoing): Promise<Delivery> {
    if (stopping.signal.aborted || connected === undefined)
      return { kind: "retry", afterMs: 1000, why: "not connected" };
    const { rooms, voice } = connected;
    const objection = await objectionTo(outgoing, connected);
    if (objection !== undefined) return objection;
    const parts = [...outgoing.parts];
    const make = async (content: object): Promise<Unsent | undefined> => {
      const key = parts.length === 0 ? outgoing.key : `${outgoing.key}.${parts.length}`;
      const made = await say(voice, outgoing, key, content);
      if (made.kind !== "sent") return { ...made, parts };
      parts.push(made.eventId);
      return undefined;
    };
    const contents = contentsOf(outgoing);
    for (const content of contents.slice(parts.length)) {
      const unsent = await make(content);
      if (unsent !== undefined) return unsent;
    }
    if (outgoing.answer.picture !== undefined && parts.length === contents.length) {
      const encrypted = await encryptedFor(outgoing, rooms);
      if (typeof encrypted !== "boolean") return { ...encrypted, parts };
      const handed = await handOver(client, outgoing, outgoing.answer.picture, encrypted);
      if (handed.kind === "retry") return { ...handed, parts };
      // It took its time: the room may be another one now.
      const unsent = (await objectionTo(outgoing, connected, encrypted)) ?? (await make(handed.content));
      if (unsent !== undefined) return unsent.kind === "sent" ? unsent : { ...unsent, parts };
    }
    const [first] = parts;
    return first === undefined ? { kind: "rejected", why: "there is nothing in it" } : { kind: "sent", eventId: first };
  }

  /** Whether what goes there has to be encrypted; a delivery where that cannot be known. */
  async function encryptedFor({ venue }: Outgoing, rooms: Rooms): Promise<boolean | Unsent> {
    try {
      return venue.encrypted || (await rooms.encryptedNow(venue.place));
    } catch (fault) {
      return deliveryOf(failureOf(fault), false);
    }
  }

  /** One event, encrypted where the room is or the question was; for its account alone where nobody else may read it. */
  async function say(voice: Voice, { venue, account }: Outgoing, key: string, content: object): Promise<Delivery> {
    let ready: Sendable;
    try {
      const only = venue.direct ? account : undefined;
      ready = await voice.prepare(venue.place, "m.room.message", content, venue.encrypted, only);
    } catch (fault) {
      if (fault instanceof UnknownAlgorithm) return { kind: "rejected", why: fault.message };
      if (fault instanceof NotSigned) return { kind: "retry", afterMs: 60_000, why: fault.message };
      return deliveryOf(failureOf(fault), false);
    }
    try {
      return { kind: "sent", eventId: await voice.send(venue.place, key, ready) };
    } catch (fault) {
      return deliveryOf(failureOf(fault), true);
    }
  }

  /**
   * What becomes of a post that must not be made in this room as it is now; undefined where it may be. `handed`: whether
   * a file was handed over encrypted, which does for this room as it is.
   */
  async function objectionTo(outgoing: Outgoing, known: Connected, handed?: boolean): Promise<Delivery | undefined> {
    const { rooms, voice } = known;
    const { place, direct, encrypted } = outgoing.venue;
    try {
      if (handed === false && (encrypted || (await rooms.encryptedNow(place))))
        return { kind: "retry", afterMs: 1000, why: "the room became encrypted while a file was handed over in clear" };
      if (!direct || (await rooms.directNow(place, outgoing.account))) return undefined;
    } catch (fault) {
      return deliveryOf(failureOf(fault), false);
    }
    return await notAlone(voice, outgoing);
  }

  /** Somebody else may read the room by now: no answer reaches more people than the question did, so this says why. */
  async function notAlone(voice: Voice, outgoing: Outgoing): Promise<Delivery> {
    const [content] = contentsOf({ ...outgoing, answer: notAloneAnswer(words(outgoing.language)) });
    if (content === undefined) return { kind: "rejected", why: "there is nothing in it" };
    log.warn({ room: outgoing.venue.place }, "somebody else can read this room now: an answer is withheld");
    // A key of its own: under the answer's, a homeserver that has the answer already would swallow it.
    const open = { ...outgoing, venue: { ...outgoing.venue, direct: false } };
    return await say(voice, open, `${outgoing.key}.not-alone`, content);
  }

  return {
    network: "matrix",
    edits: true,
    async start(inbox: Inbox, overheard?: Overheard) {
      const { signal } = stopping;
      const given = { ...options, client, startMs: timing.startMs, signal };
      const account = await whoAmI(client, given);
      const self = account.user;
      const encryption = await beginEncryption(account, given);
      const rooms = createRooms(client, options.memory, self);
      const voice = createVoice(client, rooms, encryption);
      const notices = createNotices(voice, log);
      const listening = listen({ ...given, rooms, encryption, notices, waits: timing, self, inbox, overheard });
      connected = { rooms, voice, encryption, listening };
      const late = sleep(timing.startMs, "late" as const, { ref: false, signal });
      if ((await Promise.race([listening.ready, late])) === "late") {
        await this.stop();
        throw new Error(
          `${homeserver} did not answer a sync within ${timing.startMs} ms. To resolve, see whether the homeserver is overloaded, and start again.`,
        );
      }
      log.info({ account: self }, "listening on Matrix");
    },
    send(outgoing) {
      const delivery = post(outgoing).catch((fault: unknown): Delivery => {
        log.error({ room: outgoing.venue.place, ...faultOf(fault) }, "posting broke off");
        return { kind: "unknown", why: faultOf(fault).fault };
      });
      posting.add(delivery);
      void delivery.finally(() => posting.delete(delivery));
      return delivery;
    },
    async stop() {
      stopping.abort();
      if (posting.size > 0) await Promise.race([Promise.all(posting), sleep(graceMs, undefined, { ref: false })]);
      client.close();
      await connected?.listening.ended;
      connected?.encryption.close();
      connected = undefined;
    },
  };
}
