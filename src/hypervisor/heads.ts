/** Keeps the head of the executor's journal, by which it shows when something was cut off that journal. */
import type { JournalHead } from "../protocol/wire.ts";

/** Where the last head seen is kept across restarts. */
export type Heads = { last(): JournalHead | undefined; keep(head: JournalHead): void };

/** Writing costs a disk flush: at most one in so long. */
const keepEveryMs = 1_000;
/** After a write that failed. */
const restMs = 5_000;

export interface HeadKeeper {
  /** A head that came with an answer. Answers may overtake one another, so an older one proves nothing here. */
  saw(head: JournalHead): void;
  /** The head of a new connection's first answer: nothing on it is older, so what is behind the last seen was cut. */
  greeted(head: JournalHead): void;
  close(): void;
}

/**
 * `cut` is called when the journal is behind the last head, or has another record in its place; `failed`, when a head
 * could not be kept (a full disk): it is tried again.
 */
export function createHeadKeeper(
  heads: Heads,
  cut: (seen: JournalHead, now: JournalHead) => void,
  failed: (fault: unknown) => void,
): HeadKeeper {
  let latest = heads.last();
  let kept = latest;
  let timer: NodeJS.Timeout | undefined;
  let closed = false;

  function keep(): void {
    clearTimeout(timer);
    timer = undefined;
    if (latest === undefined || latest === kept) return;
    try {
      heads.keep(latest);
      kept = latest;
    } catch (fault) {
      failed(fault);
      if (!closed) timer = setTimeout(keep, restMs);
    }
  }

  function greeted(head: JournalHead): void {
    const seen = latest;
    if (seen !== undefined && head.seq === seen.seq && head.hash === seen.hash) return;
    latest = head;
    keep();
    if (seen !== undefined && head.seq <= seen.seq) cut(seen, head);
  }

  return {
    saw(head) {
      if (latest !== undefined && head.seq === latest.seq) greeted(head);
      if (latest !== undefined && head.seq <= latest.seq) return;
      latest = head;
      timer ??= setTimeout(keep, keepEveryMs);
    },
    greeted,
    close() {
      closed = true;
      keep();
    },
  };
}
