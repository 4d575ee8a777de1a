/** How long to wait before the next attempt: doubling, with jitter, so that many bots do not come back at one moment. */

export type BackOff = {
  /** The next wait, in milliseconds. */
  readonly next: () => number;
  readonly reset: () => void;
};

/** From `firstMs`, doubling up to `longestMs`; each wait is between a half and the whole of that. */
export function createBackOff(firstMs: number, longestMs: number, random: () => number = Math.random): BackOff {
  let whole = firstMs;
  return {
    next() {
      const wait = whole * (0.5 + random() / 2);
      whole = Math.min(longestMs, whole * 2);
      return Math.round(wait);
    },
    reset() {
      whole = firstMs;
    },
  };
}
