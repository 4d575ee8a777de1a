/** The journal: what a power cut leaves is mended, what a hand changed is found. */
import { createHash } from "node:crypto";
import {
  appendFileSync,
  copyFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Journal, JournalDamaged, openJournal } from "../../src/executor/journal/journal.ts";
import { readJournal } from "../../src/executor/journal/read.ts";
import type { JournalRecord } from "../../src/executor/journal/record.ts";
import { verifyFolder } from "../../src/executor/journal/verify.ts";
import { temporaryFolder } from "./bench.ts";

const now = () => Date.UTC(2026, 10, 23);

function open(folder: string): { journal: Journal; records: JournalRecord[] } {
  const records: JournalRecord[] = [];
  const journal = openJournal(folder, now, ({ record }) => records.push(record));
  return { journal, records };
}

/** A journal of five records, closed again. */
function fiveRecords(): { folder: string; file: string } {
  const folder = temporaryFolder();
  const { journal } = open(folder);
  for (let index = 0; index < 5; index++) journal.write("refused", { index, note: '« é » \u2028 "\n' });
  journal.secure();
  journal.close();
  return { folder, file: join(folder, "journal.jsonl") };
}

test("reads back what was written, for its owner alone", () => {
  const { folder, file } = fiveRecords();
  const { journal, records } = open(folder);
  expect(records.map(({ seq, detail }) => [seq, detail.index])).toEqual([1, 2, 3, 4, 5].map((seq) => [seq, seq - 1]));
  expect(journal.head()).toEqual({ seq: 5, hash: records[4]?.hash });
  expect(statSync(file).mode & 0o777).toBe(0o600);
  journal.close();
});

test("each hash is that of its line without it, as sha256sum would tell it", () => {
  const { file } = fiveRecords();
  for (const line of readFileSync(file, "utf8").trimEnd().split("\n")) {
    const [, body, hash] = /^(.*),"hash":"([0-9a-f]{64})"\}$/s.exec(line) ?? [];
    expect(createHash("sha256").update(`${body}}`).digest("hex")).toBe(hash);
  }
});

test("a last record that was cut anywhere is cut off, kept aside and told; the rest stands", () => {
  const { file } = fiveRecords();
  const whole = readFileSync(file);
  const lastBegins = whole.lastIndexOf(10, whole.length - 2) + 1;
  for (let length = lastBegins + 1; length < whole.length; length += length > whole.length - 10 ? 1 : 7) {
    const folder = temporaryFolder();
    const torn = join(folder, "journal.jsonl");
    copyFileSync(file, torn);
    truncateSync(torn, length);
    const { journal, records } = open(folder);
    journal.close();
    expect(records.map(({ kind }) => kind)).toEqual([...Array(4).fill("refused"), "torn"]);
    const kept = String(records[4]?.detail.kept);
    expect(readFileSync(join(folder, kept))).toEqual(whole.subarray(lastBegins, length));
    expect(verifyFolder(folder).ok).toBe(true);
  }
});

test("a tail of zeros, as a file system may leave it, is a torn record too", () => {
  const { folder, file } = fiveRecords();
  appendFileSync(file, Buffer.alloc(300));
  const { journal, records } = open(folder);
  journal.close();
  expect(records.at(-1)).toMatchObject({ seq: 6, kind: "torn", detail: { bytes: 300 } });
});

describe("bytes that were never written, after a power cut", () => {
  /** The journal of five records with `length` bytes from `from` on as NULs. */
  const withNulls = (from: (whole: Buffer) => number, length: (whole: Buffer) => number) => {
    const { folder, file } = fiveRecords();
    const whole = readFileSync(file);
    const begin = from(whole);
    whole.fill(0, begin, Math.min(whole.length, begin + length(whole)));
    writeFileSync(file, whole);
    return { folder, file, whole, begin };
  };
  /** Where the record of this index begins. */
  const start = (whole: Buffer, index: number) => {
    let at = 0;
    for (let count = 0; count < index; count++) at = whole.indexOf(10, at) + 1;
    return at;
  };

  test("are a torn end where no whole record follows them, line ends or not", () => {
    for (const [from, lines] of [
      [(whole: Buffer) => start(whole, 3), ""],
      [(whole: Buffer) => start(whole, 3) + 20, ""],
      [(whole: Buffer) => start(whole, 4), "\n"],
      [(whole: Buffer) => start(whole, 2), "\n\0\0\n half a record that goes on }\n"],
    ] as const) {
      const { folder, file, begin } = withNulls(from, (whole) => whole.length);
      appendFileSync(file, lines);
      const before = readFileSync(file);
      const { journal, records } = open(folder);
      journal.close();
      const good = before.subarray(0, begin).filter((byte) => byte === 10).length;
      expect(records.map(({ kind }) => kind)).toEqual([...Array(good).fill("refused"), "torn"]);
      const kept = readFileSync(join(folder, String(records.at(-1)?.detail.kept)));
      expect(Buffer.concat([before.subarray(0, before.length - kept.length), kept])).toEqual(before);
      expect(verifyFolder(folder).ok).toBe(true);
    }
  });

  test("are damage where whole records follow: it is told where, and what to look at, and nothing is touched", () => {
    for (const [from, length] of [
      [(whole: Buffer) => start(whole, 1), (whole: Buffer) => start(whole, 2) - start(whole, 1)],
      [(whole: Buffer) => start(whole, 1), (whole: Buffer) => start(whole, 3) - start(whole, 1) - 1],
      [(whole: Buffer) => start(whole, 1) + 9, () => 40],
      [(whole: Buffer) => start(whole, 1) + 9, (whole: Buffer) => start(whole, 3) - start(whole, 1) - 9],
    ] as const) {
      const { folder, file, whole, begin } = withNulls(from, length);
      const { damage } = readJournal(file);
      expect(damage).toMatch(/^line 2: NULs /);
      expect(damage).toContain(`NULs at byte ${begin} stand before whole records`);
      expect(damage).toContain("zpool status");
      expect(() => open(folder)).toThrow(JournalDamaged);
      expect(readFileSync(file)).toEqual(whole);
    }
  });

  test("are a torn end however many they are, up to what a record can be", () => {
    const { folder, file } = fiveRecords();
    appendFileSync(file, Buffer.alloc(3 * 1024 * 1024));
    const { journal, records } = open(folder);
    journal.close();
    expect(records.at(-1)).toMatchObject({ kind: "torn", detail: { bytes: 3 * 1024 * 1024 } });
  });
});

test("any other byte that was changed is found, nothing is touched, and the executor does not open it", () => {
  const { file } = fiveRecords();
  const whole = readFileSync(file);
  fc.assert(
    fc.property(fc.nat(whole.length - 2), fc.integer({ min: 1, max: 255 }), (at, flip) => {
      const folder = temporaryFolder();
      const changed = Buffer.from(whole);
      changed[at] = (changed[at] ?? 0) ^ flip;
      writeFileSync(join(folder, "journal.jsonl"), changed);
      const lastBegins = whole.lastIndexOf(10, whole.length - 2) + 1;
      const { damage, torn } = readJournal(join(folder, "journal.jsonl"));
      // Only where a zero came into the last record can it not be told from a cut.
      if (damage === undefined) expect(at >= lastBegins && torn !== undefined).toBe(true);
      else {
        expect(() => open(folder)).toThrow(JournalDamaged);
        expect(readFileSync(join(folder, "journal.jsonl"))).toEqual(changed);
        expect(verifyFolder(folder).ok).toBe(false);
      }
    }),
    { numRuns: 300 },
  );
});

describe("a record", () => {
  const lines = () => {
    const { file } = fiveRecords();
    return readFileSync(file, "utf8").trimEnd().split("\n");
  };
  const damageOf = (changed: readonly string[]) => {
    const folder = temporaryFolder();
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "journal.jsonl"), changed.map((line) => `${line}\n`).join(""));
    return readJournal(join(folder, "journal.jsonl")).damage;
  };

  test("that was taken out is missed", () => expect(damageOf(lines().toSpliced(2, 1))).toMatch(/^line 3: its number/));
  test("that was put in twice is found", () =>
    expect(damageOf(lines().toSpliced(2, 0, lines()[1] ?? ""))).toMatch(/^line 3/));
  test("of another journal does not follow, though its number is right", () => {
    const folder = temporaryFolder();
    const { journal } = open(folder);
    for (let index = 0; index < 5; index++) journal.write("refused", { other: index });
    journal.close();
    const other = readFileSync(join(folder, "journal.jsonl"), "utf8").split("\n");
    expect(damageOf(lines().toSpliced(2, 1, other[2] ?? ""))).toMatch(/^line 3: it does not follow/);
  });
});

test("nothing but the journal is left in its folder", () => {
  const { folder } = fiveRecords();
  expect(readdirSync(folder)).toEqual(["journal.jsonl"]);
});

test("the head that is told is one that a power cut cannot take back", () => {
  const journal = openJournal(temporaryFolder(), Date.now, () => undefined);
  journal.write("started", {});
  expect(journal.head().seq).toBe(0);
  journal.secure();
  expect(journal.head().seq).toBe(1);
  journal.write("stopped", {});
  expect(journal.head().seq).toBe(1);
  journal.close();
});
