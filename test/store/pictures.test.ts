/** Pictures in the outbox: whole for as long as their post may have to be sent, and gone afterwards. */
import { statSync } from "node:fs";
import { join } from "node:path";
import Sqlite from "better-sqlite3";
import { expect, test } from "vitest";
import { openStore } from "../../src/store/sqlite.ts";
import type { Post, Store } from "../../src/store/store.ts";
import { picture } from "../rig/picture.ts";
import { temporaryFolder } from "./fixtures.ts";
import { final, message } from "./messages.ts";

const shown = (one = picture()): Post => ({ ...final("look"), answer: { ...final("look").answer, picture: one } });

function answer(store: Store, eventId: string, post: Post): void {
  const { request } = store.accept(message(eventId), 1000);
  store.advance(request.number, "received", "answered", { event: "answered", posts: [post] }, 1000);
}

function only(store: Store) {
  const [entry] = store.due(5000, 10);
  if (entry === undefined) throw new Error("nothing is due");
  return entry;
}

/** The answers as they stand in the file, of a store that is closed. */
function kept(file: string): readonly string[] {
  const db = new Sqlite(file, { readonly: true });
  const answers = db.prepare<[], string>("SELECT answer_json FROM outbox ORDER BY id").pluck().all();
  db.close();
  return answers;
}

test("a picture is given out whole, under one key, after a restart and after a failure too", () => {
  const file = join(temporaryFolder(), "manchot.db");
  let store = openStore(file);
  const post = shown();
  answer(store, "$a", post);
  const first = only(store);
  expect(first.post).toEqual(post);
  store.postpone(first.id, 1000, "timed out");
  store.close();
  store = openStore(file);
  expect(only(store)).toMatchObject({ key: first.key, post, tries: 1, again: true });
  store.close();
});

test("another picture with the same words has another key", () => {
  const keys = [picture(), picture()].map((one) => {
    const file = join(temporaryFolder(), "manchot.db");
    const store = openStore(file);
    answer(store, "$a", shown(one));
    const { key } = only(store);
    store.close();
    return key;
  });
  expect(new Set(keys).size).toBe(2);
});

test.each<[string, (store: Store, id: number) => void]>([
  ["delivered", (store, id) => store.delivered(id, "$1", 2000)],
  ["given up", (store, id) => store.reject(id, 2000, "no", true)],
])("once its post is %s, a picture stands in the file no more; the words do", (_, end) => {
  const file = join(temporaryFolder(), "manchot.db");
  const store = openStore(file);
  const one = picture();
  answer(store, "$a", shown(one));
  const { id } = only(store);
  store.reject(id, 1000, "no", false);
  store.postpone(id, 1000, "no");
  expect(only(store).post.answer.picture).toEqual(one);
  end(store, id);
  store.close();
  const [json = ""] = kept(file);
  expect(json).not.toContain(one.png);
  expect(JSON.parse(json)).toMatchObject({ ...final("look").answer, picture: { alt: one.alt } });
});

test("so the file does not grow with the pictures that went through it", () => {
  const file = join(temporaryFolder(), "manchot.db");
  const store = openStore(file);
  const one = picture(400, 400);
  const count = 40;
  for (let n = 0; n < count; n++) {
    answer(store, `$${n}`, shown(one));
    store.delivered(only(store).id, `$e${n}`, 2000);
  }
  store.close();
  expect(one.png.length).toBeGreaterThan(600_000);
  expect(statSync(file).size).toBeLessThan(3 * one.png.length);
});
