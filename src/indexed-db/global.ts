/** `globalThis.indexedDB`, lent to one file at a time: several bots of one process have a file each. */
import { classes, type Factory } from "./fake.ts";

let last: Promise<unknown> = Promise.resolve();

export function withGlobal<T>(factory: Factory, work: () => Promise<T>): Promise<T> {
  const mine = last.then(async () => {
    installClasses();
    const before = Object.getOwnPropertyDescriptor(globalThis, "indexedDB");
    define("indexedDB", factory);
    try {
      return await work();
    } finally {
      if (before === undefined) Reflect.deleteProperty(globalThis, "indexedDB");
      else Object.defineProperty(globalThis, "indexedDB", before);
    }
  });
  last = mine.catch(() => {});
  return mine;
}

/** They stay: a database that is open asks of what it gets whether it is an instance of them. */
function installClasses(): void {
  for (const [name, one] of classes) {
    const there: unknown = Reflect.get(globalThis, name);
    if (there === undefined) define(name, one);
    else if (there !== one) throw new Error(`another IndexedDB has set ${name} in this process`);
  }
}

const define = (name: string, value: unknown): void =>
  void Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
