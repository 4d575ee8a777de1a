/** How a command is called, for help and for those who slipped. */
import type { Language } from "../chat/port.ts";
import { type Argument, argumentsOf } from "./arguments.ts";
import type { Command, Context } from "./command.ts";
import { nameIn } from "./names.ts";

/** `snapshot <target…> [note <text>] [recursive]` */
export function usage(command: Command, language: Language): string {
  const parts = argumentsOf(command).map((argument) => {
    const form = formOf(argument, language);
    return argument.required ? form : `[${form.replace(/^<(.*)>$/u, "$1")}]`;
  });
  return [nameIn(command, language), ...parts].join(" ");
}

/** How one argument is written: `<target…>`, `note <text>`, `recursive`. */
export function formOf(argument: Argument, language: Language): string {
  const name = argument.name[language];
  if (argument.takes === "nothing") return name;
  if (argument.option) return `${name} <…>`;
  return argument.takes === "words" ? `<${name}…>` : `<${name}>`;
}

/** What an argument of its kind may be: "the number of a request (#41)". */
export function expectation({ kind, choices, between }: Argument, { say, language, duration }: Context): string {
  const [least, most] = between === undefined ? ["none", "none"] : [duration(between[0]), duration(between[1])];
  return say(`argument-${kind}`, { choices: choices.map((choice) => choice[language]).join(", "), least, most });
}
