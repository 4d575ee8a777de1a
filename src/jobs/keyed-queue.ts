/** Runs tasks with the same key one after the other, in the order they came; tasks of different keys side by side. */
export class KeyedQueue {
  private readonly tails = new Map<string, Promise<void>>();

  /** Resolves when this task has ended. The task must not throw: whoever enqueues it owns its faults. */
  run(key: string, task: () => Promise<void>): Promise<void> {
    const before = this.tails.get(key) ?? Promise.resolve();
    const tail = before.then(task).finally(() => {
      if (this.tails.get(key) === tail) this.tails.delete(key);
    });
    this.tails.set(key, tail);
    return tail;
  }
}
