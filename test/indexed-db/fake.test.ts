/** The insides of fake-indexeddb are as `src/indexed-db/fake.ts` says; another release may differ, and must not pass unseen. */
import * as api from "fake-indexeddb";
import { expect, test } from "vitest";
import { classes, Database, Index, newEvent, newFactory, ObjectStore } from "../../src/indexed-db/fake.ts";
import type { IdbFactory, IdbTransaction } from "./idb.ts";
import { completed, openDatabase, result } from "./promises.ts";

type Raw = Record<string, unknown>;

test("what a factory makes is of the classes that are reached into, with the members that are used", async () => {
  const factory = newFactory();
  const set = factory._databases.set.bind(factory._databases);
  const calls: string[] = [];
  factory._databases.set = (name, database) => {
    calls.push("_databases.set");
    const stores = database.rawObjectStores;
    const setStore = stores.set.bind(stores);
    stores.set = (name, store) => {
      calls.push("rawObjectStores.set");
      for (const method of ["put", "delete", "clear"] as const) {
        const call = store.records[method].bind(store.records) as (...given: unknown[]) => never;
        Reflect.set(store.records, method, (...given: unknown[]) => {
          calls.push(`records.${method}`);
          return call(...given);
        });
      }
      return setStore(name, store);
    };
    const push = database.transactions.push.bind(database.transactions);
    database.transactions.push = (...transactions) => {
      for (const one of transactions) {
        calls.push(`transactions.push ${one.mode}`);
        const dispatch = one.dispatchEvent.bind(one);
        one.dispatchEvent = (event) => {
          calls.push(`dispatch ${event.type} ${one._state} ${[...one._scope].join()}`);
          return dispatch(event);
        };
        const abort = one._abort.bind(one);
        one._abort = (name) => {
          calls.push(`_abort ${name}`);
          abort(name);
        };
      }
      return push(...transactions);
    };
    return set(name, database);
  };

  const idb = factory as unknown as IdbFactory;
  const database = await openDatabase(idb, "d", 1, (one) => {
    one.createObjectStore("s", { autoIncrement: true }).createIndex("i", ["a", "b"], { unique: true });
  });
  const raw = factory._databases.get("d");
  const store = raw?.rawObjectStores.get("s");
  const index = store?.rawIndexes.get("i");
  expect(raw).toBeInstanceOf(Database);
  expect(raw).toMatchObject({ name: "d", version: 1 });
  expect(store).toBeInstanceOf(ObjectStore);
  expect(store).toMatchObject({ name: "s", keyPath: null, autoIncrement: true, keyGenerator: { num: 0 } });
  expect(store?.rawDatabase).toBe(raw);
  expect(index).toBeInstanceOf(Index);
  expect(index).toMatchObject({ name: "i", keyPath: ["a", "b"], multiEntry: false, unique: true, initialized: true });
  expect(calls).toEqual([
    "_databases.set",
    "transactions.push versionchange",
    "rawObjectStores.set",
    "dispatch complete finished s",
  ]);

  const during = async (work: (transaction: IdbTransaction) => void): Promise<readonly string[]> => {
    calls.length = 0;
    const transaction = database.transaction("s", "readwrite");
    work(transaction);
    await completed(transaction).catch(() => {});
    return [...calls];
  };
  const begun = "transactions.push readwrite";
  const ended = "dispatch complete finished s";
  expect(await during((one) => one.objectStore("s").put({ a: 1, b: 1 }))).toEqual([begun, "records.put", ended]);
  expect(store?.keyGenerator).toEqual({ num: 1 });
  expect(store?.records.get(1)).toEqual({ key: 1, value: { a: 1, b: 1 } });
  expect([...(store?.records.values() ?? [])]).toHaveLength(1);
  expect(await during((one) => one.objectStore("s").delete(1))).toEqual([begun, "records.delete", ended]);
  expect(await during((one) => one.objectStore("s").clear())).toEqual([begun, "records.clear", ended]);
  expect(await during((one) => one.abort())).toEqual([begun, "_abort null", "dispatch abort finished s"]);
  const failing = await during((one) => {
    one.objectStore("s").add({ a: 1, b: 1 }, 5);
    one.objectStore("s").add({ a: 2, b: 1 }, 5);
  });
  // The second add, and the first one undone.
  expect(failing).toEqual([
    begun,
    "records.put",
    "records.put",
    "_abort ConstraintError",
    "records.delete",
    "dispatch abort finished s",
  ]);
  database.close();

  const deletion = factory.deleteDatabase("d");
  const told: string[] = [];
  const dispatch = deletion.dispatchEvent.bind(deletion);
  deletion.dispatchEvent = (event) => {
    told.push(`${event.type} ${factory._databases.has("d")}`);
    return dispatch(event);
  };
  await result(deletion as never);
  expect(told).toEqual(["success false"]);
});

test("a database put together by hand is one that a factory opens", async () => {
  const factory = newFactory();
  const raw = new Database("d", 3);
  const store = new ObjectStore(raw, "s", null, true);
  const index = new Index(store, "i", "a", false, false);
  index.initialized = true;
  store.rawIndexes.set("i", index);
  store.records.put({ key: 1, value: { a: 2 } }, true);
  index.storeRecord({ key: 1, value: { a: 2 } });
  raw.rawObjectStores.set("s", store);
  factory._databases.set("d", raw);
  const database = await openDatabase(factory as unknown as IdbFactory, "d");
  expect(database.version).toBe(3);
  const transaction = database.transaction("s");
  expect(await result(transaction.objectStore("s").index("i").get(2))).toEqual({ a: 2 });
});

test("the classes for the global scope are those that the factory's objects are of", async () => {
  const wanted = ["Cursor", "CursorWithValue", "Database", "Factory", "Index", "KeyRange", "ObjectStore"];
  const more = ["OpenDBRequest", "Record", "Request", "Transaction", "VersionChangeEvent"];
  expect([...classes.keys()].sort()).toEqual([...wanted, ...more].map((name) => `IDB${name}`).sort());
  const database = await openDatabase(newFactory() as unknown as IdbFactory, "d", 1);
  expect(database).toBeInstanceOf(classes.get("IDBDatabase"));
  expect((api as unknown as Raw).IDBDatabase).toBe(classes.get("IDBDatabase"));
  expect(newEvent("error")).toMatchObject({ type: "error" });
});
