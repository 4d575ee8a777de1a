/** A limit of so many a minute and so many an hour, in sliding windows; what comes above it gets a later time, in order. */

export type Limits = { readonly perMinute: number; readonly perHour: number };

const minute = 60;
const hour = 3600;

/**
 * When the next one may go, given when those before went or will go (ascending). Seconds of a clock that nobody sets: else
 * one that jumped ahead and was set back would stop everything for as long.
 */
export function nextTime(times: readonly number[], now: number, limits: Limits): number {
  const last = times.at(-1) ?? now;
  const afterMinute = (times.at(-limits.perMinute) ?? Number.NEGATIVE_INFINITY) + minute;
  const afterHour = (times.at(-limits.perHour) ?? Number.NEGATIVE_INFINITY) + hour;
  return Math.max(now, last, afterMinute, afterHour);
}

/** Remembers the times of one identity, no more of them than the limits look at. */
export class RateLimit {
  readonly #limits: Limits;
  #times: number[] = [];

  constructor(limits: Limits) {
    this.#limits = limits;
  }

  /** When the next one may go; `now` where it may at once. Takes nothing. */
  next(now: number): number {
    return nextTime(this.#times, now, this.#limits);
  }

  take(time: number): void {
    this.#times.push(time);
    if (this.#times.length > 2 * this.#limits.perHour) this.#times = this.#times.slice(-this.#limits.perHour);
  }
}
