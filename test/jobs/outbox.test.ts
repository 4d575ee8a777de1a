import { join } from "node:path";
import { setTimeout as after } from "node:timers/promises";
import { expect, onTestFinished, test } from "vitest";
import type { Delivery, Network, Outgoing } from "../../src/chat/port.ts";
import { createOutbox } from "../../src/jobs/outbox.ts";
import type { Log } from "../../src/log.ts";
import type { Store } from "../../src/store/store.ts";
import { startProgram } from "../rig/process.ts";
import { freshStore, temporaryFolder } from "../store/fixtures.ts";
import { final, inThread, message, progress, wordsOf } from "../store/messages.ts";
import { sent, type TestNetwork, testNetwork } from "./network.ts";

function start(store: Store, networks: readonly TestNetwork[], clock = { now: 10_000 }) {
  const lines: string[] = [];
  const line = (values: object, words: string) => void lines.push(`${words} ${JSON.stringify(values)}`);
  const log: Log = { debug: line, info: line, warn: line, error: line };
  const outbox = createOutbox({
    store,
    networks: new Map<Network, TestNetwork>(networks.map((network) => [network.network, network])),
    now: () => clock.now,
    log,
  });
  onTestFinished(() => outbox.stop());
  return { outbox, clock, lines };
}

function answer(store: Store, eventId: string, { thread = eventId, network = "matrix" as Network } = {}): number {
  const { request } = store.accept(inThread(eventId, thread, network), 1000);
  store.advance(request.number, "received", "answered", { event: "answered", posts: [final(eventId)] }, 1000);
  return request.number;
}

const said = (network: TestNetwork): string[] => network.sent.map(wordsOf);
const keys = (network: TestNetwork): string[] => network.sent.map(({ key }) => key);
const events = (store: Store, number: number): string[] => store.history(number).map(({ event }) => event);

test("an answer goes to the message that asked, once, and the history says so", async () => {
  const store = freshStore();
  const network = testNetwork(() => sent("$answer"));
  const { outbox } = start(store, [network]);
  const number = answer(store, "$a");
  outbox.wake();
  outbox.wake();
  await outbox.idle();
  await outbox.idle();
  expect(network.sent).toHaveLength(1);
  expect(network.sent[0]).toMatchObject({
    inReplyTo: "$a",
    account: "@zelie:example.org",
    label: "zelie",
    language: "fr",
  });
  expect(network.sent[0]).not.toHaveProperty("edits");
  expect(store.history(number).at(-1)).toMatchObject({ event: "delivered", detail: { eventId: "$answer" } });
});

test("a post whose outcome is unknown is tried again with the same key, ever more slowly, until it is known", async () => {
  const store = freshStore();
  const network = testNetwork((_, count) => {
    if (count === 1) throw Object.assign(new Error("socket hang up"), { headers: "Bearer geheim" });
    return count < 10 ? { kind: "unknown", why: "timed out" } : sent();
  });
  const { outbox, clock, lines } = start(store, [network]);
  const number = answer(store, "$a");
  const waits: number[] = [];
  for (let count = 1; count < 10; count += 1) {
    await outbox.idle();
    expect(network.sent).toHaveLength(count);
    const next = store.nextDue() ?? 0;
    waits.push(next - clock.now);
    clock.now = next;
  }
  await outbox.idle();
  expect(waits).toEqual([1, 2, 4, 8, 16, 32, 60, 60, 60].map((seconds) => seconds * 1000));
  expect(new Set(keys(network)).size).toBe(1);
  expect(events(store, number)).toEqual(["received", "answered", "delivered"]);
  expect(lines.join("\n")).toContain("socket hang up");
  expect(lines.join("\n")).not.toContain("geheim");
});

test("a network that asks for patience gets it, with the same key, within bounds", async () => {
  const store = freshStore();
  const asked = [5_000, -1, Number.NaN, 1e12];
  const network = testNetwork((_, count) => {
    const afterMs = asked[count - 1];
    return afterMs === undefined ? sent() : { kind: "retry", afterMs, why: "429" };
  });
  const { outbox, clock } = start(store, [network]);
  answer(store, "$a");
  const waits: number[] = [];
  for (const _ of asked) {
    await outbox.idle();
    waits.push((store.nextDue() ?? 0) - clock.now);
    clock.now = store.nextDue() ?? 0;
  }
  await outbox.idle();
  expect(waits).toEqual([5_000, 250, 250, 3_600_000]);
  expect(keys(network)).toHaveLength(5);
  expect(new Set(keys(network)).size).toBe(1);
});

test("a key that the network used up is replaced, as often as it likes, and the post is not given up for it", async () => {
  const store = freshStore();
  const network = testNetwork((_, count) =>
    count <= 8 ? { kind: "retry", afterMs: 1_000, why: "429", spent: true } : sent(),
  );
  const { outbox, clock } = start(store, [network]);
  const number = answer(store, "$a");
  for (let count = 0; count < 9; count += 1) {
    await outbox.idle();
    clock.now = store.nextDue() ?? clock.now;
  }
  expect(new Set(keys(network)).size).toBe(9);
  expect(network.sent.some(({ again }) => again)).toBe(false);
  expect(events(store, number).at(-1)).toBe("delivered");
});

test("rejections are counted apart from keys that were used up", async () => {
  const store = freshStore();
  const network = testNetwork((_, count) =>
    count % 2 === 1 ? { kind: "retry", afterMs: 1_000, why: "429", spent: true } : { kind: "rejected", why: "no" },
  );
  const { outbox, clock } = start(store, [network]);
  const number = answer(store, "$a");
  for (let count = 0; count < 20; count += 1) {
    await outbox.idle();
    clock.now = store.nextDue() ?? clock.now;
  }
  expect(network.sent).toHaveLength(12);
  expect(events(store, number).at(-1)).toBe("undeliverable");
});

test("a network is told whether an earlier try may have taken effect, and which parts are out", async () => {
  const store = freshStore();
  const outcomes: Delivery[] = [
    { kind: "unknown", why: "timed out", parts: ["$1"] },
    { kind: "retry", afterMs: 1_000, why: "502" },
    { kind: "rejected", why: "too large", parts: ["$1", "$2"] },
    { kind: "unknown", why: "timed out" },
    { kind: "retry", afterMs: 1_000, why: "429", spent: true, parts: ["$1", "$2", "$3"] },
  ];
  const network = testNetwork((_, count) => outcomes[count - 1] ?? sent());
  const { outbox, clock } = start(store, [network]);
  answer(store, "$a");
  for (const _ of outcomes) {
    await outbox.idle();
    clock.now = store.nextDue() ?? clock.now;
  }
  await outbox.idle();
  expect(network.sent.map(({ again, parts }) => [again, ...parts])).toEqual([
    [false],
    [true, "$1"],
    [true, "$1"],
    [false, "$1", "$2"],
    [true, "$1", "$2"],
    [false, "$1", "$2", "$3"],
  ]);
});

test("a rejected post gets five new keys, then the history says that it could not be delivered", async () => {
  const store = freshStore();
  const network = testNetwork(() => ({ kind: "rejected", why: `forbidden ${"x".repeat(5_000)}` }));
  const { outbox, clock } = start(store, [network]);
  const number = answer(store, "$a");
  for (let count = 0; count < 9; count += 1) {
    await outbox.idle();
    clock.now = store.nextDue() ?? clock.now;
  }
  expect(network.sent).toHaveLength(6);
  expect(new Set(keys(network)).size).toBe(6);
  const last = store.history(number).at(-1);
  expect(last).toMatchObject({ event: "undeliverable", detail: { attempts: 6 } });
  expect(String(last?.detail.why)).toMatch(/^forbidden x{200,300}$/);
});

test("one thread's posts go one after the other in their order, other threads beside them, four at a time", async () => {
  const store = freshStore();
  const network = testNetwork(async () => {
    await after(5);
    return sent();
  });
  const { outbox } = start(store, [network]);
  for (let count = 0; count < 30; count += 1) answer(store, `${count}`, { thread: `$t${count % 6}` });
  outbox.wake();
  await outbox.idle();
  expect(said(network).sort((a, b) => Number(a) - Number(b))).toEqual(
    Array.from({ length: 30 }, (_, count) => `${count}`),
  );
  for (let thread = 0; thread < 6; thread += 1) {
    const inOrder = said(network)
      .map(Number)
      .filter((count) => count % 6 === thread);
    expect(inOrder).toEqual(inOrder.toSorted((a, b) => a - b));
  }
  expect(network.most()).toBe(4);
});

test("a post that must wait holds up its own thread and no other", async () => {
  const store = freshStore();
  const network = testNetwork((post) => (wordsOf(post) === "1" ? { kind: "unknown", why: "?" } : sent()));
  const { outbox } = start(store, [network]);
  answer(store, "1", { thread: "$t" });
  answer(store, "2", { thread: "$t" });
  answer(store, "3", { thread: "$u" });
  await outbox.idle();
  expect(said(network)).toEqual(["1", "3"]);
});

test("a network that hangs holds up no other, not even what falls due later", async () => {
  const store = freshStore();
  const { promise, resolve } = Promise.withResolvers<Delivery>();
  const matrix = testNetwork(() => promise);
  const fediverse = testNetwork((_, count) => (count === 1 ? { kind: "retry", afterMs: 300, why: "429" } : sent()), {
    network: "fediverse",
  });
  const clock = { now: 0 };
  const { outbox } = start(store, [matrix, fediverse], {
    get now() {
      return Date.now() + clock.now;
    },
  });
  for (let count = 0; count < 20; count += 1) answer(store, `${count}`);
  answer(store, "a", { network: "fediverse" });
  outbox.wake();
  await expect.poll(() => fediverse.sent.length, { timeout: 5_000 }).toBe(2);
  expect(matrix.sent).toHaveLength(4);
  resolve(sent());
  await outbox.idle();
  expect(matrix.sent).toHaveLength(20);
});

test("progress is edited in place where the network can, and the answer follows in a post of its own", async () => {
  const store = freshStore();
  const network = testNetwork((_, count) => sent(`$${count}`));
  const { outbox } = start(store, [network]);
  const { request } = store.accept(message("$a"), 1000);
  store.advance(request.number, "received", "applying", { event: "applied" }, 1000);
  for (const words of ["one", "two"]) {
    store.note(request.number, "progress", {}, [progress(words)], 1000);
    await outbox.idle();
  }
  store.advance(request.number, "applying", "done", { event: "done", posts: [final("made")] }, 1000);
  await outbox.idle();
  expect(network.sent.map((post) => [wordsOf(post), post.edits])).toEqual([
    ["one", undefined],
    ["two", "$1"],
    ["made", undefined],
  ]);
});

test("where posts cannot be edited, progress is left out and the answer comes", async () => {
  const store = freshStore();
  const network = testNetwork(undefined, { edits: false });
  const { outbox } = start(store, [network]);
  const { request } = store.accept(message("$a"), 1000);
  store.advance(request.number, "received", "applying", { event: "applied" }, 1000);
  store.note(request.number, "progress", {}, [progress("one")], 1000);
  await outbox.idle();
  store.advance(request.number, "applying", "done", { event: "done", posts: [final("made")] }, 1000);
  await outbox.idle();
  expect(said(network)).toEqual(["made"]);
});

test("the answer waits for progress that is just being sent", async () => {
  const store = freshStore();
  const { promise, resolve } = Promise.withResolvers<Delivery>();
  const network = testNetwork((_, count) => (count === 1 ? promise : sent()));
  const { outbox } = start(store, [network]);
  const { request } = store.accept(message("$a"), 1000);
  store.advance(request.number, "received", "applying", { event: "applied" }, 1000);
  store.note(request.number, "progress", {}, [progress("one")], 1000);
  outbox.wake();
  await expect.poll(() => network.sent.length).toBe(1);
  store.advance(request.number, "applying", "done", { event: "done", posts: [final("made")] }, 1000);
  outbox.wake();
  await after(50);
  expect(said(network)).toEqual(["one"]);
  resolve(sent("$progress"));
  await outbox.idle();
  expect(said(network)).toEqual(["one", "made"]);
  expect(network.most()).toBe(1);
});

test("a post for a network that is not configured waits an hour, and goes once it is", async () => {
  const store = freshStore();
  const number = answer(store, "$a", { network: "fediverse" });
  const first = start(store, []);
  await first.outbox.idle();
  expect(store.nextDue()).toBe(first.clock.now + 3_600_000);
  await first.outbox.stop();
  const network = testNetwork(undefined, { network: "fediverse" });
  await start(store, [network], { now: first.clock.now + 3_600_000 }).outbox.idle();
  expect(events(store, number)).toContain("delivered");
});

test("what falls due later goes by itself", async () => {
  const store = freshStore();
  const network = testNetwork((_, count) => (count === 1 ? { kind: "retry", afterMs: 300, why: "429" } : sent()));
  const { outbox } = start(store, [network], {
    get now() {
      return Date.now();
    },
  });
  const number = answer(store, "$a");
  await outbox.idle();
  expect(network.sent).toHaveLength(1);
  await expect.poll(() => events(store, number).at(-1), { timeout: 5_000 }).toBe("delivered");
});

test("what falls due just while the outbox looks is not forgotten", async () => {
  for (let looks = 1; looks < 6; looks += 1) {
    const store = freshStore();
    const network = testNetwork((_, count) => (count === 1 ? { kind: "retry", afterMs: 300, why: "429" } : sent()));
    let left = Number.POSITIVE_INFINITY;
    const clock = {
      get now() {
        left -= 1;
        return left < 0 ? 1_300 : 1_000;
      },
    };
    const { outbox } = start(store, [network], clock);
    const number = answer(store, "$a");
    await outbox.idle();
    expect(store.nextDue()).toBe(1_300);
    left = looks;
    outbox.wake();
    await expect.poll(() => events(store, number).at(-1), { timeout: 5_000 }).toBe("delivered");
  }
});

test("stop waits shortly for what is under way, and begins nothing more", async () => {
  const store = freshStore();
  const network = testNetwork(async (post: Outgoing) => {
    if (wordsOf(post) === "late") return { kind: "unknown", why: "?" };
    await after(100);
    return sent();
  });
  const { outbox } = start(store, [network], {
    get now() {
      return Date.now();
    },
  });
  answer(store, "late");
  await outbox.idle();
  const numbers = ["1", "2"].map((event) => answer(store, event, { thread: "$t" }));
  outbox.wake();
  await expect.poll(() => network.sent.length).toBe(2);
  await outbox.stop();
  expect(numbers.map((number) => events(store, number).at(-1))).toEqual(["delivered", "answered"]);
  outbox.wake();
  await outbox.idle();
  await after(50);
  expect(network.sent).toHaveLength(2);
});

test("stop leaves no timer: a process with posts for later ends by itself", async () => {
  const program = startProgram([process.execPath, join(import.meta.dirname, "stopper.ts"), temporaryFolder()]);
  const [, due] = /^stopped, next due in (\d+) ms$/.exec(await program.line(/^stopped/)) ?? [];
  expect(Number(due)).toBeGreaterThan(30_000);
  const ended = await Promise.race([program.exited, after(10_000).then(() => "still there")]);
  await program.kill();
  expect(ended).toBe(0);
});

test("a send that never ends does not keep stop, and its late outcome touches nothing", async () => {
  const store = freshStore();
  const { promise, resolve } = Promise.withResolvers<Delivery>();
  const { outbox } = start(store, [testNetwork(() => promise)]);
  const number = answer(store, "$a");
  outbox.wake();
  await after(50);
  const waiting = outbox.idle();
  await outbox.stop();
  await waiting;
  resolve(sent());
  await after(20);
  expect(events(store, number).at(-1)).toBe("answered");
});

test("a store that fails does not make the outbox send again and again", async () => {
  const store = freshStore();
  const network = testNetwork();
  answer(store, "$a");
  const failing: Store = {
    ...store,
    delivered: () => {
      throw new Error("database or disk is full");
    },
  };
  const { outbox, lines } = start(failing, [network]);
  outbox.wake();
  await after(200);
  outbox.wake();
  await after(100);
  expect(network.sent).toHaveLength(1);
  expect(lines.join("\n")).toContain("disk is full");
});
