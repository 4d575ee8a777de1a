/** What happened to each request, in order: only ever added to. */
import type Sqlite from "better-sqlite3";
import type { HistoryEntry } from "./store.ts";

type Row = { readonly at: number; readonly event: string; readonly detail_json: string };

export function createHistory(db: Sqlite.Database) {
  const insert = db.prepare<[number, number, string, string]>(
    "INSERT INTO history (request, at, event, detail_json) VALUES (?, ?, ?, ?)",
  );
  const select = db.prepare<[number], Row>("SELECT at, event, detail_json FROM history WHERE request = ? ORDER BY id");
  return {
    add(request: number, at: number, event: string, detail: Readonly<Record<string, unknown>>): void {
      insert.run(request, at, event, JSON.stringify(detail));
    },
    of: (request: number): HistoryEntry[] =>
      select.all(request).map((row) => ({
        at: row.at,
        event: row.event,
        detail: JSON.parse(row.detail_json) as HistoryEntry["detail"],
      })),
  };
}
