/** What `manchot policy` is told on its command line. */
import { type Language, type Network, networks } from "../../chat/port.ts";
import { languages } from "../../languages/index.ts";

export type ExplainGiven = {
  readonly verb: "explain";
  readonly who: string;
  /** The command, a word for each word of the command line. */
  readonly words: readonly string[];
  readonly on: Network;
  readonly direct: boolean;
  readonly encrypted: boolean;
  readonly local: boolean;
  readonly pinned: boolean;
  readonly verified: boolean;
  readonly visibility: string | undefined;
  readonly place: string;
} & Common;

export type LogGiven = { readonly verb: "log"; readonly last: number } & Common;

type Common = {
  readonly config: string;
  readonly policies: string | undefined;
  /** Undefined: the configuration's. */
  readonly language: Language | undefined;
};

export const policyUsage = `manchot policy explain <person> <command…> [--on matrix|fediverse|terminal] [--direct] [--encrypted]
    [--local] [--pinned] [--verified] [--visibility WORD] [--place ROOM] [--config FILE] [--policies FOLDER] [--language fr|en]
    Which rule decides, and what would change it. <person>: an id of manchot.yaml, or stranger. Words after -- are the command's.
    --pinned: the identity of their Matrix account is pinned, as where manchot.yaml says so; --verified: and signed the device,
    in an encrypted room. Exit code: 0 allowed, 1 refused, 2 not understood.
manchot policy log [--last 20] [--config FILE] [--language fr|en]
    The changes of the policies that took force, each with its difference.
`;

const switches = ["direct", "encrypted", "local", "pinned", "verified"] as const;
const valued = ["on", "visibility", "place", "config", "policies", "language", "last"] as const;

/** `wrong`: what cannot be understood. The options may stand anywhere; what is none of them belongs to the command. */
export function readGiven([verb, ...rest]: readonly string[]): ExplainGiven | LogGiven | { readonly wrong: string } {
  if (verb !== "explain" && verb !== "log") return { wrong: "it knows explain and log" };
  const read = optionsOf(rest);
  if ("wrong" in read) return read;
  const { words, values, set } = read;
  const language = languages.find((known) => known === values.language);
  if (values.language !== undefined && language === undefined)
    return { wrong: `--language knows ${languages.join(", ")}` };
  const common = { config: values.config ?? "manchot.yaml", policies: values.policies, language };
  if (verb === "log") {
    const last = values.last ?? "20";
    if (words.length > 0 || !/^[1-9][0-9]{0,5}$/.test(last)) return { wrong: "log takes --last and a number" };
    return { verb, last: Number(last), ...common };
  }
  const [who, ...command] = words;
  if (who === undefined || command.length === 0) return { wrong: "explain wants a person and a command" };
  const on = networks.find((known) => known === (values.on ?? "matrix"));
  if (on === undefined) return { wrong: `--on knows ${networks.join(", ")}` };
  if (values.visibility !== undefined && on !== "fediverse") return { wrong: "--visibility is of the fediverse alone" };
  const { visibility, place = "a room" } = values;
  if ((set.has("pinned") || set.has("verified")) && on !== "matrix")
    return { wrong: "--pinned and --verified are of matrix alone" };
  const verified = set.has("verified");
  const circumstances = {
    direct: set.has("direct"),
    encrypted: verified || set.has("encrypted"),
    local: set.has("local"),
    pinned: verified || set.has("pinned"),
    verified,
  };
  return { verb, who, words: command, on, visibility, place, ...circumstances, ...common };
}

type Values = { [V in (typeof valued)[number]]?: string };

function optionsOf(
  argv: readonly string[],
): { words: string[]; values: Values; set: ReadonlySet<string> } | { readonly wrong: string } {
  const words: string[] = [];
  const values: Values = {};
  const set = new Set<string>();
  for (let at = 0; at < argv.length; at += 1) {
    const word = argv[at] ?? "";
    if (word === "--") return { words: [...words, ...argv.slice(at + 1)], values, set };
    const [name = "", inline] = word.startsWith("--") ? word.slice(2).split(/=(.*)/s, 2) : [];
    const option = valued.find((known) => known === name);
    if (option !== undefined) {
      const value = inline ?? argv[++at];
      if (value === undefined) return { wrong: `--${option} wants a value` };
      values[option] = value;
    } else if (switches.some((known) => known === name) && inline === undefined) set.add(name);
    else words.push(word);
  }
  return { words, values, set };
}
