/** What a database of IndexedDB is apart from its records: its version, its object stores, their indexes. */
import { z } from "zod";
import { Database, Index, ObjectStore, type RawDatabase, type RawStore } from "./fake.ts";

const path = z.union([z.string(), z.array(z.string())]);

const shapeSchema = z.strictObject({
  version: z.int().positive(),
  stores: z.array(
    z.strictObject({
      /** Its number in the file, which stays when its name changes, and is never another store's. */
      id: z.int().positive(),
      name: z.string(),
      keyPath: path.nullable(),
      autoIncrement: z.boolean(),
      /** The last key that its generator gave, 0 where none; 2⁵³ where it has no more, which is no safe integer. */
      generator: z
        .number()
        .min(0)
        .max(2 ** 53),
      indexes: z.array(
        z.strictObject({ name: z.string(), keyPath: path, multiEntry: z.boolean(), unique: z.boolean() }),
      ),
    }),
  ),
});

export type Shape = z.infer<typeof shapeSchema>;

/** Throws where the text is no shape. */
export const shapeOfText = (text: string): Shape => shapeSchema.parse(JSON.parse(text));

export function shapeOf(database: RawDatabase, idOf: (store: RawStore) => number): Shape {
  const copy = <T>(path: T): T => structuredClone(path);
  return {
    version: database.version,
    stores: [...database.rawObjectStores.values()].map((store) => ({
      id: idOf(store),
      name: store.name,
      keyPath: copy(store.keyPath) as string | string[] | null,
      autoIncrement: store.keyGenerator !== null,
      generator: store.keyGenerator?.num ?? 0,
      indexes: [...store.rawIndexes.values()].map(({ name, keyPath, multiEntry, unique }) => ({
        name,
        keyPath: copy(keyPath) as string | string[],
        multiEntry,
        unique,
      })),
    })),
  };
}

/** An empty database of this shape, and its stores by their number. */
export function databaseOf(
  name: string,
  shape: Shape,
): { readonly database: RawDatabase; readonly stores: ReadonlyMap<number, RawStore> } {
  const database = new Database(name, shape.version);
  const stores = new Map<number, RawStore>();
  for (const { id, name, keyPath, autoIncrement, generator, indexes } of shape.stores) {
    const store = new ObjectStore(database, name, keyPath, autoIncrement);
    if (store.keyGenerator !== null) store.keyGenerator.num = generator;
    for (const one of indexes) {
      const index = new Index(store, one.name, one.keyPath, one.multiEntry, one.unique);
      index.initialized = true;
      store.rawIndexes.set(one.name, index);
    }
    database.rawObjectStores.set(name, store);
    stores.set(id, store);
  }
  return { database, stores };
}
