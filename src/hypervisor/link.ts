/** Keeps a session up: opens it, and opens it again after each end, for as long as nobody closes the link. */
import { createBackOff } from "./back-off.ts";
import type { Unavailable } from "./port.ts";
import { unreachable } from "./transport.ts";

/** An attempt's outcome: a session with the promise of its end, or why there is none. */
export type Attempt<S> =
  | { readonly ok: true; readonly session: S; readonly ended: Promise<Unavailable>; readonly close: () => void }
  | { readonly ok: false; readonly unavailable: Unavailable; readonly retryAfterMs?: number };

export type LinkOptions<S> = {
  readonly open: (signal: AbortSignal) => Promise<Attempt<S>>;
  readonly onUp: (session: S) => void;
  /** Called when the session ends, after a first attempt in vain, and when the reason is of another kind. */
  readonly onDown: (why: Unavailable) => void;
  readonly timings: LinkTimings;
};

export type LinkTimings = {
  /** The first wait before a new attempt, and the longest. */
  readonly firstRetryMs: number;
  readonly longestRetryMs: number;
  /** The longest wait while somebody waits for the session. */
  readonly wantedRetryMs: number;
  /** A session that lived so long was healthy: the waits begin anew. */
  readonly healthyMs: number;
  /** How long somebody who wants the session waits for it. */
  readonly patienceMs: number;
};

export interface Link<S> {
  /** The session as soon as there is one; or, after some patience, why there is none. */
  session(): Promise<{ readonly up: S } | { readonly down: Unavailable }>;
  close(): Promise<void>;
}

type State<S> = { readonly up: S } | { readonly down: Unavailable; readonly final: boolean };
const closedWords = unreachable("the bot is stopping");

/** Begins at once. `open` is called again and again, never twice at a time. */
export function keepLink<S>(options: LinkOptions<S>): Link<S> {
  const { timings } = options;
  const stopping = new AbortController();
  const backOff = createBackOff(timings.firstRetryMs, timings.longestRetryMs);
  let state: State<S> = { down: unreachable("not connected yet"), final: false };
  let told: Unavailable["kind"] | "up" | undefined;
  let closeSession: (() => void) | undefined;
  const wanting = new Set<() => void>();
  const nap = createNap();

  function goDown(why: Unavailable, final: boolean): void {
    state = { down: why, final };
    if (told !== why.kind) options.onDown(why);
    told = why.kind;
    // Whoever waits need not wait longer for what will not come soon.
    if (final) wakeAll();
  }

  function wakeAll(): void {
    for (const wake of [...wanting]) wake();
  }

  async function keep(): Promise<void> {
    while (!stopping.signal.aborted) {
      const attempt = await options.open(stopping.signal);
      if (stopping.signal.aborted) {
        if (attempt.ok) attempt.close();
        return;
      }
      if (attempt.ok) {
        closeSession = attempt.close;
        const since = performance.now();
        state = { up: attempt.session };
        told = "up";
        wakeAll();
        options.onUp(attempt.session);
        const why = await attempt.ended;
        closeSession = undefined;
        if (performance.now() - since >= timings.healthyMs) backOff.reset();
        goDown(stopping.signal.aborted ? closedWords : why, false);
      } else {
        goDown(attempt.unavailable, attempt.retryAfterMs !== undefined);
      }
      const least = attempt.ok ? undefined : attempt.retryAfterMs;
      await rest(least);
    }
  }

  /** The wait between two attempts; shortened when somebody wants the session, unless the attempt said how long. */
  async function rest(least: number | undefined): Promise<void> {
    if (stopping.signal.aborted) return;
    if (least !== undefined) return nap.sleep(least, least);
    const wait = backOff.next();
    await nap.sleep(wanting.size > 0 ? Math.min(wait, timings.wantedRetryMs) : wait, timings.firstRetryMs);
  }

  const kept = keep();

  return {
    async session() {
      if ("up" in state) return state;
      if (stopping.signal.aborted || state.final) return { down: state.down };
      await new Promise<void>((resolve) => {
        const done = (): void => {
          clearTimeout(timer);
          wanting.delete(done);
          resolve();
        };
        const timer = setTimeout(done, timings.patienceMs);
        wanting.add(done);
        nap.hurry();
      });
      return "up" in state ? state : { down: state.down };
    },
    async close() {
      stopping.abort();
      closeSession?.();
      nap.wake();
      await kept;
      state = { down: closedWords, final: true };
      wakeAll();
    },
  };
}

/** A sleep that can be woken; and one in a hurry, which still lasts its least. */
function createNap(): {
  sleep(ms: number, leastMs: number): Promise<void>;
  hurry(): void;
  wake(): void;
} {
  let wake: (() => void) | undefined;
  let hurry: (() => void) | undefined;
  return {
    sleep(ms, leastMs) {
      const begun = performance.now();
      return new Promise((resolve) => {
        let timer: NodeJS.Timeout;
        const done = (): void => {
          clearTimeout(timer);
          wake = undefined;
          hurry = undefined;
          resolve();
        };
        timer = setTimeout(done, ms);
        wake = done;
        hurry = () => {
          clearTimeout(timer);
          timer = setTimeout(done, Math.max(0, Math.min(ms, leastMs) - (performance.now() - begun)));
        };
      });
    },
    hurry: () => hurry?.(),
    wake: () => wake?.(),
  };
}
