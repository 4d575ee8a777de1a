/** IndexedDB as far as the tests use it: the project is not compiled with a browser's types. */

export type IdbRequest<T = unknown> = {
  readonly result: T;
  readonly error: Error | null;
  onsuccess: ((event: unknown) => void) | null;
  onerror: ((event: { preventDefault(): void }) => void) | null;
};

export type IdbOpenRequest = IdbRequest<IdbDatabase> & {
  readonly transaction: IdbTransaction | null;
  onupgradeneeded: (() => void) | null;
};

export type IdbFactory = {
  open(name: string, version?: number): IdbOpenRequest;
  deleteDatabase(name: string): IdbRequest;
  databases(): Promise<readonly { readonly name: string; readonly version: number }[]>;
};

export type IdbDatabase = {
  readonly version: number;
  readonly objectStoreNames: Iterable<string>;
  createObjectStore(name: string, options?: { keyPath?: string | string[] | null; autoIncrement?: boolean }): IdbStore;
  deleteObjectStore(name: string): void;
  transaction(stores: string | readonly string[], mode?: "readonly" | "readwrite"): IdbTransaction;
  close(): void;
};

export type IdbTransaction = {
  readonly objectStoreNames: Iterable<string>;
  readonly error: Error | null;
  oncomplete: (() => void) | null;
  onabort: (() => void) | null;
  objectStore(name: string): IdbStore;
  abort(): void;
};

type Direction = "next" | "nextunique" | "prev" | "prevunique";

type IdbSource = {
  name: string;
  readonly keyPath: string | readonly string[] | null;
  get(key: unknown): IdbRequest;
  getAll(query?: unknown): IdbRequest<unknown[]>;
  getAllKeys(query?: unknown): IdbRequest<unknown[]>;
  count(query?: unknown): IdbRequest<number>;
  openCursor(query?: unknown, direction?: Direction): IdbRequest<IdbCursor | null>;
};

export type IdbIndex = IdbSource & { readonly unique: boolean; readonly multiEntry: boolean };

export type IdbStore = IdbSource & {
  readonly autoIncrement: boolean;
  readonly indexNames: Iterable<string>;
  put(value: unknown, key?: unknown): IdbRequest;
  add(value: unknown, key?: unknown): IdbRequest;
  delete(query: unknown): IdbRequest;
  clear(): IdbRequest;
  index(name: string): IdbIndex;
  createIndex(name: string, path: string | string[], options?: { unique?: boolean; multiEntry?: boolean }): IdbIndex;
  deleteIndex(name: string): void;
};

export type IdbCursor = {
  readonly key: unknown;
  readonly primaryKey: unknown;
  readonly value: unknown;
  continue(): void;
  update(value: unknown): IdbRequest;
  delete(): IdbRequest;
};
