/** Lines for the system's log, on stderr. A peer that provokes one message after the other does not flood it. */
import { RateLimit } from "./rate-limit.ts";

const limits = { perMinute: 60, perHour: 600 };

export type Log = (line: string) => void;

/** `monotonic`: milliseconds. */
export function createLog(monotonic: () => number, write: Log): Log {
  const limit = new RateLimit(limits);
  let dropped = 0;
  return (line) => {
    const second = Math.floor(monotonic() / 1000);
    if (limit.next(second) > second) {
      dropped++;
      return;
    }
    limit.take(second);
    write(dropped > 0 ? `${line} (${dropped} lines before were dropped)` : line);
    dropped = 0;
  };
}
