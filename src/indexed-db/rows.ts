/**
 * The rows of the file. Each has a checksum, and one more row tallies all of them: a row that is changed, lost or left
 * over by anything but a transaction of ours is seen when the file is read.
 */
import { crc32 } from "node:zlib";
import type Sqlite from "better-sqlite3";
import { Damaged } from "./refusal.ts";

export const schema = `
  CREATE TABLE database (name TEXT NOT NULL UNIQUE, shape TEXT NOT NULL, checksum INTEGER NOT NULL) STRICT;
  CREATE TABLE record (
    store INTEGER NOT NULL, key TEXT NOT NULL, value BLOB NOT NULL, checksum INTEGER NOT NULL, UNIQUE (store, key)
  ) STRICT;
  CREATE TABLE tally (
    only INTEGER PRIMARY KEY CHECK (only = 1), count INTEGER NOT NULL, checksums INTEGER NOT NULL
  ) STRICT;
  INSERT INTO tally VALUES (1, 0, 0);
`;

/** No count of rows: from now on every opening finds the file damaged. */
export const condemn = (db: Sqlite.Database): void => void db.exec("UPDATE tally SET count = -1");

export type StoredRecord = { readonly store: number; readonly key: string; readonly value: Buffer };

export type Change = {
  /** The database's shape, where it changed. */
  readonly shape?: { readonly database: string; readonly text: string };
  /** Stores that are no more, by number. */
  readonly dropped: readonly number[];
  /** Without a value: the record is no more. */
  readonly records: readonly { readonly store: number; readonly key: string; readonly value?: Buffer }[];
};

export type Rows = {
  /** Throws {@link Damaged}. */
  shapes(): readonly { readonly database: string; readonly text: string }[];
  /** Every record, once; throws {@link Damaged} at the first that is not as it was written, or at the end by the tally. */
  records(): Iterable<StoredRecord>;
  /** One transaction, on the disk when it returns. */
  write(change: Change): void;
  /** A database with the records of these stores. */
  remove(database: string, stores: readonly number[]): void;
};

type Tally = { readonly count: number; readonly checksums: number };

const checksumOf = (kind: string | number, key: string, value: string | Buffer): number =>
  crc32(value, crc32(`${kind}\n${key.length}\n${key}\n`));

export function createRows(db: Sqlite.Database): Rows {
  type Row = { readonly checksum: number };
  const allShapes = db.prepare<[], Row & { name: string; shape: string }>("SELECT name, shape, checksum FROM database");
  const oldShape = db.prepare<[string], number>("SELECT checksum FROM database WHERE name = ?").pluck();
  const putShape = db.prepare(
    "INSERT INTO database VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET shape = excluded.shape, checksum = excluded.checksum",
  );
  const dropShape = db.prepare("DELETE FROM database WHERE name = ?");
  const all = db.prepare<[], Row & StoredRecord>("SELECT store, key, value, checksum FROM record");
  const old = db.prepare<[number, string], number>("SELECT checksum FROM record WHERE store = ? AND key = ?").pluck();
  const put = db.prepare(
    "INSERT INTO record VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET value = excluded.value, checksum = excluded.checksum",
  );
  const drop = db.prepare("DELETE FROM record WHERE store = ? AND key = ?");
  const ofStore = db.prepare<[number], number>("SELECT checksum FROM record WHERE store = ?").pluck();
  const dropStore = db.prepare("DELETE FROM record WHERE store = ?");
  const readTally = db.prepare<[], Tally>("SELECT count, checksums FROM tally");
  const writeTally = db.prepare("UPDATE tally SET count = ?, checksums = ?");

  /** What the file tallies, as far as transactions were committed. */
  let tally = readTally.get() ?? { count: Number.NaN, checksums: 0 };

  /** `work` tells each row that goes and each that comes, by its checksum. */
  const tallied = (work: (count: { out(checksum: number | undefined): void; in(checksum: number): void }) => void) => {
    let { count, checksums } = tally;
    db.transaction(() => {
      work({
        out: (checksum) => {
          if (checksum === undefined) return;
          count -= 1;
          checksums ^= checksum;
        },
        in: (checksum) => {
          count += 1;
          checksums ^= checksum;
        },
      });
      writeTally.run(count, checksums);
    }).immediate();
    tally = { count, checksums };
  };

  return {
    shapes() {
      return allShapes.all().map(({ name, shape, checksum }) => {
        if (checksumOf("database", name, shape) !== checksum)
          throw new Damaged("a description is not as it was written");
        return { database: name, text: shape };
      });
    },
    *records() {
      let count = 0;
      let checksums = 0;
      for (const { checksum } of allShapes.iterate()) {
        count += 1;
        checksums ^= checksum;
      }
      for (const { store, key, value, checksum } of all.iterate()) {
        if (checksumOf(store, key, value) !== checksum) throw new Damaged("a record is not as it was written");
        count += 1;
        checksums ^= checksum;
        yield { store, key, value };
      }
      if (count !== tally.count || checksums !== tally.checksums) throw new Damaged("records are lost or left over");
    },
    write({ shape, dropped, records }) {
      tallied((count) => {
        if (shape !== undefined) {
          const checksum = checksumOf("database", shape.database, shape.text);
          count.out(oldShape.get(shape.database));
          putShape.run(shape.database, shape.text, checksum);
          count.in(checksum);
        }
        for (const store of dropped) {
          for (const checksum of ofStore.all(store)) count.out(checksum);
          dropStore.run(store);
        }
        for (const { store, key, value } of records) {
          count.out(old.get(store, key));
          if (value === undefined) {
            drop.run(store, key);
            continue;
          }
          const checksum = checksumOf(store, key, value);
          put.run(store, key, value, checksum);
          count.in(checksum);
        }
      });
    },
    remove(database, stores) {
      tallied((count) => {
        count.out(oldShape.get(database));
        dropShape.run(database);
        for (const store of stores) {
          for (const checksum of ofStore.all(store)) count.out(checksum);
          dropStore.run(store);
        }
      });
    },
  };
}
