/** Random work on a factory of IndexedDB: steps that are data, done on any factory, with all that is seen of them told. */

import { IDBKeyRange } from "fake-indexeddb";
import fc from "fast-check";
import type { IdbCursor, IdbDatabase, IdbFactory, IdbRequest, IdbStore, IdbTransaction } from "./idb.ts";
import { openDatabase } from "./promises.ts";

const Range = IDBKeyRange as unknown as { bound(lower: unknown, upper: unknown, open: boolean): unknown };

const key: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: 1, max: 6 }) },
  { weight: 2, arbitrary: fc.constantFrom("", "a", "b", "é\u0000\ud800", "1") },
  fc.constantFrom(0.5, -7, 1e21, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY),
  fc.constantFrom(0, 1).map((time) => new Date(time)),
  fc.constantFrom([1], [255, 0], []).map((bytes) => new Uint8Array(bytes)),
  fc.constantFrom(["a"], ["a", 1], [[], [new Date(2)]], [new Uint8Array([1])]),
);

const payload: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom(undefined, null, true, "…\ud800", 10n, Number.NaN, /x/gu),
  fc.double(),
  fc.uint8Array({ maxLength: 9 }),
  fc.constant(new Map<unknown, unknown>([["k", new Set([1, [2]])]])),
  fc.constant(new Date(3)),
  fc.constant([new Float64Array([1.5]).buffer, new Uint16Array([7, 8]).subarray(1)]),
  fc.array(fc.string(), { maxLength: 3 }),
);

/** `id` is what key paths look for; `tag` and `list` what indexes do. */
const value = fc.record(
  {
    id: fc.oneof({ weight: 8, arbitrary: key }, fc.constantFrom(undefined, { no: "key" })),
    tag: fc.constantFrom(1, 2, 3, 4, "x", "y", undefined),
    list: fc.array(fc.constantFrom(1, "x", null), { maxLength: 3 }),
    payload,
  },
  { requiredKeys: ["payload", "id", "tag"] },
);

/** Of those that are there, by place; a name that is not there once in a while. */
const someStore = fc.oneof({ weight: 12, arbitrary: fc.nat(2) }, fc.constant("none" as const));
const storeName = fc.constantFrom("s", "t", "u");
const indexName = fc.constantFrom("i", "i", "j");
const direction = fc.constantFrom("next" as const, "prev" as const, "nextunique" as const, "prevunique" as const);
const keys = fc.oneof(key, fc.tuple(key, key, fc.boolean()));

const recordOperation = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constantFrom("put" as const, "put" as const, "add" as const),
      value,
      key,
      // Whether a key is given where the store can do without, and where it must not be.
      keyed: fc.constantFrom("as it must", "as it must", "as it must", "whenever it can" as const),
    }),
  },
  fc.record({ do: fc.constant("delete" as const), keys }),
  fc.record({ do: fc.constant("get" as const), keys }),
  fc.record({ do: fc.constant("clear" as const) }),
  fc.record({ do: fc.constantFrom("cursor delete" as const, "cursor update" as const), direction, value }),
  fc.record({ do: fc.constant("index cursor delete" as const), index: indexName, direction }),
);

const createStore = fc.record({
  do: fc.constant("create store" as const),
  name: storeName,
  keyPath: fc.constantFrom(null, null, "id", "in.id", ["id", "tag"]),
  autoIncrement: fc.boolean(),
});

const createIndex = fc.record({
  do: fc.constant("create index" as const),
  index: indexName,
  path: fc.constantFrom("tag", "list", ["tag", "id"]),
  unique: fc.integer({ min: 0, max: 3 }).map((one) => one === 0),
  multiEntry: fc.boolean(),
});

const shapeOperation = fc.oneof(
  createStore,
  fc.record({ do: fc.constant("delete store" as const) }),
  fc.record({ do: fc.constant("rename store" as const), to: storeName }),
  createIndex,
  fc.record({ do: fc.constant("delete index" as const), index: indexName }),
  fc.record({ do: fc.constant("rename index" as const), index: indexName, to: indexName }),
);

/** `forgiven`: an error of this one does not undo the transaction. */
const on = <T>(operation: fc.Arbitrary<T>) => fc.record({ store: someStore, operation, forgiven: fc.boolean() });

const database = fc.constantFrom("d", "d", "d", "d", "d", "d", "d", "d", "e");
const aborts = fc.integer({ min: 0, max: 4 }).map((one) => one === 0);
const recordOperations = fc.array(on(recordOperation), { maxLength: 8 });

export const step = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      step: fc.constant("upgrade" as const),
      database,
      aborts,
      operations: fc.array(on(fc.oneof(shapeOperation, shapeOperation, recordOperation)), { maxLength: 9 }),
    }),
  },
  {
    weight: 8,
    arbitrary: fc.record({
      step: fc.constant("write" as const),
      database,
      // Of one moment: they wait for one another where they share a store.
      transactions: fc.array(
        fc.record({ stores: fc.uniqueArray(storeName, { minLength: 1 }), aborts, operations: recordOperations }),
        { minLength: 1, maxLength: 2 },
      ),
    }),
  },
  { weight: 1, arbitrary: fc.record({ step: fc.constant("delete database" as const), database }) },
  { weight: 2, arbitrary: fc.record({ step: fc.constantFrom("reopen" as const, "kill" as const) }) },
);

/** Stores, indexes and records to begin with. */
export const beginning = fc.record({
  step: fc.constant("upgrade" as const),
  database: fc.constant("d"),
  aborts: fc.constant(false),
  operations: fc
    .tuple(
      fc.array(on(createStore), { minLength: 4, maxLength: 6 }),
      fc.array(on(createIndex), { minLength: 2, maxLength: 5 }),
      fc.array(on(recordOperation), { minLength: 4, maxLength: 12 }),
    )
    .map((all) => all.flat().map((one) => ({ ...one, forgiven: true }))),
});

export type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;
type Operation = Extract<Step, { step: "upgrade" }>["operations"][number]["operation"];

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
