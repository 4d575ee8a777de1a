import { chmodSync, existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import Sqlite from "better-sqlite3";
import { expect, onTestFinished, test } from "vitest";
import { openDatabase } from "../../src/store/database.ts";
import { openStore } from "../../src/store/sqlite.ts";
import { StoreUnavailable } from "../../src/store/unavailable.ts";
import { startProgram } from "../rig/process.ts";
import { freshStore, temporaryFolder } from "./fixtures.ts";
import { message } from "./messages.ts";

const modeOf = (file: string): string => (statSync(file).mode & 0o777).toString(8);
const holder = join(import.meta.dirname, "holder.ts");

function faultOf(file: string): string {
  try {
    openStore(file).close();
  } catch (fault) {
    if (fault instanceof StoreUnavailable) return fault.message;
    throw fault;
  }
  return "opened";
}

test("the file, its log and its folder are the user's alone", () => {
  const folder = join(temporaryFolder(), "state");
  const file = join(folder, "manchot.db");
  const store = openStore(file);
  store.accept(message("$a"), 1000);
  expect(readdirSync(folder).sort()).toEqual(["manchot.db", "manchot.db-wal"]);
  expect([folder, file, `${file}-wal`].map(modeOf)).toEqual(["700", "600", "600"]);
  store.close();
  chmodSync(file, 0o644);
  openStore(file).close();
  expect(modeOf(file)).toBe("600");
});

test("each commit is on the disk when it returns, and foreign keys hold", () => {
  const db = openDatabase(join(temporaryFolder(), "manchot.db"));
  onTestFinished(() => void db.close());
  const setting = (name: string) => db.pragma(name, { simple: true });
  expect(["journal_mode", "synchronous", "locking_mode", "foreign_keys"].map(setting)).toEqual([
    "wal",
    2,
    "exclusive",
    1,
  ]);
});

test("a second store on the same file is refused, in this process and in another", async () => {
  const file = join(temporaryFolder(), "manchot.db");
  const program = startProgram([process.execPath, holder, file]);
  await program.line(/^open/);
  expect(faultOf(file)).toContain("in use by another process. Two bots must not share one store");
  await program.kill();
  const store = openStore(file);
  expect(faultOf(file)).toContain("in use by another process");
  const second = startProgram([process.execPath, holder, file]);
  expect(await second.line(/^(open|refused)/)).toContain("in use by another process");
  expect(await second.exited).toBe(1);
  store.accept(message("$a"), 1000);
  store.close();
  expect(faultOf(file)).toBe("opened");
});

test("a store of a newer version is refused, untouched, with how to mend it", () => {
  const file = join(temporaryFolder(), "manchot.db");
  openStore(file).close();
  const db = new Sqlite(file);
  db.pragma("user_version = 99");
  db.close();
  expect(faultOf(file)).toMatch(
    /newer Manchot \(its schema is 99, this version knows \d+\)\. Start that newer version/,
  );
});

test("another program's database is refused and left as it was", () => {
  const file = join(temporaryFolder(), "other.db");
  const other = new Sqlite(file);
  other.exec("CREATE TABLE theirs (a)");
  other.close();
  chmodSync(file, 0o640);
  expect(faultOf(file)).toContain("database of another program");
  expect(modeOf(file)).toBe("640");
  const again = new Sqlite(file);
  expect(again.pragma("journal_mode", { simple: true })).toBe("delete");
  again.close();
});

test("what is no database, or a folder, or under a file, is refused in plain words", () => {
  const folder = temporaryFolder();
  const text = join(folder, "notes.txt");
  writeFileSync(text, "These are my notes.\n".repeat(100));
  expect(faultOf(text)).toContain("is not a database");
  const directory = join(folder, "directory");
  mkdirSync(directory);
  expect(faultOf(directory)).toContain("cannot be opened for writing");
  expect(modeOf(directory)).not.toBe("600");
  expect(faultOf(join(text, "manchot.db"))).toContain("cannot be opened for writing");
  expect(existsSync(`${text}-wal`)).toBe(false);
});

test("the adapters' memory and the journals' heads are kept, each for itself", () => {
  const file = join(temporaryFolder(), "manchot.db");
  let store = openStore(file);
  const head = { seq: 7, hash: "a".repeat(64) };
  store.memory("matrix").write("sync", "s1");
  store.memory("matrix").write("sync", "s2");
  store.memory("fediverse").write("sync", "f1");
  store.keepHead("host1", { seq: 6, hash: "b".repeat(64) });
  store.keepHead("host1", head);
  store.close();
  store = openStore(file);
  expect(store.memory("matrix").read("sync")).toBe("s2");
  expect(store.memory("fediverse").read("sync")).toBe("f1");
  expect(store.memory("terminal").read("sync")).toBeUndefined();
  expect(store.head("host1")).toEqual(head);
  expect(store.head("host2")).toBeUndefined();
  store.close();
});

test("closing twice does no harm", () => {
  const store = freshStore();
  store.close();
  store.close();
});
