import { randomBytes } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { codeAt, fromBase32, stepAt, stepsOf, toBase32 } from "../../../src/executor/factors/totp.ts";

/** RFC 6238, appendix B: SHA-1, the last six of its eight digits. */
const secret = Buffer.from("12345678901234567890");
const vectors: [number, string][] = [
  [59, "94287082"],
  [1111111109, "07081804"],
  [1111111111, "14050471"],
  [1234567890, "89005924"],
  [2000000000, "69279037"],
  [20000000000, "65353130"],
];

describe("a code", () => {
  test.each(vectors)("at %i is that of RFC 6238", (seconds, eight) => {
    expect(codeAt(secret, stepAt(seconds))).toBe(eight.slice(2));
    expect(stepsOf(secret, eight.slice(2), seconds, 0)).toEqual([stepAt(seconds)]);
  });

  test("is accepted one step early and one step late, and no further", () => {
    const now = 1_800_000_000;
    const steps = [-2, -1, 0, 1, 2].map((by) => stepsOf(secret, codeAt(secret, stepAt(now) + by), now, 1));
    expect(steps.map((found) => found.length)).toEqual([0, 1, 1, 1, 0]);
  });

  test("of another length or of no digits is nobody's", () => {
    const code = codeAt(secret, stepAt(59));
    for (const wrong of ["", code.slice(1), `${code}0`.slice(1), "      ", "é"]) {
      expect(stepsOf(secret, wrong, 59, 0)).toEqual([]);
    }
  });
});

describe("base32", () => {
  test("of RFC 4648, without its padding", () => {
    expect(toBase32(Buffer.from("foobar"))).toBe("MZXW6YTBOI");
    expect(toBase32(Buffer.from("foob"))).toBe("MZXW6YQ");
    expect(fromBase32("MZXW6YTB")?.toString()).toBe("fooba");
  });

  test("gives back what went in, and refuses what is none", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
        expect(fromBase32(toBase32(Buffer.from(bytes)))).toEqual(Buffer.from(bytes));
      }),
    );
    const text = toBase32(randomBytes(20));
    for (const wrong of [`${text}A`, text.toLowerCase(), `${text.slice(0, -1)}1`, `${text}=`, "B", "AB1"]) {
      expect(fromBase32(wrong)).toBeUndefined();
    }
  });
});
