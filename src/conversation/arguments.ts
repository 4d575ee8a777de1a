/**
 * The kinds of arguments that commands are declared with. Each is a zod type, which checks the value, with a
 * {@link Parameter} on a register beside it, which says how people write it.
 */
import * as z from "zod";
import type { Language } from "../chat/port.ts";
import { noteText, targetName } from "../protocol/wire.ts";
import type { Both, Command } from "./command.ts";
import { printDuration, printSize, readDuration, readSize } from "./quantities.ts";
import { fold, visible } from "./words.ts";

export type Parameter = {
  /** `argument-<kind>` is the text that tells people what is expected. */
  readonly kind: "target" | "targets" | "number" | "text" | "size" | "duration" | "flag" | "choice" | "proof";
  /** What help calls it; for an option, the word that announces it. */
  readonly name: Both;
  /** Further words that announce an option. */
  readonly also: readonly string[];
  readonly option: boolean;
  /** `amount`: a number and its unit, or a code's two halves, which may stand apart. `text`: in quotes, or the rest of the line. */
  readonly takes: "word" | "words" | "amount" | "text" | "nothing";
  /** What it is for, where its kind does not say it: for help. */
  readonly hint: Both | undefined;
  /** What may be chosen from, as people write it. */
  readonly choices: readonly Both[];
  /** The shortest and the longest duration, in milliseconds, where there are such. */
  readonly between: readonly [number, number] | undefined;
  /** The value of one word; undefined where it is none. */
  readonly read: (word: string) => unknown;
  /** The word of one value: what `read` understands. */
  readonly print: (value: unknown, language: Language) => string;
};

const parameters = z.registry<Parameter>();

/** How an argument is announced: by its place (default), or by a word. */
export type As = { readonly option?: true; readonly also?: readonly string[]; readonly hint?: Both };

/** The name of a VM, or of a dataset. */
export const target = (name: Both, as?: As) => declare(spokenTarget(), { ...word("target", name, as) });

/** Several of them, each once. */
export function targets(name: Both) {
  const { minimum, maximum } = targetsOfOneChange;
  const distinct = (names: readonly string[]) => new Set(names).size === names.length;
  const schema = z.array(spokenTarget()).min(minimum).max(maximum).refine(distinct);
  return declare(schema, { ...word("targets", name), takes: "words" });
}

/** A request's number: `#41` or `41`. */
export const number = (name: Both, as?: As) =>
  declare(z.int().positive(), {
    ...word("number", name, as),
    read: (said) => (/^(?:#|n°)?[0-9]{1,15}$/u.test(said) ? Number(said.replace(/^\D+/u, "")) : undefined),
    print: (value) => `#${value}`,
  });

/** What proves an approval: a signature in base64, in one piece; or a code, which is taken in few places, and burnt elsewhere. */
export type Proof =
  | { readonly kind: "signature"; readonly signature: string }
  | { readonly kind: "code"; readonly code: string };

const readProof = (said: string): Proof | undefined => {
  // Phones show it in two groups of three.
  if (/^[0-9]{3} ?[0-9]{3}$/u.test(said)) return { kind: "code", code: said.replace(" ", "") };
  // "SSHSIG", as every such signature begins. RSA's largest have about 2 800 letters, ed25519's and FIDO's under 500.
  return /^U1NIU0lH[A-Za-z0-9+/]{0,4000}={0,2}$/u.test(said) ? { kind: "signature", signature: said } : undefined;
};

/** A {@link Proof}. */
export const proof = (name: Both, as?: As) =>
  declare(
    z.union([
      z.object({ kind: z.literal("signature"), signature: z.string() }),
      z.object({ kind: z.literal("code"), code: z.string() }),
    ]),
    {
      ...word("proof", name, as),
      takes: "amount",
      read: readProof,
      print: (value) => {
        const said = value as Proof;
        return said.kind === "code" ? said.code : said.signature;
      },
    },
  );

/** A line of free text. */
export const text = (name: Both, as?: As) => declare(spokenText(), { ...word("text", name, as), takes: "text" });

/** Bytes. */
export const size = (name: Both, as?: As) =>
  declare(z.int().nonnegative(), {
    ...word("size", name, as),
    takes: "amount",
    read: readSize,
    print: (value, language) => printSize(Number(value), language),
  });

/** Milliseconds, in whole seconds; `between`: the shortest and the longest. */
export function duration(name: Both, as?: As, between?: readonly [number, number]) {
  const [least, most] = between ?? [0, Number.MAX_SAFE_INTEGER];
  return declare(z.int().min(least).max(most).multipleOf(1000), {
    ...word("duration", name, as),
    takes: "amount",
    between,
    read: readDuration,
    print: (value, language) => printDuration(Number(value), language),
  });
}

/** How long a VM gets to shut down, within what the executor takes. It begins at once, so no word here may sound like a delay. */
export const shutdownTime = () =>
  duration(
    { en: "within", fr: "sous" },
    {
      option: true,
      hint: {
        en: "how long it gets to shut down: from 10 seconds to an hour; 5 minutes where nothing is said",
        fr: "le temps qu’on lui laisse pour s’éteindre : de 10 secondes à une heure ; 5 minutes si rien n’est dit",
      },
    },
    [10_000, 3_600_000],
  );

/** A word that is there or not. */
export const flag = (name: Both, as: Omit<As, "option"> = {}) =>
  declare(z.literal(true), { ...word("flag", name, { ...as, option: true }), takes: "nothing" }).optional();

/** One of a few values, each with its word in both languages. */
export function choice<K extends string>(name: Both, values: Readonly<Record<K, Both>>, as?: As) {
  const entries = Object.entries<Both>(values);
  return declare(z.enum(Object.keys(values) as [K, ...K[]]), {
    ...word("choice", name, as),
    choices: entries.map(([, words]) => words),
    read: (said) => entries.find(([, { fr, en }]) => [fold(fr), fold(en)].includes(fold(said)))?.[0],
    print: (value, language) => values[value as K][language],
  });
}

/** One argument of a command, as parser, printer and help need it. */
export type Argument = { readonly key: string; readonly schema: z.ZodType; readonly required: boolean } & Parameter;

/** The arguments of a command, in their order. Throws where one was not made by the functions above: a fault of the command. */
export function argumentsOf(command: Pick<Command, "name" | "arguments">): readonly Argument[] {
  return Object.entries(command.arguments).map(([key, schema]) => {
    const optional = schema instanceof z.ZodOptional;
    const parameter = parameters.get(optional ? schema.unwrap() : schema);
    if (parameter === undefined) throw new Error(`the argument ${key} of the command ${command.name} has no parameter`);
    return { ...parameter, key, schema, required: !optional };
  });
}

/** The words that announce an option, folded. */
export function optionWords(argument: Argument): readonly string[] {
  return argument.option ? [argument.name.en, argument.name.fr, ...argument.also].map(fold) : [];
}

const targetsOfOneChange = {
  minimum: 1,
  /** As many as the protocol takes in one change. */
  maximum: 50,
} as const;

/** What the tokenizer would change could not be said again: such a text is no argument. */
const sayable = (said: string): boolean =>
  visible(said) === said && !/[\u061c\u200e\u200f\u202a-\u202e\u2028\u2029\u2066-\u2069]/u.test(said);

const spokenTarget = () => z.string().refine((said) => targetName.safeParse(said).success && sayable(said));
const spokenText = () => z.string().refine((said) => noteText.safeParse(said).success && sayable(said));

function word(kind: Parameter["kind"], name: Both, as: As = {}): Parameter {
  return {
    kind,
    name,
    also: as.also ?? [],
    option: as.option ?? false,
    hint: as.hint,
    takes: "word",
    choices: [],
    between: undefined,
    read: (said) => said,
    print: String,
  };
}

function declare<S extends z.ZodType>(schema: S, parameter: Parameter): S {
  parameters.add(schema, parameter);
  return schema;
}
