/** The store on one SQLite file. Each of its calls is one transaction, on the disk when it returns. */
import { randomUUID } from "node:crypto";
import type Sqlite from "better-sqlite3";
import { openDatabase } from "./database.ts";
import { createHeads } from "./heads.ts";
import { createHistory } from "./history.ts";
import { createMemory } from "./memory.ts";
import { createOutboxTable } from "./outbox.ts";
import { createPages } from "./pages.ts";
import { createPolicyChanges } from "./policy-changes.ts";
import { createPrune } from "./prune.ts";
import { createRequests, isUnfinished } from "./requests.ts";
import type { Post, Request, RequestState, Store } from "./store.ts";

/**
 * Opens the store, makes it where there is none. Throws `StoreUnavailable` where another process has it, or where it was
 * written by a newer version.
 */
export function openStore(file: string): Store {
  const db = openDatabase(file);
  const requests = createRequests(db);
  const history = createHistory(db);
  const outbox = createOutboxTable(db, namespaceOf(db));
  const pages = createPages(db);
  const heads = createHeads(db);
  const prune = createPrune(db);

  /** All or nothing, and nobody else writes in between. */
  const once = <T>(work: () => T): T => db.transaction(work).immediate();

  const mustFind = (number: number): Request => {
    const request = requests.find(number);
    if (request === undefined) throw new Error(`there is no request ${number}`);
    return request;
  };

  const queue = (request: Request, state: RequestState, posts: readonly Post[], now: number): void => {
    for (const post of posts) {
      if (post.purpose === "final") outbox.addFinal(request, post, now);
      // Of a request that has its answer there is no progress to tell any more.
      else if (isUnfinished(state)) outbox.addProgress(request, post, now);
    }
  };

  return {
    accept(message, now) {
      return once(() => {
        const known = requests.findByEvent(message.network, message.eventId);
        if (known !== undefined) return { request: known, fresh: false };
        const number = requests.add(message, now);
        history.add(number, now, "received", {});
        return { request: mustFind(number), fresh: true };
      });
    },
    find: requests.find,
    requests: requests.list,
    unfinished: requests.unfinished,
    history: history.of,

    advance(number, from, to, change, now) {
      return once(() => {
        if (!requests.move(number, from, to, change.patch ?? {})) return false;
        const request = mustFind(number);
        history.add(number, now, change.event, change.detail ?? {});
        queue(request, to, change.posts ?? [], now);
        const spot = { network: request.network, account: request.account, place: request.venue.place };
        if (change.pages !== undefined) pages.keep(spot, change.pages, now);
        return true;
      });
    },
    note(number, event, detail, posts, now) {
      once(() => {
        const request = mustFind(number);
        history.add(number, now, event, detail);
        queue(request, request.state, posts, now);
      });
    },

    due: (now, limit, network) => outbox.due(now, limit, network, mustFind),
    nextDue: outbox.nextDue,
    delivered(id, eventId, now) {
      once(() => {
        const post = outbox.deliver(id, eventId, now);
        if (post?.purpose === "final") history.add(post.request, now, "delivered", { eventId });
      });
    },
    postpone: outbox.postpone,
    renew: outbox.renew,
    reject(id, until, why, giveUp, parts) {
      if (!giveUp) return outbox.reject(id, until, why, parts);
      once(() => {
        const post = outbox.giveUp(id, why, parts);
        const detail = { why, attempts: (post?.attempt ?? 0) + 1 };
        if (post?.purpose === "final") history.add(post.request, until, "undeliverable", detail);
      });
    },

    takePages(number, rows, now) {
      return once(() => {
        const { network, account, venue } = mustFind(number);
        return pages.take({ network, account, place: venue.place }, number, rows, now);
      });
    },
    head: heads.read,
    keepHead: heads.write,
    policyChanges: createPolicyChanges(db),
    memory: createMemory(db),
    prune: (before, kept) => once(() => prune(before, kept)),
    close: () => void db.close(),
  };
}

function namespaceOf(db: Sqlite.Database): string {
  db.prepare("INSERT OR IGNORE INTO identity (only, namespace) VALUES (1, ?)").run(randomUUID());
  return db.prepare<[], string>("SELECT namespace FROM identity").pluck().get() as string;
}
