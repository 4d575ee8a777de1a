/**
 * A factory of IndexedDB whose transactions are on the disk before they are complete. What is hooked is hooked in this
 * factory's own objects: another one of the same process stays in memory.
 */
import { createCommits } from "./commit.ts";
import { type Factory, newEvent, newFactory, type RawDatabase, type RawStore } from "./fake.ts";
import { readDatabases } from "./read.ts";
import { type OnRefused, refusedWith } from "./refused-commit.ts";
import type { Rows } from "./rows.ts";
import { follow } from "./transaction.ts";
import { Watched } from "./watched.ts";

/** Reads everything; throws `Damaged`. */
export function createDurable(rows: Rows, onRefused: OnRefused): Factory {
  const factory = newFactory();
  const commits = createCommits(rows);
  const adopted = new WeakSet<RawDatabase>();

  const adopt = (database: RawDatabase): void => {
    if (adopted.has(database)) return;
    adopted.add(database);
    const stores = new Watched<string, RawStore>((store) => void commits.journalOf(store));
    for (const [name, store] of database.rawObjectStores) stores.set(name, store);
    database.rawObjectStores = stores;
    const { transactions } = database;
    transactions.push = (...started) => {
      for (const transaction of started) follow(database, transaction, commits, onRefused);
      return Array.prototype.push.apply(transactions, started);
    };
  };

  const databases = new Watched<string, RawDatabase>(adopt);
  for (const { database, stores } of readDatabases(rows)) {
    commits.known(database, stores);
    databases.set(database.name, database);
  }
  factory._databases = databases;

  const deleteDatabase = factory.deleteDatabase.bind(factory);
  factory.deleteDatabase = (...names) => {
    const deletion = deleteDatabase(...names);
    const dispatch = deletion.dispatchEvent.bind(deletion);
    deletion.dispatchEvent = (event) => {
      if (event.type !== "success") return dispatch(event);
      try {
        commits.remove(names[0]);
      } catch (fault) {
        const stays = commits.inFile(names[0]);
        if (stays !== undefined) databases.set(names[0], stays);
        deletion.error = refusedWith(fault, onRefused);
        return dispatch(newEvent("error"));
      }
      return dispatch(event);
    };
    return deletion;
  };
  return factory;
}
