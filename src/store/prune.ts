/** Forgetting: what ended long ago leaves the file, so that it stays small. */
import type Sqlite from "better-sqlite3";

/** So many at a time: the bot answers nobody while it forgets. */
const atOnce = 1_000;

export function createPrune(db: Sqlite.Database): (before: number, kept: number) => number {
  // History and posts go with their request (ON DELETE CASCADE).
  const remove = db.prepare<[object]>(`
    DELETE FROM request WHERE number IN (
      SELECT number FROM request
      WHERE received_at < @before AND number <= (SELECT max(number) FROM request) - @kept AND state IN ('answered', 'done', 'failed', 'late')
        AND NOT EXISTS (SELECT 1 FROM outbox WHERE outbox.request = request.number AND outbox.state = 'waiting')
      ORDER BY received_at LIMIT @atOnce)`);
  return (before, kept) => remove.run({ before, kept, atOnce }).changes;
}
