/** The command line: words in, one of the subcommands out. */
import { parseArgs } from "node:util";
import type { Command, DecisionCommand, Shown, VmCommand } from "./subcommands.ts";
import { wordsOf } from "./words.ts";

const text = { type: "string" } as const;
const flag = { type: "boolean" } as const;

/** The options that each subcommand takes, and how many words at least and at most stand after it. */
const shown = ["config", "json"] as const;
const shapes = {
  facts: { options: shown, words: [0, 0] },
  "vm list": { options: shown, words: [0, 0] },
  "vm info": { options: shown, words: [1, 1] },
  "vm start": { options: [...shown, "person"], words: [1, 1] },
  "vm stop": { options: [...shown, "person", "within"], words: [1, 1] },
  "vm restart": { options: [...shown, "person", "within"], words: [1, 1] },
  "vm autostart": { options: [...shown, "person"], words: [2, 2] },
  datasets: { options: shown, words: [0, 0] },
  snapshots: { options: shown, words: [1, 1] },
  snapshot: { options: [...shown, "recursive", "note"], words: [1, 50] },
  operation: { options: shown, words: [1, 1] },
  operations: { options: shown, words: [0, 0] },
  plan: { options: shown, words: [1, 1] },
  approve: { options: [...shown, "person"], words: [1, 2] },
  deny: { options: [...shown, "person"], words: [1, 1] },
  cancel: { options: [...shown, "person"], words: [1, 1] },
  pause: { options: [...shown, "person"], words: [0, 0] },
  resume: { options: [...shown, "person"], words: [0, 1] },
  "enrol-factor": { options: ["config", "totp", "key"], words: [1, 1] },
  "revoke-factor": { options: ["config", "totp", "key", "all"], words: [1, 1] },
  setup: { options: ["apply", "bot-key", "bot-key-file", "pool", "host-name"], words: [0, 0] },
  check: { options: ["config"], words: [0, 0] },
  "journal verify": { options: ["config"], words: [0, 0] },
  serve: { options: ["config"], words: [0, 0] },
  attach: { options: ["socket"], words: [0, 0] },
} as const;
type Name = keyof typeof shapes;

export function parseCommandLine(argv: readonly string[]): Command {
  let parsed: ReturnType<typeof parse>;
  try {
    parsed = parse(argv);
  } catch (error) {
    return { name: "not-understood", why: wordsOf(error) };
  }
  const { values, positionals } = parsed;
  if (values.help === true || positionals.length === 0) return { name: "help" };
  const name = nameOf(positionals);
  if (name === undefined) return { name: "not-understood", why: `there is no command "${positionals.join(" ")}"` };
  const words = positionals.slice(name.split(" ").length);
  const { options, words: wanted } = shapes[name];
  const known: readonly string[] = options;
  const strange = Object.keys(values).find((option) => !known.includes(option));
  if (strange !== undefined) return { name: "not-understood", why: `"${name}" has no option --${strange}` };
  if (words.length < wanted[0]) return { name: "not-understood", why: `"${name}" wants one word more` };
  if (words.length > wanted[1]) return { name: "not-understood", why: `"${name}" does not know "${words.at(-1)}"` };
  return commandOf(name, words, values);
}

function parse(argv: readonly string[]) {
  return parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      help: { ...flag, short: "h" },
      json: flag,
      config: text,
      socket: text,
      recursive: { ...flag, short: "r" },
      note: text,
      apply: flag,
      "bot-key": text,
      "bot-key-file": text,
      pool: { ...text, multiple: true },
      "host-name": text,
      person: text,
      within: text,
      totp: flag,
      key: text,
      all: flag,
    },
  });
}

function nameOf([first = "", second = ""]: readonly string[]): Name | undefined {
  return [`${first} ${second}`, first].find(isName);
}

function isName(name: string): name is Name {
  return Object.hasOwn(shapes, name);
}

function commandOf(name: Name, words: readonly string[], values: ReturnType<typeof parse>["values"]): Command {
  const config = values.config ?? "/etc/manchot/executor.json";
  const common = { config, json: values.json === true };
  switch (name) {
    case "attach":
      return { name, socket: values.socket ?? "/run/manchot/bot.sock" };
    case "serve":
    case "check":
    case "journal verify":
      return { name, config };
    case "setup":
      return {
        name,
        apply: values.apply === true,
        botKey: values["bot-key"],
        botKeyFile: values["bot-key-file"],
        pools: values.pool ?? [],
        hostName: values["host-name"],
      };
    case "snapshot":
      return {
        ...common,
        name,
        targets: words,
        recursive: values.recursive === true,
        note: values.note,
        person: personOf(values),
      };
    case "operations":
    case "plan":
    case "approve":
    case "deny":
    case "cancel":
    case "pause":
    case "resume":
      return decisionOf(name, words, { ...common, person: personOf(values) });
    case "vm start":
    case "vm stop":
    case "vm restart":
    case "vm autostart":
      return vmCommandOf(name, words, { ...common, person: personOf(values) }, values.within);
    case "enrol-factor":
    case "revoke-factor": {
      const [person = ""] = words;
      const factor = { config, person, totp: values.totp === true, key: values.key };
      return name === "enrol-factor" ? { ...factor, name } : { ...factor, name, all: values.all === true };
    }
    case "facts":
    case "vm list":
    case "datasets":
      return { ...common, name };
    default:
      return { ...common, name, target: words[0] ?? "" };
  }
}

/** Who sits at the terminal, where it is not said. */
function personOf({ person }: { readonly person?: string | undefined }): string {
  return person ?? process.env.SUDO_USER ?? process.env.USER ?? "root";
}

type Asked = Shown & { readonly person: string };

function decisionOf(
  name: DecisionCommand["name"],
  [first = "", second]: readonly string[],
  asked: Asked,
): DecisionCommand {
  switch (name) {
    case "operations":
      return { ...asked, name };
    case "approve":
      return { ...asked, name, target: first, code: second };
    case "plan":
    case "deny":
    case "cancel":
      return { ...asked, name, target: first };
    case "pause":
    case "resume":
      return { ...asked, name, code: first === "" ? undefined : first };
  }
}

function vmCommandOf(
  name: VmCommand["name"],
  [target = "", onOff]: readonly string[],
  asked: Asked,
  span: string | undefined,
): Command {
  if (name === "vm start") return { ...asked, name, target };
  if (name === "vm autostart") {
    if (onOff !== "on" && onOff !== "off") return { name: "not-understood", why: `"${name}" wants on or off` };
    return { ...asked, name, target, on: onOff === "on" };
  }
  const within = secondsIn(span);
  const why = `--within wants ${shortest} seconds to an hour: 90s, 5m, 1h`;
  return within === "wrong" ? { name: "not-understood", why } : { ...asked, name, target, within };
}

/** What a guest gets at least, and at most, to shut itself down. */
const shortest = 10;
const longest = 3600;

function secondsIn(span: string | undefined): number | undefined | "wrong" {
  if (span === undefined) return undefined;
  const [, digits, unit = "s"] = /^(\d{1,4})([smh])?$/.exec(span) ?? [];
  const seconds = Number(digits) * ({ s: 1, m: 60, h: 3600 }[unit] ?? 1);
  return seconds >= shortest && seconds <= longest ? seconds : "wrong";
}
