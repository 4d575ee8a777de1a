/**
 * Time as the adapter chooses it: how long it waits of its own will. What waits for a network (a request, a handshake, a
 * pong) goes by the machine's own clock instead, so that a test may run days of waiting in minutes.
 */
import { setTimeout as timer } from "node:timers/promises";

export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Resolves when the time is over, or at once when the signal is aborted; leaves nothing behind. Never rejects. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
}

export const realClock: Clock = {
  now: Date.now,
  sleep: (ms, signal) => timer(ms, undefined, { signal }).catch(() => undefined),
};

export type Timing = {
  /** How long a call may take. */
  readonly requestMs: number;
  /** How long a start waits for a server that does not answer. */
  readonly startMs: number;
  /** Between two polls while the stream is open: what it wakes for is not waited for. */
  readonly streamedPollMs: number;
  /** Between two polls without a stream. */
  readonly pollMs: number;
  /** How long the stream's handshake may take. */
  readonly handshakeMs: number;
  /** Between two pings of the stream; where nothing came from one to the next but one, it is dead. */
  readonly pingMs: number;
  /** At most so many posts and edits in so many milliseconds: below the server's own limit (Pleroma: 15 in 10 s). */
  readonly postsPerWindow: number;
  readonly windowMs: number;
};

export const defaultTiming: Timing = {
  requestMs: 30_000,
  startMs: 30_000,
  streamedPollMs: 60_000,
  pollMs: 5_000,
  handshakeMs: 10_000,
  pingMs: 30_000,
  postsPerWindow: 12,
  windowMs: 10_000,
};
