/** Reading options as getopt does: short ones may stand together, and may come after the arguments. */

export type Options = {
  /** Each option given, with its value where it takes one. */
  readonly given: ReadonlyArray<readonly [name: string, value: string]>;
  readonly rest: readonly string[];
};

/** `taking` names the options that take a value. An option that `known` lacks is the failure. */
export function readOptions(words: readonly string[], known: string, taking: string): Options | { unknown: string } {
  const given: [string, string][] = [];
  const rest: string[] = [];
  const left = [...words];
  for (let word = left.shift(); word !== undefined; word = left.shift()) {
    if (word === "--") {
      rest.push(...left);
      break;
    }
    if (!word.startsWith("-") || word === "-") {
      rest.push(word);
      continue;
    }
    for (let at = 1; at < word.length; at += 1) {
      const name = word[at] ?? "";
      if (!known.includes(name)) return { unknown: name };
      if (!taking.includes(name)) {
        given.push([name, ""]);
        continue;
      }
      const value = at + 1 < word.length ? word.slice(at + 1) : left.shift();
      if (value === undefined) return { unknown: name };
      given.push([name, value]);
      break;
    }
  }
  return { given, rest };
}

export function optionValue(options: Options, name: string): string | undefined {
  return options.given.findLast(([one]) => one === name)?.[1];
}

export function has(options: Options, name: string): boolean {
  return options.given.some(([one]) => one === name);
}
