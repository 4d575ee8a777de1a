/**
 * SQLite reads a write-ahead log up to the first frame that is not as it was written, and forgets the rest without a
 * word. After a power cut that is right: a commit that was not finished. But a commit that was followed by another one
 * had been told complete; where such a one would be forgotten, the log is damaged.
 *
 * The format: https://www.sqlite.org/fileformat2.html#walformat
 */
import { existsSync, readFileSync } from "node:fs";

const headerBytes = 32;
const frameHeaderBytes = 24;

type Sum = readonly [number, number];

/** Never for the log of a file that somebody writes. */
export function losesCommits(log: string): boolean {
  const bytes = existsSync(log) ? readFileSync(log) : Buffer.alloc(0);
  if (bytes.length <= headerBytes) return false;
  const bigEndian = (bytes.readUInt32BE(0) & 1) === 1;
  const add = (sum: Sum, from: number, to: number): Sum => checksum(bytes.subarray(from, to), sum, bigEndian);
  const sumAt = (at: number): Sum => [bytes.readUInt32BE(at), bytes.readUInt32BE(at + 4)];
  const headerSum = sumAt(24);
  if (!same(add([0, 0], 0, 24), headerSum)) return true;

  const frameBytes = frameHeaderBytes + bytes.readUInt32BE(8);
  let before = headerSum;
  let broken = false;
  let commitsBroken = false;
  for (let at = headerBytes; at + frameBytes <= bytes.length; at += frameBytes) {
    const ofThisLog = bytes.compare(bytes, 16, 24, at + 8, at + 16) === 0;
    const sum = sumAt(at + 16);
    const whole = ofThisLog && same(add(add(before, at, at + 8), at + frameHeaderBytes, at + frameBytes), sum);
    // SQLite syncs a commit before it writes the next one: what comes after a commit shows that it had been whole.
    if (whole && commitsBroken) return true;
    if (!whole) broken = true;
    const isCommit = bytes.readUInt32BE(at + 4) !== 0;
    if (broken && ofThisLog && isCommit) commitsBroken = true;
    before = sum;
  }
  return false;
}

const same = (one: Sum, other: Sum): boolean => one[0] === other[0] && one[1] === other[1];

function checksum(bytes: Buffer, [first, second]: Sum, bigEndian: boolean): Sum {
  const read = bigEndian ? bytes.readUInt32BE.bind(bytes) : bytes.readUInt32LE.bind(bytes);
  let [one, two] = [first, second];
  for (let at = 0; at < bytes.length; at += 8) {
    one = (one + read(at) + two) >>> 0;
    two = (two + read(at + 4) + one) >>> 0;
  }
  return [one, two];
}
