/** Which records of a store may differ from the file, since the last commit of the store. */
import type { Items, Key, RawStore } from "./fake.ts";
import { textOfKey } from "./key.ts";

export type Journal = {
  /** The store's number in the file. */
  readonly id: number;
  /** The last key that the generator gave, as it is in the file. */
  generator: number;
  /** By the keys' text. They stay where a transaction was undone: then the next one writes once more what is there. */
  readonly changed: Map<string, Key>;
};

/** From here on, whatever is put, deleted or undone in the store is noted. */
export function keepJournal(store: RawStore, id: number): Journal {
  const journal: Journal = { id, generator: store.keyGenerator?.num ?? 0, changed: new Map() };
  const note = (key: Key): void => void journal.changed.set(textOfKey(key), key);
  const { records } = store;
  const { put, delete: remove, clear } = records;
  const noting: Pick<Items, "put" | "delete" | "clear"> = {
    put(item, noOverwrite) {
      note(item.key);
      return put.call(records, item, noOverwrite);
    },
    delete(keys) {
      const gone = remove.call(records, keys);
      for (const { key } of gone) note(key);
      return gone;
    },
    clear() {
      const gone = clear.call(records);
      for (const { key } of gone) note(key);
      return gone;
    },
  };
  Object.assign(records, noting);
  return journal;
}
