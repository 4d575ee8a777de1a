/** What the setup does, piece by piece: each can be told, be so already, or be made so. */
import { type Argv, command, textOf, writeWhole } from "./machine.ts";

export type Action = {
  readonly what: string;
  /** To the letter: a command, or a file's text. */
  readonly shown: string;
  readonly isSo: () => boolean;
  /** Why it did not go well, or nothing. */
  readonly make: () => string | undefined;
};

export function run(what: string, isSo: () => boolean, argv: Argv): Action {
  return {
    what,
    shown: argv.map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : JSON.stringify(word))).join(" "),
    isSo,
    make() {
      const done = command(argv);
      return done.ok ? undefined : done.stderr.trim() || "it failed";
    },
  };
}

export function file(path: string, text: string, mode: number): Action {
  return {
    what: `the file ${path}`,
    shown: text,
    isSo: () => textOf(path) === text,
    make() {
      writeWhole(path, text, mode);
      return undefined;
    },
  };
}
