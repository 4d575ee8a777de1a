/** A write-ahead log that was left by a kill, and then spoilt: no commit that was told complete is forgotten in silence. */
import { copyFileSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { expect, test } from "vitest";
import { openIndexedDb } from "../../src/indexed-db/open.ts";
import { freshFile } from "./fixtures.ts";
import { factoryOf, openThings, putThing, result } from "./promises.ts";

const commits = 6;
const frameBytes = 24 + 4096;

/** A file as a kill after several commits leaves it, spoilt by what is given; its log may be an older one's overwritten. */
async function killed(spoil: (log: Buffer) => Buffer): Promise<string> {
  const file = freshFile();
  const opened = openIndexedDb(file);
  if (!opened.ok) throw new Error(opened.message);
  const database = await openThings(factoryOf(opened.db));
  for (let n = 0; n < commits; n += 1) await putThing(database, n, `value ${n} `.repeat(600));
  const copy = freshFile();
  copyFileSync(file, copy);
  writeFileSync(`${copy}-wal`, spoil(readFileSync(`${file}-wal`)));
  opened.db.close();
  return copy;
}

async function keysIn(file: string): Promise<unknown> {
  const opened = openIndexedDb(file);
  if (!opened.ok) return opened.why;
  const keys = await result(
    (await openThings(factoryOf(opened.db))).transaction("things").objectStore("things").getAllKeys(),
  );
  opened.db.close();
  return keys;
}

const flipped = (log: Buffer, at: number): Buffer => {
  log.writeUInt8(log.readUInt8(at) ^ 1, at);
  return log;
};

/** Where the frames begin, and which of them end a commit. */
function frames(log: Buffer): readonly { readonly at: number; readonly isCommit: boolean }[] {
  return Array.from({ length: (log.length - 32) / frameBytes }, (_, n) => {
    const at = 32 + n * frameBytes;
    return { at, isCommit: log.readUInt32BE(at + 4) !== 0 };
  });
}

const all = Array.from({ length: commits }, (_, n) => n);

test("a log that was left whole gives all that was committed", async () => {
  expect(await keysIn(await killed((log) => log))).toEqual(all);
});

test("a last commit that was not finished is forgotten, and the others are there", async () => {
  const cut = await killed((log) => log.subarray(0, log.length - 100));
  expect(await keysIn(cut)).toEqual(all.slice(0, -1));
  const spoilt = await killed((log) => flipped(log, log.length - 100));
  expect(await keysIn(spoilt)).toEqual(all.slice(0, -1));
});

test("a frame that is spoilt before the last commit is damage, wherever it is, at each further opening too", async () => {
  const offsets = [0, 3, 8, 15, 16, 23, 24, 2_000, frameBytes - 1];
  for (const within of offsets) {
    const file = await killed((log) => {
      const last = frames(log).findLastIndex(({ isCommit }, n, all) => isCommit && n < all.length - 1);
      // A frame of the commit before the last.
      return flipped(log, (frames(log)[last - 1]?.at ?? 0) + within);
    });
    expect([within, await keysIn(file)]).toEqual([within, "damaged"]);
    expect(existsSync(`${file}-wal`)).toBe(false);
    expect([within, await keysIn(file)]).toEqual([within, "damaged"]);
  }
});

test("a log whose header is spoilt is damage", async () => {
  for (const at of [0, 3, 4, 9, 17, 22, 24, 31]) {
    expect([at, await keysIn(await killed((log) => flipped(log, at)))]).toEqual([at, "damaged"]);
  }
});

test("what an older log left behind the newer one is no damage", async () => {
  const file = await killed((log) => {
    // Frames of another generation: as they stand behind a log that began anew and is shorter.
    const last = frames(log).at(-1)?.at ?? 0;
    const old = Buffer.from(log.subarray(32, last));
    for (let at = 0; at < old.length; at += frameBytes) old.writeUInt32BE(old.readUInt32BE(at + 8) - 1, at + 8);
    return Buffer.concat([log, old]);
  });
  expect(await keysIn(file)).toEqual(all);
});
