/** Locks by key, several at a time, in the order of asking: two operations never meet on one target. */

type Waiting = { readonly keys: ReadonlySet<string>; readonly go: () => void };

export class Locks {
  readonly #held = new Set<string>();
  #waiting: Waiting[] = [];

  /** Waits until all keys are free and nobody who asked before wants one of them. Gives the release. */
  async acquire(keys: Iterable<string>): Promise<() => void> {
    const wanted = new Set(keys);
    await new Promise<void>((go) => {
      this.#waiting.push({ keys: wanted, go });
      this.#admit();
    });
    return () => {
      for (const key of wanted) this.#held.delete(key);
      this.#admit();
    };
  }

  #admit(): void {
    const spokenFor = new Set(this.#held);
    const still: Waiting[] = [];
    for (const waiting of this.#waiting) {
      const free = ![...waiting.keys].some((key) => spokenFor.has(key));
      for (const key of waiting.keys) spokenFor.add(key);
      if (!free) {
        still.push(waiting);
        continue;
      }
      for (const key of waiting.keys) this.#held.add(key);
      waiting.go();
    }
    this.#waiting = still;
  }
}
