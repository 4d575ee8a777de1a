/** Keys of IndexedDB as text: equal keys have the same text, and the text gives back the key. */
import type { Key } from "./fake.ts";

/** Numbers and strings as they are; what JSON lacks in an object whose one name says what it is. */
type Tagged =
  | number
  | string
  | { readonly number: "Infinity" | "-Infinity" }
  | { readonly date: number }
  | { readonly bytes: string }
  | { readonly list: readonly Tagged[] };

export const textOfKey = (key: Key): string => JSON.stringify(tag(key));

/** Throws where the text is none that {@link textOfKey} gives. */
export function keyOfText(text: string): Key {
  const key = untag(JSON.parse(text) as Tagged);
  if (textOfKey(key) !== text) throw new Error("it is not a key's text");
  return key;
}

function tag(key: Key): Tagged {
  if (typeof key === "string") return key;
  if (typeof key === "number") return Number.isFinite(key) ? key : { number: key > 0 ? "Infinity" : "-Infinity" };
  if (key instanceof Date) return { date: key.getTime() };
  if (key instanceof ArrayBuffer) return { bytes: Buffer.from(key).toString("base64") };
  return { list: key.map(tag) };
}

function untag(tagged: Tagged): Key {
  if (typeof tagged !== "object") return tagged;
  if ("number" in tagged) return Number(tagged.number);
  if ("date" in tagged) return new Date(tagged.date);
  if ("list" in tagged) return tagged.list.map(untag);
  return new Uint8Array(Buffer.from(tagged.bytes, "base64")).buffer;
}
