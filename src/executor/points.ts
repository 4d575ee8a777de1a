/**
 * The named points of an operation's way. A test stops the daemon at one of them and kills it there. In the bundle that
 * is installed this code does not exist: the build defines the variable away.
 */
import { writeSync } from "node:fs";

/** Those of a guest that is held still: an operation without such a guest does not come to them. */
export const holdPoints = [
  "hold-run", // a guest was frozen or thawed, which is not journalled yet
  "guest-frozen", // a guest holds still for a snapshot that is not taken yet
  "guest-thawing", // the snapshot is taken, and the guest holds still
] as const;
export const points = [
  "plan-received",
  "plan-journalled", // durable, not answered yet
  "apply-received",
  "apply-journalled", // accepted, not answered yet
  "intent-journalled", // the step is named in the journal, its command has not run
  "step-begun", // right before the command is started
  ...holdPoints,
  "step-run", // the command returned, which is not journalled yet
  "step-ended", // the command's end is journalled, the operation's is not
  "done-journalled", // the operation's end is durable, nobody knows yet
  "told", // those who watch were told
] as const;
/** Those of what is decided on an operation, which not every operation comes to. */
export const decisionPoints = [
  "approve-received",
  "factor-good", // the code or signature fits, and nothing is journalled yet
  "approve-journalled", // durable, not answered yet
  "cancel-received",
  "cancel-journalled", // durable, not answered yet
] as const;
export type Point = (typeof points)[number] | (typeof decisionPoints)[number];

const longestPauseMs = 60_000;

/** Where the environment's MANCHOT_PAUSE_AT names this point: says so on stderr and blocks the whole process. */
export function point(name: Point): void {
  if (process.env.MANCHOT_PAUSE_AT === undefined) return;
  if (process.env.MANCHOT_PAUSE_AT !== name) return;
  writeSync(2, `PAUSED ${name}\n`);
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, longestPauseMs);
}
