/** Keeps below a server's limit on posts, so that none of them runs into it. First come, first served. */
import type { Clock, Timing } from "./clock.ts";

export interface Pace {
  /** Resolves when a post may be made, or when the signal is aborted. What it gives is to be called when that post is over. */
  turn(signal: AbortSignal): Promise<() => void>;
  /** No turns for so many milliseconds: the server limits nevertheless. */
  pause(ms: number): void;
}

export function createPace(clock: Clock, timing: Pick<Timing, "postsPerWindow" | "windowMs">): Pace {
  /** Posts under way. They count as long as they are, and then for a window: when the server counted them is not known. */
  let underWay = 0;
  let over: number[] = [];
  let pausedUntil = 0;
  let last: Promise<void> = Promise.resolve();
  let ended = new AbortController();

  async function free(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const now = clock.now();
      over = over.filter((moment) => moment > now - timing.windowMs && moment <= now);
      const full = underWay + over.length >= timing.postsPerWindow;
      if (!full && pausedUntil <= now) return;
      const first = over[0];
      const until = Math.max(pausedUntil, full && first !== undefined ? first + timing.windowMs : 0);
      ended = new AbortController();
      const stop = (): void => ended.abort();
      signal.addEventListener("abort", stop, { once: true });
      // With all of them under way, the next that ends says for how long.
      await clock.sleep(until > now ? until - now : timing.windowMs, ended.signal);
      signal.removeEventListener("abort", stop);
    }
  }
  return {
    async turn(signal) {
      const before = last;
      const mine = before.then(() => free(signal));
      last = mine;
      await mine;
      underWay++;
      return () => {
        underWay--;
        over.push(clock.now());
        ended.abort();
      };
    },
    pause(ms) {
      pausedUntil = Math.max(pausedUntil, clock.now() + ms);
    },
  };
}
