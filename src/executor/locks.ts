/** Locks by key, several at a time, in the order of asking: two operations never meet on one target. */

type Waiting<O> = {
  readonly owner: O;
  readonly keys: ReadonlySet<string>;
  readonly go: (release: (() => void) | undefined) => void;
};

export class Locks<O> {
  readonly #held = new Map<string, O>();
  #waiting: Waiting<O>[] = [];

  /** Waits until all keys are free and nobody who asked before wants one of them. Gives the release; nothing where it was withdrawn. */
  acquire(owner: O, keys: Iterable<string>): Promise<(() => void) | undefined> {
    return new Promise((go) => {
      this.#waiting.push({ owner, keys: new Set(keys), go });
      this.#admit();
    });
  }

  /** Who waits does not want them any more. */
  withdraw(owner: O): void {
    const leaving = this.#waiting.filter((waiting) => waiting.owner === owner);
    this.#waiting = this.#waiting.filter((waiting) => waiting.owner !== owner);
    for (const { go } of leaving) go(undefined);
    this.#admit();
  }

  /** All who wait, in the order of asking. */
  waiting(): O[] {
    return this.#waiting.map(({ owner }) => owner);
  }

  /** Who holds what this one waits for, or asked for it before: each once. */
  inTheWayOf(owner: O): O[] {
    const at = this.#waiting.findIndex((waiting) => waiting.owner === owner);
    const keys = this.#waiting[at]?.keys ?? new Set();
    const holders = [...keys].flatMap((key) => this.#held.get(key) ?? []);
    const before = this.#waiting
      .slice(0, Math.max(at, 0))
      .filter((other) => [...keys].some((key) => other.keys.has(key)));
    return [...new Set([...holders, ...before.map((other) => other.owner)])];
  }

  #admit(): void {
    const spokenFor = new Set(this.#held.keys());
    const still: Waiting<O>[] = [];
    const admitted: Waiting<O>[] = [];
    for (const waiting of this.#waiting) {
      const free = ![...waiting.keys].some((key) => spokenFor.has(key));
      for (const key of waiting.keys) spokenFor.add(key);
      if (free) admitted.push(waiting);
      else still.push(waiting);
    }
    this.#waiting = still;
    for (const { owner, keys, go } of admitted) {
      for (const key of keys) this.#held.set(key, owner);
      go(() => {
        for (const key of keys) this.#held.delete(key);
        this.#admit();
      });
    }
  }
}
