/**
 * A process of its own that writes for as long as it lives: each transaction puts the same number into two stores,
 * changes a third and takes an older record away. It says each number once its transaction is complete: that is what a
 * SIGKILL must not undo.
 */
import { writeSync } from "node:fs";
import { completed, factoryOf, mustOpen, openDatabase, result } from "./promises.ts";

const db = mustOpen(process.argv[2] ?? "");
const database = await openDatabase(factoryOf(db), "d", 1, (one) => {
  for (const name of ["a", "b", "last"]) one.createObjectStore(name);
});
const last = await result(database.transaction("last").objectStore("last").get("n"));
writeSync(1, "open\n");
for (let n = typeof last === "number" ? last + 1 : 0; ; n += 1) {
  const transaction = database.transaction(["a", "b", "last"], "readwrite");
  const text = `${n} `.repeat((n * 37) % 3_000);
  transaction.objectStore("a").put({ n, text }, n);
  transaction.objectStore("b").put({ n, text }, n);
  transaction.objectStore("a").delete(n - 50);
  transaction.objectStore("b").delete(n - 50);
  transaction.objectStore("last").put(n, "n");
  await completed(transaction);
  writeSync(1, `complete ${n}.\n`);
}
