/** From notifications to the inbox: what is said to the bot, by whom it really is, and how wide it is. */
import { faultOf, type Log } from "../../log.ts";
import type { AdapterMemory, Inbox, Incoming, Language } from "../port.ts";
import { type Account, identityOf, isLocal, labelOf, lookUp, type Self } from "./account.ts";
import type { Clock } from "./clock.ts";
import { follow } from "./follow.ts";
import type { Http, Reply } from "./http.ts";
import { after, type Notification, newest } from "./poll.ts";
import { type Reading, read } from "./reading.ts";
import { widthOf } from "./visibility.ts";
import type { Waker } from "./waker.ts";

export type Listening = {
  /** Resolves once the first poll is through. */
  readonly ready: Promise<void>;
  /** Resolves after `signal` was aborted, when nothing runs any more. */
  readonly ended: Promise<void>;
};

type Words = Extract<Reading, { readonly kind: "words" }>;

export function listen(parts: {
  readonly http: Http;
  readonly self: Self;
  readonly memory: AdapterMemory;
  readonly inbox: Inbox;
  readonly waker: Waker;
  readonly clock: Clock;
  /** How long to wait for a wake-up now, in milliseconds. */
  pause(): number;
  readonly log: Log;
  readonly signal: AbortSignal;
}): Listening {
  const { http, self, memory, inbox, log, signal } = parts;
  // Of this account: with another one the bot has not been anywhere yet.
  const sinceKey = `since:${identityOf(self, self)}`;

  /** One look-up an account serves a whole round: it was made after everything in it was fetched. */
  async function take(notifications: readonly Notification[]): Promise<readonly Notification[]> {
    const known = new Map<string, Reply<Account>>();
    const left: Notification[] = [];
    for (const notification of notifications) {
      const reading = signal.aborted ? undefined : read(notification.raw, self);
      if (reading?.kind === "nothing") {
        log.debug({ notification: notification.id, why: reading.why }, "no command");
        continue;
      }
      if (reading === undefined || !(await takeWords(notification, reading, known))) left.push(notification);
    }
    return left;
  }
  /** Whether nothing is left to do for it. */
  async function takeWords(
    { id: notification }: Notification,
    words: Words,
    known: Map<string, Reply<Account>>,
  ): Promise<boolean> {
    const { id } = words.account;
    const reply = known.get(id) ?? (await lookUp(http, id, signal));
    known.set(id, reply);
    if (signal.aborted) return false;
    if (reply.kind === "refused" && (reply.status === 404 || reply.status === 410)) {
      log.warn({ notification, account: id }, "the account is gone: what it said is left alone");
      return true;
    }
    if (reply.kind !== "ok") {
      log.warn({ notification, why: reply.why }, "who said it is not known: not taken, to be tried again");
      return false;
    }
    const account = reply.value;
    const why = impostor(words, account);
    if (why !== undefined) {
      log.warn(
        { notification, account: id, why },
        "the account is not the one that it was: what it said is left alone",
      );
      return true;
    }
    try {
      inbox(messageOf(words, account, self));
      return true;
    } catch (fault) {
      log.error({ notification, ...faultOf(fault) }, "not taken, to be tried again");
      return false;
    }
  }

  const { promise: ready, resolve: onRound } = Promise.withResolvers<void>();
  const ended = follow({
    ...parts,
    since: memory.read(sinceKey),
    keep: (cursor) => memory.write(sinceKey, cursor),
    newest: () => newest(http, signal),
    after: (cursor) => after(http, cursor, self, signal),
    take,
    onRound,
  });
  return { ready, ended };
}

function impostor({ account }: Words, now: Account): string | undefined {
  if (now.id !== account.id || now.actor !== account.actor) return "another actor";
  if (now.bot) return "a bot";
  return now.moved ? "moved" : undefined;
}

function messageOf({ account: { id, actor }, status, text, alone }: Words, account: Account, self: Self): Incoming {
  const language = languageOf(status.language);
  return {
    network: "fediverse",
    eventId: status.uri,
    venue: {
      network: "fediverse",
      // What was answered to one person alone must not be gone on with before all: each width is a place of its own.
      place: `${status.pleroma?.context ?? actor} ${widthOf(status.visibility)}`,
      thread: status.id,
      direct: status.visibility === "direct" && alone,
      encrypted: false,
      visibility: status.visibility,
      local: isLocal(self, { acct: account.acct, actor }),
    },
    account: identityOf(self, { id, actor }),
    label: labelOf(self, account),
    text,
    sentAt: Date.parse(status.created_at),
    ...(language === undefined ? {} : { language }),
  };
}

function languageOf(tag: string | null | undefined): Language | undefined {
  const language = tag?.toLowerCase().split("-")[0];
  return language === "fr" || language === "en" ? language : undefined;
}
