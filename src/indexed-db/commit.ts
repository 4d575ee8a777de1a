/** What a transaction changed in memory, as one transaction of the file. */
import type { RawDatabase, RawStore, Transaction } from "./fake.ts";
import { type Journal, keepJournal } from "./journal.ts";
import { readDatabases } from "./read.ts";
import type { Change, Rows } from "./rows.ts";
import { shapeOf } from "./shape.ts";
import { bytesOfValue } from "./value.ts";

export type Commits = {
  /** Begins it with a new number where the store is new. */
  journalOf(store: RawStore): Journal;
  /** A database that was read from the file, with its stores by number. */
  known(database: RawDatabase, stores: ReadonlyMap<number, RawStore>): void;
  /** On the disk when it returns. Where it throws, the file is as it was, and memory has to be undone. */
  commit(database: RawDatabase, transaction: Transaction): void;
  /** The same for a database that is deleted. */
  remove(name: string): void;
  /** The database as it was last committed, and not removed. */
  inFile(name: string): RawDatabase | undefined;
  /** After fake-indexeddb undid the transaction in memory: makes good what it does not undo, so that memory is as the file. */
  undo(database: RawDatabase, transaction: Transaction): void;
};

export function createCommits(rows: Rows): Commits {
  const journals = new WeakMap<RawStore, Journal>();
  const inFile = new Map<string, { readonly database: RawDatabase; readonly stores: readonly number[] }>();
  let lastId = 0;

  const journalOf = (store: RawStore): Journal => {
    const known = journals.get(store);
    if (known !== undefined) return known;
    lastId += 1;
    const journal = keepJournal(store, lastId);
    journals.set(store, journal);
    return journal;
  };

  const journaled = (database: RawDatabase, transaction: Transaction) =>
    touched(database, transaction).map((store) => ({ store, journal: journalOf(store) }));

  const known: Commits["known"] = (database, stores) => {
    for (const [id, store] of stores) {
      journals.set(store, keepJournal(store, id));
      lastId = Math.max(lastId, id);
    }
    inFile.set(database.name, { database, stores: [...stores.keys()] });
  };

  const reread = (database: RawDatabase): void => {
    const stored = readDatabases(rows).find((one) => one.database.name === database.name);
    const stores = stored?.stores ?? new Map<number, RawStore>();
    if (stored !== undefined) known(database, stores);
    database.rawObjectStores.clear();
    for (const store of stores.values()) {
      store.rawDatabase = database;
      database.rawObjectStores.set(store.name, store);
    }
  };

  return {
    journalOf,
    known,
    commit(database, transaction) {
      const stores = journaled(database, transaction);
      const upgrades = transaction.mode === "versionchange";
      const reshaped = upgrades || stores.some(({ store, journal }) => lastGenerated(store) !== journal.generator);
      const records = stores.flatMap(changesOf);
      if (records.length === 0 && !reshaped) return;
      const kept = stores.map(({ journal }) => journal.id);
      const had = upgrades ? (inFile.get(database.name)?.stores ?? []) : [];
      const text = reshaped ? JSON.stringify(shapeOf(database, (store) => journalOf(store).id)) : undefined;
      rows.write({
        ...(text === undefined ? {} : { shape: { database: rowName(database.name), text } }),
        dropped: had.filter((id) => !kept.includes(id)),
        records,
      });
      if (upgrades) inFile.set(database.name, { database, stores: kept });
      for (const { store, journal } of stores) {
        journal.changed.clear();
        journal.generator = lastGenerated(store);
      }
    },
    remove(name) {
      const gone = inFile.get(name);
      if (gone === undefined) return;
      rows.remove(rowName(name), gone.stores);
      inFile.delete(name);
    },
    inFile: (name) => inFile.get(name)?.database,
    undo(database, transaction) {
      // A store that came and was renamed to one that went takes that one along, and the next upgrade would have dropped
      // its records. Nobody has the stores of an undone upgrade at hand: they are read again.
      if (transaction.mode === "versionchange") return reread(database);
      // IndexedDB prescribes it for every key; fake-indexeddb does it for those alone that the generator gave.
      for (const { store, journal } of journaled(database, transaction)) {
        if (store.keyGenerator !== null) store.keyGenerator.num = journal.generator;
      }
    },
  };
}

/** As JSON, because a name may hold what UTF-8 cannot say. */
const rowName = (name: string): string => JSON.stringify(name);

const lastGenerated = (store: RawStore): number => store.keyGenerator?.num ?? 0;

/** The stores that the transaction may have changed. */
function touched(database: RawDatabase, transaction: Transaction): readonly RawStore[] {
  const all = database.rawObjectStores;
  if (transaction.mode === "versionchange") return [...all.values()];
  return [...transaction._scope].map((name) => all.get(name)).filter((store) => store !== undefined);
}

function changesOf({ store, journal }: { readonly store: RawStore; readonly journal: Journal }): Change["records"] {
  return [...journal.changed].map(([text, key]) => {
    const item = store.records.get(key);
    const place = { store: journal.id, key: text };
    return item === undefined ? place : { ...place, value: bytesOfValue(item.value) };
  });
}
