/** What each class wants, by itself: whatever is given, in whatever order. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { byPerson, type Given, isEnough, serves } from "../../../src/executor/factors/approvals.ts";
import { factorKind } from "../../../src/protocol/plan.ts";

const by = (person: string, kind: Given["kind"]): Given => ({ person, kind, at: 0 });
const [code, signature, host] = [by("zelie", "totp"), by("zelie", "signature"), by("zelie", "host")];
const [otherCode, other, otherHost] = [by("yann", "totp"), by("yann", "signature"), by("yann", "host")];
const enough = (ofClass: Parameters<typeof isEnough>[0], given: Given[], signers: number | undefined = 3) =>
  isEnough(ofClass, given, signers);

test("an addition wants nothing", () => expect(enough("add", [])).toBe(true));

describe("a disruption", () => {
  test("wants one second factor of any kind", () => {
    expect(enough("disrupt", [])).toBe(false);
    for (const one of [code, signature, host]) expect(enough("disrupt", [one])).toBe(true);
  });

  test("for good wants one signature, or a yes at the host", () => {
    for (const given of [[], [code], [code, otherCode]]) expect(enough("disrupt-for-good", given)).toBe(false);
    for (const one of [signature, host]) expect(enough("disrupt-for-good", [one])).toBe(true);
  });
});

describe("a destruction", () => {
  test("wants signatures of two persons", () => {
    for (const given of [[], [code, otherCode], [signature], [signature, otherCode], [signature, host], [host]]) {
      expect(enough("destroy", given)).toBe(false);
    }
    for (const given of [
      [signature, other],
      [signature, otherHost],
      [host, otherHost],
    ]) {
      expect(enough("destroy", given)).toBe(true);
    }
  });

  test("is done at the host where no two persons have a key, and nowhere else", () => {
    for (const signers of [0, 1]) {
      expect(enough("destroy", [host], signers)).toBe(true);
      for (const given of [[], [signature], [code, otherCode]]) expect(enough("destroy", given, signers)).toBe(false);
    }
    expect(isEnough("destroy", [host], undefined)).toBe(false);
  });
});

const approval = fc.record({
  person: fc.constantFrom("zelie", "yann", "noe"),
  kind: fc.constantFrom(...factorKind.options),
  at: fc.nat(),
});
const graver = fc.constantFrom("disrupt" as const, "disrupt-for-good" as const, "destroy" as const);

test("whatever is given: more is never less, codes alone never destroy, one person's alone never do", () => {
  fc.assert(
    fc.property(
      graver,
      fc.array(approval),
      approval,
      fc.option(fc.nat({ max: 4 }), { nil: undefined }),
      (ofClass, given, more, signers) => {
        const before = isEnough(ofClass, given, signers);
        if (before) expect(isEnough(ofClass, [...given, more], signers)).toBe(true);
        expect(isEnough(ofClass, byPerson(given), signers)).toBe(before);
        expect(isEnough(ofClass, [...given].reverse(), signers)).toBe(before);
        if (given.length === 0) expect(before).toBe(false);
        if (ofClass !== "disrupt" && given.every(({ kind }) => kind === "totp")) expect(before).toBe(false);
        const persons = new Set(given.filter(({ kind }) => serves(ofClass, kind)).map(({ person }) => person));
        if (ofClass === "destroy" && (signers ?? 2) >= 2) expect(before).toBe(persons.size >= 2);
      },
    ),
    { numRuns: 2000 },
  );
});

test("of each person the weightiest stands, and each person once", () => {
  fc.assert(
    fc.property(fc.array(approval), (given) => {
      const told = byPerson(given);
      expect(told.map(({ person }) => person)).toEqual([...new Set(given.map(({ person }) => person))]);
      for (const { person, kind } of told) {
        const own = given.filter((one) => one.person === person).map((one) => one.kind);
        expect(kind).toBe(["host", "signature", "totp"].find((heavy) => own.some((one) => one === heavy)));
      }
    }),
  );
});
