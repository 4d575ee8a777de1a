import { describe, expect, test } from "vitest";
import { fold, wordsOf } from "../../src/conversation/words.ts";

const words = (line: string): readonly string[] | string => {
  const read = wordsOf(line);
  return read.ok ? read.words.map((word) => word.text) : read.why;
};

test.each([
  ["snapshot web", ["snapshot", "web"]],
  ["  snapshot\t web  ", ["snapshot", "web"]],
  ["note\u00a05\u202fGo", ["note", "5", "Go"]],
  ['note "avant mise à jour" x', ["note", "avant mise à jour", "x"]],
  ["note « avant mise à jour »", ["note", "avant mise à jour"]],
  ["note “avant l’été”", ["note", "avant l’été"]],
  ["note „vorher“", ["note", "vorher"]],
  ["note 'avant l'été' x", ["note", "avant l'été", "x"]],
  ["note ‘avant l’été’", ["note", "avant l’été"]],
  ["l'avant d'hier", ["l'avant", "d'hier"]],
  ['note="a b" c', ["note=a b", "c"]],
  ['"a \\"b\\" \\\\ \\n"', ['a "b" \\ \\n']],
  ["'a \\' b", ["a \\", "b"]],
  ['5" 6"', ['5"', '6"']],
  ['""', [""]],
  ["$HOME > x | y; z & `w` *", ["$HOME", ">", "x", "|", "y;", "z", "&", "`w`", "*"]],
  ["—keep –x - —", ["--keep", "--x", "-", "—"]],
  ["sn\u200bap\u00adshot\ufeff", ["snapshot"]],
  ["\n\n snapshot web\nrm everything", ["snapshot", "web"]],
  ["snapshot web\u2028rm", ["snapshot", "web"]],
  ["", []],
])("%j", (line, expected) => {
  expect(words(line)).toEqual(expected);
});

describe("what is refused", () => {
  test.each([
    ['note "avant', "quote"],
    ["note «avant", "quote"],
    ["'avant", "quote"],
    ['"a"b', "after-quote"],
    ["«a»b", "after-quote"],
    ["web\u202egpj", "bidi"],
    ["web\u2066x", "bidi"],
    ["web\u0007", "control"],
    ["web\u009b31m", "control"],
    ["a".repeat(2001), "too-long"],
  ])("%j", (line, why) => {
    expect(words(line)).toBe(why);
  });

  test("a text of the full length is read", () => {
    expect(words("a".repeat(2000))).toEqual(["a".repeat(2000)]);
  });
});

test("words are compared without case and accents", () => {
  expect(fold("INSTANTANÉ")).toBe("instantane");
  expect(fold("Hote")).toBe(fold("ho\u0302te"));
});
