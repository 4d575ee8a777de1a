/** The one file: opened for this process alone, private to its user, durable at each commit. */
import { chmodSync, closeSync, existsSync, mkdirSync, openSync } from "node:fs";
import { dirname, resolve } from "node:path";
import Sqlite from "better-sqlite3";
import { migrate, missingMigrations } from "./migrate.ts";
import { StoreUnavailable } from "./unavailable.ts";

/** How long to wait for a process that is just letting go of the file, at a restart. */
const waitForLockMs = 2_000;

/** Opens the database, makes it where there is none. Throws {@link StoreUnavailable}. */
export function openDatabase(file: string): Sqlite.Database {
  const path = resolve(file);
  let db: Sqlite.Database | undefined;
  try {
    makeWhereNone(path);
    db = new Sqlite(path, { timeout: waitForLockMs });
    // Before anything is read: then the lock is this process's until it ends, however it ends, and there is no -shm file.
    db.pragma("locking_mode = EXCLUSIVE");
    const missing = missingMigrations(db);
    configure(db);
    migrate(db, missing);
    makePrivate(path);
    return db;
  } catch (fault) {
    db?.close();
    throw mendable(path, fault);
  }
}

function makeWhereNone(path: string): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  // An existing database is never opened here: closing any descriptor of it would drop the POSIX lock that another
  // store of this same process may hold.
  if (!existsSync(path)) closeSync(openSync(path, "wx", 0o600));
}

function makePrivate(path: string): void {
  for (const one of [path, `${path}-wal`]) if (existsSync(one)) chmodSync(one, 0o600);
}

function configure(db: Sqlite.Database): void {
  const mode = db.pragma("journal_mode = WAL", { simple: true });
  if (mode !== "wal") throw new StoreUnavailable(`${db.name} cannot have a write-ahead log. Put it on a local disk.`);
  // SQLite's default with a write-ahead log would lose the last commits in a power cut.
  db.pragma("synchronous = FULL");
  db.pragma("foreign_keys = ON");
  db.pragma("trusted_schema = OFF");
  db.pragma("journal_size_limit = 16777216");
  // Takes the lock also where nothing has been written yet.
  db.exec("BEGIN EXCLUSIVE; COMMIT");
}

function mendable(path: string, fault: unknown): unknown {
  if (!(fault instanceof Error) || !("code" in fault)) return fault;
  const because = (words: string): StoreUnavailable => new StoreUnavailable(`${path} ${words}`, { cause: fault });
  switch (fault.code) {
    case "SQLITE_BUSY":
      return because("is in use by another process. Two bots must not share one store: stop the other one first.");
    case "SQLITE_NOTADB":
      return because("is not a database. Name another file for Manchot's store; it is made where there is none.");
    case "SQLITE_CORRUPT":
      return because("is damaged. Move it aside with its -wal file, and restore the last backup.");
    case "SQLITE_FULL":
    case "ENOSPC":
      return because("cannot be written: the disk is full. Make room and start again.");
    case "SQLITE_CANTOPEN":
    case "SQLITE_READONLY":
    case "EACCES":
    case "EPERM":
    case "EROFS":
    case "ENOTDIR":
    case "EISDIR":
    case "EEXIST":
      return because(`cannot be opened for writing (${fault.message}). It and its folder must belong to this user.`);
    default:
      return fault;
  }
}
