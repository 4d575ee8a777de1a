import { expect, test } from "vitest";
import type { RequestState } from "../../src/store/store.ts";
import { freshStore } from "./fixtures.ts";
import { final, message, wordsOf } from "./messages.ts";

test("a message is in the inbox once, however often it is delivered", () => {
  const store = freshStore();
  const first = store.accept(message("$a"), 1000);
  const second = store.accept(message("$a", { text: "something else" }), 2000);
  expect(first.fresh).toBe(true);
  expect(second).toEqual({ request: first.request, fresh: false });
  expect(store.history(first.request.number)).toEqual([{ at: 1000, event: "received", detail: {} }]);
  expect(store.accept(message("$b"), 3000).request.number).toBe(first.request.number + 1);
});

test("the same event id on another network is another message", () => {
  const store = freshStore();
  expect(store.accept(message("1"), 1000).fresh).toBe(true);
  expect(store.accept(message("1", { network: "fediverse" }), 1000).fresh).toBe(true);
});

test("what was said comes back as it was", () => {
  const store = freshStore();
  const said = message("$a", {
    text: "instantané wéb 🐧",
    language: "fr",
    venue: { network: "matrix", place: "!r", thread: "$t", direct: true, encrypted: true, visibility: "unlisted" },
  });
  const { request } = store.accept(said, 1000);
  expect(request).toMatchObject({ ...said, number: 1, receivedAt: 1000, state: "received", attempt: 0 });
  expect(store.find(1)).toEqual(request);
  expect(store.find(2)).toBeUndefined();
});

test.each([Number.NaN, 1e300, -1e300, Number.POSITIVE_INFINITY, 12.5])(
  "a time of sending of %d does not keep a message out",
  (sentAt) => {
    const { request } = freshStore().accept(message("$a", { sentAt }), 1000);
    expect(Number.isSafeInteger(request.sentAt)).toBe(true);
  },
);

test("a request moves on with its patch, its history and its post", () => {
  const store = freshStore();
  store.accept(message("$a"), 1000);
  const patch = { person: "zelie", command: "snapshot", given: { target: "web" } };
  expect(store.advance(1, "received", "accepted", { patch, event: "accepted", detail: { rules: ["r"] } }, 1100)).toBe(
    true,
  );
  const plan = { patch: { operation: "op", planHash: "h" }, event: "planned" };
  expect(store.advance(1, "accepted", "planned", plan, 1200)).toBe(true);
  expect(store.find(1)).toMatchObject({ ...patch, state: "planned", operation: "op", planHash: "h", receivedAt: 1000 });
  expect(store.advance(1, "planned", "done", { event: "done", posts: [final("made")] }, 1300)).toBe(true);
  expect(store.history(1).map(({ at, event }) => `${at} ${event}`)).toEqual([
    "1000 received",
    "1100 accepted",
    "1200 planned",
    "1300 done",
  ]);
  expect(store.due(1300, 10).map(({ post }) => wordsOf(post))).toEqual(["made"]);
});

test("a request that somebody else moved stays as it is, and nothing is written", () => {
  const store = freshStore();
  store.accept(message("$a"), 1000);
  store.advance(1, "received", "accepted", { event: "accepted" }, 1100);
  const change = { patch: { person: "mallory" }, event: "answered", posts: [final("no")], pages: [] };
  expect(store.advance(1, "received", "answered", change, 1200)).toBe(false);
  expect(store.advance(99, "received", "answered", change, 1200)).toBe(false);
  expect(store.find(1)).toMatchObject({ state: "accepted", person: undefined });
  expect(store.history(1)).toHaveLength(2);
  expect(store.due(5000, 10)).toEqual([]);
});

test("a change that cannot be written whole is not written at all", () => {
  const store = freshStore();
  store.accept(message("$a"), 1000);
  const circular: Record<string, unknown> = {};
  circular.self = circular;
  expect(() => store.advance(1, "received", "done", { event: "done", detail: circular }, 1100)).toThrow();
  expect(store.find(1)?.state).toBe("received");
  expect(store.history(1)).toHaveLength(1);
});

test("unfinished is what a restart takes up, oldest first", () => {
  const store = freshStore();
  const states: RequestState[] = ["received", "answered", "accepted", "planned", "applying", "done", "failed", "late"];
  for (const state of states) {
    const { request } = store.accept(message(`$${state}`), 1000);
    if (state !== "received") store.advance(request.number, "received", state, { event: state }, 1000);
  }
  expect(store.unfinished().map(({ state }) => state)).toEqual(["received", "accepted", "planned", "applying"]);
});

test("requests are listed newest first, for all, for a person, for an account", () => {
  const store = freshStore();
  for (const [event, account] of [
    ["$a", "@zelie:x"],
    ["$b", "@yann:x"],
    ["$c", "@zelie:x"],
  ] as const) {
    store.accept(message(event, { account }), 1000);
  }
  store.advance(2, "received", "answered", { patch: { person: "yann" }, event: "answered" }, 1000);
  const numbers = (filter: Parameters<typeof store.requests>[0]) => store.requests(filter).map(({ number }) => number);
  expect(numbers({ limit: 2 })).toEqual([3, 2]);
  expect(numbers({ person: "yann", limit: 9 })).toEqual([2]);
  expect(numbers({ account: { network: "matrix", account: "@zelie:x" }, limit: 9 })).toEqual([3, 1]);
  expect(numbers({ account: { network: "fediverse", account: "@zelie:x" }, limit: 9 })).toEqual([]);
  expect(numbers({ person: "yann", account: { network: "matrix", account: "@zelie:x" }, limit: 9 })).toEqual([]);
});

test("run resets the clock of the age window", () => {
  const store = freshStore();
  store.accept(message("$a"), 1000);
  store.advance(1, "received", "late", { event: "late" }, 1000);
  store.advance(1, "late", "accepted", { patch: { receivedAt: 9000, attempt: 1 }, event: "accepted" }, 9000);
  expect(store.find(1)).toMatchObject({ receivedAt: 9000, attempt: 1, state: "accepted" });
});

test("a note on a request that is not there is a fault", () => {
  expect(() => freshStore().note(7, "progress", {}, [], 1000)).toThrow("there is no request 7");
});

test("old requests are forgotten with all that hangs on them, and their numbers never come back", () => {
  const store = freshStore();
  for (const event of ["$ended", "$waits", "$under-way", "$young"]) {
    store.accept(message(event), event === "$young" ? 9000 : 1000);
  }
  for (const number of [1, 2, 4]) {
    store.advance(number, "received", "answered", { event: "answered", posts: [final("x")] }, 1100);
  }
  for (const entry of store.due(2000, 9)) if (entry.request.number !== 2) store.delivered(entry.id, "$e", 2000);
  expect(store.prune(5000, 0)).toBe(1);
  expect(store.requests({ limit: 9 }).map(({ number }) => number)).toEqual([4, 3, 2]);
  expect(store.history(1)).toEqual([]);
  for (const entry of store.due(2000, 9)) store.delivered(entry.id, "$e", 2000);
  store.advance(3, "received", "answered", { event: "answered" }, 2000);
  expect(store.prune(10_000, 0)).toBe(3);
  expect(store.accept(message("$next"), 9000).request.number).toBe(5);
});

test("a clock that is far ahead makes it forget nothing of the newest", () => {
  const store = freshStore();
  for (let n = 1; n <= 5; n += 1) {
    store.accept(message(`$${n}`), 1000);
    store.advance(n, "received", "answered", { event: "answered" }, 1000);
  }
  expect(store.prune(Number.MAX_SAFE_INTEGER, 3)).toBe(2);
  expect(store.prune(Number.MAX_SAFE_INTEGER, 3)).toBe(0);
  expect(store.accept(message("$3"), 2000).fresh).toBe(false);
});

test("requests can be asked for by state, and by what came before", () => {
  const store = freshStore();
  for (let n = 1; n <= 6; n += 1) {
    store.accept(message(`$${n}`), 1000);
    store.advance(n, "received", n % 2 === 0 ? "answered" : "done", { event: "x" }, 1000);
  }
  const numbers = (filter: Parameters<typeof store.requests>[0]) => store.requests(filter).map(({ number }) => number);
  expect(numbers({ states: ["done", "late"], limit: 2 })).toEqual([5, 3]);
  expect(numbers({ states: [], limit: 9 })).toEqual([]);
  expect(numbers({ before: 4, limit: 2 })).toEqual([3, 2]);
});
