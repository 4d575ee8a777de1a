/** Random work on a file against plain fake-indexeddb in memory: closing, dying and opening again change nothing. */
import { copyFileSync, existsSync } from "node:fs";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { IDBFactory } from "fake-indexeddb";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Factory } from "../../src/indexed-db/fake.ts";
import { temporaryFolder } from "./fixtures.ts";
import type { IdbFactory } from "./idb.ts";
import { factoryOf, mustOpen } from "./promises.ts";
import { beginning, step } from "./random.ts";
import { doStep, everythingIn } from "./steps.ts";

/**
 * The model. Where a transaction is undone, IndexedDB prescribes that key generators are too; fake-indexeddb forgets it
 * for keys that were given, so it is done here.
 */
function newModel(): IdbFactory {
  const factory = new (IDBFactory as unknown as new () => Factory)();
  const set = factory._databases.set.bind(factory._databases);
  factory._databases.set = (name, database) => {
    const push = database.transactions.push.bind(database.transactions);
    database.transactions.push = (transaction, ...none) => {
      const before = new Map<object, number>();
      const remember = (): void => {
        for (const { keyGenerator } of database.rawObjectStores.values()) {
          if (keyGenerator !== null) before.set(keyGenerator, keyGenerator.num);
        }
      };
      const start = Reflect.get(transaction, "_start").bind(transaction) as () => void;
      let started = false;
      Reflect.set(transaction, "_start", () => {
        if (!started) remember();
        started = true;
        start();
      });
      const abort = transaction._abort.bind(transaction);
      transaction._abort = (errorName) => {
        abort(errorName);
        for (const { name, keyGenerator } of database.rawObjectStores.values()) {
          const mine = transaction.mode === "versionchange" || transaction._scope.has(name);
          if (started && mine && keyGenerator !== null) keyGenerator.num = before.get(keyGenerator) ?? keyGenerator.num;
        }
      };
      return push(transaction, ...none);
    };
    return set(name, database);
  };
  return factory as unknown as IdbFactory;
}

test("what a file holds is what memory would hold, however it was closed", { timeout: 180_000 }, async () => {
  const folder = temporaryFolder();
  let files = 0;
  const freshFile = (): string => {
    files += 1;
    return join(folder, `${files}.sqlite`);
  };
  await fc.assert(
    fc.asyncProperty(beginning, fc.array(step, { minLength: 1, maxLength: 12 }), async (first, steps) => {
      const model = newModel();
      let file = freshFile();
      let db = mustOpen(file);
      try {
        for (const one of [first, ...steps]) {
          if (one.step === "reopen") {
            db.close();
            db = mustOpen(file);
          } else if (one.step === "kill") {
            const copy = freshFile();
            copyFileSync(file, copy);
            if (existsSync(`${file}-wal`)) copyFileSync(`${file}-wal`, `${copy}-wal`);
            db.close();
            file = copy;
            db = mustOpen(file);
          } else {
            const [seen, wanted] = [await doStep(factoryOf(db), one), await doStep(model, one)];
            if (!isDeepStrictEqual(seen, wanted)) expect(seen).toStrictEqual(wanted);
          }
          const [holds, wanted] = [await everythingIn(factoryOf(db)), await everythingIn(model)];
          if (!isDeepStrictEqual(holds, wanted)) expect(holds).toStrictEqual(wanted);
        }
      } finally {
        db.close();
      }
    }),
    { numRuns: 80 },
  );
});
