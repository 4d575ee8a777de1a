/**
 * A file that an earlier build wrote (Node 24.21.0, V8's format 15) is read by this one. It is never written again: a
 * newer format gets a file beside it. `node test/indexed-db/record.ts <file>` makes one.
 */
import { copyFileSync } from "node:fs";
import { join } from "node:path";
import { IDBFactory } from "fake-indexeddb";
import { expect, test } from "vitest";
import { freshFile } from "./fixtures.ts";
import type { IdbFactory } from "./idb.ts";
import { factoryOf, mustOpen } from "./promises.ts";
import { fillWithAll } from "./record.ts";
import { everythingIn } from "./steps.ts";

test("the recorded file holds one of everything", async () => {
  const file = freshFile();
  copyFileSync(join(import.meta.dirname, "../fixtures/indexed-db/node-24.sqlite"), file);
  const model = new (IDBFactory as unknown as new () => IdbFactory)();
  await fillWithAll(model);
  const db = mustOpen(file);
  expect(await everythingIn(factoryOf(db))).toStrictEqual(await everythingIn(model));
  db.close();
});
