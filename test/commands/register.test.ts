import { readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { commands } from "../../commands/index.ts";
import { argumentsOf, optionWords } from "../../src/conversation/arguments.ts";
import { nameIn, namesOf } from "../../src/conversation/names.ts";
import { parse } from "../../src/conversation/parse.ts";

test("every file in commands/ is on the list", () => {
  const files = readdirSync(join(import.meta.dirname, "../../commands")).filter((name) => name !== "index.ts");
  expect(files.length).toBe(commands.length);
});

test("no two commands share a name, and none begins with another's", () => {
  const names = commands.flatMap((command) => namesOf(command).map((name) => `${name.join(" ")} `));
  expect(new Set(names).size).toBe(names.length);
  // Otherwise an argument could turn one command into another.
  expect(names.filter((name) => names.some((other) => other !== name && name.startsWith(other)))).toEqual([]);
});

describe.each(commands.map((command) => [command.name, command] as const))("%s", (_, command) => {
  test.each(["en", "fr"] as const)("its %s example is right, and names it", (language) => {
    expect(parse(command.example[language], commands)).toMatchObject({ kind: "command", command });
    expect(nameIn(command, language).length).toBeGreaterThan(0);
  });

  test("both languages have a summary and names of arguments", () => {
    for (const words of [command.summary, ...argumentsOf(command).map(({ name }) => name)]) {
      expect(words.en.length * words.fr.length).toBeGreaterThan(0);
    }
  });

  test("its options can be told apart", () => {
    const all = argumentsOf(command);
    const words = all.flatMap((argument) => [...new Set(optionWords(argument))]);
    expect(new Set(words).size).toBe(words.length);
  });

  test("its arguments can be filled: what takes the rest is the last one, what must be there comes first", () => {
    const positional = argumentsOf(command).filter((argument) => !argument.option);
    for (const argument of positional.slice(0, -1)) expect(["word", "amount"]).toContain(argument.takes);
    const required = positional.map((argument) => argument.required);
    expect(required).toEqual([...required].sort((a, b) => Number(b) - Number(a)));
  });
});
