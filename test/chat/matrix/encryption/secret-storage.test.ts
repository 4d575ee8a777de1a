import fc from "fast-check";
import decryptByPeer from "matrix-js-sdk/lib/utils/decryptAESSecretStorageItem.js";
import encryptByPeer from "matrix-js-sdk/lib/utils/encryptAESSecretStorageItem.js";
import { expect, test } from "vitest";
import { describeKey, isKeyOf, seal, unseal } from "../../../../src/chat/matrix/encryption/secret-storage.ts";

const keys = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => Buffer.from(bytes));
const names = fc.oneof(fc.constant("m.cross_signing.master"), fc.string({ minLength: 1 }));
const secrets = fc.oneof(fc.string(), fc.string({ unit: "grapheme", maxLength: 200 }));

test("what we seal matrix-js-sdk opens, and what it seals we open", async () => {
  await fc.assert(
    fc.asyncProperty(keys, names, secrets, async (key, name, secret) => {
      const raw = new Uint8Array(key);
      expect(await decryptByPeer(seal(key, name, secret), raw, name)).toBe(secret);
      expect(unseal(key, name, await encryptByPeer(secret, raw, name))).toBe(secret);
    }),
  );
});

test("another key, another name, or one bit changed anywhere: it does not open", () => {
  fc.assert(
    fc.property(keys, keys, names, fc.string({ minLength: 1 }), fc.nat(), (key, other, name, secret, place) => {
      const sealed = seal(key, name, secret);
      if (!key.equals(other)) expect(unseal(other, name, sealed)).toBeUndefined();
      expect(unseal(key, `${name}.`, sealed)).toBeUndefined();
      for (const part of ["ciphertext", "mac"] as const) {
        const bytes = Buffer.from(sealed[part], "base64");
        const bit = place % (8 * bytes.length);
        bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        expect(unseal(key, name, { ...sealed, [part]: bytes.toString("base64") })).toBeUndefined();
      }
      expect(unseal(key, name, { ...sealed, iv: sealed.iv.slice(4) })).toBeUndefined();
      expect(unseal(key, name, { ...sealed, mac: "" })).toBeUndefined();
    }),
  );
});

test("a key is known by its description, which says nothing of it and is another each time", () => {
  fc.assert(
    fc.property(keys, keys, (key, other) => {
      const description = describeKey(key);
      expect(isKeyOf(key, description)).toBe(true);
      // Padding is not everywhere the same.
      expect(isKeyOf(key, { ...description, mac: description.mac?.replace(/=+$/, "") ?? "" })).toBe(true);
      expect(isKeyOf(other, description)).toBe(key.equals(other));
      expect(describeKey(key)).not.toEqual(description);
    }),
  );
});

test("bit 63 of the counter is clear, so that clients with counters of 64 bits read it", () => {
  for (let times = 0; times < 200; times++) {
    expect((Buffer.from(seal(Buffer.alloc(32, 1), "n", "s").iv, "base64")[8] ?? 0xff) & 0x80).toBe(0);
  }
});
