/**
 * Follows the notifications: page after page, each on its own. The cursor is kept only up to the first that is left to do,
 * so whatever kills the bot, the server is asked again for what was not safe.
 */
import { faultOf, type Log } from "../../log.ts";
import type { Clock } from "./clock.ts";
import { type Failure, unanswered, waitAfter } from "./failure.ts";
import type { Reply } from "./http.ts";
import { compareIds, type Notification } from "./poll.ts";
import type { Waker } from "./waker.ts";

export type Following = {
  /** The cursor of the last run; undefined at the first start, which reads nothing that was said before. */
  readonly since: string | undefined;
  keep(cursor: string): void;
  newest(): Promise<Reply<string | undefined>>;
  after(cursor: string): Promise<Reply<readonly Notification[]>>;
  /** Does what notifications ask for, in their order; gives those that are to be done again. Never rejects. */
  take(notifications: readonly Notification[]): Promise<readonly Notification[]>;
  /** How long to wait for a wake-up now, in milliseconds. */
  pause(): number;
  /** Called after each round: the server answered, and what was new is through. */
  readonly onRound: () => void;
  readonly waker: Waker;
  readonly clock: Clock;
  readonly log: Log;
  readonly signal: AbortSignal;
};

/** The longest wait between two tries, in milliseconds. */
const longestWaitMs = 15_000;
/** With this many left over, nothing further is fetched: the server keeps it better than our memory. */
const mostLeft = 1000;

/** Resolves when `signal` is aborted. */
export async function follow(parts: Following): Promise<void> {
  const { signal, log, clock, waker } = parts;
  let cursor: string | undefined;
  let kept = parts.since;
  let left: readonly Notification[] = [];
  /** The cursor before each of those that are left. */
  const before = new Map<string, string>();

  async function begin(): Promise<Failure | string> {
    const newest = await parts.newest();
    if (newest.kind !== "ok") return newest;
    if (parts.since === undefined) return newest.value ?? "0";
    // A server that was restored from a backup counts anew from there.
    const back = newest.value !== undefined && compareIds(newest.value, parts.since) < 0;
    return back ? newest.value : parts.since;
  }
  /** Gives a failure, or whether there may be more to fetch. */
  async function round(): Promise<Failure | boolean> {
    if (cursor === undefined) {
      const begun = await begin();
      if (typeof begun !== "string") return begun;
      cursor = begun;
    }
    let more = false;
    if (left.length < mostLeft) {
      const page = await parts.after(cursor);
      if (page.kind !== "ok") return page;
      more = page.value.length > 0;
      for (const { id } of page.value) {
        before.set(id, cursor);
        cursor = id;
      }
      left = [...left, ...page.value];
    }
    const done = left;
    left = await parts.take(left);
    const leftIds = new Set(left.map(({ id }) => id));
    for (const { id } of done) if (!leftIds.has(id)) before.delete(id);
    const [first] = left;
    const safe = first === undefined ? cursor : (before.get(first.id) ?? cursor);
    if (safe !== kept && !signal.aborted) {
      parts.keep(safe);
      kept = safe;
    }
    return more;
  }

  let faults = 0;
  let again = 0;
  while (!signal.aborted) {
    const result = await round().catch((fault: unknown) => unanswered(`it broke off: ${faultOf(fault).fault}`));
    if (signal.aborted) return;
    if (typeof result === "object") {
      const wait = waitAfter(result, faults, longestWaitMs);
      const level = result.kind === "unauthorised" || result.kind === "refused" ? "error" : "warn";
      log[level]({ why: result.why, tries: faults + 1, waitMs: Math.round(wait) }, "the server cannot be followed");
      faults++;
      await clock.sleep(wait, signal);
      continue;
    }
    if (faults > 0) log.info({}, "the server answers again");
    faults = 0;
    parts.onRound();
    again = left.length === 0 ? 0 : again + 1;
    if (left.length > 0) await clock.sleep(Math.min(longestWaitMs, 250 * 2 ** Math.min(again, 10)), signal);
    else if (!result) await waker.wait(parts.pause());
  }
}
