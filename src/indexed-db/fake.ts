/**
 * The insides of fake-indexeddb that are used here, as they are in the release that package.json pins. It keeps what
 * IndexedDB prescribes, in memory; nothing of this is typed or promised there, so a test fails where its shape changes.
 */
import * as api from "fake-indexeddb";

/** A valid key of IndexedDB, normalised: a view of bytes has become an ArrayBuffer. */
export type Key = number | string | Date | ArrayBuffer | readonly Key[];

export type Item = { readonly key: Key; readonly value: unknown };

/** The records of one object store, sorted by key. */
export type Items = {
  /** Gives back the record that it replaced. */
  put(item: Item, noOverwrite?: boolean): Item | undefined;
  /** Of a key or a range of keys; gives back what it removed. */
  delete(keys: unknown): readonly Item[];
  clear(): readonly Item[];
  get(key: Key): Item | undefined;
  values(): Iterable<Item>;
};

export type RawIndex = {
  readonly name: string;
  readonly keyPath: string | readonly string[];
  readonly multiEntry: boolean;
  readonly unique: boolean;
  initialized: boolean;
  storeRecord(item: Item): void;
};

export type RawStore = {
  rawDatabase: RawDatabase;
  readonly name: string;
  readonly keyPath: string | readonly string[] | null;
  readonly autoIncrement: boolean;
  readonly keyGenerator: { num: number } | null;
  readonly records: Items;
  readonly rawIndexes: Map<string, RawIndex>;
};

export type RawDatabase = {
  readonly name: string;
  readonly version: number;
  rawObjectStores: Map<string, RawStore>;
  readonly transactions: Transaction[];
};

type FakeEvent = { readonly type: string };

export type Transaction = {
  readonly mode: "readonly" | "readwrite" | "versionchange";
  readonly _scope: ReadonlySet<string>;
  _state: "active" | "inactive" | "committing" | "finished";
  error: unknown;
  dispatchEvent(event: FakeEvent): boolean;
  /** Undoes its changes in memory, and has the event told later. */
  _abort(errorName: string | null): void;
};

/** What deleting a database gives back. */
export type Deletion = {
  error: unknown;
  dispatchEvent(event: FakeEvent): boolean;
};

export type Factory = {
  _databases: Map<string, RawDatabase>;
  deleteDatabase(name: string): Deletion;
};

type Constructors = {
  readonly Database: new (name: string, version: number) => RawDatabase;
  readonly ObjectStore: new (
    database: RawDatabase,
    name: string,
    keyPath: RawStore["keyPath"],
    autoIncrement: boolean,
  ) => RawStore;
  readonly Index: new (
    store: RawStore,
    name: string,
    keyPath: RawIndex["keyPath"],
    multiEntry: boolean,
    unique: boolean,
  ) => RawIndex;
};

/** From the same build as the API, or they would be other classes. */
async function inside<Name extends keyof Constructors>(name: Name): Promise<Constructors[Name]> {
  const file = new URL(`./lib/${name}.js`, import.meta.resolve("fake-indexeddb"));
  return (await import(file.href)).default;
}

export const [Database, ObjectStore, Index] = await Promise.all([
  inside("Database"),
  inside("ObjectStore"),
  inside("Index"),
]);

export const newFactory = (): Factory => new (api.IDBFactory as unknown as new () => Factory)();

export const newEvent = (type: string): FakeEvent =>
  new (api.IDBVersionChangeEvent as unknown as new (type: string) => FakeEvent)(type);

/** The classes that a user of IndexedDB looks for by these names in the global scope. */
export const classes: ReadonlyMap<string, unknown> = new Map(
  Object.entries(api).filter(([name]) => /^IDB[A-Z]/.test(name)),
);
