import fc from "fast-check";
import { expect, test } from "vitest";
import { isMxid } from "../../src/people/account.ts";
import { conflicts, peopleOf } from "../../src/people/people.ts";

const zelie = { id: "zelie", name: "Zélie", roles: ["admin"], accounts: { matrix: ["@zelie:example.org"] } };
const omar = { id: "omar", name: "Omar", roles: ["member"], accounts: { matrix: ["@omar:example.org"] } };

test("an account leads to its person, on its own network only", () => {
  const people = peopleOf([zelie, omar]);
  expect(people.byAccount("matrix", "@zelie:example.org")?.id).toBe("zelie");
  expect(people.byAccount("fediverse", "@zelie:example.org")).toBeUndefined();
  expect(people.byAccount("terminal", "omar")?.id).toBe("omar");
  expect(people.byAccount("matrix", "omar")).toBeUndefined();
  expect(people.byId("omar")?.name).toBe("Omar");
});

test("look-alikes, other cases and neighbours of an account are strangers", () => {
  const people = peopleOf([zelie]);
  const others = [
    "@ZELIE:example.org",
    "@zelie:example.org ",
    "@zelie:example.org.evil.example",
    "@zelie:EXAMPLE.org",
    "@zеlie:example.org", // Cyrillic е
    "@zelie\u200b:example.org",
    "@ｚelie:example.org", // full width: NFKC would make it the same
    "zelie",
    "Zélie",
    "__proto__",
    "constructor",
    "",
  ];
  for (const account of others) expect(people.byAccount("matrix", account), account).toBeUndefined();
});

test("no string but the pinned account itself finds a person", () => {
  const people = peopleOf([zelie, omar]);
  const pinned = new Set(["@zelie:example.org", "@omar:example.org"]);
  fc.assert(
    fc.property(fc.string({ unit: "grapheme" }), (text) => {
      expect(people.byAccount("matrix", text) !== undefined).toBe(pinned.has(text));
    }),
    { numRuns: 500 },
  );
});

test("an id or an account that stands twice is refused", () => {
  expect(() => peopleOf([zelie, { ...omar, id: "zelie" }])).toThrow(/people/);
  expect(() => peopleOf([zelie, { ...omar, accounts: zelie.accounts }])).toThrow(/already of `zelie`/);
  expect(conflicts([zelie, { ...omar, accounts: zelie.accounts }])[0]?.path).toEqual([1, "accounts", "matrix", 0]);
  const twice = { ...zelie, accounts: { matrix: ["@zelie:example.org", "@zelie:example.org"] } };
  expect(conflicts([twice])[0]?.message).toBe("is twice");
  // The same letters on two networks are two accounts.
  expect(conflicts([zelie, { ...omar, accounts: { fediverse: ["@zelie:example.org"] } }])).toEqual([]);
});

test("Matrix IDs are ASCII, whole, and name their server", () => {
  for (const good of ["@a:b", "@zelie:example.org", "@a.b=_-/+:matrix.example.org:8448", "@a:[2001:db8::1]:8448"]) {
    expect(isMxid(good), good).toBe(true);
  }
  const bad = [
    "zelie:example.org",
    "@zelie",
    "@:example.org",
    "@zélie:x",
    "@a b:x",
    "@a:x\n",
    "@a:-x",
    "@a:x/",
    "@a:x y",
    `@${"a".repeat(255)}:x`,
  ];
  for (const one of bad) expect(isMxid(one), one).toBe(false);
});
