/** The bot, put together from its ports: inbox → journey → jobs → outbox. `serve` and the sandbox only differ in what they give it. */
import type { Authorisation } from "./authorisation/port.ts";
import type { ChatNetwork, Incoming, Language, Network, Outgoing } from "./chat/port.ts";
import type { Say } from "./conversation/answer.ts";
import { burnCodes } from "./conversation/codes.ts";
import type { Command } from "./conversation/command.ts";
import type { Parts } from "./conversation/parts.ts";
import { waitsForPeople } from "./conversation/request-state.ts";
import type { Hypervisor } from "./hypervisor/port.ts";
import { createOutbox } from "./jobs/outbox.ts";
import { createRunner } from "./jobs/runner.ts";
import { faultOf, type Log } from "./log.ts";
import type { People } from "./people/person.ts";
import { point } from "./points.ts";
import type { Store } from "./store/store.ts";

const dayMs = 86_400_000;
/** Answered requests are kept for more than the year for which the executor remembers its operations. */
const rememberedMs = 400 * dayMs;
/** And so many of them whatever the clock says: at 400 days ahead it would have everything forgotten. */
const alwaysRemembered = 10_000;

export type BotParts = {
  readonly store: Store;
  readonly people: People;
  /** The rules in force. Each step of a request's way asks once, and goes by that one set. */
  readonly authorisation: () => Authorisation;
  /** What is wrong with the bot itself, for those who may see how the host is. */
  readonly troubles?: (say: Say) => readonly string[];
  readonly hypervisor: Hypervisor;
  readonly commands: readonly Command[];
  readonly networks: readonly ChatNetwork[];
  readonly host: {
    readonly name: string;
    readonly language: Language;
    readonly timezone: string;
    readonly ageMs: number;
  };
  readonly log: Log;
  readonly now?: () => number;
};

export interface Bot {
  /** What the steps share, as it is at this moment; the sandbox asks it for completions. */
  readonly parts: Parts;
  /** Resolves when no request is on its way and no post is due. */
  idle(): Promise<void>;
  /** Stops listening, then lets go; what was on its way is resumed by the next start. */
  stop(): Promise<void>;
}

/** Takes up what an earlier run left, then listens. Rejects where a network cannot start. */
export async function startBot(given: BotParts): Promise<Bot> {
  const now = given.now ?? Date.now;
  const { store, hypervisor, log } = given;
  const networks = new Map<Network, ChatNetwork>(
    given.networks.map((network) => [network.network, withPoints(network)]),
  );
  const outbox = createOutbox({ store, networks, now, log });
  const runner = createRunner(() => partsNow());
  const parts: Omit<Parts, "authorisation"> = {
    store,
    people: given.people,
    troubles: given.troubles ?? (() => []),
    hypervisor,
    commands: given.commands,
    host: given.host,
    log,
    now,
    deliver: () => outbox.wake(),
    wake: (number) => runner.wake(number),
  };

  const partsNow = (): Parts => ({ ...parts, authorisation: given.authorisation() });

  const wakeAll = (operation?: string): void => {
    for (const request of store.unfinished()) {
      if (request.state !== "received" && (operation === undefined || request.operation === operation))
        runner.wake(request.number);
    }
  };
  hypervisor.onOperation((operation) => wakeAll(operation.id));
  hypervisor.onReachable((up, why) => {
    if (up) log.info({ hypervisor: hypervisor.name }, "the executor answers");
    else log.warn({ hypervisor: hypervisor.name, ...why }, "the executor is not reachable");
    if (up) wakeAll();
  });

  const inbox = (message: Incoming): void => {
    const { request, fresh } = store.accept(message, now());
    if (!fresh) return;
    point("received");
    log.info({ request: request.number, network: request.network, account: request.account }, "received");
    runner.received(request);
  };

  const overheard = async (message: Incoming): Promise<void> => {
    const { burnt, missed } = await burnCodes(parts, message, undefined);
    const { network, account } = message;
    if (missed) log.warn({ network, account }, "a code that others may have read could not be made useless");
    else if (burnt > 0) log.info({ network, account, burnt }, "codes that others may have read are useless now");
  };

  const forget = (): void => {
    try {
      while (store.prune(now() - rememberedMs, alwaysRemembered) > 0);
    } catch (fault) {
      // To forget wants room, too.
      log.error(faultOf(fault), "nothing could be forgotten; it is tried again tomorrow");
    }
  };
  forget();
  const daily = setInterval(forget, dayMs);
  daily.unref();

  runner.resume();
  outbox.wake();
  for (const network of given.networks) await network.start(inbox, overheard);
  return {
    get parts() {
      return partsNow();
    },
    async idle() {
      do {
        await runner.idle();
        await outbox.idle();
      } while (store.unfinished().some((request) => !waitsForPeople(request)));
    },
    async stop() {
      clearInterval(daily);
      await Promise.all(given.networks.map((network) => network.stop()));
      runner.stop();
      await outbox.stop();
      await runner.idle();
      await hypervisor.close();
      store.close();
    },
  };
}

/** The two points of a delivery stand around the network's own send. */
function withPoints(network: ChatNetwork): ChatNetwork {
  return {
    network: network.network,
    edits: network.edits,
    start: (inbox, overheard) => network.start(inbox, overheard),
    async send(post: Outgoing) {
      point("posting");
      const delivery = await network.send(post);
      if (delivery.kind === "sent") point("posted");
      return delivery;
    },
    stop: () => network.stop(),
  };
}
