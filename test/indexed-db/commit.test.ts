/** What is told complete is in the file; what the file does not take is undone in memory, and told. */
import { copyFileSync, existsSync } from "node:fs";
import { join } from "node:path";
import Sqlite from "better-sqlite3";
import { expect, test } from "vitest";
import { startProgram } from "../rig/process.ts";
import { freshFile } from "./fixtures.ts";
import type { IdbFactory } from "./idb.ts";
import { completed, factoryOf, getThing, mustOpen, openDatabase, openThings, putThing, result } from "./promises.ts";
import { everythingIn } from "./steps.ts";

/** What a start after a SIGKILL at this moment would find. */
function copyOf(file: string): string {
  const copy = freshFile();
  copyFileSync(file, copy);
  if (existsSync(`${file}-wal`)) copyFileSync(`${file}-wal`, `${copy}-wal`);
  return copy;
}

async function inFile(file: string): Promise<unknown> {
  const db = mustOpen(file);
  const everything = await everythingIn(factoryOf(db));
  db.close();
  return everything;
}

/** SQLite itself refuses whatever has "refuse" in its key. */
function refusing(file: string): string {
  mustOpen(file).close();
  new Sqlite(file)
    .exec(`CREATE TRIGGER no BEFORE INSERT ON record WHEN NEW.key LIKE '%refuse%'
           BEGIN SELECT RAISE(ABORT, 'no room for it'); END;
           CREATE TRIGGER never BEFORE INSERT ON database WHEN NEW.shape LIKE '%refuse%'
           BEGIN SELECT RAISE(ABORT, 'no room for it'); END;
           CREATE TRIGGER stays BEFORE DELETE ON database WHEN OLD.name LIKE '%refuse%'
           BEGIN SELECT RAISE(ABORT, 'no room for it'); END;`)
    .close();
  return file;
}

test("at the moment of complete, the file has it all", async () => {
  const file = freshFile();
  const db = mustOpen(file);
  const database = await openThings(factoryOf(db));
  const transaction = database.transaction("things", "readwrite");
  transaction.objectStore("things").put("one", 1);
  transaction.objectStore("things").put("two", 2);
  let copy = "";
  transaction.oncomplete = () => {
    copy = copyOf(file);
  };
  await expect.poll(() => copy).not.toBe("");
  expect(await inFile(copy)).toEqual(await everythingIn(factoryOf(db)));
  db.close();
});

test("a version told is in the file, with its stores", async () => {
  const file = freshFile();
  const db = mustOpen(file);
  await openThings(factoryOf(db));
  expect(await inFile(copyOf(file))).toMatchObject([{ name: "d", version: 1, stores: [[{ name: "things" }, {}]] }]);
  db.close();
});

test("a transaction that SQLite refuses is undone, told, and later ones are taken", async () => {
  const file = refusing(freshFile());
  const faults: string[] = [];
  const db = mustOpen(file, { onRefused: (fault) => faults.push(fault.message) });
  const database = await openDatabase(factoryOf(db), "d", 1, (one) => {
    one.createObjectStore("things").createIndex("i", "tag", { unique: true });
    one.createObjectStore("numbered", { autoIncrement: true });
  });
  await putThing(database, "k", { tag: 1 });
  await putThing(database, "l", { tag: 2 });
  const before = await everythingIn(factoryOf(db));

  const transaction = database.transaction(["things", "numbered"], "readwrite");
  transaction.objectStore("things").delete("l");
  transaction.objectStore("things").put({ tag: 2 }, "k");
  transaction.objectStore("things").put({ tag: 3 }, "refuse");
  transaction.objectStore("numbered").put("by hand", 7);
  transaction.objectStore("numbered").add("next");
  await expect(completed(transaction)).rejects.toMatchObject({ name: "UnknownError", message: "no room for it" });
  expect(faults).toEqual(["no room for it"]);
  expect(await everythingIn(factoryOf(db))).toEqual(before);
  expect(await inFile(copyOf(file))).toEqual(before);

  await putThing(database, "m", { tag: 3 });
  expect(await inFile(copyOf(file))).toEqual(await everythingIn(factoryOf(db)));
  db.close();
});

test("an upgrade that SQLite refuses leaves the older version", async () => {
  const file = refusing(freshFile());
  const db = mustOpen(file, {});
  (await openThings(factoryOf(db))).close();
  const before = await everythingIn(factoryOf(db));
  const upgrade = openDatabase(factoryOf(db), "d", 2, (one) => {
    one.deleteObjectStore("things");
    one.createObjectStore("refuse");
  });
  await expect(upgrade).rejects.toMatchObject({ name: "AbortError" });
  expect(await everythingIn(factoryOf(db))).toEqual(before);
  expect(await inFile(copyOf(file))).toEqual(before);
  db.close();
});

test("a database whose deletion SQLite refuses stays", async () => {
  const file = refusing(freshFile());
  const db = mustOpen(file);
  const database = await openDatabase(factoryOf(db), "refused", 1, (one) => one.createObjectStore("things"));
  await putThing(database, "k", 1);
  database.close();
  await expect(result(factoryOf(db).deleteDatabase("refused"))).rejects.toMatchObject({ message: "no room for it" });
  const again = await openDatabase(factoryOf(db), "refused");
  expect(await getThing(again, "k")).toBe(1);
  await putThing(again, "k", 2);
  expect(await inFile(copyOf(file))).toEqual(await everythingIn(factoryOf(db)));
  db.close();
});

test("a value that cannot be stored undoes its transaction", async () => {
  const file = freshFile();
  const db = mustOpen(file);
  const database = await openThings(factoryOf(db));
  await putThing(database, "k", 1);
  await expect(putThing(database, "k", new Blob(["x"]))).rejects.toMatchObject({ name: "DataCloneError" });
  expect(await getThing(database, "k")).toBe(1);
  await putThing(database, "l", 2);
  expect(await inFile(copyOf(file))).toEqual(await everythingIn(factoryOf(db)));
  db.close();
});

test("once closed, nothing is taken any more", async () => {
  const db = mustOpen(freshFile());
  const database = await openThings(factoryOf(db));
  db.close();
  await expect(putThing(database, "k", 1)).rejects.toMatchObject({ name: "InvalidStateError" });
  expect(await getThing(database, "k")).toBe(undefined);
  const upgrade = openDatabase(factoryOf(db), "e", 1, (one) => one.createObjectStore("things"));
  await expect(upgrade).rejects.toMatchObject({ name: "AbortError" });
});

test("an undone upgrade in which a store took the name of another loses neither", async () => {
  const file = freshFile();
  const db = mustOpen(file);
  const database = await openThings(factoryOf(db));
  await putThing(database, "k", 1);
  database.close();
  const before = await everythingIn(factoryOf(db));
  const undone = openDatabase(factoryOf(db), "d", 2, (one, transaction) => {
    const other = one.createObjectStore("other");
    one.deleteObjectStore("things");
    other.name = "things";
    transaction.abort();
  });
  await expect(undone).rejects.toMatchObject({ name: "AbortError" });
  expect(await everythingIn(factoryOf(db))).toEqual(before);
  (await openDatabase(factoryOf(db), "d", 3)).close();
  db.close();
  expect(await inFile(file)).toMatchObject([{ version: 3, stores: [[{ keys: ["gave", ["k"]] }, {}]] }]);
});

test("a listener that aborts at an error that nobody prevented: undone once", async () => {
  const db = mustOpen(freshFile());
  const database = await openThings(factoryOf(db));
  await putThing(database, "k", 1);
  const transaction = database.transaction("things", "readwrite");
  const store = transaction.objectStore("things");
  store.delete("k");
  store.put(2, "l");
  const request = store.add(3, "l");
  request.onerror = () => transaction.abort();
  await expect(completed(transaction)).rejects.toThrow("aborted");
  expect(await getThing(database, "k")).toBe(1);
  db.close();
});

test("a disk that takes no more: the transaction is undone, what was complete stays", { timeout: 60_000 }, async () => {
  const file = freshFile();
  const worker = join(import.meta.dirname, "full-disk-worker.ts");
  // 512-byte blocks; without the trap, the limit would end the process.
  const script = `trap '' XFSZ; ulimit -f 600; exec "$0" "$@"`;
  const program = startProgram(["sh", "-c", script, process.execPath, worker, file]);
  await program.line(/^refused/);
  await program.exited;
  const refused = program.lines.filter((line) => line.startsWith("refused"));
  expect(refused.length).toBeGreaterThan(0);
  for (const line of refused) expect(line).toMatch(/^refused (QuotaExceededError|UnknownError) SQLITE_(FULL|IOERR)/);
  const complete = program.lines
    .filter((line) => line.startsWith("complete"))
    .map((line) => Number(line.split(" ")[1]));
  expect(program.lines.at(-1)).toBe(`memory ${complete.join(",")}`);
  const db = mustOpen(file);
  const database = await openThings(factoryOf(db));
  expect(await result(database.transaction("things").objectStore("things").getAllKeys())).toEqual(complete);
  db.close();
});

test("two files of one process have nothing of one another, and each its turn at the global scope", async () => {
  const [one, two] = [mustOpen(freshFile()), mustOpen(freshFile())];
  const global = (): IdbFactory => Reflect.get(globalThis, "indexedDB") as IdbFactory;
  await Promise.all(
    [one, two].map((db, n) =>
      db.opening(async () => {
        const database = await openThings(global());
        await putThing(database, "k", n);
        expect(global()).toBe(db.factory);
      }),
    ),
  );
  await expect(one.opening(() => Promise.reject(new Error("its own")))).rejects.toThrow("its own");
  expect("indexedDB" in globalThis).toBe(false);
  const read = async (db: typeof one): Promise<unknown> => getThing(await openThings(factoryOf(db)), "k");
  expect([await read(one), await read(two)]).toEqual([0, 1]);
  one.close();
  two.close();
});
