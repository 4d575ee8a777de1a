/**
 * One record of the journal: one line of JSON whose last field is the SHA-256 of the line before that field. Each names
 * the hash of the one before it, so that nothing can be changed, taken out or put in without all later hashes failing.
 * The line without `,"hash":"…"` and with its closing brace is exactly what was hashed: `sha256sum` can check it.
 */
import * as z from "zod/mini";
import { hash, operationId } from "../../protocol/wire.ts";
import { sha256 } from "../canonical.ts";

const journalRecord = z.strictObject({
  seq: z.int().check(z.positive()),
  /** Seconds since 1970. */
  at: z.int(),
  kind: z.string().check(z.regex(/^[a-z-]{1,40}$/)),
  /** The operation that it is about, where there is one. */
  op: z.optional(operationId),
  detail: z.looseObject({}),
  prev: hash,
  hash,
});
export type JournalRecord = z.infer<typeof journalRecord>;

/** The `prev` of the first record. */
export const noHash = "0".repeat(64);

const tailLength = `,"hash":"${noHash}"}`.length;

/** The line of a record, without its line feed, and its hash. */
export function writeRecord(record: Omit<JournalRecord, "hash">): { line: string; hash: string } {
  const { seq, at, kind, op, detail, prev } = record;
  const body = JSON.stringify({ seq, at, kind, ...(op === undefined ? {} : { op }), detail, prev });
  const hash = sha256(body);
  return { line: `${body.slice(0, -1)},"hash":"${hash}"}`, hash };
}

/** Reads a line back, or says what is wrong with it; whether it follows the record before is not seen here. */
export function readRecord(line: string): JournalRecord | string {
  let parsed: unknown;
  try {
    parsed = JSON.parse(line);
  } catch {
    return "it is not JSON";
  }
  const checked = journalRecord.safeParse(parsed);
  if (!checked.success) return "it is not a record of this journal";
  const body = `${line.slice(0, -tailLength)}}`;
  if (sha256(body) !== checked.data.hash) return "its hash does not fit its content";
  return checked.data;
}
