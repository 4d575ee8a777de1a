import fc from "fast-check";
import { expect, test } from "vitest";
import { commands } from "../../commands/index.ts";
import { unknownAnswer } from "../../src/conversation/answers.ts";
import { plain } from "../../src/conversation/render/plain.ts";
import { nearest } from "../../src/conversation/suggest.ts";
import { contextFor } from "../../src/languages/index.ts";

test.each([
  ["snapshat web", "snapshot"],
  ["instantanné web", "instantané"],
  ["vm", "vm list"],
  ["vm lst", "vm list"],
  ["hlep", "help"],
  ["pourqoi 41", "pourquoi"],
])("%j leads to %j", (said, name) => {
  expect(nearest(said.split(" "), commands, "en")[0]).toBe(name);
});

test("only what the person may use is ever named", () => {
  const few = commands.filter(({ name }) => name === "help" || name === "whoami");
  const names = few.flatMap(({ name, also }) => [name, ...also]);
  const near = fc.constantFrom("snapshot", "snapshat", "jobs", "vm", "vm list", "lancer", "hots", "whoam", "aid");
  fc.assert(
    fc.property(fc.oneof(near, fc.string()), (said) => {
      for (const name of nearest(said.split(" "), few, "fr")) expect(names).toContain(name);
    }),
  );
  expect(nearest(["snapshat"], few, "en")).toEqual([]);
});

test("the answer is one short line, however long the words were", () => {
  const context = contextFor({ request: 1, language: "en", timezone: "UTC" });
  const said = plain(unknownAnswer({ words: ["snapshat", "x".repeat(1900)] }, commands, context));
  expect(said).toBe(`⚠ I do not know “snapshat ${"x".repeat(30)}…”. Did you mean “snapshot”, “snapshots”?`);
  expect(plain(unknownAnswer({ words: ["@room"] }, [], context))).toBe(
    "⚠ I do not know “@\u200broom”. “help” lists what I can do for you.",
  );
});
