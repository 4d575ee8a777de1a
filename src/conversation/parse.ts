/** From a message's text to a command and its typed arguments. Never throws: what is not understood is a value too. */
import { type Argument, argumentsOf, optionWords } from "./arguments.ts";
import type { Command } from "./command.ts";
import { findCommand, longestName } from "./names.ts";
import { fold, type Unreadable, type Word, wordsOf } from "./words.ts";

/** What is wrong with an argument, and what was understood before it. */
export type Problem = {
  /**
   * `missing` and `without-value` (an option): nothing stands there. `not-one`: `word` is none of its kind. `too-many`: `word`
   * has no place. `twice`: said twice. `unknown-option`: the command has no such. `quote-it`: a text without quotes
   * holds `word`, which is also an option.
   */
  readonly what: "missing" | "without-value" | "not-one" | "too-many" | "twice" | "unknown-option" | "quote-it";
  readonly argument: Argument | undefined;
  readonly word: string | undefined;
  readonly given: Readonly<Record<string, unknown>>;
};

export type Parsed =
  | { readonly kind: "command"; readonly command: Command; readonly given: Readonly<Record<string, unknown>> }
  | { readonly kind: "unknown"; readonly words: readonly string[] }
  | { readonly kind: "wrong"; readonly command: Command; readonly problem: Problem }
  | { readonly kind: "empty" }
  | { readonly kind: "unreadable"; readonly why: Unreadable };

/** Reads the first line of a text from which the mention has been taken. */
export function parse(text: string, commands: readonly Command[]): Parsed {
  const read = wordsOf(text);
  if (!read.ok) return { kind: "unreadable", why: read.why };
  if (read.words.length === 0) return { kind: "empty" };
  // A word in quotes is somebody's text, never a command's name.
  const start = read.words.slice(0, longestName(commands));
  const found = findCommand(
    start.map((word) => (word.quoted ? "" : fold(word.text))),
    commands,
  );
  if (found === undefined) return { kind: "unknown", words: read.words.map((word) => word.text) };
  const reader = new ArgumentReader(found.command, read.line, read.words.slice(found.length));
  const problem = reader.problem();
  if (problem !== undefined) return { kind: "wrong", command: found.command, problem };
  return { kind: "command", command: found.command, given: reader.given };
}

type Wrong = Omit<Problem, "given">;

/** Goes through the words once, filling the positional arguments in their order and the options wherever they stand. */
class ArgumentReader {
  readonly given: Record<string, unknown> = {};
  private readonly all: readonly Argument[];
  private readonly options: ReadonlyMap<string, Argument>;
  private readonly line: string;
  private readonly words: readonly Word[];
  private at = 0;

  constructor(command: Command, line: string, words: readonly Word[]) {
    this.all = argumentsOf(command);
    this.options = new Map(this.all.flatMap((argument) => optionWords(argument).map((word) => [word, argument])));
    this.line = line;
    this.words = words;
  }

  problem(): Problem | undefined {
    while (this.at < this.words.length) {
      const wrong = this.next();
      if (wrong !== undefined) return { ...wrong, given: this.given };
    }
    const missing = this.all.find((argument) => argument.required && !(argument.key in this.given));
    if (missing !== undefined) return { what: "missing", argument: missing, word: undefined, given: this.given };
    return undefined;
  }

  private next(): Wrong | undefined {
    const word = this.words[this.at];
    if (word === undefined) return undefined;
    const named = this.option(word);
    if (named !== undefined) return "what" in named ? named : this.takeOption(named.argument, named.inline, word);
    const open = this.all.find(
      (argument) => !argument.option && (argument.takes === "words" || !(argument.key in this.given)),
    );
    if (open === undefined) return { what: "too-many", argument: undefined, word: word.text };
    return this.value(open, word, 0);
  }

  /** Whether a word announces an option: `note`, `note=…`, `--note`, `--note=…`, none of it in quotes. */
  private option(word: Word): { readonly argument: Argument; readonly inline: number } | Wrong | undefined {
    const bare = word.text.slice(0, word.bare);
    const equals = bare.indexOf("=");
    const dashed = bare.startsWith("--");
    const name = bare.slice(dashed ? 2 : 0, equals === -1 ? undefined : equals);
    const argument = this.options.get(fold(name));
    if (argument !== undefined) return { argument, inline: equals === -1 ? 0 : equals + 1 };
    return dashed ? { what: "unknown-option", argument: undefined, word: word.text } : undefined;
  }

  private takeOption(argument: Argument, inline: number, announcing: Word): Wrong | undefined {
    if (argument.key in this.given) return { what: "twice", argument, word: announcing.text };
    if (argument.takes === "nothing") {
      if (inline > 0) return { what: "too-many", argument, word: announcing.text };
      this.given[argument.key] = true;
      this.at += 1;
      return undefined;
    }
    if (inline === 0) this.at += 1;
    const word = this.words[this.at];
    if (word === undefined || (inline > 0 && word.text.length === inline && !word.quoted)) {
      return { what: "without-value", argument, word: announcing.text };
    }
    return this.value(argument, word, inline);
  }

  /** Takes an argument's value from the word at hand, from `from` on, and from those after it that belong to it. */
  private value(argument: Argument, word: Word, from: number): Wrong | undefined {
    if (argument.takes === "text" && !word.quoted) return this.restOfLine(argument, word, from);
    const said = word.text.slice(from);
    const following = this.words[this.at + 1];
    this.at += 1;
    if (argument.takes === "words") return this.oneOfSeveral(argument, word, said);
    let value = argument.read(said);
    if (value === undefined && argument.takes === "amount" && following !== undefined && !following.quoted) {
      value = argument.read(`${said} ${following.text}`);
      if (value !== undefined) this.at += 1;
    }
    return this.keep(argument, value, said);
  }

  private oneOfSeveral(argument: Argument, word: Word, said: string): Wrong | undefined {
    const before = (this.given[argument.key] as readonly unknown[] | undefined) ?? [];
    const one = argument.read(word.quoted ? said : said.replace(/,+$/u, ""));
    return this.keep(argument, before.includes(one) ? before : [...before, one], said);
  }

  private restOfLine(argument: Argument, word: Word, from: number): Wrong | undefined {
    const rest = this.words.slice(this.at);
    const option = rest.find((other, index) => (index > 0 || from === 0) && this.option(other) !== undefined);
    // Taken either way it could be the other thing that was meant, so neither is taken.
    if (option !== undefined) return { what: "quote-it", argument, word: option.text };
    this.at = this.words.length;
    const said = this.line.slice(word.start + from).replace(/\s+/gu, " ");
    return this.keep(argument, argument.read(said), said);
  }

  private keep(argument: Argument, value: unknown, said: string): Wrong | undefined {
    const checked = argument.schema.safeParse(value);
    if (value === undefined || !checked.success) return { what: "not-one", argument, word: said };
    this.given[argument.key] = checked.data;
    return undefined;
  }
}
