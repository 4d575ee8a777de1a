import fc from "fast-check";
import { expect, test } from "vitest";
import { uuidv5 } from "../../src/jobs/uuid.ts";

const dns = "6ba7b810-9dad-11d1-80b4-00c04fd430c8";

test("gives RFC 9562's own example (appendix A.4)", () => {
  expect(uuidv5(dns, "www.example.com")).toBe("2ed6657d-e927-568b-95e1-2665a8aea6a2");
});

test("takes names as UTF-8, and the namespace in either case", () => {
  expect(uuidv5(dns.toUpperCase(), "é")).toBe(uuidv5(dns, "é"));
  expect(uuidv5(dns, "é")).not.toBe(uuidv5(dns, "e"));
});

test("is of version 5 and of the RFC's variant, whatever the name", () => {
  fc.assert(
    fc.property(fc.uuid(), fc.string({ unit: "binary" }), (namespace, name) => {
      expect(uuidv5(namespace, name)).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    }),
  );
});

test("refuses a namespace that is no UUID", () => {
  expect(() => uuidv5("6ba7b810", "x")).toThrow("not a UUID");
});
