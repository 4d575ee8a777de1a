/** The whole file into memory, as the databases that it was written from. */
import type { RawDatabase, RawStore } from "./fake.ts";
import { keyOfText } from "./key.ts";
import { Damaged } from "./refusal.ts";
import type { Rows } from "./rows.ts";
import { databaseOf, shapeOfText } from "./shape.ts";
import { valueOfBytes } from "./value.ts";

export type ReadDatabase = {
  readonly database: RawDatabase;
  /** By their number in the file. */
  readonly stores: ReadonlyMap<number, RawStore>;
};

/** Throws {@link Damaged} where a row is not as it was written, or does not say what a row must. */
export function readDatabases(rows: Rows): readonly ReadDatabase[] {
  const databases = rows
    .shapes()
    .map(({ database, text }) =>
      parsed("a description cannot be read", () => databaseOf(JSON.parse(database), shapeOfText(text))),
    );
  const stores = new Map<number, RawStore>();
  for (const one of databases) {
    for (const [id, store] of one.stores) {
      if (stores.has(id)) throw new Damaged("two stores have one number");
      stores.set(id, store);
    }
  }
  for (const { store: id, key, value } of rows.records()) {
    const store = stores.get(id);
    if (store === undefined) throw new Damaged("a record is of no store");
    parsed("a record cannot be read", () => {
      const item = { key: keyOfText(key), value: valueOfBytes(value) };
      store.records.put(item, true);
      for (const index of store.rawIndexes.values()) index.storeRecord(item);
    });
  }
  return databases;
}

function parsed<T>(what: string, read: () => T): T {
  try {
    return read();
  } catch (fault) {
    throw new Damaged(what, { cause: fault });
  }
}
