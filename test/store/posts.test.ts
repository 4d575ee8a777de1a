import { copyFileSync, readFileSync } from "node:fs";
import { join } from "node:path";
import Sqlite from "better-sqlite3";
import { expect, test } from "vitest";
import { uuidv5 } from "../../src/jobs/uuid.ts";
import { openStore } from "../../src/store/sqlite.ts";
import type { Store } from "../../src/store/store.ts";
import { freshStore, temporaryFolder } from "./fixtures.ts";
import { final, inThread, message, progress, wordsOf } from "./messages.ts";

/** A request that is applying: progress may be told of it. */
function applying(store: Store, eventId = "$a"): number {
  const { request } = store.accept(message(eventId), 1000);
  store.advance(request.number, "received", "applying", { event: "applied" }, 1000);
  return request.number;
}

const only = (store: Store, now = 5000) => {
  const [entry, ...others] = store.due(now, 10);
  expect(others).toEqual([]);
  if (entry === undefined) throw new Error("nothing is due");
  return entry;
};
const say = (store: Store, now = 5000): string[] => store.due(now, 10).map(({ post }) => wordsOf(post));

test("a post has one key for all its tries, and a new one only after a rejection", () => {
  const file = join(temporaryFolder(), "manchot.db");
  let store = openStore(file);
  const number = applying(store);
  store.advance(number, "applying", "done", { event: "done", posts: [final("made")] }, 1000);
  const first = only(store);
  expect(first).toMatchObject({ attempt: 0, tries: 0, edits: undefined });
  store.postpone(first.id, 4000, "timed out");
  store.close();
  store = openStore(file);
  expect(only(store)).toMatchObject({ id: first.id, key: first.key, attempt: 0, tries: 1 });
  store.reject(first.id, 4000, "forbidden", false);
  const second = only(store);
  expect(second).toMatchObject({ id: first.id, attempt: 1, tries: 0 });
  expect(second.key).not.toBe(first.key);
  store.close();
});

test("a key that was used up is replaced, and that is no rejection", () => {
  const store = freshStore();
  const number = applying(store);
  store.advance(number, "applying", "done", { event: "done", posts: [final("made")] }, 1000);
  const first = only(store);
  store.postpone(first.id, 2000, "timed out");
  store.renew(first.id, 2000, "429, and its key with it");
  const second = only(store);
  expect(second).toMatchObject({ attempt: 1, rejections: 0, tries: 0, again: false });
  expect(second.key).not.toBe(first.key);
  store.reject(first.id, 2000, "forbidden", false);
  expect(only(store)).toMatchObject({ attempt: 2, rejections: 1 });
});

test("a post may be out already once it was given out, and after a restart; under a new key never", () => {
  const file = join(temporaryFolder(), "manchot.db");
  let store = openStore(file);
  const number = applying(store);
  store.advance(number, "applying", "done", { event: "done", posts: [final("made")] }, 1000);
  store.close();
  store = openStore(file);
  // Killed before or after it was sent: nobody knows.
  const { id, again } = only(store);
  expect(again).toBe(true);
  store.reject(id, 1000, "forbidden", false);
  expect(only(store).again).toBe(false);
  expect(only(store).again).toBe(true);
  store.postpone(id, 1000, "timed out");
  expect(only(store).again).toBe(true);
  store.renew(id, 1000, "spent");
  expect(only(store).again).toBe(false);
  store.close();
});

test("the parts that are out are kept until others are told, over rejections and restarts", () => {
  const file = join(temporaryFolder(), "manchot.db");
  let store = openStore(file);
  const number = applying(store);
  store.advance(number, "applying", "done", { event: "done", posts: [final("made")] }, 1000);
  const { id, parts } = only(store);
  expect(parts).toEqual([]);
  store.reject(id, 1000, "too large", false, ["$1"]);
  store.postpone(id, 1000, "not connected");
  store.close();
  store = openStore(file);
  expect(only(store).parts).toEqual(["$1"]);
  store.renew(id, 1000, "429", ["$1", "$2"]);
  expect(only(store).parts).toEqual(["$1", "$2"]);
  store.close();
});

test("progress that is written anew after a rejection has none of its parts out", () => {
  const store = freshStore();
  const number = applying(store);
  store.note(number, "progress", {}, [progress("one")], 1000);
  store.reject(only(store).id, 1000, "no", false, ["$1"]);
  store.note(number, "progress", {}, [progress("two")], 1000);
  expect(only(store).parts).toEqual([]);
});

/** The keys of all posts of a request that is late, run again, tells its progress, and is done. */
function keysOfTwoRounds(store: Store, eventId: string, noted: readonly string[]): string[] {
  const keys: string[] = [];
  const deliver = () => {
    const { id, key } = only(store);
    keys.push(key);
    store.delivered(id, `$${key}`, 2000);
  };
  const number = applying(store, eventId);
  for (const [from, to] of [
    ["applying", "late"],
    ["late", "accepted"],
    ["accepted", "late"],
  ] as const) {
    store.advance(number, from, to, { event: to, posts: to === "late" ? [final("late")] : [] }, 1000);
    if (to === "late") deliver();
  }
  store.advance(number, "late", "accepted", { event: "accepted" }, 1000);
  for (const words of noted) {
    store.note(number, "progress", {}, [progress(words)], 1000);
    deliver();
  }
  store.advance(number, "accepted", "done", { event: "done", posts: [final("made")] }, 1000);
  deliver();
  return keys;
}

test("a store restored from an old backup has the same key for the same answer to the same event, and no other", () => {
  const folder = temporaryFolder();
  const [file, backup] = [join(folder, "manchot.db"), join(folder, "backup.db")];
  openStore(file).close();
  copyFileSync(file, backup);
  const store = openStore(file);
  const before = keysOfTwoRounds(store, "$a", ["running"]);
  expect(new Set(before).size).toBe(4);
  store.close();
  const restored = openStore(backup);
  // The outbox ids that the first run used come again.
  const others = keysOfTwoRounds(restored, "$b", ["running"]);
  expect(new Set([...before, ...others]).size).toBe(8);
  // How much progress was told in between is no matter.
  const again = keysOfTwoRounds(restored, "$a", ["running", "queued"]);
  expect(again.toSpliced(3, 1)).toEqual(before);
  restored.close();
});

test("another answer to the same event never has the key of the first", () => {
  const folder = temporaryFolder();
  const [file, backup] = [join(folder, "manchot.db"), join(folder, "backup.db")];
  openStore(file).close();
  copyFileSync(file, backup);
  const keys = [file, backup].map((path) => {
    const store = openStore(path);
    store.advance(applying(store), "applying", "done", { event: "done", posts: [final(path)] }, 1000);
    const { key } = only(store);
    store.close();
    return key;
  });
  expect(new Set(keys).size).toBe(2);
});

test("what waited in a store of the first version keeps the key that a network may have seen, and its rejections", () => {
  const file = join(temporaryFolder(), "manchot.db");
  const db = new Sqlite(file);
  db.exec(readFileSync(join(import.meta.dirname, "../../src/store/migrations/001-first.sql"), "utf8"));
  db.pragma(`application_id = ${0x4d_61_6e_63}`);
  db.pragma("user_version = 1");
  const namespace = "6ba7b810-9dad-11d1-80b4-00c04fd430c8";
  db.prepare("INSERT INTO identity VALUES (1, ?)").run(namespace);
  db.prepare(`
    INSERT INTO request (network, event_id, place, thread, venue_json, account, label, text, sent_at, received_at, state)
    VALUES ('matrix', '$a', '!r', '$a', '{}', '@z', 'z', 'x', 1, 1, 'answered')`).run();
  db.prepare(`
    INSERT INTO outbox (request, network, place, thread, purpose, answer_json, language, queued_at, attempt)
    VALUES (1, 'matrix', '!r', '$a', 'final', ?, 'fr', 1, 2)`).run(JSON.stringify(final("made").answer));
  db.close();
  const store = openStore(file);
  expect(only(store)).toMatchObject({
    key: uuidv5(namespace, "1.2"),
    attempt: 2,
    rejections: 2,
    again: true,
    parts: [],
  });
  store.close();
});

test("two stores never have the same keys", () => {
  const keys = [freshStore(), freshStore()].map((store) => {
    store.advance(applying(store), "applying", "done", { event: "done", posts: [final("made")] }, 1000);
    return only(store).key;
  });
  expect(new Set(keys).size).toBe(2);
});

test("order is kept within a thread, and a thread waits for nobody else's", () => {
  const store = freshStore();
  for (const [event, thread] of [
    ["$1", "$t"],
    ["$2", "$t"],
    ["$3", "$u"],
  ] as const) {
    const { request } = store.accept(inThread(event, thread), 1000);
    store.advance(request.number, "received", "answered", { event: "answered", posts: [final(event)] }, 1000);
  }
  expect(say(store)).toEqual(["$1", "$3"]);
  const [head] = store.due(5000, 1);
  if (head === undefined) throw new Error("nothing is due");
  store.postpone(head.id, 9000, "busy");
  expect(say(store)).toEqual(["$3"]);
  expect(store.nextDue(5000)).toBe(9000);
  expect(say(store, 9000)).toEqual(["$1", "$3"]);
  store.delivered(head.id, "$e", 9000);
  expect(say(store, 9000)).toEqual(["$2", "$3"]);
});

test("the same room and thread on two networks are two threads, and one can be asked for", () => {
  const store = freshStore();
  for (const network of ["matrix", "fediverse"] as const) {
    const { request } = store.accept(inThread("$1", "$t", network), 1000);
    store.advance(request.number, "received", "answered", { event: "answered", posts: [final(network)] }, 1000);
  }
  expect(say(store)).toEqual(["matrix", "fediverse"]);
  expect(store.due(5000, 10, "fediverse").map(({ request }) => request.network)).toEqual(["fediverse"]);
  expect(store.due(5000, 10, "terminal")).toEqual([]);
});

test("the next due time is that of the threads' first posts", () => {
  const store = freshStore();
  expect(store.nextDue()).toBeUndefined();
  store.advance(applying(store), "applying", "done", { event: "done", posts: [final("a")] }, 1000);
  expect(store.nextDue()).toBeLessThanOrEqual(1000);
  expect(store.nextDue(1000)).toBeUndefined();
  store.postpone(only(store).id, 7000, "busy");
  expect(store.nextDue()).toBe(7000);
});

test("a post is due at once also where the clock was set back since", () => {
  const store = freshStore();
  store.advance(applying(store), "applying", "done", { event: "done", posts: [final("a")] }, 1000);
  expect(say(store, 10)).toEqual(["a"]);
});

test("a post that a clock far ahead had postponed is due once the clock is right", () => {
  const store = freshStore();
  store.advance(applying(store), "applying", "done", { event: "done", posts: [final("a")] }, 1000);
  const days = 400 * 86_400_000;
  store.postpone(only(store).id, days + 60_000, "busy");
  expect(say(store, days)).toEqual([]);
  expect(say(store, days + 60_000)).toEqual(["a"]);
  expect(say(store, 5000)).toEqual(["a"]);
  // An hour is the longest that anything is postponed for.
  expect(say(store, days + 60_000 - 3_600_000)).toEqual([]);
});

test("an answer's delivery is written once, with its event", () => {
  const store = freshStore();
  const number = applying(store);
  store.advance(number, "applying", "done", { event: "done", posts: [final("made")] }, 1000);
  const { id } = only(store);
  store.delivered(id, "$answer", 2000);
  store.delivered(id, "$again", 3000);
  store.postpone(id, 0, "late word");
  store.reject(id, 0, "late word", true);
  expect(store.due(9000, 9)).toEqual([]);
  expect(store.nextDue()).toBeUndefined();
  expect(store.history(number).slice(2)).toEqual([
    { at: 1000, event: "done", detail: {} },
    { at: 2000, event: "delivered", detail: { eventId: "$answer" } },
  ]);
});

test("an answer that is given up is told by the history", () => {
  const store = freshStore();
  const number = applying(store);
  store.advance(number, "applying", "done", { event: "done", posts: [final("made")] }, 1000);
  const { id } = only(store);
  store.reject(id, 2000, "forbidden", false);
  store.reject(id, 3000, "forbidden", true);
  expect(store.due(9000, 9)).toEqual([]);
  expect(store.history(number).at(-1)).toEqual({
    at: 3000,
    event: "undeliverable",
    detail: { why: "forbidden", attempts: 2 },
  });
});

test("newer progress takes the place of progress that nobody has seen", () => {
  const store = freshStore();
  const number = applying(store);
  for (const words of ["one", "two", "three"]) store.note(number, "progress", {}, [progress(words)], 1000);
  expect(say(store)).toEqual(["three"]);
});

test("progress that is being sent keeps its text, the next stands behind it and edits it", () => {
  const store = freshStore();
  const number = applying(store);
  store.note(number, "progress", {}, [progress("one")], 1000);
  const sending = only(store);
  for (const words of ["two", "three"]) store.note(number, "progress", {}, [progress(words)], 1000);
  expect(only(store)).toEqual({ ...sending, again: true });
  store.delivered(sending.id, "$progress", 2000);
  const second = only(store);
  expect([wordsOf(second.post), second.edits]).toEqual(["three", "$progress"]);
  store.delivered(second.id, "$edit", 3000);
  store.note(number, "progress", {}, [progress("four")], 3000);
  expect(only(store).edits).toBe("$progress");
});

test("progress left by an earlier run may have been seen: it keeps its text", () => {
  const file = join(temporaryFolder(), "manchot.db");
  let store = openStore(file);
  const number = applying(store);
  store.note(number, "progress", {}, [progress("one")], 1000);
  store.close();
  store = openStore(file);
  store.note(number, "progress", {}, [progress("two")], 1000);
  expect(say(store)).toEqual(["one"]);
  store.delivered(only(store).id, "$progress", 1000);
  expect(say(store)).toEqual(["two"]);
  store.close();
});

test("rejected progress may be replaced: its new key is one that nobody has seen", () => {
  const store = freshStore();
  const number = applying(store);
  store.note(number, "progress", {}, [progress("one")], 1000);
  store.reject(only(store).id, 1000, "no", false);
  store.note(number, "progress", {}, [progress("two")], 1000);
  expect(only(store)).toMatchObject({ attempt: 1 });
  expect(say(store)).toEqual(["two"]);
});

test("with the answer queued no progress goes out any more, and the answer is a post of its own", () => {
  const store = freshStore();
  const number = applying(store);
  store.note(number, "progress", {}, [progress("one")], 1000);
  store.delivered(only(store).id, "$progress", 1000);
  store.note(number, "progress", {}, [progress("two")], 1000);
  store.advance(number, "applying", "done", { event: "done", posts: [final("made")] }, 1000);
  store.note(number, "progress", {}, [progress("three")], 1000);
  const answer = only(store);
  expect([wordsOf(answer.post), answer.edits]).toEqual(["made", undefined]);
  store.delivered(answer.id, "$answer", 2000);
  expect(store.due(9000, 9)).toEqual([]);
});

test("progress that was out when it was dropped is not sent again, whatever its end", () => {
  for (const end of ["delivered", "postponed", "rejected", "given up"]) {
    const store = freshStore();
    const number = applying(store);
    store.note(number, "progress", {}, [progress("one")], 1000);
    const { id } = only(store);
    store.advance(number, "applying", "done", { event: "done", posts: [final("made")] }, 1000);
    if (end === "delivered") store.delivered(id, "$progress", 1000);
    if (end === "postponed") store.postpone(id, 0, "?");
    if (end === "rejected") store.reject(id, 0, "no", false);
    if (end === "given up") store.reject(id, 0, "no", true);
    expect(say(store)).toEqual(["made"]);
    expect(store.history(number).map(({ event }) => event)).toEqual(["received", "applied", "progress", "done"]);
  }
});

test("a late request that is run again tells its progress in a post of its own", () => {
  const store = freshStore();
  const number = applying(store);
  store.note(number, "progress", {}, [progress("one")], 1000);
  store.delivered(only(store).id, "$first", 1000);
  store.advance(number, "applying", "late", { event: "late", posts: [final("too late")] }, 1000);
  store.delivered(only(store).id, "$late", 1000);
  store.advance(number, "late", "accepted", { event: "accepted" }, 2000);
  store.note(number, "progress", {}, [progress("two")], 2000);
  expect(only(store).edits).toBeUndefined();
  store.delivered(only(store).id, "$second", 2000);
  store.note(number, "progress", {}, [progress("three")], 2000);
  expect(only(store).edits).toBe("$second");
});

test("progress that nobody can be shown is left out quietly", () => {
  const store = freshStore();
  const number = applying(store);
  store.note(number, "progress", {}, [progress("one")], 1000);
  store.reject(only(store).id, 1000, "cannot edit", true);
  expect(store.due(9000, 9)).toEqual([]);
  expect(store.history(number).map(({ event }) => event)).not.toContain("undeliverable");
});
