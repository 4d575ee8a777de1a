/** Ways to reach an executor. Each opens byte streams; what is said on them is the business of rpc.ts and client.ts. */
import type { Readable, Writable } from "node:stream";
import type { Unavailable } from "./port.ts";

/** One open stream to an executor. */
export type Channel = {
  /** What the executor says. */
  readonly incoming: Readable;
  /** What is said to the executor. */
  readonly outgoing: Writable;
  /** Resolves, once, when the stream is gone for good; with the reason. */
  readonly closed: Promise<Unavailable>;
  /** Lets go of it at once; `closed` resolves soon after. */
  close(): void;
};

/** What became of an attempt. `retryAfterMs`: trying again sooner is useless, or harmful. */
export type Opened =
  | { readonly ok: true; readonly channel: Channel }
  | { readonly ok: false; readonly unavailable: Unavailable; readonly retryAfterMs?: number };

export interface Transport {
  /** Tries once. When the signal aborts, the attempt ends at once and leaves nothing behind. */
  open(signal: AbortSignal): Promise<Opened>;
  /** Lets go of whatever outlives a channel. */
  close(): Promise<void>;
}

export const unreachable = (why: string): Unavailable => ({ kind: "unreachable", why });
