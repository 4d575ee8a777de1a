/** A wait that something may end early, and that nothing has to have been waiting for. */
import type { Clock } from "./clock.ts";

export interface Waker {
  /** Ends the wait that is on; with none, the next one. */
  wake(): void;
  /** Resolves after so many milliseconds, or when woken. */
  wait(ms: number): Promise<void>;
}

export function createWaker(clock: Clock, signal: AbortSignal): Waker {
  let woken = false;
  let rouse: AbortController | undefined;
  return {
    wake() {
      woken = true;
      rouse?.abort();
    },
    async wait(ms) {
      if (!woken && !signal.aborted) {
        rouse = new AbortController();
        const stop = (): void => rouse?.abort();
        signal.addEventListener("abort", stop, { once: true });
        await clock.sleep(ms, rouse.signal);
        signal.removeEventListener("abort", stop);
        rouse = undefined;
      }
      woken = false;
    },
  };
}
