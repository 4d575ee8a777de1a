/** `manchot sandbox`: the whole system in one terminal, over a hypervisor that is not there. Nothing real is touched. */
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { commands } from "../../commands/index.ts";
import { loadPolicies } from "../authorisation/load.ts";
import { type Bot, startBot } from "../bot.ts";
import type { Language, Outgoing } from "../chat/port.ts";
import { sandboxIdentity } from "../chat/terminal/speaker.ts";
import { createTerminal, wantsColour } from "../chat/terminal/terminal.ts";
import { printProblems } from "../config/problem.ts";
import type { Say } from "../conversation/answer.ts";
import { completions } from "../conversation/completions.ts";
import { childTransport } from "../hypervisor/child.ts";
import { connectHypervisor } from "../hypervisor/client.ts";
import { say } from "../languages/index.ts";
import { createLog, type LogLevel } from "../log.ts";
import { printMatrixAccount } from "../people/matrix-account.ts";
import { peopleOf } from "../people/people.ts";
import { openStore } from "../store/sqlite.ts";
import type { Store } from "../store/store.ts";
import { type DemoKeys, makeDemoKeys } from "./demo-keys.ts";

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

const zelieOnMatrix = "@zelie:sandbox.example";

/** Whom one can be with `/as`. */
const persons = [
  {
    id: "zelie",
    name: "Zélie",
    roles: ["admin"],
    language: "fr",
    // Pinned, so that one can try what that changes: `/on matrix`, `/on matrix encrypted`, `/on matrix encrypted unverified`.
    accounts: {
      matrix: [printMatrixAccount({ mxid: zelieOnMatrix, identity: sandboxIdentity(zelieOnMatrix) })],
      fediverse: ["zelie"],
    },
  },
  {
    id: "omar",
    name: "Omar",
    roles: ["admin"],
    language: "en",
    accounts: { matrix: ["@omar:sandbox.example"], fediverse: ["omar"] },
  },
  {
    id: "camille",
    name: "Camille",
    roles: ["member"],
    accounts: { matrix: ["@camille:sandbox.example"], fediverse: ["camille"] },
  },
] as const satisfies Parameters<typeof peopleOf>[0];

export type SandboxOptions = {
  /** Kept from one run to the next; without it everything is gone at the end. */
  readonly state?: string;
  readonly policies?: string;
  /** Who speaks first; the default speaks the environment's language. */
  readonly as?: string;
  readonly logLevel: LogLevel;
};

/** Runs until the person leaves or the pipe ends. The exit code: 1 where it could not start. */
export async function sandbox(options: SandboxOptions): Promise<number> {
  const language = environmentLanguage(process.env);
  const loaded = loadPolicies(options.policies ?? join(root, "policies"), {
    actions: commands.map((command) => command.action),
    host: "sandbox",
  });
  if (!loaded.ok) {
    process.stderr.write(`The policies do not hold; the sandbox cannot start:\n${printProblems(loaded.problems)}\n`);
    return 1;
  }
  const folder = options.state ?? mkdtempSync(join(tmpdir(), "manchot-sandbox-"));
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const log = createLog(options.logLevel, []);
  const store = openStore(join(folder, "manchot.sqlite"));
  const simulated = join(folder, "hypervisor");
  mkdirSync(simulated, { recursive: true, mode: 0o700 });
  const admins = persons.filter(({ roles }) => roles.some((role) => role === "admin")).map(({ id }) => id);
  const keys = makeDemoKeys(join(folder, "demo-keys"), join(simulated, "factors.json"), admins);
  const transport = childTransport([process.execPath, join(root, "src/simulator/main.ts"), "--state", simulated]);
  const hypervisor = connectHypervisor({
    name: "sandbox",
    transport,
    log,
    heads: { last: () => store.head("sandbox"), keep: (head) => store.keepHead("sandbox", head) },
  });
  const people = peopleOf(persons);
  const interactive = process.stdin.isTTY === true && process.stdout.isTTY === true;
  let bot: Bot | undefined;
  const terminal = createTerminal({
    input: process.stdin,
    output: process.stdout,
    interactive,
    colour: wantsColour(process.stdout, process.env),
    say: say(language),
    language,
    people: people.all,
    speaker: options.as ?? (language === "fr" ? "zelie" : "omar"),
    ...(interactive
      ? { historyFile: join(options.state ?? join(homedir(), ".local/state/manchot"), "sandbox-history") }
      : {}),
    complete: (line, speaker) => (bot === undefined ? [] : completions(bot.parts, line, speaker)),
    pictures: picturesFolder(options.state),
    breakable: { ssh: transport },
    sign: (person, request) => signAs(keys, store, say(language), person, request),
    code: (person, request) => codeAs(keys, say(language), person, request),
    hint: (post) => (keys.available ? signHint(store, say(post.language), post) : undefined),
    idle: async () => await bot?.idle(),
  });
  bot = await startBot({
    store,
    people,
    authorisation: () => loaded.policies.authorisation,
    hypervisor,
    commands,
    networks: terminal.networks,
    host: { name: "sandbox", language, timezone: Intl.DateTimeFormat().resolvedOptions().timeZone, ageMs: 600_000 },
    log,
  });
  try {
    await terminal.run();
    return 0;
  } finally {
    await bot.stop();
    if (options.state === undefined) rmSync(folder, { recursive: true, force: true });
  }
}

/** Below the question that tells what a plan still wants: how it can be had here. */
function signHint(store: Store, say: Say, { answer, inReplyTo, venue }: Outgoing): string | undefined {
  if (answer.tone !== "question") return undefined;
  const waiting = store.unfinished().find(({ eventId, wants }) => eventId === inReplyTo && wants !== undefined);
  if (waiting === undefined) return undefined;
  const request = String(waiting.number);
  const sign = say("terminal-sign-hint", { request });
  return venue.encrypted ? `${sign}\n${say("terminal-code-hint", { request })}` : sign;
}

/** As a person in the sandbox approves a plan by a code of their phone. */
function codeAs(keys: DemoKeys, say: Say, person: string, request: number) {
  if (!keys.available) return { words: say("terminal-sign-missing") };
  const name = persons.find(({ id }) => id === person)?.name ?? person;
  if (!keys.has(person)) return { words: say("terminal-sign-no-key", { person: name }) };
  const code = keys.code(person);
  if (code === undefined) return { words: say("terminal-code-wait") };
  return { line: `approve #${request} ${code}`, shown: `approve #${request} ••••••` };
}

/** As a person in the sandbox approves a plan: by a signature of the executor's own text of it. */
function signAs(keys: DemoKeys, store: Store, say: Say, person: string, request: number) {
  if (!keys.available) return { words: say("terminal-sign-missing") };
  const name = persons.find(({ id }) => id === person)?.name ?? person;
  if (!keys.has(person)) return { words: say("terminal-sign-no-key", { person: name }) };
  const planned = store.history(request).findLast(({ event }) => event === "planned")?.detail.text;
  if (typeof planned !== "string") return { words: say("terminal-sign-no-plan", { request: String(request) }) };
  return { line: keys.sign(person, request, planned) };
}

/** Whoever asked for a picture looks at it afterwards: it outlives a run that keeps nothing, for the system to clear away. */
function picturesFolder(state: string | undefined): () => string {
  let made = state === undefined ? undefined : join(state, "pictures");
  return () => (made ??= mkdtempSync(join(tmpdir(), "manchot-pictures-")));
}

/** French where the environment says so (LC_ALL, LC_MESSAGES, LANG, in their order), else English. */
function environmentLanguage(env: NodeJS.ProcessEnv): Language {
  const set = env.LC_ALL || env.LC_MESSAGES || env.LANG || "";
  return set.toLowerCase().startsWith("fr") ? "fr" : "en";
}
