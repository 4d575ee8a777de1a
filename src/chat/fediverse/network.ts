/** The Fediverse adapter: mentions of one account on one server that speaks the Mastodon API, Pleroma first of all. */
import { setTimeout as sleep } from "node:timers/promises";
import { faultOf, type Log } from "../../log.ts";
import type { AdapterMemory, ChatNetwork, Delivery, Inbox, Outgoing } from "../port.ts";
import type { Self } from "./account.ts";
import { type Clock, defaultTiming, realClock, type Timing } from "./clock.ts";
import { createHttp } from "./http.ts";
import { type Listening, listen } from "./listen.ts";
import { createPace } from "./pace.ts";
import { post } from "./post.ts";
import { openStream, type Stream } from "./stream.ts";
import { createWaker } from "./waker.ts";
import { whoAmI } from "./who-am-i.ts";

export type FediverseOptions = {
  /** The base URL of the server's API: `https://social.example.org`. */
  readonly server: string;
  readonly accessToken: string;
  /** The handle that the token must belong to, `@manchot@social.example.org`; any, where it is not given. */
  readonly user?: string;
  /** Whether to serve on a server whose software lets anybody write in anybody's name. Default: it does not start there. */
  readonly forgeable?: boolean;
  readonly memory: AdapterMemory;
  readonly log: Log;
  readonly timing?: Partial<Timing>;
  readonly clock?: Clock;
};

/** How long posts that are under way may take to end when the adapter stops, in milliseconds. */
const graceMs = 200;

export function fediverseNetwork(options: FediverseOptions): ChatNetwork {
  const { accessToken, log } = options;
  const server = options.server.replace(/\/+$/u, "");
  const clock = options.clock ?? realClock;
  const timing = { ...defaultTiming, ...options.timing };
  const http = createHttp({ server, accessToken, timeoutMs: timing.requestMs });
  const pace = createPace(clock, timing);
  const stopping = new AbortController();
  const { signal } = stopping;
  const posting = new Set<Promise<Delivery>>();
  let self: Self | undefined;
  let stream: Stream | undefined;
  let listening: Listening | undefined;

  return {
    network: "fediverse",
    edits: true,
    async start(inbox: Inbox) {
      self = await whoAmI({ ...options, http, server, clock, startMs: timing.startMs, signal });
      refuseForgeable(self, options.forgeable === true, log);
      const waker = createWaker(clock, signal);
      const pause = (): number => (stream?.open ? timing.streamedPollMs : timing.pollMs);
      listening = listen({ http, self, memory: options.memory, inbox, waker, clock, pause, log, signal });
      const late = sleep(timing.startMs, "late" as const, { ref: false, signal }).catch(() => "late" as const);
      if ((await Promise.race([listening.ready, late])) === "late") {
        await this.stop();
        throw new Error(
          `${server} did not show its notifications within ${timing.startMs} ms. To resolve, see whether the server is overloaded, and start again.`,
        );
      }
      stream = openStream({ server, accessToken, timing, clock, wake: waker.wake, log, signal });
      log.info({ account: `@${self.name}@${self.domain}` }, "listening on the Fediverse");
    },
    send(outgoing: Outgoing) {
      if (signal.aborted || self === undefined)
        return Promise.resolve({ kind: "retry", afterMs: 1000, why: "not connected" });
      const delivery = post(outgoing, { http, self, pace, clock, signal }).catch((fault: unknown): Delivery => {
        log.error({ thread: outgoing.venue.thread, ...faultOf(fault) }, "posting broke off");
        return { kind: "unknown", why: faultOf(fault).fault };
      });
      posting.add(delivery);
      void delivery.finally(() => posting.delete(delivery));
      return delivery;
    },
    async stop() {
      stopping.abort();
      if (posting.size > 0) await Promise.race([Promise.all(posting), sleep(graceMs, undefined, { ref: false })]);
      http.close();
      await Promise.all([listening?.ended, stream?.ended]);
    },
  };
}

/** Names that anybody may take are worth nothing: neither roles nor a refusal would mean what they say. */
export function refuseForgeable({ server, forgeable }: Self, accepted: boolean, log: Log): void {
  if (forgeable && !accepted)
    throw new Error(
      `${server} runs snac2, which does not check that a post comes from whom it names: anybody could speak as an admin. To resolve, put the bot's account on another server (Pleroma, Akkoma, Mastodon, GoToSocial); \`forgeable: true\` under \`fediverse:\` is for tests alone.`,
    );
  if (forgeable) log.warn({ server }, "anybody can write in anybody's name on this server, and that is accepted");
}
