/** Who may open a file, and what is refused. */
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import Sqlite from "better-sqlite3";
import { expect, test } from "vitest";
import { openIndexedDb } from "../../src/indexed-db/open.ts";
import { startProgram } from "../rig/process.ts";
import { freshFile, temporaryFolder } from "./fixtures.ts";
import { factoryOf, getThing, mustOpen, openThings, putThing } from "./promises.ts";

/** A file with one thing in it, closed. */
async function withOneThing(): Promise<string> {
  const file = freshFile();
  const db = mustOpen(file);
  const database = await openThings(factoryOf(db));
  await putThing(database, "k", "v".repeat(5_000));
  db.close();
  return file;
}

const why = (file: string): unknown => {
  const opened = openIndexedDb(file);
  if (opened.ok) opened.db.close();
  return opened.ok ? "opened" : opened.why;
};

test("a file that is open is refused at once, in this process and in another; closed, it opens", async () => {
  const file = await withOneThing();
  const db = mustOpen(file);
  const begun = performance.now();
  expect(openIndexedDb(file)).toEqual({
    ok: false,
    why: "in-use",
    message: expect.stringContaining(`${file} is in use`),
  });
  expect(performance.now() - begun).toBeLessThan(500);
  const other = startProgram([process.execPath, join(import.meta.dirname, "holder.ts"), file]);
  expect(await other.line(/^(open|refused)/)).toBe("refused: in-use");
  await other.exited;
  // The refusals did not take the lock away.
  expect(why(file)).toBe("in-use");
  db.close();
  expect(why(file)).toBe("opened");
});

test("a process that holds a file keeps others out until it is killed", async () => {
  const file = await withOneThing();
  const holder = startProgram([process.execPath, join(import.meta.dirname, "holder.ts"), file]);
  await holder.line(/^open/);
  expect(why(file)).toBe("in-use");
  await holder.kill();
  const db = mustOpen(file);
  expect(await getThing(await openThings(factoryOf(db)), "k")).toBe("v".repeat(5_000));
  db.close();
});

test("nobody else may read the file, nor its log, nor the folder that was made for it", async () => {
  const folder = join(temporaryFolder(), "state");
  const file = join(folder, "store.sqlite");
  const db = mustOpen(file);
  await putThing(await openThings(factoryOf(db)), "k", 1);
  const mode = (path: string): string => (statSync(path).mode & 0o777).toString(8);
  expect([mode(folder), mode(file), mode(`${file}-wal`)]).toEqual(["700", "600", "600"]);
  db.close();
});

test("what is not a whole file of ours is refused, and stays as it is", async () => {
  const whole = readFileSync(await withOneThing());
  const folder = temporaryFolder();
  const cases: readonly (readonly [string, string, (file: string) => void])[] = [
    ["empty", "damaged", (file) => writeFileSync(file, "")],
    ["a text", "damaged", (file) => writeFileSync(file, "a text\n".repeat(2_000))],
    ["half", "damaged", (file) => writeFileSync(file, whole.subarray(0, whole.length / 2))],
    ["without its last page", "damaged", (file) => writeFileSync(file, whole.subarray(0, whole.length - 4096))],
    ["another program's", "not-ours", (file) => void new Sqlite(file).exec("CREATE TABLE t (a)").close()],
    ["a newer version's", "newer", (file) => edit(file, "PRAGMA user_version = 2")],
    ["a version that never was", "damaged", (file) => edit(file, "PRAGMA user_version = 0")],
    ["without a table", "damaged", (file) => edit(file, "DROP TABLE tally")],
    ["without its tally", "damaged", (file) => edit(file, "DELETE FROM tally")],
    ["without a record", "damaged", (file) => edit(file, "DELETE FROM record")],
    ["without a description", "damaged", (file) => edit(file, "DELETE FROM database")],
    ["of one record twice", "damaged", (file) => edit(file, "INSERT INTO record SELECT 1, '1', value, 1 FROM record")],
    ["with a changed record", "damaged", (file) => edit(file, "UPDATE record SET value = CAST(value || 1 AS BLOB)")],
    ["with a changed key", "damaged", (file) => edit(file, `UPDATE record SET key = '"l"'`)],
    ["with a changed description", "damaged", (file) => edit(file, "UPDATE database SET shape = shape || ' '")],
    ["a folder", "unwritable", (file) => mkdirSync(file)],
  ];
  function edit(file: string, sql: string): void {
    writeFileSync(file, whole);
    new Sqlite(file).exec(sql).close();
  }
  for (const [name, wanted, make] of cases) {
    const file = join(folder, `${name}.sqlite`);
    make(file);
    const content = (): Buffer | undefined => (statSync(file).isFile() ? readFileSync(file) : undefined);
    const before = content();
    expect([name, why(file)]).toEqual([name, wanted]);
    expect(content()?.equals(before ?? Buffer.alloc(0)), name).toBe(before === undefined ? undefined : true);
  }
});

test("a log whose file is gone is not begun anew", async () => {
  const file = freshFile();
  const db = mustOpen(file);
  await putThing(await openThings(factoryOf(db)), "k", 1);
  const log = readFileSync(`${file}-wal`);
  db.close();
  rmSync(file);
  writeFileSync(`${file}-wal`, log);
  expect(why(file)).toBe("damaged");
  expect(existsSync(file)).toBe(false);
});

test("a file that grew shorter while nobody had it is refused", async () => {
  const file = await withOneThing();
  truncateSync(file, 4096);
  expect(why(file)).toBe("damaged");
});
