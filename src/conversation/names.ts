/** The names of commands: what people call them, and what they are called in an answer. */
import type { Language } from "../chat/port.ts";
import type { Command } from "./command.ts";
import { fold } from "./words.ts";

/** All names that call it, folded, each as its words. */
export function namesOf(command: Command): readonly (readonly string[])[] {
  return [command.name, ...command.also].map((name) => fold(name).split(" "));
}

/** The name for one language: the one with which its own example begins. */
export function nameIn(command: Command, language: Language): string {
  const example = `${fold(command.example[language])} `;
  const names = [command.name, ...command.also].filter((name) => example.startsWith(`${fold(name)} `));
  return names.reduce((longest, name) => (name.length > longest.length ? name : longest), names[0] ?? command.name);
}

/** The command whose name the words begin with, the longest name first; `length` is how many words the name took. */
export function findCommand(
  words: readonly string[],
  commands: readonly Command[],
): { readonly command: Command; readonly length: number } | undefined {
  let best: { readonly command: Command; readonly length: number } | undefined;
  for (const command of commands) {
    for (const name of namesOf(command)) {
      if (name.length > (best?.length ?? 0) && name.every((part, index) => part === words[index])) {
        best = { command, length: name.length };
      }
    }
  }
  return best;
}

/** How many words the longest name has. */
export const longestName = (commands: readonly Command[]): number =>
  Math.max(0, ...commands.flatMap((command) => namesOf(command).map((name) => name.length)));
