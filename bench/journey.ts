/** The journey against one fsynced SQLite commit: what the bot itself costs, over the simulated hypervisor. */
import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import { commands } from "../commands/index.ts";
import { loadPolicies } from "../src/authorisation/load.ts";
import { startBot } from "../src/bot.ts";
import type { Inbox } from "../src/chat/port.ts";
import { childTransport } from "../src/hypervisor/child.ts";
import { connectHypervisor } from "../src/hypervisor/client.ts";
import { createLog } from "../src/log.ts";
import { peopleOf } from "../src/people/people.ts";
import { openStore } from "../src/store/sqlite.ts";
import { inTurn, table } from "./measure.ts";

export async function journeyFigures(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), "manchot-bench-"));
  const log = createLog("silent", []);
  const policies = loadPolicies("policies", { actions: commands.map(({ action }) => action), host: "sandbox" });
  if (!policies.ok) throw new Error("the policies do not hold");
  const store = openStore(join(folder, "manchot.sqlite"));
  const transport = childTransport([process.execPath, "src/simulator/main.ts", "--state", join(folder, "hypervisor")]);
  const hypervisor = connectHypervisor({
    name: "sandbox",
    transport,
    log,
    heads: { last: () => undefined, keep: () => {} },
  });
  let inbox: Inbox = () => {};
  const waiting = new Map<string, () => void>();
  const bot = await startBot({
    store,
    people: peopleOf([{ id: "omar", name: "Omar", roles: ["admin"], accounts: {} }]),
    authorisation: policies.policies.authorisation,
    hypervisor,
    commands,
    networks: [
      {
        network: "terminal",
        edits: false,
        start: async (given) => {
          inbox = given;
        },
        send: async (post) => {
          waiting.get(post.inReplyTo)?.();
          return { kind: "sent", eventId: randomUUID() };
        },
        stop: async () => {},
      },
    ],
    host: { name: "sandbox", language: "en", timezone: "UTC", ageMs: 600_000 },
    log,
  });
  const say = (text: string): Promise<void> =>
    new Promise((resolve) => {
      const eventId = randomUUID();
      waiting.set(eventId, resolve);
      const venue = { network: "terminal", place: "bench", thread: eventId, direct: true, encrypted: false } as const;
      inbox({ network: "terminal", eventId, venue, account: "omar", label: "Omar", text, sentAt: Date.now() });
    });

  const db = new Database(join(folder, "bare.sqlite"));
  db.pragma("journal_mode = WAL");
  db.pragma("synchronous = FULL");
  db.exec("create table t (id integer primary key, text text not null) strict");
  const insert = db.prepare("insert into t (text) values (?)");

  const times = await inTurn(40, [
    { name: "one fsynced SQLite commit", run: async () => void insert.run("a row like a message's") },
    { name: "`whoami`: inbox, decision, answer in the outbox, sent", run: () => say("whoami") },
    { name: "`vm list`: the same with facts from the executor's process", run: () => say("vm list") },
  ]);
  // The executor's limit is ten changes a minute: what is over it would be queued.
  const changes = await inTurn(8, [
    { name: "one fsynced SQLite commit", run: async () => void insert.run("a row like a message's") },
    { name: "`snapshot sql`: inbox, plan, apply, journal, answer", run: () => say("snapshot sql") },
  ]);
  await bot.stop();
  db.close();
  rmSync(folder, { recursive: true, force: true });
  return `${table(times)}\n\n${table(changes)}`;
}
