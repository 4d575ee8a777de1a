/** One of everything that a file can hold. */
import type { IdbFactory } from "./idb.ts";
import { completed, factoryOf, mustOpen, openDatabase } from "./promises.ts";

const ring: { name: string; self?: unknown } = { name: "ring" };
ring.self = ring;

const { buffer } = new Uint8Array([1, 2, 3, 4, 5, 6, 7, 8]);

const values: readonly unknown[] = [
  undefined,
  null,
  true,
  -1.5,
  Number.NaN,
  2n ** 70n,
  "é\u0000\ud800",
  new Date(1),
  /x+/giu,
  new Map<unknown, unknown>([["k", new Set([1])]]),
  buffer,
  [new Uint16Array(buffer, 2, 2), new DataView(buffer, 1), new Float64Array([1.5]), new BigInt64Array([-1n])],
  Object.assign(new Array(3), { 1: "sparse", extra: "of an array" }),
  { nested: { deep: [{ a: 1 }] } },
  Object(1),
  Object.assign(new RangeError("an error"), { stack: "RangeError: an error" }),
  ring,
];

const keys: readonly unknown[] = [
  0.5,
  Number.POSITIVE_INFINITY,
  Number.NEGATIVE_INFINITY,
  "é\u0000\ud800",
  new Date(2),
  new Uint8Array([0, 255]),
  ["a", [1, new Date(3)], new Uint8Array([7])],
];

export async function fillWithAll(factory: IdbFactory): Promise<void> {
  const database = await openDatabase(factory, "all", 7, (one) => {
    one.createObjectStore("values", { autoIncrement: true });
    one.createObjectStore("keys");
    const paths = one.createObjectStore("paths", { keyPath: ["id", "tag"] });
    paths.createIndex("multi", "list", { multiEntry: true });
    paths.createIndex("unique", "id", { unique: true });
    paths.createIndex("both", ["tag", "id"]);
  });
  const transaction = database.transaction(["values", "keys", "paths"], "readwrite");
  for (const value of values) transaction.objectStore("values").add(value);
  for (const key of keys) transaction.objectStore("keys").add("v", key);
  transaction.objectStore("paths").add({ id: 1, tag: "x", list: [1, 2] });
  transaction.objectStore("paths").add({ id: 2, tag: "x", list: [2, 3] });
  await completed(transaction);
  database.close();
  (await openDatabase(factory, "empty\ud800", 1)).close();
}

if (import.meta.main) {
  const db = mustOpen(process.argv[2] ?? "");
  await fillWithAll(factoryOf(db));
  db.close();
}
