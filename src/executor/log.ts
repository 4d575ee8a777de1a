/** Lines for the system's log, on stderr. A peer that provokes one message after the other does not flood it. */
import { RateLimit } from "./rate-limit.ts";

const limits = { perMinute: 60, perHour: 600 };

export type Log = (line: string) => void;

/** `now`: milliseconds since 1970. */
export function createLog(now: () => number, write: Log): Log {
  const limit = new RateLimit(limits);
  let dropped = 0;
  return (line) => {
    const second = Math.floor(now() / 1000);
    if (limit.next(second) > second) {
      dropped++;
      return;
    }
    limit.take(second);
    write(dropped > 0 ? `${line} (${dropped} lines before were dropped)` : line);
    dropped = 0;
  };
}
