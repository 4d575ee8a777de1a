/** The Matrix adapter: rooms and one-to-one conversations on one homeserver. */
import { setTimeout as sleep } from "node:timers/promises";
import { notAloneAnswer } from "../../conversation/answers.ts";
import { say } from "../../languages/index.ts";
import { faultOf, type Log } from "../../log.ts";
import type { AdapterMemory, ChatNetwork, Delivery, Inbox, Outgoing } from "../port.ts";
import { HardenedClient, routeSdkLog, type Timing } from "./client.ts";
import { contentsOf } from "./content.ts";
import { deliveryOf, failureOf } from "./failure.ts";
import { type Listening, listen } from "./listen.ts";
import { handOver } from "./picture.ts";
import { createRooms, type Rooms } from "./rooms.ts";
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
  readonly log: Log;
  /** `startMs`: how long a start waits for a homeserver that does not answer, in milliseconds. */
  readonly timing?: Partial<Timing & { readonly startMs: number }>;
};

type Unsent = Exclude<Delivery, { readonly kind: "sent" }>;

/** How long posts that are under way may take to end when the adapter stops, in milliseconds. */
const graceMs = 200;

export function matrixNetwork(options: MatrixOptions): ChatNetwork {
  const { homeserver, accessToken, log } = options;
  const timing = { longPollMs: 30_000, requestMs: 30_000, startMs: 30_000, ...options.timing };
  routeSdkLog(log);
  const client = new HardenedClient(homeserver, accessToken, timing);
  const stopping = new AbortController();
  const posting = new Set<Promise<Delivery>>();
  let rooms: Rooms | undefined;
  let listening: Listening | undefined;

  async function post(outgoing: Outgoing): Promise<Delivery> {
    if (stopping.signal.aborted || rooms === undefined) return { kind: "retry", afterMs: 1000, why: "not connected" };
    const room = outgoing.venue.place;
    const objection = await objectionTo(outgoing, rooms);
    if (objection !== undefined) return objection;
    const parts = [...outgoing.parts];
    const make = async (content: object): Promise<Unsent | undefined> => {
      try {
        const key = parts.length === 0 ? outgoing.key : `${outgoing.key}.${parts.length}`;
        parts.push(await client.post(room, key, content));
        return undefined;
      } catch (fault) {
        return { ...deliveryOf(failureOf(fault), true), parts };
      }
    };
    const contents = contentsOf(outgoing);
    for (const content of contents.slice(parts.length)) {
      const unsent = await make(content);
      if (unsent !== undefined) return unsent;
    }
    if (outgoing.answer.picture !== undefined && parts.length === contents.length) {
      const handed = await handOver(client, outgoing, outgoing.answer.picture);
      if (handed.kind === "retry") return { ...handed, parts };
      // It took its time: the room may be another one now.
      const unsent = (await objectionTo(outgoing, rooms)) ?? (await make(handed.content));
      if (unsent !== undefined) return unsent.kind === "sent" ? unsent : { ...unsent, parts };
    }
    const [first] = parts;
    return first === undefined ? { kind: "rejected", why: "there is nothing in it" } : { kind: "sent", eventId: first };
  }

  /** What becomes of a post that must not be made in this room as it is now; undefined where it may be. */
  async function objectionTo(outgoing: Outgoing, known: Rooms): Promise<Delivery | undefined> {
    const room = outgoing.venue.place;
    try {
      if (await known.encryptedNow(room))
        return { kind: "rejected", why: "the room is encrypted, and this bot has no encryption" };
      if (!outgoing.venue.direct || (await known.directNow(room, outgoing.account))) return undefined;
    } catch (fault) {
      return deliveryOf(failureOf(fault), false);
    }
    return await notAlone(room, outgoing);
  }

  /** Somebody else may read the room by now: no answer reaches more people than the question did, so this says why. */
  async function notAlone(room: string, outgoing: Outgoing): Promise<Delivery> {
    const [content] = contentsOf({ ...outgoing, answer: notAloneAnswer(say(outgoing.language)) });
    if (content === undefined) return { kind: "rejected", why: "there is nothing in it" };
    log.warn({ room }, "somebody else can read this room now: an answer is withheld");
    try {
      // A key of its own: under the answer's, a homeserver that has the answer already would swallow it.
      return { kind: "sent", eventId: await client.post(room, `${outgoing.key}.not-alone`, content) };
    } catch (fault) {
      return deliveryOf(failureOf(fault), true);
    }
  }

  return {
    network: "matrix",
    edits: true,
    async start(inbox: Inbox) {
      const self = await whoAmI(client, { ...options, startMs: timing.startMs, signal: stopping.signal });
      rooms = createRooms(client, options.memory, self);
      listening = listen({ ...options, client, rooms, self, inbox, signal: stopping.signal });
      const late = sleep(timing.startMs, "late" as const, { ref: false, signal: stopping.signal });
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
      await listening?.ended;
    },
  };
}
