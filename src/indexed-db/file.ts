/** The one SQLite file: for this opening alone, private to its user, durable at each commit, whole or refused. */
import { randomUUID } from "node:crypto";
import { chmodSync, closeSync, existsSync, linkSync, mkdirSync, openSync, rmSync, statSync } from "node:fs";
import { dirname } from "node:path";
import Sqlite from "better-sqlite3";
import { losesCommits } from "./log.ts";
import { Damaged, Refused } from "./refusal.ts";
import { condemn, schema } from "./rows.ts";

/** "MIDB" in ASCII, in the header of the file: another program's database is never touched. */
const applicationId = 0x4d_49_44_42;
const schemaVersion = 1;

/** Opens the file, makes it where there is none. Throws {@link Refused}, or what SQLite or the system says. */
export function openFile(path: string): Sqlite.Database {
  makeWhereNone(path);
  // Never opened but by SQLite: closing any descriptor of it would drop the POSIX lock of another opening.
  if (statSync(path).size === 0) throw new Damaged("it is empty");
  const db = new Sqlite(path, { fileMustExist: true, timeout: 0 });
  try {
    // Before anything is read: then the lock is held from the first read until the end, and there is no -shm file.
    db.pragma("locking_mode = EXCLUSIVE");
    checkOurs(db);
    if (losesCommits(`${path}-wal`)) {
      // Closing it would make the loss look like a whole file.
      condemn(db);
      throw new Damaged("its write-ahead log is spoilt, and commits are lost");
    }
    if (db.pragma("journal_mode = WAL", { simple: true }) !== "wal") {
      throw new Refused("unwritable", "cannot have a write-ahead log. Put it on a local disk.");
    }
    // Takes the lock also where nothing has been written yet.
    db.exec("BEGIN EXCLUSIVE; COMMIT");
    configure(db);
    const problem = db.pragma("quick_check(1)", { simple: true });
    if (problem !== "ok") throw new Damaged(String(problem));
    for (const one of [path, `${path}-wal`]) if (existsSync(one)) chmodSync(one, 0o600);
    return db;
  } catch (fault) {
    db.close();
    throw fault;
  }
}

function configure(db: Sqlite.Database): void {
  // With a write-ahead log, SQLite's default would lose the last commits in a power cut.
  db.pragma("synchronous = FULL");
  // A used one-time key, an old ratchet: what is deleted must not be found in the file's free pages.
  db.pragma("secure_delete = ON");
  db.pragma("cell_size_check = ON");
  db.pragma("trusted_schema = OFF");
  db.pragma("journal_size_limit = 4194304");
}

function checkOurs(db: Sqlite.Database): void {
  const application = db.pragma("application_id", { simple: true });
  if (application !== applicationId) throw new Refused("not-ours", "is a database of another program.");
  const version = Number(db.pragma("user_version", { simple: true }));
  if (version > schemaVersion) {
    throw new Refused(
      "newer",
      `was written by a newer version (its schema is ${version}, this one knows ${schemaVersion}).`,
    );
  }
  if (version !== schemaVersion) throw new Damaged(`there is no schema ${version}`);
}

/**
 * A new file gets its name only once it is whole and on the disk: so a file without content is never a beginning, but
 * always a loss.
 */
function makeWhereNone(path: string): void {
  if (existsSync(path)) return;
  if (existsSync(`${path}-wal`)) throw new Damaged("its write-ahead log is there, and the file itself is not");
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const draft = `${path}.${randomUUID()}`;
  closeSync(openSync(draft, "wx", 0o600));
  try {
    const db = new Sqlite(draft, { fileMustExist: true });
    try {
      db.pragma("synchronous = FULL");
      db.transaction(() => {
        db.exec(schema);
        db.pragma(`application_id = ${applicationId}`);
        db.pragma(`user_version = ${schemaVersion}`);
      }).immediate();
    } finally {
      db.close();
    }
    linkSync(draft, path);
  } catch (fault) {
    // Somebody else made it at this very moment: then theirs is the one.
    if (!(fault instanceof Error && "code" in fault && fault.code === "EEXIST")) throw fault;
  } finally {
    rmSync(draft, { force: true });
  }
}
