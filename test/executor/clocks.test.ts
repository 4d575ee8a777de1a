/** The host's clock jumps, and its pools come late: no change is lost, done twice, or kept from being done. */
import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { JournalEntry, Operation, Plan } from "../../src/protocol/plan.ts";
import { Simulator } from "../../src/simulator/simulator.ts";
import { startBench, temporaryFolder } from "./bench.ts";
import { type Peer, planOf } from "./peer.ts";

const hour = 3600_000;
const year = 366 * 24 * hour;

/** A host whose clock can be set; the time that really passes is another thing. */
function machine() {
  const time = { set: Date.now(), passed: 0 };
  const simulator = new Simulator({ clock: () => time.set + time.passed, monotonic: () => time.passed });
  return { time, simulator };
}

async function begin(peer: Peer, id = randomUUID()): Promise<Operation> {
  const plan = await peer.value<Plan>("plan", planOf(id, ["tank/mail"]));
  return peer.value<Operation>("apply", { id, hash: plan.hash });
}

/** Operations that need not wait, until one must. */
async function room(peer: Peer): Promise<number> {
  for (let count = 0; ; count++) if ((await begin(peer)).queuedUntil !== undefined) return count;
}

const limits = { perMinute: 3, perHour: 6 };

test("a clock that jumped ahead and was set back stops nothing, neither at once nor after a restart", async () => {
  const { time, simulator } = machine();
  const state = temporaryFolder();
  const first = await startBench({ rules: { limits }, simulator, state });
  const peer = first.connect();
  time.set += year;
  const ids = [randomUUID(), randomUUID(), randomUUID()];
  for (const id of ids) expect((await begin(peer, id)).queuedUntil).toBeUndefined();
  await Promise.all(ids.map((id) => peer.end(id)));
  time.set -= year;
  time.passed += 61_000;
  const last = randomUUID();
  expect((await begin(peer, last)).queuedUntil).toBeUndefined();
  await peer.end(last);
  await first.daemon.close();

  time.passed += 3 * hour;
  const second = await startBench({ rules: { limits }, simulator, state });
  expect(await room(second.connect())).toBe(limits.perMinute);
});

test("a clock that was set back while nobody was there counts what was done as done just now, once", async () => {
  const { time, simulator } = machine();
  const state = temporaryFolder();
  const given = { rules: { limits }, simulator, state };
  time.set += year;
  const first = await startBench(given);
  const peer = first.connect();
  const ids = [randomUUID(), randomUUID(), randomUUID()];
  for (const id of ids) await begin(peer, id);
  const waiting = randomUUID();
  const due = (await begin(peer, waiting)).queuedUntil ?? 0;
  await first.daemon.close();
  time.set -= year;

  const second = await startBench(given);
  const again = second.connect();
  const stands = await again.value<Operation>("watch", { id: waiting });
  const now = Math.floor((time.set + time.passed) / 1000);
  expect(stands.queuedUntil).toBe(now + 60);
  expect(due - now).toBeGreaterThan(year / 1000);
  await second.daemon.close();

  // A second start an hour later must not count them as done just now again.
  time.passed += hour + 1000;
  const third = await startBench(given);
  expect(await room(third.connect())).toBe(limits.perMinute - 1);
});

test("a clock that jumps ahead opens the gate no further than the limits do, also after a restart", async () => {
  const { time, simulator } = machine();
  const state = temporaryFolder();
  const given = { rules: { limits }, simulator, state };
  const first = await startBench(given);
  const peer = first.connect();
  expect(await room(peer)).toBe(limits.perMinute);
  time.set += year;
  expect((await begin(peer)).queuedUntil).toBeDefined();
  for (let count = 0; count < 10; count++) await begin(peer);
  await first.daemon.close();

  time.set += year;
  const second = await startBench(given);
  const stands = await waitingOf(second.connect(), state);
  expect(stands.filter(({ queuedUntil }) => queuedUntil === undefined).length).toBeLessThanOrEqual(limits.perMinute);
  expect(stands.length).toBe(12);
});

/** How those stand that were accepted and had not begun. */
async function waitingOf(peer: Peer, state: string): Promise<Operation[]> {
  const records = readFileSync(join(state, "journal.jsonl"), "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
  const begun = new Set(
    records.filter(({ kind, seq }) => kind === "begun" && seq < started(records)).map(({ op }) => op),
  );
  const accepted: string[] = records.filter(({ kind }) => kind === "accepted").map(({ op }) => op);
  return Promise.all(accepted.filter((id) => !begun.has(id)).map((id) => peer.value<Operation>("watch", { id })));
}

function started(records: readonly { kind: string; seq: number }[]): number {
  return records.findLast(({ kind }) => kind === "started")?.seq ?? 0;
}

test("what was told as expired stays expired when the clock is set back, also after a restart", async () => {
  const { time, simulator } = machine();
  const state = temporaryFolder();
  const first = await startBench({ simulator, state });
  const peer = first.connect();
  const [applied, watched] = [randomUUID(), randomUUID()];
  const plans = [
    await peer.value<Plan>("plan", planOf(applied, ["web"])),
    await peer.value<Plan>("plan", planOf(watched, ["web"])),
  ];
  time.set += 31 * 60_000;
  expect((await peer.refusal("apply", { id: applied, hash: plans[0]?.hash })).reason).toBe("expired");
  expect((await peer.value<Operation>("watch", { id: watched })).state).toBe("expired");
  time.set -= 31 * 60_000;
  const staysSo = async (by: Peer) => {
    for (const [index, id] of [applied, watched].entries()) {
      expect((await by.refusal("apply", { id, hash: plans[index]?.hash })).reason).toBe("expired");
      expect((await by.value<Operation>("watch", { id })).state).toBe("expired");
      const entries = await by.value<JournalEntry[]>("journal", { id });
      expect(entries.filter(({ kind }) => kind === "ended").length).toBe(1);
    }
  };
  await staysSo(peer);
  await first.daemon.close();
  await staysSo((await startBench({ simulator, state })).connect());
  for (const id of [applied, watched]) expect(JSON.stringify(simulator.model)).not.toContain(id);
});

/** An operation that was accepted, and whose pool is away when the executor starts again. */
async function withoutPool() {
  const { time, simulator } = machine();
  const state = temporaryFolder();
  const given = { rules: { limits: { perMinute: 1, perHour: 60 } }, simulator, state };
  const first = await startBench(given);
  const peer = first.connect();
  await begin(peer);
  const id = randomUUID();
  expect((await begin(peer, id)).queuedUntil).toBeDefined();
  await first.daemon.close();
  const { pools, datasets } = simulator.model;
  const kept = { pools: [...pools], datasets: [...datasets] };
  simulator.model.pools = pools.filter(({ name }) => name !== "tank");
  simulator.model.datasets = datasets.filter(({ name }) => !/^tank(?:\/|$)/.test(name));
  time.passed += 61_000;
  const again = (await startBench(given)).connect();
  expect((await again.value<Operation>("watch", { id })).queuedUntil).toBeUndefined();
  return { id, peer: again, time, bringBack: () => Object.assign(simulator.model, kept) };
}

test("a change that was accepted waits for its pool to be imported after a power cut", async () => {
  const { id, peer, bringBack } = await withoutPool();
  await new Promise((resolve) => setTimeout(resolve, 700));
  expect((await peer.value<Operation>("watch", { id })).state).toBe("queued");
  bringBack();
  expect((await peer.end(id)).state).toBe("done");
});

test("it waits ten minutes by the clock that nobody sets, and then tells what is wrong", async () => {
  const { id, peer, time } = await withoutPool();
  time.set += hour;
  await new Promise((resolve) => setTimeout(resolve, 1200));
  expect((await peer.value<Operation>("watch", { id })).state).toBe("queued");
  time.passed += 10 * 60_000;
  expect(await peer.end(id)).toMatchObject({
    state: "failed",
    failure: { reason: "pool-unhealthy", detail: { pool: "tank", health: "not imported" } },
  });
});

test("a clock that jumped by years and back does not let what is done be done again", async () => {
  const { time, simulator } = machine();
  const state = temporaryFolder();
  const first = await startBench({ simulator, state });
  const peer = first.connect();
  const id = randomUUID();
  await begin(peer, id);
  const ended = await peer.end(id);
  await first.daemon.close();
  time.set += 2 * year;

  const second = await startBench({ simulator, state });
  expect(await begin(second.connect(), id)).toEqual(ended);
  expect(JSON.stringify(simulator.model).split(id)).toHaveLength(2);
});
