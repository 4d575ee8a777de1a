/** The last journal head seen of each hypervisor's executor. */
import type Sqlite from "better-sqlite3";
import type { JournalHead } from "../protocol/wire.ts";

export function createHeads(db: Sqlite.Database) {
  const select = db.prepare<[string], JournalHead>("SELECT seq, hash FROM head WHERE hypervisor = ?");
  const upsert = db.prepare<[string, number, string]>(
    "INSERT OR REPLACE INTO head (hypervisor, seq, hash) VALUES (?, ?, ?)",
  );
  const read = (hypervisor: string): JournalHead | undefined => select.get(hypervisor);
  return {
    read,
    write(hypervisor: string, head: JournalHead): void {
      const kept = read(hypervisor);
      // Asks leave the journal as it is: they must not cost a sync of the disk each.
      if (kept?.seq === head.seq && kept.hash === head.hash) return;
      upsert.run(hypervisor, head.seq, head.hash);
    },
  };
}
