/** A number in the file of the store, beside the core's own database. */
import type { IndexedDb } from "../../../indexed-db/open.ts";
import type { Counter } from "./generation.ts";

/** As much of IndexedDB's own types as is used here: they stand in TypeScript's library for browsers alone. */
type Request<T> = { readonly result: T; readonly error: unknown; onsuccess: () => void; onerror: () => void };
type Store = { get(key: string): Request<unknown>; put(value: number, key: string): Request<unknown> };
type Transaction = {
  objectStore(name: string): Store;
  readonly error: unknown;
  oncomplete: () => void;
  onabort: () => void;
};
type Database = {
  createObjectStore(name: string): Store;
  transaction(name: string, mode: "readonly" | "readwrite"): Transaction;
  close(): void;
};
type Opening = Request<Database> & { onupgradeneeded: () => void };
type Factory = { open(name: string, version: number): Opening };

const name = "manchot-generation";

export async function openCounter(file: IndexedDb): Promise<Counter & { close(): void }> {
  const opening = (file.factory as unknown as Factory).open(name, 1);
  opening.onupgradeneeded = () => void opening.result.createObjectStore(name);
  const db = await done(opening);
  return {
    async read() {
      const value = await done(db.transaction(name, "readonly").objectStore(name).get("number"));
      return typeof value === "number" ? value : 0;
    },
    async write(value) {
      const transaction = db.transaction(name, "readwrite");
      transaction.objectStore(name).put(value, "number");
      await new Promise<void>((resolve, reject) => {
        transaction.oncomplete = resolve;
        transaction.onabort = () => reject(transaction.error);
      });
    },
    close: () => db.close(),
  };
}

const done = <T>(request: Request<T>): Promise<T> =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
