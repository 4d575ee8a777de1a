/** The posts on their way out: each once, in the order of its thread, its key fixed for as long as its outcome is open. */
import type Sqlite from "better-sqlite3";
import type { Language, Network } from "../chat/port.ts";
import type { Answer } from "../conversation/answer.ts";
import { uuidv5 } from "../jobs/uuid.ts";
import type { OutboxEntry, Post, Request } from "./store.ts";

type Purpose = Post["purpose"];
type Parts = readonly string[];
type Row = {
  readonly id: number;
  readonly request: number;
  readonly purpose: Purpose;
  readonly answer_json: string;
  readonly language: Language;
  readonly nth: number | null;
  readonly attempt: number;
  readonly rejections: number;
  readonly tries: number;
  readonly parts_json: string;
  readonly due: number;
};
/** Nothing is ever postponed for longer: a moment further away was reckoned by a clock that was wrong, and is due. */
const longestWaitMs = 3_600_000;
/** A picture is kept for as long as its post may have to be sent: screens may show secrets, and would fill the file. */
const withoutPicture = "answer_json = json_remove(answer_json, '$.picture.png')";
/** What the caller must know of a post whose outcome was written. */
type Settled = { readonly request: number; readonly purpose: Purpose; readonly attempt: number };

/** `namespace`: the UUID of this store, from which the posts' keys follow. */
export function createOutboxTable(db: Sqlite.Database, namespace: string) {
  const insert = db.prepare(`
    INSERT INTO outbox (request, network, place, thread, purpose, nth, answer_json, language, queued_at)
    VALUES (@request, @network, @place, @thread, @purpose,
      (SELECT count(*) FROM outbox WHERE request = @request AND purpose = @purpose), @answer, @language, @now)`);
  const rewrite = db.prepare<[string, Language, number]>(
    "UPDATE outbox SET answer_json = ?, language = ?, parts_json = '[]' WHERE id = ?",
  );
  const waitingProgress = db
    .prepare<[number], number>("SELECT id FROM outbox WHERE request = ? AND purpose = 'progress' AND state = 'waiting'")
    .pluck();
  const dropProgress = db.prepare<[number]>(
    "UPDATE outbox SET state = 'dropped' WHERE request = ? AND purpose = 'progress' AND state = 'waiting'",
  );
  const heads = "SELECT min(id) FROM outbox WHERE state = 'waiting' GROUP BY network, place, thread";
  const headsOfNetwork = heads.replace("GROUP BY", "AND network = @network GROUP BY");
  const selectDue = (ids: string) =>
    db.prepare<[object], Row>(`
      SELECT id, request, purpose, answer_json, language, nth, attempt, rejections, tries, parts_json, due
      FROM outbox WHERE id IN (${ids}) AND (due <= @now OR due > @now + ${longestWaitMs}) ORDER BY id LIMIT @limit`);
  const due = selectDue(heads);
  const dueOfNetwork = selectDue(headsOfNetwork);
  const next = db
    .prepare<[number], number | null>(`SELECT min(due) FROM outbox WHERE id IN (${heads}) AND due > ?`)
    .pluck();
  /** The first post of this round: rounds of one request are parted by its answers. */
  const edited = db
    .prepare<[object], string>(`
      SELECT event_id FROM outbox
      WHERE request = @request AND purpose = 'progress' AND event_id IS NOT NULL AND id < @id
        AND id > coalesce((SELECT max(id) FROM outbox WHERE request = @request AND purpose = 'final' AND id < @id), 0)
      ORDER BY id LIMIT 1`)
    .pluck();
  const deliver = db.prepare<[object], Settled>(`
    UPDATE outbox SET state = 'delivered', event_id = @eventId, delivered_at = @now, problem = NULL, ${withoutPicture}
    WHERE id = @id AND state IN ('waiting', 'dropped') RETURNING request, purpose, attempt`);
  /** The same for all ends of a try but success. `parts`: null keeps those that are known. */
  const failTry = (change: string) =>
    db.prepare<[object], Settled>(`
      UPDATE outbox SET problem = @why, parts_json = coalesce(@parts, parts_json), ${change}
      WHERE id = @id AND state = 'waiting' RETURNING request, purpose, attempt`);
  const postpone = failTry("due = @until, tries = tries + 1");
  const renew = failTry("due = @until, attempt = attempt + 1, tries = 0");
  const reject = failTry("due = @until, attempt = attempt + 1, tries = 0, rejections = rejections + 1");
  const giveUp = failTry(
    `state = CASE purpose WHEN 'final' THEN 'undeliverable' ELSE 'dropped' END, ${withoutPicture}`,
  );

  /**
   * Posts that a network may have seen under their present key: their text stands until their outcome is known. Of those
   * left by an earlier run nobody knows, so they all count.
   */
  const given = new Set(
    db.prepare<[], number>("SELECT id FROM outbox WHERE state = 'waiting'").pluck().all() as number[],
  );

  const add = (request: Request, post: Post, now: number): void => {
    insert.run({
      request: request.number,
      network: request.network,
      place: request.venue.place,
      thread: request.venue.thread,
      purpose: post.purpose,
      answer: JSON.stringify(post.answer),
      language: post.language,
      now,
    });
  };

  return {
    /** The one answer: progress that is not out yet would only come after it, and is dropped. */
    addFinal(request: Request, post: Post, now: number): void {
      dropProgress.run(request.number);
      add(request, post, now);
    },

    /** Takes the place of progress that nobody has seen; else it stands behind the one that is being sent. */
    addProgress(request: Request, post: Post, now: number): void {
      const unseen = (waitingProgress.all(request.number) as number[]).find((id) => !given.has(id));
      if (unseen === undefined) add(request, post, now);
      else rewrite.run(JSON.stringify(post.answer), post.language, unseen);
    },

    due(now: number, limit: number, network: Network | undefined, find: (request: number) => Request): OutboxEntry[] {
      const rows = network === undefined ? due.all({ now, limit }) : dueOfNetwork.all({ now, limit, network });
      return rows.map((row) => {
        const again = given.has(row.id);
        given.add(row.id);
        const request = find(row.request);
        return {
          id: row.id,
          request,
          post: { purpose: row.purpose, answer: JSON.parse(row.answer_json) as Answer, language: row.language },
          attempt: row.attempt,
          rejections: row.rejections,
          tries: row.tries,
          key: uuidv5(namespace, nameOf(row, request)),
          again,
          parts: JSON.parse(row.parts_json) as readonly string[],
          edits:
            row.purpose === "progress"
              ? (edited.get({ request: row.request, id: row.id }) as string | undefined)
              : undefined,
          due: row.due,
        };
      });
    },

    nextDue: (after = -1): number | undefined => (next.get(after) as number | null | undefined) ?? undefined,

    /** Undefined where its outcome was written before. A post that was dropped while it was being sent did go out. */
    deliver(id: number, eventId: string, now: number): Settled | undefined {
      const settled = deliver.get({ id, eventId, now });
      given.delete(id);
      return settled;
    },

    postpone(id: number, until: number, why: string, parts?: Parts): void {
      postpone.run({ id, until, why, parts: written(parts) });
    },

    /** With its new key nobody has seen it yet: neither after this, nor after a rejection. */
    renew(id: number, until: number, why: string, parts?: Parts): void {
      renew.run({ id, until, why, parts: written(parts) });
      given.delete(id);
    },

    reject(id: number, until: number, why: string, parts?: Parts): void {
      reject.run({ id, until, why, parts: written(parts) });
      given.delete(id);
    },

    giveUp(id: number, why: string, parts?: Parts): Settled | undefined {
      const settled = giveUp.get({ id, why, parts: written(parts) });
      given.delete(id);
      return settled;
    },
  };
}

const written = (parts: Parts | undefined): string | null => (parts === undefined ? null : JSON.stringify(parts));

/** What a post's key follows from: see `OutboxEntry.key`. */
function nameOf(row: Row, { network, eventId }: Request): string {
  const { purpose, nth, attempt } = row;
  if (nth === null) return `${row.id}.${attempt}`;
  return JSON.stringify([network, eventId, purpose, nth, attempt, row.language, row.answer_json]);
}
