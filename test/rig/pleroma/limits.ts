/** How many creations and deletions a user may make: so many in a window that opens with the first. */
export class Limits {
  readonly #now: () => number;
  readonly #most: number;
  readonly #windowMs: number;
  readonly #windows = new Map<string, { readonly since: number; used: number }>();

  constructor(now: () => number, most: number, windowMs: number) {
    this.#now = now;
    this.#most = most;
    this.#windowMs = windowMs;
  }

  /** Whether the user may do one more; counts it where so. */
  take(user: string): boolean {
    const open = this.#windows.get(user);
    if (open === undefined || this.#now() - open.since >= this.#windowMs) {
      this.#windows.set(user, { since: this.#now(), used: 1 });
      return true;
    }
    if (open.used >= this.#most) return false;
    open.used += 1;
    return true;
  }

  forget(): void {
    this.#windows.clear();
  }
}
