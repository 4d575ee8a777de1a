import fc from "fast-check";
import { expect, test } from "vitest";
import { differenceOf } from "../../src/authorisation/difference.ts";

const split = (text: string): string[] => text.match(/[^\n]*\n|[^\n]+$/g) ?? [];

/** Applies unified text to files: what `patch` does, and no more lenient than it. */
function patched(before: Readonly<Record<string, string>>, difference: string): Record<string, string> {
  const after = { ...before };
  for (const part of difference.split(/^(?=--- .*\n\+\+\+ )/m).filter((one) => one !== "")) {
    const [from = "", to = "", ...lines] = split(part);
    const name = [to, from].map((line) => line.slice(4).trimEnd()).find((one) => one !== "/dev/null") ?? "";
    const old = split(from.includes("/dev/null") ? "" : (before[name] ?? ""));
    const fresh: string[] = [];
    let at = 0;
    for (let index = 0; index < lines.length; index += 1) {
      const line = lines[index] ?? "";
      const head = /^@@ -(\d+),(\d+) \+(\d+),(\d+) @@$/.exec(line.trimEnd());
      if (head !== null) {
        const [start, count] = [Number(head[1]), Number(head[2])];
        const until = count === 0 ? start : start - 1;
        while (at < until) fresh.push(old[at++] ?? "missing");
        expect(fresh.length).toBe(Number(head[4]) === 0 ? Number(head[3]) : Number(head[3]) - 1);
        continue;
      }
      const bare = (lines[index + 1] ?? "").startsWith("\\ ") ? line.slice(1, -1) : line.slice(1);
      if (line.startsWith("\\ ")) continue;
      if (line.startsWith("+")) fresh.push(bare);
      else {
        expect(old[at]).toBe(bare);
        if (line.startsWith(" ")) fresh.push(bare);
        at += 1;
      }
    }
    const text = [...fresh, ...old.slice(at)].join("");
    if (to.includes("/dev/null")) {
      expect(text).toBe("");
      delete after[name];
    } else after[name] = text;
  }
  return after;
}

test("applied to what was before, it gives what is after; and nothing where they are the same", () => {
  const line = fc.constantFrom("a", "b", "permit", "", "é");
  const text = fc.oneof(
    {
      weight: 6,
      arbitrary: fc
        .tuple(fc.array(line, { maxLength: 25 }), fc.boolean())
        .map(([lines, ended]) => lines.join("\n") + (ended ? "\n" : "")),
    },
    { weight: 1, arbitrary: fc.constant("") },
  );
  const files = fc.dictionary(fc.constantFrom("roles.cedar", "guards.cedar", "cases.yaml"), text, {
    noNullPrototype: true,
  });
  const property = fc.property(files, files, (before, after) => {
    const difference = differenceOf(before, after);
    expect(patched(before, difference)).toEqual(after);
    expect(difference === "").toBe(
      JSON.stringify(Object.entries(before).sort()) === JSON.stringify(Object.entries(after).sort()),
    );
  });
  fc.assert(property, { numRuns: 500 });
});

test("it reads as `diff -u` writes it", () => {
  const before = { "a.cedar": "1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n12\n", "b.cedar": "x\n" };
  const after = { "a.cedar": "1\n2\n3\n4\nfive\n6\n7\n8\n9\n10\n11\n12\nend", "c.cedar": "y\n" };
  expect(differenceOf(before, after)).toBe(
    [
      ...["--- a.cedar", "+++ a.cedar", "@@ -2,7 +2,7 @@", " 2", " 3", " 4", "-5", "+five", " 6", " 7", " 8"],
      ...["@@ -10,3 +10,4 @@", " 10", " 11", " 12", "+end", "\\ No newline at end of file"],
      ...["--- b.cedar", "+++ /dev/null", "@@ -1,1 +0,0 @@", "-x"],
      ...["--- /dev/null", "+++ c.cedar", "@@ -0,0 +1,1 @@", "+y", ""],
    ].join("\n"),
  );
});
