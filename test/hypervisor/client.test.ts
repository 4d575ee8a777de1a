import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type ClientTimings, connectHypervisor } from "../../src/hypervisor/client.ts";
import type { Hypervisor } from "../../src/hypervisor/port.ts";
import { socketTransport } from "../../src/hypervisor/socket.ts";
import type { JournalHead } from "../../src/protocol/wire.ts";
import { memoryHeads, readableLog, told, until } from "./listeners.ts";
import { headAt, operationIn, type SmallExecutor, startSmallExecutor, vmNamed } from "./small-executor.ts";

const one = "6f0f3c1e-4c1b-5e0a-9c7e-0123456789ab";
const two = "6f0f3c1e-4c1b-5e0a-9c7e-0123456789ac";
const quick: Partial<ClientTimings> = { firstRetryMs: 20, longestRetryMs: 100, patienceMs: 300 };

let folder: string;
let executor: SmallExecutor;
let opened: Hypervisor[];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "manchot-client-"));
  executor = await startSmallExecutor(join(folder, "s"));
  opened = [];
});
afterEach(async () => {
  for (const hypervisor of opened) await hypervisor.close();
  await executor.close();
  rmSync(folder, { recursive: true });
});

function connect(timings: Partial<ClientTimings> = {}, first?: JournalHead) {
  const log = readableLog();
  const heads = memoryHeads(first);
  const truncated: [JournalHead, JournalHead][] = [];
  const hypervisor = connectHypervisor({
    name: "host1",
    transport: socketTransport(executor.socket),
    heads,
    log,
    onTruncated: (seen, now) => truncated.push([seen, now]),
    timings: { ...quick, ...timings },
  });
  opened.push(hypervisor);
  const reachable: string[] = [];
  hypervisor.onReachable(told(reachable));
  return { hypervisor, log, heads, truncated, reachable };
}

const value = async (reply: Promise<{ ok: boolean }>): Promise<unknown> => {
  const got = await reply;
  return "value" in got ? got.value : got;
};

test("a thousand asks at once each get their own answer, also where the answers come in another order", async () => {
  const { hypervisor } = connect();
  let most = 0;
  let now = 0;
  executor.intercept = (message, say) => {
    if (message.method !== "ask") return false;
    now += 1;
    most = Math.max(most, now);
    const { vm } = message.params.with as { vm: string };
    setTimeout(() => {
      now -= 1;
      say(JSON.stringify({ jsonrpc: "2.0", id: message.id, result: { head: executor.head, value: vmNamed(vm) } }));
    }, Math.random() * 20);
    return true;
  };
  const names = Array.from({ length: 1000 }, (_, index) => `vm-${index}`);
  const replies = await Promise.all(names.map((vm) => hypervisor.ask("vm.info", { vm })));
  expect(replies.map((reply) => (reply.ok ? reply.value.name : reply))).toEqual(names);
  // A few at a time: a host that is asked for everything at once answers nobody in time.
  expect(most).toBe(4);
});

test("what waits its turn loses none of its time, and holds up nothing of another kind", async () => {
  const { hypervisor } = connect({ askMs: 400 });
  const late: (() => void)[] = [];
  executor.intercept = (message, say) => {
    if (message.method !== "ask") return false;
    const { vm } = message.params.with as { vm: string };
    const result = { head: executor.head, value: vmNamed(vm) };
    late.push(() => say(JSON.stringify({ jsonrpc: "2.0", id: message.id, result })));
    return true;
  };
  executor.operations.set(one, operationIn(one, "running"));
  const asked = Array.from({ length: 12 }, (_, index) => hypervisor.ask("vm.info", { vm: `vm-${index}` }));
  expect(await value(hypervisor.watch(one))).toMatchObject({ state: "running" });
  // Each round takes three quarters of the limit: twelve at once, or one clock for all of them, would not do.
  for (let round = 0; round < 3; round++) {
    await pause(250);
    expect(late.length).toBe(4);
    for (const answer of late.splice(0)) answer();
  }
  expect((await Promise.all(asked)).every((reply) => reply.ok)).toBe(true);
});

test("a request while the executor is away waits for it, and is answered when it comes", async () => {
  await executor.close();
  const { hypervisor, reachable } = connect({ patienceMs: 5_000, longestRetryMs: 60_000, firstRetryMs: 200 });
  await until("it was tried in vain", () => reachable.length > 0);
  const asked = hypervisor.ask("vm.list", {});
  await pause(300);
  executor = await startSmallExecutor(join(folder, "s"));
  expect(await value(asked)).toEqual({ vms: [] });
  expect(reachable).toEqual(["unreachable", "up"]);
});

test("a request while the executor stays away is answered with the reason", async () => {
  await executor.close();
  const { hypervisor } = connect();
  const reply = await hypervisor.ask("vm.list", {});
  expect(reply).toMatchObject({
    ok: false,
    unavailable: { kind: "unreachable", why: expect.stringMatching(/ENOENT/) },
  });
  executor = await startSmallExecutor(join(folder, "s"));
});

test("what waits when the stream ends is answered `unreachable`", async () => {
  const { hypervisor } = connect();
  executor.intercept = (message) => {
    if (message.method !== "ask") return false;
    executor.cut();
    return true;
  };
  const reply = await hypervisor.ask("vm.list", {});
  expect(reply).toMatchObject({ ok: false, unavailable: { kind: "unreachable" } });
});

test("an executor that does not answer is given up after the time limit, and the next question is answered", async () => {
  const { hypervisor } = connect({ askMs: 100 });
  let mute = true;
  executor.intercept = (message) => mute && message.method === "ask";
  expect(await hypervisor.ask("vm.list", {})).toMatchObject({ ok: false, unavailable: { kind: "unreachable" } });
  mute = false;
  expect(await value(hypervisor.ask("vm.list", {}))).toEqual({ vms: [] });
});

test.each([
  [
    "another shape of value",
    (id: string) => ({ jsonrpc: "2.0", id, result: { head: headAt(1), value: { vms: "all" } } }),
  ],
  [
    "a value too many",
    (id: string) => ({ jsonrpc: "2.0", id, result: { head: headAt(1), value: { vms: [], more: 1 } } }),
  ],
  ["no head", (id: string) => ({ jsonrpc: "2.0", id, result: { value: { vms: [] } } })],
  ["neither result nor error", (id: string) => ({ jsonrpc: "2.0", id })],
  [
    "an unknown reason",
    (id: string) => ({ jsonrpc: "2.0", id, error: { code: 1, message: "x", data: { reason: "moon", detail: {} } } }),
  ],
])("an answer that does not fit is `incompatible` and never passed on: %s", async (_, answer) => {
  const { hypervisor } = connect();
  let bad = true;
  executor.intercept = (message, say) => {
    if (!bad || message.method !== "ask") return false;
    say(JSON.stringify(answer(message.id)));
    return true;
  };
  expect(await hypervisor.ask("vm.list", {})).toMatchObject({ ok: false, unavailable: { kind: "incompatible" } });
  bad = false;
  expect(await value(hypervisor.ask("vm.list", {}))).toEqual({ vms: [] });
  expect(executor.connections()).toBe(1);
});

test("garbage, lines above 1 MiB and answers to nothing: the connection lives on, and the log is not flooded", async () => {
  const { hypervisor, log } = connect();
  expect(await value(hypervisor.ask("vm.list", {}))).toEqual({ vms: [] });
  const events: unknown[] = [];
  hypervisor.onOperation((operation) => events.push(operation));
  for (let round = 0; round < 200; round += 1) {
    executor.say("\u0000\ufffd{[");
    executor.say('{"jsonrpc":"2.0","id":"x.1","result":{"head":{},"value":1}}');
    executor.say('{"jsonrpc":"2.0","method":"operation","params":{"id":"no"}}');
    executor.say("[]");
    executor.say("null");
  }
  executor.say("x".repeat(3 * 1024 * 1024));
  executor.say("[".repeat(1024 * 1024 - 1));
  expect(await value(hypervisor.ask("vm.info", { vm: "web" }))).toMatchObject({ name: "web" });
  expect(events).toEqual([]);
  expect(executor.connections()).toBe(1);
  expect(log.lines.filter((line) => line.level === "warn")).toHaveLength(1);
});

test("an executor of another host, or of another protocol, is asked nothing", async () => {
  executor.host = "host2";
  const { hypervisor } = connect();
  const reply = await hypervisor.ask("vm.list", {});
  expect(reply).toMatchObject({
    ok: false,
    unavailable: { kind: "incompatible", why: expect.stringContaining("host2") },
  });
  expect(executor.heard.map((line) => JSON.parse(line).method)).toEqual(["hello"]);
  executor.host = "host1";
  executor.protocol = 2;
  const other = connect();
  expect(await other.hypervisor.ask("vm.list", {})).toMatchObject({ unavailable: { kind: "incompatible" } });
  expect(executor.heard.map((line) => JSON.parse(line).method)).toEqual(["hello", "hello"]);
});

test("an expected failure is the executor's own words, a request above 1 MiB is not sent", async () => {
  const { hypervisor } = connect();
  expect(await hypervisor.watch(one)).toEqual({ ok: false, failure: { reason: "no-such-plan", detail: {} } });
  const before = executor.heard.length;
  const targets = Array.from({ length: 40_000 }, () => "tank/a-name-of-some-length");
  const reply = await hypervisor.plan(
    one,
    "zfs.snapshot",
    { targets },
    { person: "zelie", network: "matrix", request: 1 },
  );
  expect(reply).toEqual({ ok: false, failure: { reason: "too-large", detail: {} } });
  expect(executor.heard.length).toBe(before);
});

test("operations that were applied and have not ended are watched again, and what happened meanwhile is told", async () => {
  const { hypervisor, reachable } = connect();
  const events: string[] = [];
  hypervisor.onOperation(({ id, state }) => events.push(`${id === one ? "one" : "two"} ${state}`));
  expect(await value(hypervisor.apply(one, "h"))).toMatchObject({ state: "running" });
  expect(await value(hypervisor.apply(two, "h"))).toMatchObject({ state: "running" });
  executor.move(two, "done");
  await until("the event came", () => events.length === 1);
  executor.cut();
  executor.move(one, "done");
  await until("it is told", () => events.length === 2);
  expect(events).toEqual(["two done", "one done"]);
  expect(reachable).toEqual(["up", "unreachable", "up"]);
  // Neither is of interest any more.
  executor.cut();
  await until("it is back", () => reachable.length === 5);
  await hypervisor.ask("vm.list", {});
  const watched = executor.heard.map((line) => JSON.parse(line)).filter(({ method }) => method === "watch");
  expect(watched.map(({ params }) => params.id)).toEqual([one]);
});

test("an apply that was cut before its answer is followed all the same", async () => {
  const { hypervisor } = connect();
  const events: string[] = [];
  hypervisor.onOperation(({ state }) => events.push(state));
  let cutOnce = true;
  executor.intercept = (message) => {
    if (message.method !== "apply" || !cutOnce) return false;
    cutOnce = false;
    executor.move(one, "done");
    executor.cut();
    return true;
  };
  expect(await hypervisor.apply(one, "h")).toMatchObject({ unavailable: { kind: "unreachable" } });
  await until("it is told", () => events.length > 0);
  expect(events).toEqual(["done"]);
});

test("the journal's head is kept, and a journal that went back is told loudly, once", async () => {
  const { hypervisor, heads, truncated, log } = connect({}, headAt(1));
  await hypervisor.apply(one, "h");
  await hypervisor.apply(two, "h");
  for (let seq = 2; seq <= 40; seq += 1) executor.move(two, "running");
  executor.move(one, "running");
  await hypervisor.ask("vm.list", {});
  await until("it is kept", () => heads.last()?.seq === 41);
  expect(heads.kept.length).toBeLessThan(10);
  expect(truncated).toEqual([]);
  executor.head = headAt(7);
  executor.cut();
  await until("it is told", () => truncated.length > 0);
  expect(truncated).toEqual([[headAt(41), headAt(7)]]);
  expect(log.lines.filter((line) => line.level === "error")).toHaveLength(1);
  executor.cut();
  await pause(200);
  expect(truncated).toHaveLength(1);
});

test("a journal whose last record is another than the one seen is told, also after the bot's restart", async () => {
  executor.head = headAt(5, "forged");
  const { hypervisor, truncated } = connect({}, headAt(5));
  await hypervisor.ask("vm.list", {});
  expect(truncated).toEqual([[headAt(5), headAt(5, "forged")]]);
});

test("close leaves no connection, and answers what waits", async () => {
  const { hypervisor } = connect();
  executor.intercept = (message) => message.method === "ask";
  const asked = hypervisor.ask("vm.list", {});
  await until("it is asked", () => executor.heard.length === 2);
  await hypervisor.close();
  expect(await asked).toMatchObject({ unavailable: { kind: "unreachable" } });
  expect(await hypervisor.ask("vm.list", {})).toMatchObject({ unavailable: { kind: "unreachable" } });
  await pause(150);
  expect(executor.connections()).toBe(1);
});
