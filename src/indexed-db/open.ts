/** IndexedDB for Node, kept in one SQLite file: what a transaction told complete is on the disk. */
import { resolve } from "node:path";
import type Sqlite from "better-sqlite3";
import { createDurable } from "./durable.ts";
import type { Factory } from "./fake.ts";
import { openFile } from "./file.ts";
import { withGlobal } from "./global.ts";
import { type Refusal, refusalOf } from "./refusal.ts";
import { createRows } from "./rows.ts";

export type IndexedDb = {
  /** The `IDBFactory` of this file, for whoever takes one by hand. */
  readonly factory: Factory;
  /**
   * Runs `work` while this file is `globalThis.indexedDB`, for whoever looks for it there when it opens a database.
   * One at a time in a process: others wait for their turn, so `work` must not call `opening` itself.
   */
  opening<T>(work: () => Promise<T>): Promise<T>;
  /** Lets go of the file. Transactions that have not completed are aborted. */
  close(): void;
};

export type Opened = { readonly ok: true; readonly db: IndexedDb } | Refusal;

export type Options = {
  /** Told why the file did not take a transaction; whoever began the transaction sees it aborted as well. */
  readonly onRefused?: (fault: Error) => void;
};

/** Opens the file, makes it where there is none; reads all of it into memory, and checks all of it. */
export function openIndexedDb(file: string, { onRefused = () => {} }: Options = {}): Opened {
  const path = resolve(file);
  let sqlite: Sqlite.Database | undefined;
  try {
    sqlite = openFile(path);
    const factory = createDurable(createRows(sqlite), onRefused);
    const close = sqlite.close.bind(sqlite);
    return { ok: true, db: { factory, opening: (work) => withGlobal(factory, work), close: () => void close() } };
  } catch (fault) {
    sqlite?.close();
    const refusal = refusalOf(fault);
    if (refusal === undefined) throw fault;
    return { ok: false, why: refusal.why, message: `${path} ${refusal.message}` };
  }
}
