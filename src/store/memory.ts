/** Where each adapter keeps what it must remember between runs: texts by key, of its own. */
import type Sqlite from "better-sqlite3";
import type { AdapterMemory } from "../chat/port.ts";

export function createMemory(db: Sqlite.Database): (adapter: string) => AdapterMemory {
  const select = db.prepare<[string, string], string>("SELECT value FROM memory WHERE adapter = ? AND key = ?").pluck();
  const upsert = db.prepare<[string, string, string]>(
    "INSERT OR REPLACE INTO memory (adapter, key, value) VALUES (?, ?, ?)",
  );
  return (adapter) => ({
    read: (key) => select.get(adapter, key) as string | undefined,
    write(key, value) {
      if (select.get(adapter, key) !== value) upsert.run(adapter, key, value);
    },
  });
}
