/** SIGKILL at random moments of a stream of messages: what a call had returned stands, and nothing stands by half. */
import { randomBytes, randomInt } from "node:crypto";
import { appendFileSync, copyFileSync, existsSync, rmSync, statSync, truncateSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as after } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";
import { expect, test } from "vitest";
import { openStore } from "../../src/store/sqlite.ts";
import type { Request, Store } from "../../src/store/store.ts";
import { startProgram } from "../rig/process.ts";
import { temporaryFolder } from "./fixtures.ts";

const worker = join(import.meta.dirname, "kill-worker.ts");
const kills = 12;

/** Runs the worker, kills it so long after it opened the store; what it had said. */
async function runAndKill(file: string, run: number, afterMs: number): Promise<readonly string[]> {
  const program = startProgram([process.execPath, worker, file, String(run)]);
  await program.line(/^open/);
  await after(afterMs);
  await program.kill();
  // A last line that was cut says nothing.
  return program.lines.filter((line) => /^(accepted|applying|ended|sent|delivered) .*[^ ]$/.test(line));
}

/** Opens a copy, so that the check may empty the outbox; `spoil` does something to the copied log first. */
function openCopy(file: string, folder: string, spoil: (log: string) => void = () => {}): Store {
  const copy = join(folder, "copy.db");
  rmSync(`${copy}-wal`, { force: true });
  copyFileSync(file, copy);
  if (existsSync(`${file}-wal`)) copyFileSync(`${file}-wal`, `${copy}-wal`);
  spoil(`${copy}-wal`);
  return openStore(copy);
}

/** History, state and posts of each request tell the same story. Returns the requests by number. Closes the store. */
function checkWhole(store: Store): ReadonlyMap<number, Request> {
  const waiting = new Map<number, number>();
  for (let batch = store.due(Date.now(), 1_000); batch.length > 0; batch = store.due(Date.now(), 1_000)) {
    for (const { id, post, request } of batch) {
      store.reject(id, 0, "counted", true);
      if (post.purpose === "final") waiting.set(request.number, (waiting.get(request.number) ?? 0) + 1);
    }
  }
  const requests = store.requests({ limit: 1_000_000 });
  for (const { number, state } of requests) {
    const events = store.history(number).map(({ event }) => event);
    const count = (...names: string[]) => events.filter((event) => names.includes(event)).length;
    const ended = state === "answered" || state === "done" ? 1 : 0;
    const story = { received: 1, applied: state === "applying" || state === "done" ? 1 : 0, ended, answers: ended };
    const told = {
      received: count("received"),
      applied: count("applied"),
      ended: count("answered", "done"),
      answers: count("delivered") + (waiting.get(number) ?? 0),
    };
    if (!isDeepStrictEqual(told, story)) expect(told, `request ${number}, ${state}`).toEqual(story);
  }
  store.close();
  return new Map(requests.map((request) => [request.number, request]));
}

test("a SIGKILL undoes nothing that a call had returned, and leaves nothing by half", async () => {
  const folder = temporaryFolder();
  const file = join(folder, "manchot.db");
  const accepted = new Map<number, string>();
  const ended = new Set<number>();
  const delivered = new Set<number>();
  const keys = new Map<number, string>();
  for (let run = 0; run < kills; run += 1) {
    for (const line of await runAndKill(file, run, randomInt(400))) {
      const [call, id = "", what = "", key = ""] = line.split(" ");
      const number = Number(id);
      if (call === "accepted") accepted.set(number, what);
      if (call === "ended") ended.add(number);
      if (what !== "final") continue;
      // One answer, one key: a try after the kill is the same post to the network.
      if (call === "sent") expect(keys.get(number) ?? key).toBe(key);
      if (call === "sent") keys.set(number, key);
      if (call === "delivered") expect(delivered.has(number), `${number} delivered twice`).toBe(false);
      if (call === "delivered") delivered.add(number);
    }
    const requests = checkWhole(openCopy(file, folder));
    for (const [number, eventId] of accepted) expect(requests.get(number)?.eventId).toBe(eventId);
    const states = [...ended].map((number) => requests.get(number)?.state);
    expect(states.every((state) => state === "answered" || state === "done")).toBe(true);
    expect(new Set([...requests.values()].map(({ eventId }) => eventId)).size).toBe(requests.size);
  }
  expect(accepted.size).toBeGreaterThan(kills);
  expect(delivered.size).toBeGreaterThan(0);
  const store = openStore(file);
  const undone = [...delivered].filter((number) => !store.history(number).some(({ event }) => event === "delivered"));
  expect(undone).toEqual([]);
  store.close();
});

test("a log whose end is torn, overwritten or missing costs its end, and nothing else", async () => {
  const folder = temporaryFolder();
  const file = join(folder, "manchot.db");
  await runAndKill(file, 0, 400);
  const whole = checkWhole(openCopy(file, folder)).size;
  for (let count = 0; count < 20; count += 1) {
    const requests = checkWhole(
      openCopy(file, folder, (log) => {
        const { size } = statSync(log);
        const at = size - randomInt(Math.min(size, 30_000));
        truncateSync(log, at);
        if (count % 2 === 0) appendFileSync(log, randomBytes(size - at));
      }),
    );
    expect(requests.size).toBeGreaterThan(0);
    expect(requests.size).toBeLessThanOrEqual(whole);
  }
});
