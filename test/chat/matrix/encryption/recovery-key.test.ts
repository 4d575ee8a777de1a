import fc from "fast-check";
import { decodeRecoveryKey, encodeRecoveryKey } from "matrix-js-sdk/lib/crypto-api/recovery-key.js";
import { expect, test } from "vitest";
import {
  newRecoveryKey,
  parseRecoveryKey,
  printRecoveryKey,
} from "../../../../src/chat/matrix/encryption/recovery-key.ts";
import { describeKey, isKeyOf } from "../../../../src/chat/matrix/encryption/secret-storage.ts";

const alphabet = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
const keys = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => Buffer.from(bytes));
const spaces = fc.constantFrom("", " ", "\t", "\n", "  ", "\u00a0");

test("it looks as people know it: twelve groups of four that begin with Es", () => {
  expect(printRecoveryKey(Buffer.alloc(32, 7))).toMatch(/^Es[A-Za-z1-9]{2}( [A-Za-z1-9]{4}){11}$/);
});

test("what is printed is read, by us and by matrix-js-sdk, however it is spaced", () => {
  fc.assert(
    fc.property(keys, spaces, (key, space) => {
      const text = printRecoveryKey(key);
      expect(parseRecoveryKey(`${space}${text.replaceAll(" ", space)}${space}`)).toEqual({ ok: true, key });
      expect(text).toBe(encodeRecoveryKey(new Uint8Array(key)));
      expect(Buffer.from(decodeRecoveryKey(text))).toEqual(key);
    }),
  );
});

test("with one sign wrong, or two that stand side by side exchanged, it opens nothing: it is refused, or another key", () => {
  let passed = 0;
  let tried = 0;
  const spoil = (key: Buffer, spoilt: string): void => {
    const read = parseRecoveryKey(spoilt);
    tried++;
    if (!read.ok) return;
    passed++;
    expect(read.key).not.toEqual(key);
    expect(isKeyOf(read.key, describeKey(key))).toBe(false);
  };
  fc.assert(
    fc.property(keys, (key) => {
      const text = printRecoveryKey(key).replaceAll(" ", "");
      for (let at = 0; at < text.length; at++) {
        for (const sign of alphabet) {
          if (sign !== text[at]) spoil(key, text.slice(0, at) + sign + text.slice(at + 1));
        }
        const [here, next] = [text[at], text[at + 1]];
        if (next !== undefined && here !== next) spoil(key, `${text.slice(0, at)}${next}${here}${text.slice(at + 2)}`);
      }
    }),
    { numRuns: 20 },
  );
  // One parity byte sees all but about one in 256.
  expect(passed / tried).toBeLessThan(1 / 100);
});

test("what is missing, too much, or of another alphabet is told by its place, and nothing of it is quoted", () => {
  fc.assert(
    fc.property(keys, fc.nat(47), (key, at) => {
      const text = printRecoveryKey(key).replaceAll(" ", "");
      const wrong = (spoilt: string): string => {
        const read = parseRecoveryKey(spoilt);
        if (read.ok) throw new Error("it was taken");
        for (let start = 0; start < 44; start++) expect(read.wrong).not.toContain(text.slice(start, start + 5));
        return read.wrong;
      };
      expect(wrong(text.slice(0, at) + text.slice(at + 1))).toBe("has 47 letters and digits, and needs 48");
      expect(wrong(`${text.slice(0, at)}a${text.slice(at)}`)).toBe("has 49 letters and digits, and needs 48");
      expect(wrong(`${text.slice(0, at)}0${text.slice(at + 1)}`)).toBe(
        `has a sign that no recovery key has, in its group ${1 + Math.floor(at / 4)}`,
      );
    }),
  );
});

test("anything else is refused, and never a fault", () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.string({ unit: "binary" })), (text) => {
      expect(parseRecoveryKey(text).ok).toBe(false);
    }),
  );
  const most = alphabet.at(-1)?.repeat(48) ?? "";
  expect(parseRecoveryKey(most)).toEqual({ ok: false, wrong: "has a typing error somewhere" });
  expect(parseRecoveryKey("")).toEqual({ ok: false, wrong: "has 0 letters and digits, and needs 48" });
});

test("each is a new one", () => {
  const made = new Set(Array.from({ length: 100 }, () => newRecoveryKey().toString("hex")));
  expect(made.size).toBe(100);
});
