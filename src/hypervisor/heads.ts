/** Keeps the head of the executor's journal, by which it shows when something was cut off that journal. */
import type { JournalHead } from "../protocol/wire.ts";

/** Where the last head seen is kept across restarts. */
export type Heads = { last(): JournalHead | undefined; keep(head: JournalHead): void };

/** Writing costs a disk flush: at most one in so long. */
const keepEveryMs = 1_000;

export interface HeadKeeper {
  /** A head that came with an answer. Answers may overtake one another, so an older one proves nothing here. */
  saw(head: JournalHead): void;
  /** The head of a new connection's first answer: nothing on it is older, so what is behind the last seen was cut. */
  greeted(head: JournalHead): void;
  close(): void;
}

/** `cut` is called when the journal is behind the last head, or has another record in its place. */
export function createHeadKeeper(heads: Heads, cut: (seen: JournalHead, now: JournalHead) => void): HeadKeeper {
  let latest = heads.last();
  let kept = latest;
  let timer: NodeJS.Timeout | undefined;

  function keep(): void {
    clearTimeout(timer);
    timer = undefined;
    if (latest === undefined || latest === kept) return;
    kept = latest;
    heads.keep(latest);
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
    close: keep,
  };
}
