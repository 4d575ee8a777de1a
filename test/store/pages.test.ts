import { join } from "node:path";
import { expect, test } from "vitest";
import type { Block } from "../../src/conversation/answer.ts";
import { openStore } from "../../src/store/sqlite.ts";
import type { Store } from "../../src/store/store.ts";
import { freshStore, temporaryFolder } from "./fixtures.ts";
import { message } from "./messages.ts";

const table = (from: number, to: number): Block => ({
  kind: "table",
  columns: [{ title: "Name" }, { title: "Size", numeric: true }],
  rows: Array.from({ length: to - from }, (_, index) => [`s${from + index}`, "1"]),
});
const day = 24 * 60 * 60 * 1000;
let events = 0;

function ask(store: Store, now = 1000, place = "!room", account = "@zelie:x"): number {
  events += 1;
  const venue = { network: "matrix", place, thread: `$${events}`, direct: false, encrypted: false } as const;
  return store.accept(message(`$${events}`, { venue, account }), now).request.number;
}
function answerLong(store: Store, pages: readonly Block[], now = 1000): void {
  expect(store.advance(ask(store, now), "received", "answered", { event: "answered", pages }, now)).toBe(true);
}

test("the rest of an answer is given out page by page, each table with its head", () => {
  const store = freshStore();
  answerLong(store, [table(20, 65)]);
  expect(store.takePages(ask(store), 20, 1000)).toEqual({ blocks: [table(20, 40)], left: 25 });
  expect(store.takePages(ask(store), 20, 1000)).toEqual({ blocks: [table(40, 60)], left: 5 });
  expect(store.takePages(ask(store), 20, 1000)).toEqual({ blocks: [table(60, 65)], left: 0 });
  expect(store.takePages(ask(store), 20, 1000)).toBeUndefined();
});

test("the same request gets the same page again, also after a crash", () => {
  const file = join(temporaryFolder(), "manchot.db");
  let store = openStore(file);
  answerLong(store, [table(0, 30)]);
  const more = ask(store);
  const page = store.takePages(more, 20, 1000);
  store.close();
  store = openStore(file);
  expect(store.takePages(more, 20, 1000)).toEqual(page);
  expect(store.takePages(ask(store), 20, 1000)).toEqual({ blocks: [table(20, 30)], left: 0 });
  store.close();
});

test("a rest is one person's, in one place", () => {
  const store = freshStore();
  answerLong(store, [table(0, 30)]);
  expect(store.takePages(ask(store, 1000, "!elsewhere"), 20, 1000)).toBeUndefined();
  expect(store.takePages(ask(store, 1000, "!room", "@yann:x"), 20, 1000)).toBeUndefined();
});

test("a newer long answer takes its place, a short one leaves it", () => {
  const store = freshStore();
  answerLong(store, [table(0, 30)]);
  answerLong(store, [table(100, 130)]);
  store.advance(ask(store), "received", "answered", { event: "answered" }, 1000);
  expect(store.takePages(ask(store), 20, 1000)).toEqual({ blocks: [table(100, 120)], left: 10 });
  answerLong(store, []);
  expect(store.takePages(ask(store), 20, 1000)).toBeUndefined();
});

test("a rest is kept for a day", () => {
  const store = freshStore();
  answerLong(store, [table(0, 90)], 1000);
  expect(store.takePages(ask(store), 20, 1000 + day)).toBeDefined();
  expect(store.takePages(ask(store), 20, 1000 + 2 * day)).toBeDefined();
  expect(store.takePages(ask(store), 20, 1001 + 3 * day)).toBeUndefined();
});
