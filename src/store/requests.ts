/** The inbox, and the jobs that its messages become. */
import type Sqlite from "better-sqlite3";
import type { Incoming, Language, Network, Venue } from "../chat/port.ts";
import type { EndedAs, Patch, Request, RequestState, Store } from "./store.ts";

type Row = {
  readonly number: number;
  readonly network: Network;
  readonly event_id: string;
  readonly venue_json: string;
  readonly account: string;
  readonly label: string;
  readonly text: string;
  readonly language: Language | null;
  readonly sent_at: number;
  readonly received_at: number;
  readonly state: RequestState;
  readonly person: string | null;
  readonly command: string | null;
  readonly given_json: string | null;
  readonly attempt: number;
  readonly operation: string | null;
  readonly plan_hash: string | null;
  readonly wants: string | null;
  readonly ended_as: EndedAs | null;
};

/** The states of a request that is on its way; also the condition of the partial index `request_unfinished`. */
const unfinishedStates: readonly RequestState[] = ["received", "accepted", "planned", "applying"];

export const isUnfinished = (state: RequestState): boolean => unfinishedStates.includes(state);

export function createRequests(db: Sqlite.Database) {
  const byNumber = db.prepare<[number], Row>("SELECT * FROM request WHERE number = ?");
  const byEvent = db.prepare<[string, string], Row>("SELECT * FROM request WHERE network = ? AND event_id = ?");
  const insert = db.prepare(`
    INSERT INTO request (network, event_id, place, thread, venue_json, account, label, text, language, sent_at, received_at, state)
    VALUES (@network, @eventId, @place, @thread, @venue, @account, @label, @text, @language, @sentAt, @receivedAt, 'received')`);
  const unfinished = db.prepare<[], Row>(
    "SELECT * FROM request WHERE state IN ('received', 'accepted', 'planned', 'applying') ORDER BY number",
  );
  const move = db.prepare(`
    UPDATE request SET state = @to,
      person = coalesce(@person, person), command = coalesce(@command, command), given_json = coalesce(@given, given_json),
      attempt = coalesce(@attempt, attempt), operation = coalesce(@operation, operation),
      plan_hash = coalesce(@planHash, plan_hash), received_at = coalesce(@receivedAt, received_at),
      wants = coalesce(@wants, wants), ended_as = coalesce(@endedAs, ended_as)
    WHERE number = @number AND state = @from`);

  return {
    find: (number: number): Request | undefined => read(byNumber.get(number)),
    findByEvent: (network: Network, eventId: string): Request | undefined => read(byEvent.get(network, eventId)),

    /** The new request's number. */
    add(message: Incoming, now: number): number {
      const { lastInsertRowid } = insert.run({
        network: message.network,
        eventId: message.eventId,
        place: message.venue.place,
        thread: message.venue.thread,
        venue: JSON.stringify(message.venue),
        account: message.account,
        label: message.label,
        text: message.text,
        language: message.language ?? null,
        sentAt: wholeMilliseconds(message.sentAt),
        receivedAt: now,
      });
      return Number(lastInsertRowid);
    },

    list(filter: Parameters<Store["requests"]>[0]): Request[] {
      const { person, account, states, before, limit } = filter;
      const conditions = ["TRUE"];
      if (person !== undefined) conditions.push("person = @person");
      if (account !== undefined) conditions.push("network = @network AND account = @account");
      if (states !== undefined) conditions.push("state IN (SELECT value FROM json_each(@states))");
      if (before !== undefined) conditions.push("number < @before");
      const sql = `SELECT * FROM request WHERE ${conditions.join(" AND ")} ORDER BY number DESC LIMIT @limit`;
      return db
        .prepare<[object], Row>(sql)
        .all({ person, ...account, states: JSON.stringify(states), before, limit })
        .map(toRequest);
    },

    unfinished: (): Request[] => unfinished.all().map(toRequest),

    /** Compare and swap: false where the request is not in `from`. */
    move(number: number, from: RequestState, to: RequestState, patch: Patch): boolean {
      const { changes } = move.run({
        number,
        from,
        to,
        person: patch.person ?? null,
        command: patch.command ?? null,
        given: patch.given === undefined ? null : JSON.stringify(patch.given),
        attempt: patch.attempt ?? null,
        operation: patch.operation ?? null,
        planHash: patch.planHash ?? null,
        receivedAt: patch.receivedAt ?? null,
        wants: patch.wants ?? null,
        endedAs: patch.endedAs ?? null,
      });
      return changes === 1;
    },
  };
}

const read = (row: Row | undefined): Request | undefined => (row === undefined ? undefined : toRequest(row));

function toRequest(row: Row): Request {
  return {
    number: row.number,
    network: row.network,
    eventId: row.event_id,
    venue: JSON.parse(row.venue_json) as Venue,
    account: row.account,
    label: row.label,
    text: row.text,
    language: row.language ?? undefined,
    sentAt: row.sent_at,
    receivedAt: row.received_at,
    state: row.state,
    person: row.person ?? undefined,
    command: row.command ?? undefined,
    given: row.given_json === null ? undefined : (JSON.parse(row.given_json) as Readonly<Record<string, unknown>>),
    attempt: row.attempt,
    operation: row.operation ?? undefined,
    planHash: row.plan_hash ?? undefined,
    wants: row.wants ?? undefined,
    endedAs: row.ended_as ?? undefined,
  };
}

/** The sender's word may be any number; a strange one must not keep a message out of the inbox. No number: 1970. */
function wholeMilliseconds(sentAt: number): number {
  if (Number.isNaN(sentAt)) return 0;
  return Math.trunc(Math.max(Number.MIN_SAFE_INTEGER, Math.min(Number.MAX_SAFE_INTEGER, sentAt)));
}
