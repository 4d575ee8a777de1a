import { expect, test } from "vitest";
import { afterMention } from "../../src/conversation/mention.ts";

const handles = ["@manchot", "@manchot:liberta.example", "manchot:", "Manchot Libre"];

test.each([
  ["@manchot help", "help"],
  ["@MANCHOT help", "help"],
  ["@manchot: help", "help"],
  ["@manchot, help", "help"],
  ["@manchot:liberta.example help", "help"],
  ["@manchot:liberta.example: help", "help"],
  ["manchot: help", "help"],
  ["Manchot Libre: help", "help"],
  ["  \u200b@manchot \u00a0help me ", "help me"],
  ["@manchot", ""],
  ["@manchot\nhelp", ""],
  ["@manchot help\nrm", "help"],
])("%j", (text, expected) => {
  expect(afterMention(text, handles)).toBe(expected);
});

test.each([
  "",
  "help",
  "please @manchot help",
  "@manchotte help",
  "@manchot:elsewhere.example help",
  "@manchot:liberta.example.evil.example help",
  "@manchot@elsewhere.example help",
  "@mаnchot help", // a Cyrillic а
  "＠manchot help",
  "manchot help",
  "> @manchot help",
])("%j is not for the bot", (text) => {
  expect(afterMention(text, handles)).toBeUndefined();
});

test("what follows is left to the letter, however the handle's accents are composed", () => {
  expect(afterMention("Ho\u0302te snapshot ho\u0302te", ["h\u00f4te"])).toBe("snapshot ho\u0302te");
});
