/** Steps of random work, done on any factory of IndexedDB, with all that is seen of them told. */
import { IDBKeyRange } from "fake-indexeddb";
import type { IdbCursor, IdbDatabase, IdbFactory, IdbRequest, IdbStore, IdbTransaction } from "./idb.ts";
import { openDatabase } from "./promises.ts";
import type { Operation, Step } from "./random.ts";

const Range = IDBKeyRange as unknown as { bound(lower: unknown, upper: unknown, open: boolean): unknown };

/** What was seen, in order. */
export async function doStep(factory: IdbFactory, work: Step): Promise<readonly unknown[]> {
  const seen: unknown[] = [];
  if (work.step === "delete database") {
    seen.push(await told(factory.deleteDatabase(work.database), false));
  } else if (work.step === "upgrade") {
    const version = (await versionOf(factory, work.database)) + 1;
    const running: Promise<void>[] = [];
    try {
      const database = await openDatabase(factory, work.database, version, (database, transaction) => {
        running.push(operate(transaction, work.operations, work.aborts, seen, database));
      });
      database.close();
    } catch (fault) {
      seen.push(nameOf(fault));
    }
    await Promise.all(running);
  } else if (work.step === "write" && (await versionOf(factory, work.database)) > 0) {
    const database = await openDatabase(factory, work.database);
    const ends = work.transactions.map(({ stores, aborts, operations }) => {
      const there = stores.filter((store) => [...database.objectStoreNames].includes(store));
      if (there.length === 0) return undefined;
      const transaction = database.transaction(there, "readwrite");
      const told: unknown[] = [];
      seen.push(told);
      return Promise.all([
        ended(transaction).then((end) => told.push(end)),
        operate(transaction, operations, aborts, told),
      ]);
    });
    await Promise.all(ends);
    database.close();
  }
  return seen;
}

const ended = (transaction: IdbTransaction): Promise<unknown> =>
  new Promise((resolve) => {
    transaction.oncomplete = () => resolve("complete");
    transaction.onabort = () => resolve(["aborted", nameOf(transaction.error)]);
  });

async function versionOf(factory: IdbFactory, name: string): Promise<number> {
  return (await factory.databases()).find((one) => one.name === name)?.version ?? 0;
}

const nameOf = (fault: unknown): unknown => (fault instanceof Error ? fault.name : fault);

type Steps = readonly { readonly store: number | "none"; readonly operation: Operation; readonly forgiven: boolean }[];

async function operate(
  transaction: IdbTransaction,
  operations: Steps,
  aborts: boolean,
  seen: unknown[],
  upgraded?: IdbDatabase,
): Promise<void> {
  const made = new Set<string>();
  for (const { store, operation, forgiven } of operations) {
    try {
      seen.push(await operateOnce(transaction, store, operation, forgiven, made, upgraded));
    } catch (fault) {
      seen.push(["threw", nameOf(fault)]);
    }
  }
  try {
    if (aborts) transaction.abort();
  } catch (fault) {
    seen.push(["threw", nameOf(fault)]);
  }
}

const rangeOf = (keys: unknown): unknown =>
  Array.isArray(keys) && keys.length === 3 && typeof keys[2] === "boolean"
    ? Range.bound(keys[0], keys[1], keys[2])
    : keys;

async function operateOnce(
  transaction: IdbTransaction,
  place: number | "none",
  operation: Operation,
  forgiven: boolean,
  made: Set<string>,
  upgraded?: IdbDatabase,
): Promise<unknown> {
  const names = [...transaction.objectStoreNames];
  if (operation.do === "create store") {
    const { name, keyPath, autoIncrement } = operation;
    upgraded?.createObjectStore(name, { keyPath, autoIncrement });
    return void made.add(name);
  }
  const name = place === "none" ? place : (names[place % names.length] ?? "none");
  if (operation.do === "delete store") return upgraded?.deleteObjectStore(name);
  const store = transaction.objectStore(name);
  switch (operation.do) {
    case "rename store":
      // fake-indexeddb, which is the model, loses another store when this is undone.
      if (made.has(name)) return;
      store.name = operation.to;
      return;
    case "create index": {
      const { index, path, unique, multiEntry } = operation;
      store.createIndex(index, path, { unique, multiEntry });
      return void made.add(`${name}.${index}`);
    }
    case "delete index":
      return store.deleteIndex(operation.index);
    case "rename index":
      if (made.has(`${name}.${operation.index}`)) return;
      store.index(operation.index).name = operation.to;
      return;
    case "put":
    case "add":
      return told(store[operation.do](operation.value, keyFor(store, operation)), forgiven);
    case "get":
      return told(store.getAll(rangeOf(operation.keys)), forgiven);
    case "delete":
      return told(store.delete(rangeOf(operation.keys)), forgiven);
    case "clear":
      return told(store.clear(), forgiven);
    case "index cursor delete": {
      const source = store.index(operation.index).openCursor(undefined, operation.direction);
      return everySecond(source, forgiven, (cursor) => cursor.delete());
    }
    default: {
      const source = store.openCursor(undefined, operation.direction);
      const { value } = operation;
      return everySecond(source, forgiven, (cursor) =>
        operation.do === "cursor delete"
          ? cursor.delete()
          : cursor.update({ ...(cursor.value as object), payload: value.payload, tag: value.tag }),
      );
    }
  }
}

function keyFor(store: IdbStore, given: { readonly key: unknown; readonly keyed: string }): unknown {
  if (given.keyed === "whenever it can") return given.key;
  return store.keyPath === null && !store.autoIncrement ? given.key : undefined;
}

function told(request: IdbRequest, forgiven: boolean): Promise<unknown> {
  return new Promise((resolve) => {
    request.onsuccess = () => resolve(["gave", request.result]);
    request.onerror = (event) => {
      if (forgiven) event.preventDefault();
      resolve(["failed", request.error?.name]);
    };
  });
}

function everySecond(
  request: IdbRequest<IdbCursor | null>,
  forgiven: boolean,
  change: (cursor: IdbCursor) => IdbRequest,
): Promise<unknown> {
  const seen: unknown[] = [];
  return new Promise((resolve) => {
    const end = (what: unknown): void => resolve([...seen, what]);
    request.onerror = (event) => {
      if (forgiven) event.preventDefault();
      end(["failed", request.error?.name]);
    };
    let count = 0;
    request.onsuccess = () => {
      const cursor = request.result;
      if (cursor === null) return end("end");
      seen.push([cursor.key, cursor.primaryKey]);
      count += 1;
      try {
        if (count % 2 === 0) void told(change(cursor), forgiven).then((one) => seen.push(one));
        cursor.continue();
      } catch (fault) {
        end(["threw", nameOf(fault)]);
      }
    };
  });
}

/** All that the factory holds, in what order its indexes have it, and which key each generator gives next. */
export async function everythingIn(factory: IdbFactory): Promise<unknown> {
  const databases = [...(await factory.databases())].sort((a, b) => (a.name < b.name ? -1 : 1));
  const all: unknown[] = [];
  for (const { name, version } of databases) {
    const database = await openDatabase(factory, name);
    const names = [...database.objectStoreNames];
    const stores: unknown[] = [];
    for (const one of names) {
      const store = database.transaction(one).objectStore(one);
      stores.push([await inStore(store), store.autoIncrement ? await nextKeyOf(database, one) : "no generator"]);
    }
    database.close();
    all.push({ name, version, stores });
  }
  return all;
}

async function inStore(store: IdbStore): Promise<unknown> {
  const indexes = [...store.indexNames].map((name) => store.index(name));
  return {
    name: store.name,
    keyPath: store.keyPath,
    autoIncrement: store.autoIncrement,
    keys: await told(store.getAllKeys(), true),
    values: await told(store.getAll(), true),
    indexes: await Promise.all(
      indexes.map(async (index) => ({
        name: index.name,
        keyPath: index.keyPath,
        unique: index.unique,
        multiEntry: index.multiEntry,
        entries: await told(index.getAllKeys(), true),
        values: await told(index.getAll(), true),
      })),
    ),
  };
}

/** Asked of a transaction that is then undone. */
async function nextKeyOf(database: IdbDatabase, name: string): Promise<unknown> {
  const transaction = database.transaction(name, "readwrite");
  const end = ended(transaction);
  const key = await told(transaction.objectStore(name).add({}), true);
  transaction.abort();
  return [key, await end];
}
