/** Random work on a factory of IndexedDB, as data. */
import fc from "fast-check";

const key: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: 1, max: 6 }) },
  { weight: 2, arbitrary: fc.constantFrom("", "a", "b", "é\u0000\ud800", "1") },
  fc.constantFrom(0.5, -7, 1e21, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY),
  fc.constantFrom(0, 1).map((time) => new Date(time)),
  fc.constantFrom([1], [255, 0], []).map((bytes) => new Uint8Array(bytes)),
  fc.constantFrom(["a"], ["a", 1], [[], [new Date(2)]], [new Uint8Array([1])]),
);

const payload: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom(undefined, null, true, "…\ud800", 10n, Number.NaN, /x/gu),
  fc.double(),
  fc.uint8Array({ maxLength: 9 }),
  fc.constant(new Map<unknown, unknown>([["k", new Set([1, [2]])]])),
  fc.constant(new Date(3)),
  fc.constant([new Float64Array([1.5]).buffer, new Uint16Array([7, 8]).subarray(1)]),
  fc.array(fc.string(), { maxLength: 3 }),
);

/** `id` is what key paths look for; `tag` and `list` what indexes do. */
const value = fc.record(
  {
    id: fc.oneof({ weight: 8, arbitrary: key }, fc.constantFrom(undefined, { no: "key" })),
    tag: fc.constantFrom(1, 2, 3, 4, "x", "y", undefined),
    list: fc.array(fc.constantFrom(1, "x", null), { maxLength: 3 }),
    payload,
  },
  { requiredKeys: ["payload", "id", "tag"] },
);

/** Of those that are there, by place; a name that is not there once in a while. */
const someStore = fc.oneof({ weight: 12, arbitrary: fc.nat(2) }, fc.constant("none" as const));
const storeName = fc.constantFrom("s", "t", "u");
const indexName = fc.constantFrom("i", "i", "j");
const direction = fc.constantFrom("next" as const, "prev" as const, "nextunique" as const, "prevunique" as const);
const keys = fc.oneof(key, fc.tuple(key, key, fc.boolean()));

const recordOperation = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constantFrom("put" as const, "put" as const, "add" as const),
      value,
      key,
      // Whether a key is given where the store can do without, and where it must not be.
      keyed: fc.constantFrom("as it must", "as it must", "as it must", "whenever it can" as const),
    }),
  },
  fc.record({ do: fc.constant("delete" as const), keys }),
  fc.record({ do: fc.constant("get" as const), keys }),
  fc.record({ do: fc.constant("clear" as const) }),
  fc.record({ do: fc.constantFrom("cursor delete" as const, "cursor update" as const), direction, value }),
  fc.record({ do: fc.constant("index cursor delete" as const), index: indexName, direction }),
);

const createStore = fc.record({
  do: fc.constant("create store" as const),
  name: storeName,
  keyPath: fc.constantFrom(null, null, "id", "in.id", ["id", "tag"]),
  autoIncrement: fc.boolean(),
});

const createIndex = fc.record({
  do: fc.constant("create index" as const),
  index: indexName,
  path: fc.constantFrom("tag", "list", ["tag", "id"]),
  unique: fc.integer({ min: 0, max: 3 }).map((one) => one === 0),
  multiEntry: fc.boolean(),
});

const shapeOperation = fc.oneof(
  createStore,
  fc.record({ do: fc.constant("delete store" as const) }),
  fc.record({ do: fc.constant("rename store" as const), to: storeName }),
  createIndex,
  fc.record({ do: fc.constant("delete index" as const), index: indexName }),
  fc.record({ do: fc.constant("rename index" as const), index: indexName, to: indexName }),
);

/** `forgiven`: an error of this one does not undo the transaction. */
const on = <T>(operation: fc.Arbitrary<T>) => fc.record({ store: someStore, operation, forgiven: fc.boolean() });

const database = fc.constantFrom("d", "d", "d", "d", "d", "d", "d", "d", "e");
const aborts = fc.integer({ min: 0, max: 4 }).map((one) => one === 0);
const recordOperations = fc.array(on(recordOperation), { maxLength: 8 });

export const step = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      step: fc.constant("upgrade" as const),
      database,
      aborts,
      operations: fc.array(on(fc.oneof(shapeOperation, shapeOperation, recordOperation)), { maxLength: 9 }),
    }),
  },
  {
    weight: 8,
    arbitrary: fc.record({
      step: fc.constant("write" as const),
      database,
      // Of one moment: they wait for one another where they share a store.
      transactions: fc.array(
        fc.record({ stores: fc.uniqueArray(storeName, { minLength: 1 }), aborts, operations: recordOperations }),
        { minLength: 1, maxLength: 2 },
      ),
    }),
  },
  { weight: 1, arbitrary: fc.record({ step: fc.constant("delete database" as const), database }) },
  { weight: 2, arbitrary: fc.record({ step: fc.constantFrom("reopen" as const, "kill" as const) }) },
);

/** Stores, indexes and records to begin with. */
export const beginning = fc.record({
  step: fc.constant("upgrade" as const),
  database: fc.constant("d"),
  aborts: fc.constant(false),
  operations: fc
    .tuple(
      fc.array(on(createStore), { minLength: 4, maxLength: 6 }),
      fc.array(on(createIndex), { minLength: 2, maxLength: 5 }),
      fc.array(on(recordOperation), { minLength: 4, maxLength: 12 }),
    )
    .map((all) => all.flat().map((one) => ({ ...one, forgiven: true }))),
});

export type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;
export type Operation = Extract<Step, { step: "upgrade" }>["operations"][number]["operation"];
