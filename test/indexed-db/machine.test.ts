/** The cryptographic core on a file: reopened, upgraded, killed, refused. */
import { copyFileSync, existsSync } from "node:fs";
import { expect, test } from "vitest";
import { freshFile } from "./fixtures.ts";
import { openMachine } from "./machine.ts";

test("a machine opened again is the same device, and reads what it could read", async () => {
  const file = freshFile();
  let machine = await openMachine(file, "current");
  const { identity } = machine;
  const events: string[] = [];
  for (let n = 0; n < 4; n += 1) {
    events.push(await machine.encrypt(`text ${n}`));
    await machine.turn();
    machine.close();
    machine = await openMachine(file, "current");
    expect(machine.identity).toBe(identity);
  }
  const read = [];
  for (const event of events) read.push(await machine.decrypt(event));
  expect(read).toEqual(["text 0", "text 1", "text 2", "text 3"]);
  machine.close();
});

test("the store of the release before opens in this one, as the same device with the same sessions", async () => {
  const file = freshFile();
  const older = await openMachine(file, "preceding");
  const event = await older.encrypt("written by the release before");
  const { identity } = older;
  const sessions = await older.sessions();
  expect(sessions).toBeGreaterThan(0);
  older.close();
  const newer = await openMachine(file, "current");
  expect(newer.identity).toBe(identity);
  expect(await newer.decrypt(event)).toBe("written by the release before");
  expect(await newer.sessions()).toBe(sessions);
  const next = await newer.encrypt("written by this one");
  newer.close();
  const again = await openMachine(file, "current");
  expect(await again.decrypt(next)).toBe("written by this one");
  again.close();
});

test("two machines of one process, opened at one moment, are two devices", async () => {
  const files = [freshFile(), freshFile()];
  const machines = await Promise.all(files.map((file) => openMachine(file, "current")));
  const identities = machines.map(({ identity }) => identity);
  expect(new Set(identities).size).toBe(2);
  for (const machine of machines) machine.close();
  const again = await Promise.all(files.map((file) => openMachine(file, "current")));
  expect(again.map(({ identity }) => identity)).toEqual(identities);
  for (const machine of again) machine.close();
});

test("what a machine has encrypted is nowhere sooner than its ratchet on the disk", async () => {
  const file = freshFile();
  const machine = await openMachine(file, "current");
  await machine.encrypt("first");
  for (let n = 0; n < 3; n += 1) {
    const index = indexOf(await machine.encrypt(`text ${n}`));
    const copy = freshFile();
    copyFileSync(file, copy);
    if (existsSync(`${file}-wal`)) copyFileSync(`${file}-wal`, `${copy}-wal`);
    const risen = await openMachine(copy, "current");
    // Killed right after it encrypted, it must not encrypt another text with the same key.
    expect(indexOf(await risen.encrypt("another"))).toBeGreaterThan(index);
    risen.close();
  }
  machine.close();
});

/** The place in the ratchet, which the ciphertext's protobuf tells in clear: 03, 08, varint. */
function indexOf(event: string): number {
  const bytes = Buffer.from(JSON.parse(event).content.ciphertext, "base64");
  expect([bytes[0], bytes[1]]).toEqual([3, 8]);
  return bytes[2] ?? Number.NaN;
}
