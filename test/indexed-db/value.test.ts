/** Keys and values to bytes and back. */
import { createSecretKey } from "node:crypto";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Key } from "../../src/indexed-db/fake.ts";
import { keyOfText, textOfKey } from "../../src/indexed-db/key.ts";
import { bytesOfValue, valueOfBytes } from "../../src/indexed-db/value.ts";

const { key } = fc.letrec<{ key: Key }>((tie) => ({
  key: fc.oneof(
    { depthSize: "small" },
    fc.double({ noNaN: true }).map((number) => number + 0),
    fc.string({ unit: "binary" }),
    fc.string().map((text) => `${text}\ud800`),
    fc.date({ noInvalidDate: true }),
    fc.uint8Array().map((bytes) => new Uint8Array(bytes).buffer),
    fc.array(tie("key"), { maxLength: 4 }),
  ),
}));

test("a key comes back from its text, and no two keys have one text", () => {
  fc.assert(
    fc.property(key, key, (one, other) => {
      expect(keyOfText(textOfKey(one))).toStrictEqual(one);
      expect(textOfKey(one) === textOfKey(other)).toBe(JSON.stringify(seen(one)) === JSON.stringify(seen(other)));
    }),
  );
  expect(textOfKey(-0)).toBe(textOfKey(0));
  for (const end of [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) expect(keyOfText(textOfKey(end))).toBe(end);
});

/** Written in another way than the one under test. */
function seen(key: Key): unknown {
  if (Array.isArray(key)) return ["array", ...key.map(seen)];
  if (key instanceof ArrayBuffer) return ["bytes", ...new Uint8Array(key)];
  return [Object.prototype.toString.call(key), key instanceof Date ? key.getTime() : String(key)];
}

test("what is no key's text is refused", () => {
  for (const text of ["", "{}", "null", "true", '{"bytes":"?"}', '{"date":"x"}', " 1", '{"number":"NaN"}', "[1]"]) {
    expect(() => keyOfText(text), text).toThrow();
  }
});

const value = fc.anything({
  withBigInt: true,
  withDate: true,
  withMap: true,
  withSet: true,
  withTypedArray: true,
  withSparseArray: true,
  withUnicodeString: true,
});

test("a value comes back from its bytes as a structured clone", () => {
  fc.assert(
    fc.property(value, (one) => {
      const clone = structuredClone(one);
      expect(valueOfBytes(bytesOfValue(clone))).toStrictEqual(clone);
    }),
  );
});

test("views of one buffer stay views of one buffer; a ring stays a ring", () => {
  const { buffer } = new Uint8Array([1, 2, 3, 4]);
  const ring: { self?: unknown } = {};
  ring.self = ring;
  const views = [new Uint8Array(buffer, 0, 2), new Uint8Array(buffer, 2)] as const;
  const [one, other] = valueOfBytes(bytesOfValue(views)) as typeof views;
  expect([one, other]).toEqual(views);
  expect(one.buffer).toBe(other.buffer);
  const back = valueOfBytes(bytesOfValue(ring)) as typeof ring;
  expect(back.self).toBe(back);
});

test("what the format cannot say is refused, however deep, and never written as something else", () => {
  const key = createSecretKey(Buffer.alloc(16));
  for (const foreign of [new Blob(["x"]), key, new DOMException("x"), new URL("x:")]) {
    for (const value of [
      foreign,
      { a: [foreign] },
      new Map([["k", foreign]]),
      new Map([[foreign, 1]]),
      new Set([foreign]),
    ]) {
      expect(() => bytesOfValue(value)).toThrow(expect.objectContaining({ name: "DataCloneError" }));
    }
  }
});

test("bytes that are no value are refused", () => {
  const bytes = bytesOfValue({ a: "b" });
  expect(() => valueOfBytes(Buffer.alloc(0))).toThrow();
  expect(() => valueOfBytes(bytes.subarray(0, -3))).toThrow();
  expect(() => valueOfBytes(Buffer.from("{}"))).toThrow();
});
