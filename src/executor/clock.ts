/** The host's two clocks, in seconds. */
import type { Host } from "./host/host.ts";

export class Clock {
  readonly #host: Host;

  constructor(host: Host) {
    this.#host = host;
  }

  /** Since 1970: what plans and answers tell. Somebody may set it. */
  now(): number {
    return Math.floor(this.#host.now() / 1000);
  }

  /** Of the clock that nobody sets: what limits count by. */
  moment(): number {
    return Math.floor(this.#host.monotonic() / 1000);
  }
}
