/**
 * Values as bytes: V8's own format of a structured clone, which begins with its version; a newer V8 reads the formats
 * of all older ones. The bare serializer, because Node's default one would tear a view from its buffer.
 */
import { Deserializer, Serializer } from "node:v8";

/** Throws where the value is none that can be stored (a Blob, a key object of Node). */
export function bytesOfValue(value: unknown): Buffer {
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
