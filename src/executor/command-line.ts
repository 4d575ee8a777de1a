/** The command line: words in, one of the subcommands out. */
import { parseArgs } from "node:util";
import { wordsOf } from "./words.ts";

export const usage = [
  "manchot-executor: what Manchot may do on this host, and nothing else",
  "",
  "  The host's own terminal (as root):",
  "    facts                   pools and VMs",
  "    vm list",
  "    vm info <vm>",
  "    datasets",
  "    snapshots <vm|dataset>",
  '    snapshot <vm|dataset>… [--recursive] [--note "…"]',
  "                            all at one moment; shows the plan, does it, tells the end",
  "    operation <id>          how an operation stands, and what was journalled of it",
  "    operations              what is planned, queued or running",
  "    approve <id> [CODE]     shows the plan and asks; counts as the signature of --person NAME; with a code, as a code",
  "    deny <id>, cancel <id>  says no to a plan; takes back what has not begun, or ends it between two steps",
  "    pause, resume           stops all changes; lets them go on",
  "                            <id>: an operation's, or the bot's number of a request",
  "",
  "  The installation:",
  '    setup [--apply] [--bot-key "ssh-ed25519 …" | --bot-key-file FILE] [--pool POOL]… [--host-name NAME]',
  "                            prints what this host needs; with --apply, does it",
  "    check                   what would fail, and how to mend it",
  "    journal verify          whether the journal is whole",
  "    enrol-factor <person> --totp | --key FILE",
  "    revoke-factor <person> --totp | --key FINGERPRINT | --all",
  "                            second factors; <person> as the bot's configuration calls them",
  "",
  "  Run by systemd and sshd:",
  "    serve                   the daemon",
  "    attach [--socket PATH]  joins stdin and stdout to the daemon",
  "",
  "  --config FILE  another configuration than /etc/manchot/executor.json",
  "  --json         facts, lists and results as JSON",
  "",
  "  Exit codes: 0 done, 1 refused or failed, 2 not understood.",
  "",
].join("\n");

type Shown = { readonly config: string; readonly json: boolean };

/** `person`: as whom it is decided. */
export type DecisionCommand = Shown & { readonly person: string } & (
    | { readonly name: "operations" }
    | { readonly name: "approve"; readonly target: string; readonly code: string | undefined }
    | { readonly name: "deny" | "cancel"; readonly target: string }
    | { readonly name: "pause" | "resume"; readonly code: string | undefined }
  );

type FactorCommand = {
  readonly config: string;
  readonly person: string;
  readonly totp: boolean;
  readonly key: string | undefined;
};
export type EnrolCommand = FactorCommand & { readonly name: "enrol-factor" };
export type RevokeCommand = FactorCommand & { readonly name: "revoke-factor"; readonly all: boolean };

export type TerminalCommand = Shown &
  (
    | { readonly name: "facts" | "vm list" | "datasets" }
    | { readonly name: "vm info" | "snapshots" | "operation"; readonly target: string }
    | {
        readonly name: "snapshot";
        readonly targets: readonly string[];
        readonly recursive: boolean;
        readonly note: string | undefined;
      }
  );

export type SetupCommand = {
  readonly name: "setup";
  readonly apply: boolean;
  readonly botKey: string | undefined;
  readonly botKeyFile: string | undefined;
  readonly pools: readonly string[];
  readonly hostName: string | undefined;
};

export type Command =
  | { readonly name: "help" }
  | { readonly name: "not-understood"; readonly why: string }
  | { readonly name: "attach"; readonly socket: string }
  | { readonly name: "serve" | "check" | "journal verify"; readonly config: string }
  | SetupCommand
  | EnrolCommand
  | RevokeCommand
  | DecisionCommand
  | TerminalCommand;

const text = { type: "string" } as const;
const flag = { type: "boolean" } as const;

/** The options that each subcommand takes, and how many words at least and at most stand after it. */
const shown = ["config", "json"] as const;
const shapes = {
  facts: { options: shown, words: [0, 0] },
  "vm list": { options: shown, words: [0, 0] },
  "vm info": { options: shown, words: [1, 1] },
  datasets: { options: shown, words: [0, 0] },
  snapshots: { options: shown, words: [1, 1] },
  snapshot: { options: [...shown, "recursive", "note"], words: [1, 50] },
  operation: { options: shown, words: [1, 1] },
  operations: { options: shown, words: [0, 0] },
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
      return { ...common, name, targets: words, recursive: values.recursive === true, note: values.note };
    case "operations":
    case "approve":
    case "deny":
    case "cancel":
    case "pause":
    case "resume":
      return decisionOf(name, words, values);
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

function decisionOf(
  name: DecisionCommand["name"],
  [first = "", second]: readonly string[],
  values: ReturnType<typeof parse>["values"],
): DecisionCommand {
  const config = values.config ?? "/etc/manchot/executor.json";
  // Who sits at the terminal, where it is not said.
  const person = values.person ?? process.env.SUDO_USER ?? process.env.USER ?? "root";
  const common = { config, json: values.json === true, person };
  switch (name) {
    case "operations":
      return { ...common, name };
    case "approve":
      return { ...common, name, target: first, code: second };
    case "deny":
    case "cancel":
      return { ...common, name, target: first };
    case "pause":
    case "resume":
      return { ...common, name, code: first === "" ? undefined : first };
  }
}
