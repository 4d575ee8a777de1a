/** From a command and its arguments back to words: what {@link parse} reads as the very same. */
import type { Language } from "../chat/port.ts";
import { type Argument, argumentsOf, optionWords } from "./arguments.ts";
import type { Command } from "./command.ts";
import { nameIn } from "./names.ts";
import { fold } from "./words.ts";

/** The call in one line, without the mention; arguments that are not given are left out. */
export function print(command: Command, given: Readonly<Record<string, unknown>>, language: Language): string {
  const all = argumentsOf(command);
  const announcing = new Set(all.flatMap(optionWords));
  const parts = all.flatMap((argument) => printArgument(argument, given[argument.key], language, announcing));
  return [nameIn(command, language), ...parts].join(" ");
}

/** A word in double quotes, whatever it holds. */
export const quoted = (word: string): string => `"${word.replace(/["“”\\]/gu, "\\$&")}"`;

function printArgument(
  argument: Argument,
  value: unknown,
  language: Language,
  announcing: ReadonlySet<string>,
): readonly string[] {
  if (value === undefined) return [];
  if (argument.takes === "nothing") return [argument.name[language]];
  const values: readonly unknown[] = Array.isArray(value) ? value : [value];
  const words = values.map((one) => {
    const word = argument.print(one, language);
    return argument.takes !== "text" && isPlain(word, announcing) ? word : quoted(word);
  });
  return argument.option ? [argument.name[language], ...words] : words;
}

function isPlain(word: string, announcing: ReadonlySet<string>): boolean {
  return /^[\p{L}\p{N}_./@:#+%][\p{L}\p{N}_./@:#+%-]*$/u.test(word) && !announcing.has(fold(word));
}
