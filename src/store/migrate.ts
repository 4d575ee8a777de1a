/** Brings a database to this program's schema: numbered `.sql` files, each once, each in one transaction. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type Sqlite from "better-sqlite3";
import { StoreUnavailable } from "./unavailable.ts";

/** "Manc" in ASCII, in the header of the file: another program's database is never touched. */
const applicationId = 0x4d_61_6e_63;

const folder = join(import.meta.dirname, "migrations");

type Migration = { readonly version: number; readonly file: string };

/** What the database lacks. Changes nothing; throws {@link StoreUnavailable} where it is another program's, or too new. */
export function missingMigrations(db: Sqlite.Database): readonly Migration[] {
  const migrations = migrationsIn(folder);
  const found = versionOf(db);
  if (found > migrations.length) {
    throw new StoreUnavailable(
      `${db.name} was written by a newer Manchot (its schema is ${found}, this version knows ${migrations.length}). ` +
        "Start that newer version again, or restore the backup that was made before the upgrade.",
    );
  }
  return migrations.slice(found);
}

export function migrate(db: Sqlite.Database, missing: readonly Migration[]): void {
  for (const { version, file } of missing) {
    db.transaction(() => {
      db.exec(readFileSync(join(folder, file), "utf8"));
      db.pragma(`application_id = ${applicationId}`);
      db.pragma(`user_version = ${version}`);
    }).immediate();
  }
}

function versionOf(db: Sqlite.Database): number {
  const application = Number(db.pragma("application_id", { simple: true }));
  const tables = Number(db.prepare("SELECT count(*) FROM sqlite_schema").pluck().get());
  if (application !== applicationId && (application !== 0 || tables > 0)) {
    throw new StoreUnavailable(
      `${db.name} is a database of another program. Name another file for Manchot's store; it is made where there is none.`,
    );
  }
  return Number(db.pragma("user_version", { simple: true }));
}

/** `001-….sql`, `002-….sql`, …, without a gap: a file forgotten in a release must not pass unseen. */
function migrationsIn(folder: string): readonly Migration[] {
  const files = readdirSync(folder).filter((file) => file.endsWith(".sql"));
  return files.sort().map((file, index) => {
    const version = Number(/^(\d{3})-[a-z0-9-]+\.sql$/.exec(file)?.[1]);
    if (version !== index + 1) throw new Error(`${join(folder, file)} is not migration ${index + 1}`);
    return { version, file };
  });
}
