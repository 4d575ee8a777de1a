/** Reading a journal from its beginning, in memory that does not grow with it. */
import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { StringDecoder } from "node:string_decoder";
import type { JournalHead } from "../../protocol/wire.ts";
import { type JournalRecord, noHash, readRecord } from "./record.ts";

/** A record and where its line begins, in bytes. */
export type Placed = { readonly record: JournalRecord; readonly offset: number };

export type Reading = {
  readonly head: JournalHead;
  readonly records: number;
  /** Bytes that are good. */
  readonly end: number;
  /** What follows them: what was cut while it was written. */
  readonly torn?: Buffer;
  /** What is wrong otherwise, with the line's number and its place. Nothing after it was read. */
  readonly damage?: string;
};

const chunkSize = 1024 * 1024;
const longestLine = 4 * 1024 * 1024;

/** Reads all records in order, checks each and the chain, and hands them to `each`. Throws only what the disk throws. */
export function readJournal(file: string, each: (placed: Placed) => void = () => undefined): Reading {
  const fd = openSync(file, "r");
  try {
    return readAll(fd, each);
  } finally {
    closeSync(fd);
  }
}

function readAll(fd: number, each: (placed: Placed) => void): Reading {
  const size = fstatSync(fd).size;
  const chunk = Buffer.allocUnsafe(chunkSize);
  let head: JournalHead = { seq: 0, hash: noHash };
  let rest: Buffer = Buffer.alloc(0);
  let end = 0;
  let at = 0;
  const soFar = () => ({ head, records: head.seq, end });
  while (at < size) {
    const count = readSync(fd, chunk, 0, Math.min(chunkSize, size - at), at);
    if (count === 0) break;
    at += count;
    let bytes = Buffer.concat([rest, chunk.subarray(0, count)]);
    for (let feed = bytes.indexOf(10); feed >= 0; feed = bytes.indexOf(10)) {
      const line = bytes.subarray(0, feed);
      const record = follow(line.toString("utf8"), head);
      if (typeof record === "string") return { ...soFar(), ...broken(fd, end, record, head.seq + 1) };
      each({ record, offset: end });
      head = { seq: record.seq, hash: record.hash };
      end += feed + 1;
      bytes = bytes.subarray(feed + 1);
    }
    rest = Buffer.from(bytes);
    if (rest.length > longestLine) break;
  }
  return rest.length > 0 ? { ...soFar(), ...broken(fd, end, "it does not end", head.seq + 1) } : soFar();
}

/**
 * What follows the good records is either the end of a file whose writing was cut (a line without its end, or bytes that
 * were never written, which read as NULs), or damage: a whole record after NULs would have been made durable after them.
 */
function broken(fd: number, end: number, why: string, line: number): Pick<Reading, "torn" | "damage"> {
  const torn = Buffer.alloc(Math.min(fstatSync(fd).size - end, longestLine + 1));
  readSync(fd, torn, 0, torn.length, end);
  const damage = (what: string) => ({ damage: `line ${line}: ${what} (byte ${end})` });
  if (torn.length > longestLine) return damage(why);
  const lines = torn.toString("latin1").split("\n");
  const [first = ""] = lines;
  if (!first.includes("\0")) return lines.length > 1 ? damage(why) : { torn };
  // What stands after the last line feed was not even written to its end.
  const whole = lines.slice(0, -1).some((one) => {
    const text = Buffer.from(one.slice(one.lastIndexOf("\0") + 1), "latin1").toString();
    return typeof readRecord(text) !== "string";
  });
  if (!whole) return { torn };
  const nulls = end + first.indexOf("\0");
  return damage(
    `NULs at byte ${nulls} stand before whole records: a disk or a file system lost what it had promised to keep. Look at its health (zpool status, dmesg), and for a backup of this file`,
  );
}

function follow(line: string, head: JournalHead): JournalRecord | string {
  const record = readRecord(line);
  if (typeof record === "string") return record;
  if (record.seq !== head.seq + 1) return `its number is ${record.seq} where ${head.seq + 1} was due`;
  if (record.prev !== head.hash) return "it does not follow the record before it";
  return record;
}

/** Reads the one record whose line begins at `offset`. Throws where there is none: the caller knew of it. */
export function readAt(fd: number, offset: number): JournalRecord {
  const decoder = new StringDecoder("utf8");
  const chunk = Buffer.allocUnsafe(16 * 1024);
  let line = "";
  for (let at = offset; ; ) {
    const count = readSync(fd, chunk, 0, chunk.length, at);
    const bytes = chunk.subarray(0, count);
    const feed = bytes.indexOf(10);
    line += decoder.write(feed < 0 ? bytes : bytes.subarray(0, feed));
    if (feed >= 0) break;
    if (count === 0) throw new Error(`the journal has no record at byte ${offset}`);
    at += count;
  }
  const record = readRecord(line);
  if (typeof record === "string") throw new Error(`the journal's record at byte ${offset} was changed: ${record}`);
  return record;
}
