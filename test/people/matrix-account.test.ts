import fc from "fast-check";
import { expect, test } from "vitest";
import { parseMatrixAccount, printMatrixAccount } from "../../src/people/matrix-account.ts";
import { conflicts, peopleOf } from "../../src/people/people.ts";
import { trustAtBest, trustIn } from "../../src/people/trust.ts";

const keyOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64").replace(/=+$/, "");
const key = keyOf(new Uint8Array(32).fill(251));
const other = keyOf(new Uint8Array(32).fill(7));
const pinned = `@zelie:example.org ed25519:${key}`;

test("an account is its ID, with or without the identity that is pinned to it", () => {
  expect(parseMatrixAccount("@zelie:example.org")).toEqual({ ok: true, account: { mxid: "@zelie:example.org" } });
  expect(parseMatrixAccount(pinned)).toEqual({ ok: true, account: { mxid: "@zelie:example.org", identity: key } });
});

test.each([
  ["", "Matrix ID"],
  ["zelie", "Matrix ID"],
  ["@\u200bzelie:example.org", "an invisible character in it (U+200B)"],
  [`${pinned}\ufeff`, "an invisible character in it (U+FEFF)"],
  ["@zélie:example.org", "Matrix ID"],
  [` ${pinned}`, "Matrix ID"],
  [`ed25519:${key}`, "Matrix ID"],
  ["@zelie:example.org ", "single space"],
  [`${pinned} `, "single space"],
  [`${pinned} more`, "single space"],
  [pinned.replace(" ", "  "), "single space"],
  [pinned.replace(" ", "\t"), "Matrix ID"],
  [`@zelie:example.org ${key}`, "begins with ed25519:"],
  [`@zelie:example.org ED25519:${key}`, "begins with ed25519:"],
  [`@zelie:example.org curve25519:${key}`, "begins with ed25519:"],
  ["@zelie:example.org ed25519:", "32 bytes"],
  [`${pinned}=`, "32 bytes"],
  [`${pinned}\n`, "32 bytes"],
  [pinned.slice(0, -1), "32 bytes"],
  [`${pinned}A`, "32 bytes"],
  [pinned.replaceAll("+", "-"), "32 bytes"], // base64url
  [`${pinned.slice(0, -1)}9`, "32 bytes"], // bits that belong to no byte
])("refused, and told why and how to mend it: %j", (text, why) => {
  const parsed = parseMatrixAccount(text);
  if (parsed.ok) throw new Error("read");
  expect(parsed.wrong).toContain(why);
  expect(parsed.mend).toMatch(/whoami/);
});

test("whatever is read is printed again to the letter; nothing makes it throw", () => {
  const keys = fc.uint8Array({ minLength: 32, maxLength: 32 }).map(keyOf);
  const sound = fc.tuple(fc.constantFrom("@a:b", "@zelie:example.org", "@x.y=/+:[::1]:8448"), keys);
  fc.assert(
    fc.property(sound, ([mxid, identity]) => {
      const text = `${mxid} ed25519:${identity}`;
      expect(parseMatrixAccount(text)).toEqual({ ok: true, account: { mxid, identity } });
      expect(printMatrixAccount({ mxid, identity })).toBe(text);
    }),
  );
  const spoilt = fc
    .tuple(sound, fc.nat(80), fc.nat(3), fc.string({ unit: "grapheme", maxLength: 3 }))
    .map(([[mxid, identity], at, drop, put]) => {
      const text = `${mxid} ed25519:${identity}`;
      return text.slice(0, at) + put + text.slice(at + drop);
    });
  let read = 0;
  fc.assert(
    fc.property(fc.oneof(spoilt, fc.string({ unit: "grapheme" })), (text) => {
      const parsed = parseMatrixAccount(text);
      if (!parsed.ok) return;
      read += 1;
      expect(printMatrixAccount(parsed.account)).toBe(text);
      expect(text).toMatch(/^@[!-~]+( ed25519:[A-Za-z0-9+/]{43})?$/);
      const { identity } = parsed.account;
      if (identity !== undefined) expect(keyOf(Buffer.from(identity, "base64"))).toBe(identity);
    }),
    { numRuns: 3_000 },
  );
  expect(read).toBeGreaterThan(50);
});

const zelie = { id: "zelie", name: "Zélie", roles: ["admin"], accounts: { matrix: [pinned, "@zelie:other.org"] } };

test("people are found by the ID alone; the pin is beside it, and of that account only", () => {
  const people = peopleOf([zelie]);
  expect(people.byAccount("matrix", "@zelie:example.org")?.id).toBe("zelie");
  expect(people.byAccount("matrix", pinned)).toBeUndefined();
  expect(people.byId("zelie")?.accounts.matrix).toEqual(["@zelie:example.org", "@zelie:other.org"]);
  expect([...(people.byId("zelie")?.identities ?? [])]).toEqual([["@zelie:example.org", key]]);
});

test("an identity belongs to one account, and an account has one", () => {
  const with_ = (...matrix: string[]) => conflicts([zelie, { ...zelie, id: "omar", accounts: { matrix } }]);
  expect(with_(`@omar:example.org ed25519:${other}`)).toEqual([]);
  expect(with_(`@omar:example.org ed25519:${key}`)).toMatchObject([{ path: [1, "accounts", "matrix", 0] }]);
  expect(with_("@zelie:example.org")).toMatchObject([{ message: expect.stringContaining("of `zelie`") }]);
  expect(with_(`@zelie:example.org ed25519:${other}`).length).toBe(1);
  expect(conflicts([{ ...zelie, accounts: { matrix: [pinned, `@zelie:other.org ed25519:${key}`] } }]).length).toBe(1);
});

test("verified is what came encrypted from a device of exactly the pinned identity, and nothing else", () => {
  const person = peopleOf([zelie]).byId("zelie");
  const venue = { network: "matrix", place: "!a", thread: "$1", direct: false } as const;
  const trust = (account: string, encrypted: boolean, identity?: string, network: "matrix" | "terminal" = "matrix") => {
    const here = { ...venue, network, encrypted, ...(identity === undefined ? {} : { identity }) };
    return trustIn(person, { network, account, venue: here });
  };
  const account = "@zelie:example.org";
  expect(trust(account, true, key)).toEqual({ pinned: true, verified: true });
  for (const identity of [undefined, "", other, `${key}=`, `ed25519:${key}`]) {
    expect(trust(account, true, identity)).toEqual({ pinned: true, verified: false });
  }
  expect(trust(account, false, key)).toEqual({ pinned: true, verified: false });
  expect(trust("@zelie:other.org", true, key)).toEqual({ pinned: false, verified: false });
  expect(trust(account, true, key, "terminal")).toEqual({ pinned: false, verified: false });
  expect(
    trustIn(undefined, { network: "matrix", account, venue: { ...venue, encrypted: true, identity: key } }),
  ).toEqual({
    pinned: false,
    verified: false,
  });
  if (person === undefined) throw new Error("nobody");
  expect(trustAtBest(person, { ...venue, encrypted: true }).verified).toBe(true);
  expect(trustAtBest(person, { ...venue, encrypted: false })).toEqual({ pinned: true, verified: false });
});
