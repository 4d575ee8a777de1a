/** Flipped bytes anywhere in the file: it is refused, or the byte was of no meaning and all is as it was. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { beforeAll, expect, test } from "vitest";
import { openIndexedDb } from "../../src/indexed-db/open.ts";
import { temporaryFolder } from "./fixtures.ts";
import { completed, factoryOf, mustOpen, openDatabase } from "./promises.ts";
import { everythingIn } from "./steps.ts";

const pageSize = 4096;

/** Several kinds of pages: inner ones, leaves, overflow, free ones. */
async function makeFile(file: string): Promise<void> {
  const db = mustOpen(file);
  const database = await openDatabase(factoryOf(db), "d", 1, (one) => {
    one.createObjectStore("small").createIndex("i", "tag");
    one.createObjectStore("large");
    one.createObjectStore("gone");
  });
  const transaction = database.transaction(["small", "large", "gone"], "readwrite");
  for (let n = 0; n < 120; n += 1) {
    transaction.objectStore("small").put({ tag: n % 7, text: `${n}`.repeat(20) }, n);
    if (n < 3) transaction.objectStore("large").put(new Uint8Array(9_000).fill(n), `large ${n}`);
    transaction.objectStore("gone").put("x".repeat(300), n);
  }
  await completed(transaction);
  const removal = database.transaction("gone", "readwrite");
  removal.objectStore("gone").clear();
  await completed(removal);
  db.close();
}

let whole: Buffer;
let everything: unknown;

beforeAll(async () => {
  const folder = temporaryFolderOfFile();
  const file = join(folder, "store.sqlite");
  await makeFile(file);
  whole = readFileSync(file);
  const db = mustOpen(file);
  everything = await everythingIn(factoryOf(db));
  db.close();
  rmSync(folder, { recursive: true });
});

const temporaryFolderOfFile = (): string => mkdtempSync(join(tmpdir(), "manchot-idb-"));

const flip =
  (at: number, bits: number) =>
  (bytes: Buffer): void =>
    void bytes.writeUInt8(bytes.readUInt8(at) ^ bits, at);

async function openSpoilt(file: string, spoil: (bytes: Buffer) => void): Promise<"refused" | "as it was"> {
  const bytes = Buffer.from(whole);
  spoil(bytes);
  writeFileSync(file, bytes);
  rmSync(`${file}-wal`, { force: true });
  const opened = openIndexedDb(file);
  if (!opened.ok) {
    if (!["damaged", "newer", "not-ours"].includes(opened.why)) throw new Error(opened.message);
    return "refused";
  }
  try {
    const found = await everythingIn(factoryOf(opened.db));
    if (!isDeepStrictEqual(found, everything)) expect(found).toStrictEqual(everything);
    return "as it was";
  } finally {
    opened.db.close();
  }
}

test("of a byte that flips in any page, nothing is read that was not written", async () => {
  const file = join(temporaryFolder(), "spoilt.sqlite");
  const pages = whole.length / pageSize;
  expect(pages).toBeGreaterThan(15);
  const ends = { refused: 0, "as it was": 0 };
  for (let page = 0; page < pages; page += 1) {
    for (const within of [0, 1, 3, 5, 7, 8, 9, 11, 15, 40, 100, 1_000, 2_500, 4_000, 4_095]) {
      const end = await openSpoilt(file, flip(page * pageSize + within, 0x41));
      ends[end] += 1;
    }
  }
  expect(ends.refused).toBeGreaterThan(ends["as it was"]);
});

test("a byte that flips in a value is seen, wherever the value is", async () => {
  const file = join(temporaryFolder(), "spoilt.sqlite");
  for (const text of ["7".repeat(20), "119".repeat(20)]) {
    const at = whole.indexOf(text);
    expect(at).toBeGreaterThan(0);
    expect(await openSpoilt(file, flip(at + 5, 1))).toBe("refused");
  }
  const overflow = whole.indexOf(Buffer.alloc(4_000, 2));
  expect(overflow).toBeGreaterThan(0);
  expect(await openSpoilt(file, flip(overflow + 100, 1))).toBe("refused");
});

test("a page that is lost is seen", async () => {
  const file = join(temporaryFolder(), "spoilt.sqlite");
  for (let page = 0; page < whole.length / pageSize; page += 1) {
    const end = await openSpoilt(file, (bytes) => void bytes.fill(0, page * pageSize, (page + 1) * pageSize));
    if (end === "as it was")
      expect(whole.subarray(page * pageSize, (page + 1) * pageSize).some((byte) => byte > 8)).toBe(false);
  }
});
