/** The journey against one fsynced SQLite commit: what the bot itself costs, over the simulated hypervisor. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import { startInProcess } from "../test/rig/in-process.ts";
import { inTurn, table } from "./measure.ts";

export async function journeyFigures(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), "manchot-bench-"));
  const db = new Database(join(folder, "bare.sqlite"));
  db.pragma("journal_mode = WAL");
  db.pragma("synchronous = FULL");
  db.exec("create table t (id integer primary key, text text not null) strict");
  const insert = db.prepare("insert into t (text) values (?)");
  const commit = { name: "one fsynced SQLite commit", run: async () => void insert.run("a row like a message's") };
  const rig = await startInProcess();
  const saying = (name: string, text: string) => ({ name, run: async () => void (await rig.say(text)) });
  const asks = await inTurn(40, [
    commit,
    saying("`whoami`: inbox, decision, answer in the outbox, sent", "whoami"),
    saying("`vm list`: the same with facts from the executor's process", "vm list"),
  ]);
  // The executor's limit is ten changes a minute: what is over it would be queued.
  const changes = await inTurn(8, [
    commit,
    saying("`snapshot sql`: inbox, plan, apply, journal, answer", "snapshot sql"),
  ]);
  await rig.stop();
  db.close();
  rmSync(folder, { recursive: true, force: true });
  return `${table(asks)}\n\n${table(changes)}`;
}
