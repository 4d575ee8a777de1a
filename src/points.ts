/**
 * The named points of a message's way. A test stops the program at one of them and kills it there; in every other run a
 * point does nothing.
 */
import { writeSync } from "node:fs";

export const points = [
  "received", // in the inbox
  "understood", // who, words and may-they are known, nothing is written yet
  "accepted", // the change is a durable job
  "plan-told", // the executor answered with its plan, which is not written yet
  "planned",
  "apply-told", // the executor took the plan, which is not written yet
  "applying",
  "ended-told", // the executor told the end, which is not written yet
  "ended", // end and answer are durable
  "posting", // the answer is about to be sent
  "posted", // the network has it, which is not written yet
  "delivered",
] as const;
/** Of a message that approves. */
export const approvalPoints = [
  "approve-told", // the executor judged the factor, which is not written yet
] as const;
export type Point = (typeof points)[number] | (typeof approvalPoints)[number];

const longestPauseMs = 120_000;

/** Stops for two minutes at most, where the environment's MANCHOT_PAUSE_AT names this point, after saying so. */
export function point(name: Point): void {
  if (process.env.MANCHOT_PAUSE_AT !== name) return;
  writeSync(2, `PAUSED ${name}\n`);
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, longestPauseMs);
}
