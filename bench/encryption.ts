/** The store of encryption: ten thousand Megolm sessions in it, against SQLite alone and against memory alone. */
import { generateKeyPairSync, randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  DeviceId,
  EncryptionSettings,
  initAsync,
  OlmMachine,
  RoomId,
  StoreHandle,
  UserId,
} from "@matrix-org/matrix-sdk-crypto-wasm";
import Database from "better-sqlite3";
import { IDBFactory } from "fake-indexeddb";
import { run } from "../lab/run.ts";
import type { Factory } from "../src/indexed-db/fake.ts";
import { withGlobal } from "../src/indexed-db/global.ts";
import { type IndexedDb, openIndexedDb } from "../src/indexed-db/open.ts";
import { inTurn, rough, table } from "./measure.ts";

const sessions = 10_000;
const room = "!r:example.org";

export async function encryptionFigures(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), "manchot-bench-"));
  try {
    const [empty, full] = [join(folder, "empty.sqlite"), join(folder, "full.sqlite")];
    await initAsync();
    await fill(empty, 1);
    await fill(full, sessions);
    const openings = await measureOpening(full);
    const commits = await measureEncryption(full, join(folder, "bare.sqlite"));
    const [small, large] = [await memoryWith(empty), await memoryWith(full)];
    const size = statSync(full).size;
    const content = contentOf(full);
    return [
      `${sessions} inbound Megolm sessions take ${(size / 2 ** 20).toFixed(1)} MiB of disk, ${rough(size / content)} times their keys and values alone, and ${((large - small) / 2 ** 10).toFixed(0)} MiB of memory on top of the ${(small / 2 ** 10).toFixed(0)} MiB of a process with one session.`,
      "",
      table(openings),
      "",
      table(commits),
    ].join("\n");
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function mustOpen(file: string): IndexedDb {
  const opened = openIndexedDb(file);
  if (!opened.ok) throw new Error(opened.message);
  return opened.db;
}

async function machineOn(factory: Factory): Promise<OlmMachine> {
  const handle = await withGlobal(factory, () => StoreHandle.open("olm", undefined));
  return OlmMachine.initFromStore(new UserId("@bot:example.org"), new DeviceId("DEVICE"), handle);
}

async function fill(file: string, count: number): Promise<void> {
  const db = mustOpen(file);
  const machine = await machineOn(db.factory);
  await machine.importExportedRoomKeys(JSON.stringify(Array.from({ length: count }, exportedSession)), () => {});
  await machine.shareRoomKey(new RoomId(room), [], new EncryptionSettings());
  machine.close();
  db.close();
}

/** As another client would export it: version, index of the ratchet, ratchet, the Ed25519 key that is the session's name. */
function exportedSession(): unknown {
  const { publicKey } = generateKeyPairSync("ed25519");
  const name = publicKey.export({ format: "der", type: "spki" }).subarray(-32);
  const unpadded = (bytes: Buffer): string => bytes.toString("base64").replace(/=+$/, "");
  return {
    algorithm: "m.megolm.v1.aes-sha2",
    room_id: room,
    sender_key: unpadded(randomBytes(32)),
    session_id: unpadded(name),
    session_key: unpadded(Buffer.concat([Buffer.from([1, 0, 0, 0, 0]), randomBytes(128), name])),
    sender_claimed_keys: { ed25519: unpadded(name) },
    forwarding_curve25519_key_chain: [],
  };
}

const measureOpening = (file: string) =>
  inTurn(5, [
    {
      name: "SQLite alone reads the same rows",
      run: async () => {
        const db = new Database(file, { readonly: true });
        for (const _ of db.prepare("SELECT * FROM record").iterate());
        db.close();
      },
    },
    {
      name: "`PRAGMA quick_check` of the same file",
      run: async () => {
        const db = new Database(file, { readonly: true });
        db.pragma("quick_check");
        db.close();
      },
    },
    { name: "the store opens: checked, and all of it in memory", run: async () => mustOpen(file).close() },
    {
      name: "the store opens, and the cryptographic machine on it",
      run: async () => {
        const db = mustOpen(file);
        (await machineOn(db.factory)).close();
        db.close();
      },
    },
  ]);

async function measureEncryption(file: string, bareFile: string) {
  const bare = new Database(bareFile);
  bare.pragma("journal_mode = WAL");
  bare.pragma("synchronous = FULL");
  bare.exec("create table t (id integer primary key, text text not null) strict");
  const insert = bare.prepare("insert into t (text) values (?)");
  const db = mustOpen(file);
  const durable = await machineOn(db.factory);
  const fleeting = await machineOn(new (IDBFactory as unknown as new () => Factory)());
  const content = JSON.stringify({
    msgtype: "m.text",
    body: "an answer of the usual length, in a room that is encrypted",
  });
  const encrypting = (machine: OlmMachine) => async () => {
    await machine.shareRoomKey(new RoomId(room), [], new EncryptionSettings());
    await machine.encryptRoomEvent(new RoomId(room), "m.room.message", content);
  };
  const times = await inTurn(40, [
    { name: "one fsynced SQLite commit", run: async () => void insert.run("a row like a message's") },
    { name: "one message encrypted, with memory alone", run: encrypting(fleeting) },
    {
      name: `one message encrypted, its ratchet on the disk, ${sessions} sessions in the store`,
      run: encrypting(durable),
    },
  ]);
  for (const machine of [durable, fleeting]) machine.close();
  db.close();
  bare.close();
  return times;
}

/** KiB that a process of its own is resident with, the machine open in it. */
async function memoryWith(file: string): Promise<number> {
  const ended = await run([process.execPath, "--expose-gc", join(import.meta.dirname, "encryption-memory.ts"), file]);
  if (ended.code !== 0) throw new Error(ended.stderr);
  return Number(ended.stdout);
}

function contentOf(file: string): number {
  const db = new Database(file, { readonly: true });
  const sum = db.prepare("SELECT sum(length(key) + length(value)) FROM record").pluck().get();
  db.close();
  return Number(sum);
}
