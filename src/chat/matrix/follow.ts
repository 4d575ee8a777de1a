/**
 * Follows the homeserver: batch after batch, each event on its own. The sync token is kept only when nothing of all that
 * came before it is left to do, so whatever kills the bot, the homeserver sends again what was not safe.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { faultOf, type Log } from "../../log.ts";
import type { Batch, MatrixEvent } from "./events.ts";
import { failureOf, waitAfter } from "./failure.ts";
import { type Task, tasksOf } from "./timeline.ts";

export type Following = {
  readonly self: string;
  /** The token of the last run; undefined at the first start, which reads nothing that was said before. */
  readonly since: string | undefined;
  keep(token: string): void;
  news(since: string | undefined, waitMs?: number): Promise<Batch>;
  /** Takes note of a batch as a whole, durably, before its events are taken one by one and the next is asked for. */
  note(batch: Batch): Promise<void>;
  /** Does what an event asks for; where it rejects, it is called again with the same event. */
  take(room: string, event: MatrixEvent): Promise<void>;
  fill(gap: Extract<Task, { kind: "gap" }>): Promise<readonly MatrixEvent[]>;
  /** Called once the first batch is through. */
  readonly onReady: () => void;
  readonly log: Log;
  readonly signal: AbortSignal;
};

/** The longest wait between two tries, in milliseconds. */
const longestWaitMs = 15_000;
/** With this many tasks left over, no further batch is fetched: the homeserver keeps it better than our memory. */
const mostLeft = 5000;

/** Resolves when `signal` is aborted. */
export async function follow(parts: Following): Promise<void> {
  const { signal, log } = parts;
  let { since } = parts;
  let kept = since;
  let left: readonly Task[] = [];
  let faults = 0;
  let again = 0;
  let first = true;
  while (!signal.aborted) {
    try {
      if (left.length < mostLeft) {
        const wait = waitFor(left.length, again, first);
        const begun = performance.now();
        const batch = await parts.news(since, wait);
        // Some proxy answers in the homeserver's place, at once and always the same.
        if (batch.next === since && !first && performance.now() - begun < 100) await sleep(1000, undefined, { signal });
        if (faults > 0) log.info({}, "the homeserver answers again");
        first = false;
        faults = 0;
        await parts.note(batch);
        left = [...left, ...(since === undefined ? [] : tasksOf(batch, since, parts.self))];
        since = batch.next;
      } else {
        await sleep(longestWaitMs, undefined, { signal });
      }
      left = await work(left, parts);
      again = left.length === 0 ? 0 : again + 1;
      if (left.length === 0 && since !== undefined && since !== kept) {
        parts.keep(since);
        kept = since;
      }
      parts.onReady();
    } catch (fault) {
      if (signal.aborted) return;
      const failure = failureOf(fault);
      const wait = waitAfter(failure, faults, longestWaitMs);
      log[failure.kind === "unauthorised" || failure.kind === "refused" ? "error" : "warn"](
        { why: failure.why, tries: faults + 1, waitMs: Math.round(wait) },
        "the homeserver cannot be followed",
      );
      faults++;
      await sleep(wait, undefined, { signal }).catch(() => undefined);
    }
  }
}

/** How long the homeserver may wait for news: not at all at first, so that a start ends; less where tasks are to be tried again. */
function waitFor(left: number, again: number, first: boolean): number | undefined {
  if (first) return 0;
  return left === 0 ? undefined : Math.min(longestWaitMs, 250 * 2 ** Math.min(again, 10));
}

/** What is left: the tasks that failed, in their order. None keeps another from being done. */
async function work(tasks: readonly Task[], parts: Following): Promise<readonly Task[]> {
  const left: Task[] = [];
  for (const task of tasks) {
    try {
      if (parts.signal.aborted) left.push(task);
      else if (task.kind === "event") await parts.take(task.room, task.event);
      else {
        const found = await parts.fill(task);
        left.push(
          ...(await work(
            found.map((event) => ({ kind: "event", room: task.room, event })),
            parts,
          )),
        );
      }
    } catch (fault) {
      left.push(task);
      if (parts.signal.aborted) continue;
      const what = task.kind === "event" ? { event: task.event.event_id } : { gap: task.from };
      parts.log.error({ room: task.room, ...what, ...faultOf(fault) }, "not taken, to be tried again");
    }
  }
  return left;
}
