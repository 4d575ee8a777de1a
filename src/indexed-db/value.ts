/**
 * Values as bytes: V8's own format of a structured clone, which begins with its version; a newer V8 reads the formats
 * of all older ones. The bare serializer, because Node's default one would tear a view from its buffer.
 */
import { Deserializer, Serializer } from "node:v8";

/** Throws a `DataCloneError` where the value holds what the format cannot say (a Blob, a key object of Node). */
export function bytesOfValue(value: unknown): Buffer {
  refuseForeign(value, new Set());
  const to = new Serializer();
  to.writeHeader();
  to.writeValue(value);
  return to.releaseBuffer();
}

/** Throws where the bytes are not a value's. */
export function valueOfBytes(bytes: Buffer): unknown {
  const from = new Deserializer(bytes);
  from.readHeader();
  return from.readValue();
}

/** What a structured clone is made of; the serializer would write an object of any other kind as an empty one. */
const known: ReadonlySet<unknown> = new Set(
  [Object, Array, Map, Set, Date, RegExp, ArrayBuffer, DataView, Boolean, Number, String, BigInt]
    .concat([Error, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError] as never)
    .map(({ prototype }) => prototype),
);

function refuseForeign(value: unknown, seen: Set<object>): void {
  if (typeof value !== "object" || value === null || seen.has(value)) return;
  seen.add(value);
  if (ArrayBuffer.isView(value)) return;
  if (!known.has(Object.getPrototypeOf(value))) {
    throw new DOMException("a value holds an object that cannot be stored", "DataCloneError");
  }
  if (value instanceof Map) for (const one of [...value.keys(), ...value.values()]) refuseForeign(one, seen);
  else if (value instanceof Set) for (const one of value) refuseForeign(one, seen);
  else for (const one of Object.values(value)) refuseForeign(one, seen);
}
