/** IndexedDB as promises: also for the processes that tests start. */
import { type IndexedDb, type Options, openIndexedDb } from "../../src/indexed-db/open.ts";
import type { IdbDatabase, IdbFactory, IdbRequest, IdbTransaction } from "./idb.ts";

/** Throws the reason where it is refused. */
export function mustOpen(file: string, options: Options = {}): IndexedDb {
  const opened = openIndexedDb(file, options);
  if (!opened.ok) throw new Error(opened.message);
  return opened.db;
}

export const factoryOf = (db: IndexedDb): IdbFactory => db.factory as unknown as IdbFactory;

/** The result, or a rejection with the request's error. */
export function result<T>(request: IdbRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

/** Resolves when it is complete; rejects with its error, or "aborted", when it was undone. */
export function completed(transaction: IdbTransaction): Promise<void> {
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve();
    transaction.onabort = () => reject(transaction.error ?? new Error("aborted"));
  });
}

/** Opens a database; `upgrade` makes what it is to have. */
export async function openDatabase(
  factory: IdbFactory,
  name: string,
  version?: number,
  upgrade: (database: IdbDatabase, transaction: IdbTransaction) => void = () => {},
): Promise<IdbDatabase> {
  const request = factory.open(name, version);
  request.onupgradeneeded = () => {
    if (request.transaction === null) throw new Error("an upgrade has a transaction");
    upgrade(request.result, request.transaction);
  };
  return result(request);
}

/** One store "things" with keys of its own, in a database "d". */
export const openThings = (factory: IdbFactory): Promise<IdbDatabase> =>
  openDatabase(factory, "d", 1, (database) => database.createObjectStore("things"));

export async function putThing(database: IdbDatabase, key: unknown, value: unknown): Promise<void> {
  const transaction = database.transaction("things", "readwrite");
  transaction.objectStore("things").put(value, key);
  await completed(transaction);
}

export const getThing = (database: IdbDatabase, key: unknown): Promise<unknown> =>
  result(database.transaction("things").objectStore("things").get(key));
