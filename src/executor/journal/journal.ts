/**
 * The journal: what the executor promised, did and refused. Append-only, and the executor's only memory.
 *
 * `write` puts a record at the end; `secure` returns once everything written so far would survive a power cut. Both
 * block: a promise must not be given, nor a step begun, before.
 */
import {
  chmodSync,
  closeSync,
  constants,
  existsSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { dirname, join } from "node:path";
import type { JournalHead } from "../../protocol/wire.ts";
import { sha256 } from "../canonical.ts";
import { wordsOf } from "../words.ts";
import { type Placed, readAt, readJournal } from "./read.ts";
import { type JournalRecord, writeRecord } from "./record.ts";

export interface Journal {
  /** The last record that would survive a power cut: one that is told and then lost would look like a cut journal. */
  head(): JournalHead;
  /** Writes one record; {@link Placed.offset} finds it again. Throws {@link JournalFault}. */
  write(kind: string, detail: Record<string, unknown>, op?: string): Placed;
  /** Throws {@link JournalFault}. */
  secure(): void;
  read(offset: number): JournalRecord;
  close(): void;
}

/** The journal could not be written. `lost`: what is on the disk is not known any more, so the executor must end. */
export class JournalFault extends Error {
  readonly lost: boolean;
  constructor(message: string, lost: boolean, cause: unknown) {
    super(message, { cause });
    this.lost = lost;
  }
}

/** The journal is damaged. The executor does not serve with a record that somebody changed. */
export class JournalDamaged extends Error {}

export const journalName = "journal.jsonl";

/**
 * Opens the journal of a state folder, or begins one, and hands each of its records to `each`. A torn last record (the
 * power failed while it was written, so nothing was promised on it) is cut off, kept aside and told in a record.
 */
export function openJournal(folder: string, now: () => number, each: (placed: Placed) => void): Journal {
  const made = mkdirSync(folder, { recursive: true, mode: 0o700 });
  const file = join(folder, journalName);
  const isNew = !existsSync(file);
  const fd = openSync(file, constants.O_RDWR | constants.O_APPEND | constants.O_CREAT, 0o600);
  try {
    if (isNew) {
      chmodSync(file, 0o600);
      fsyncSync(fd);
      syncFolder(folder);
      if (made !== undefined) syncFolder(dirname(made));
    }
    const reading = readJournal(file, each);
    if (reading.damage !== undefined) {
      throw new JournalDamaged(
        `${file} is damaged at ${reading.damage}. Nothing was changed. Look who touched it; the records before are good (${reading.records}). ` +
          `To go on with a new journal, move it away (mv ${file} ${file}.damaged): what it remembered of past operations is then forgotten.`,
      );
    }
    const journal = appendTo(fd, file, reading.head, now);
    if (reading.torn !== undefined) cutTorn(folder, fd, reading.end, reading.torn, journal, each);
    return journal;
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}

function cutTorn(
  folder: string,
  fd: number,
  end: number,
  torn: Buffer,
  journal: Journal,
  each: (placed: Placed) => void,
): void {
  const name = `journal.torn-${journal.head().seq + 1}-${sha256(torn.toString("latin1")).slice(0, 8)}`;
  writeFileSync(join(folder, name), torn, { mode: 0o600, flush: true });
  syncFolder(folder);
  ftruncateSync(fd, end);
  each(journal.write("torn", { bytes: torn.length, kept: name }));
  journal.secure();
}

function syncFolder(folder: string): void {
  const fd = openSync(folder, "r");
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

function appendTo(fd: number, file: string, start: JournalHead, now: () => number): Journal {
  let head = start;
  let secured = start;
  let dead: JournalFault | undefined;
  let pending = false;

  const fail = (what: string, lost: boolean, cause: unknown): JournalFault => {
    const fault = new JournalFault(`${file} cannot be ${what}: ${wordsOf(cause)}`, lost, cause);
    if (lost) dead = fault;
    return fault;
  };

  /** After a failed write the file is cut back to what it was, so that no half record stays in the middle. */
  const put = (bytes: Buffer): number => {
    const offset = fstatSync(fd).size;
    try {
      for (let at = 0; at < bytes.length; ) at += writeSync(fd, bytes, at);
      return offset;
    } catch (error) {
      try {
        ftruncateSync(fd, offset);
      } catch (worse) {
        throw fail("repaired", true, worse);
      }
      throw fail("written", false, error);
    }
  };

  return {
    head: () => secured,
    write(kind, detail, op) {
      if (dead !== undefined) throw dead;
      const at = Math.floor(now() / 1000);
      const content = { seq: head.seq + 1, at, kind, ...(op === undefined ? {} : { op }), detail, prev: head.hash };
      const { line, hash } = writeRecord(content);
      const offset = put(Buffer.from(`${line}\n`, "utf8"));
      head = { seq: content.seq, hash };
      pending = true;
      return { record: { ...content, hash }, offset };
    },
    secure() {
      if (dead !== undefined) throw dead;
      if (!pending) return;
      try {
        fsyncSync(fd);
        pending = false;
        secured = head;
      } catch (error) {
        // After a failed fsync the kernel may have dropped the pages: nothing is known about the file any more.
        throw fail("made durable", true, error);
      }
    },
    read: (offset) => readAt(fd, offset),
    close: () => closeSync(fd),
  };
}
