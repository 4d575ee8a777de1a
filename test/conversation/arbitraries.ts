/** Values for every argument of every command, derived from how the argument is declared. */
import fc from "fast-check";
import {
  type Argument,
  argumentsOf,
  choice,
  duration,
  flag,
  number,
  size,
  target,
  text,
} from "../../src/conversation/arguments.ts";
import { type Command, desk } from "../../src/conversation/command.ts";

/** What tokenizers trip over, beside any character at all. */
const nasty = fc.constantFrom(
  ...[
    '"',
    "'",
    "\\",
    " ",
    "  ",
    "=",
    "--",
    "-",
    ",",
    "«",
    "»",
    "“",
    "”",
    "„",
    "‘",
    "’",
    "–",
    "—",
    "\u00a0",
    "é",
    "e\u0301",
  ],
  ...[
    "note",
    "Récursif",
    "recursive",
    "--note",
    "note=",
    "#",
    "41",
    "$HOME",
    ">",
    "|",
    ";",
    "*",
    '\\"',
    "@manchot",
    "5G",
    "👩‍💻",
    "keep",
  ],
);
const speech = fc.oneof(
  fc
    .array(fc.oneof(nasty, fc.string({ unit: "grapheme", maxLength: 3 })), { minLength: 1, maxLength: 12 })
    .map((parts) => parts.join("")),
  fc.string({ unit: "binary", minLength: 1, maxLength: 40 }),
  nasty,
);

function sayable(argument: Argument): fc.Arbitrary<unknown> {
  const one: Record<Argument["kind"], fc.Arbitrary<unknown>> = {
    target: speech,
    targets: fc.uniqueArray(speech, { minLength: 1, maxLength: 6 }),
    text: speech,
    number: fc.integer({ min: 1, max: 2 ** 40 }),
    size: fc.oneof(
      fc.nat(),
      fc.integer({ min: 0, max: 9000 }).map((n) => n * 1e9),
      fc.integer({ min: 0, max: 4000 }).map((n) => n * 2 ** 40),
    ),
    duration: fc
      .oneof(
        fc.nat(1e6),
        fc.nat(1000).map((n) => n * 3600),
        fc.nat(1000).map((n) => n * 86_400),
      )
      .map((n) => n * 1000),
    flag: fc.constant(true),
    proof: fc.oneof(
      fc.stringMatching(/^[0-9]{6}$/).map((code) => ({ kind: "code", code })),
      fc.stringMatching(/^U1NIU0lH[A-Za-z0-9+/]{1,80}={0,2}$/).map((signature) => ({ kind: "signature", signature })),
    ),
    choice: fc.constantFrom(undefined, ...argument.choices.map(({ en }) => argument.read(en))),
  };
  return one[argument.kind].filter((value) => argument.schema.safeParse(value).success);
}

export function givenOf(command: Command): fc.Arbitrary<Record<string, unknown>> {
  const all = argumentsOf(command);
  const shape = Object.fromEntries(all.map((argument) => [argument.key, sayable(argument)]));
  const required = all.filter((argument) => argument.required).map((argument) => argument.key);
  return fc.record(shape, { requiredKeys: required }) as fc.Arbitrary<Record<string, unknown>>;
}

/** A command with the kinds of arguments that no command of today has. */
export const everyKind = desk({
  name: "try out",
  also: ["essayer"],
  summary: { en: "", fr: "" },
  example: { en: "try out web", fr: "essayer web" },
  arguments: {
    target: target({ en: "target", fr: "cible" }),
    keep: duration({ en: "keep", fr: "garder" }, { option: true, also: ["hold"] }).optional(),
    room: size({ en: "size", fr: "taille" }, { option: true }).optional(),
    often: choice(
      { en: "often", fr: "fréquence" },
      { daily: { en: "daily", fr: "quotidien" }, never: { en: "never", fr: "jamais" } },
      { option: true },
    ).optional(),
    after: number({ en: "after", fr: "après" }, { option: true }).optional(),
    all: flag({ en: "all", fr: "tout" }),
    said: text({ en: "text", fr: "texte" }).optional(),
  },
  action: "help",
  answer: () => ({ tone: "facts", blocks: [] }),
});
