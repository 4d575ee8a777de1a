import { writeFileSync } from "node:fs";
import { join } from "node:path";
import Sqlite from "better-sqlite3";
import { expect, test } from "vitest";
import { withCopy } from "../../src/store/copy.ts";
import { readPolicyChanges } from "../../src/store/policy-changes.ts";
import { openStore } from "../../src/store/sqlite.ts";
import type { PolicyChange } from "../../src/store/store.ts";
import { startProgram } from "../rig/process.ts";
import { temporaryFolder } from "./fixtures.ts";

const change = (nth: number, oldHash?: string): PolicyChange => ({
  at: 1000 + nth,
  cause: "files",
  who: "root",
  oldHash,
  newHash: `hash${nth}`,
  difference: `--- a\n+++ a\n+${nth}\n`,
  files: { "a.cedar": `text ${nth}` },
});

test("changes are kept whole, in their order, across a restart, and are read where nothing has them open", () => {
  const file = join(temporaryFolder(), "manchot.db");
  const changes = [change(1), change(2, "hash1"), change(3, "hash2")];
  let store = openStore(file);
  expect(store.policyChanges.last()).toBeUndefined();
  for (const one of changes) store.policyChanges.add(one);
  store.close();
  store = openStore(file);
  expect(store.policyChanges.last()).toEqual(changes[2]);
  expect(store.policyChanges.list(2)).toEqual([changes[2], changes[1]]);
  store.close();
  expect(readPolicyChanges(file, 9)).toEqual(changes.toReversed());
});

test("what was kept is neither changed nor forgotten", () => {
  const file = join(temporaryFolder(), "manchot.db");
  const store = openStore(file);
  store.policyChanges.add(change(1));
  store.close();
  const db = new Sqlite(file);
  for (const statement of ["UPDATE policy_change SET who = 'nobody'", "DELETE FROM policy_change"])
    expect(() => db.exec(statement)).toThrow("policy changes are only added to");
  db.close();
  expect(readPolicyChanges(file, 9)).toEqual([change(1)]);
});

test("a bot that never ran, one of before, and what is no store", () => {
  const folder = temporaryFolder();
  expect(readPolicyChanges(join(folder, "none.db"), 9)).toEqual([]);
  const old = new Sqlite(join(folder, "old.db"));
  old.exec("CREATE TABLE request (number INTEGER)");
  old.close();
  expect(readPolicyChanges(join(folder, "old.db"), 9)).toEqual([]);
  writeFileSync(join(folder, "text"), "no database ".repeat(500));
  expect(() => readPolicyChanges(join(folder, "text"), 9)).toThrow("not a database");
});

test("while another process writes as fast as it can, each copy is whole, and holds all that was said before", async () => {
  const file = join(temporaryFolder(), "manchot.db");
  openStore(file).close();
  const db = new Sqlite(file);
  // So large that a copy takes long enough for the log to begin anew in the middle of some.
  db.exec("CREATE TABLE filler (bytes BLOB); INSERT INTO filler VALUES (zeroblob(150000000))");
  db.close();
  const writer = startProgram([process.execPath, join(import.meta.dirname, "kill-worker.ts"), file, "a"]);
  const accepted = (): number => writer.lines.filter((line) => line.startsWith("accepted ")).length;
  await writer.line(/^accepted 50 /);
  const begun = new Set<string>();
  for (let round = 0; round < 12; round += 1) {
    const told = accepted();
    const { integrity, count, log } = withCopy(file, (copy) => {
      const db = new Sqlite(copy);
      const integrity = db.pragma("integrity_check", { simple: true });
      const count = Number(db.prepare("SELECT count(*) FROM request").pluck().get());
      db.close();
      return { integrity, count, log: String(Math.floor(count / 100)) };
    });
    expect(integrity).toBe("ok");
    expect(count).toBeGreaterThanOrEqual(told);
    begun.add(log);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  // It went on meanwhile: its lock was not disturbed, and it was not the same copy each time.
  expect(begun.size).toBeGreaterThan(2);
  await writer.kill();
  expect(writer.lines.filter((line) => /fault|Error/.test(line))).toEqual([]);
});
