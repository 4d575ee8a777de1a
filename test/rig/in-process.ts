/** The bot in this very process, over the simulator in another: real store, real policies, real executor logic. */
import { randomUUID } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { commands } from "../../commands/index.ts";
import { loadPolicies } from "../../src/authorisation/load.ts";
import type { Authorisation } from "../../src/authorisation/port.ts";
import { type Bot, startBot } from "../../src/bot.ts";
import type { Inbox, Incoming, Outgoing, Overheard } from "../../src/chat/port.ts";
import { plain } from "../../src/conversation/render/plain.ts";
import { type ChildTransport, childTransport } from "../../src/hypervisor/child.ts";
import { connectHypervisor } from "../../src/hypervisor/client.ts";
import type { Log } from "../../src/log.ts";
import { peopleOf } from "../../src/people/people.ts";
import type { People } from "../../src/people/person.ts";
import { cardHost } from "../../src/simulator/card.ts";
import type { Model, SimulatedDomain } from "../../src/simulator/model.ts";
import { writeState } from "../../src/simulator/state-file.ts";
import { openStore } from "../../src/store/sqlite.ts";
import { testLog } from "./logs.ts";

export type InProcess = {
  readonly bot: Bot;
  readonly transport: ChildTransport;
  /** The hypervisor's command line: what is added counts from its next start on. */
  readonly argv: string[];
  /** The folder of the simulated hypervisor and its executor. */
  readonly state: string;
  /** Every post made so far. */
  readonly posts: readonly Outgoing[];
  /** Says something as a person (default: the admin omar), and waits for the final answer, as plain text. */
  say(text: string, more?: Partial<Incoming>): Promise<string>;
  /** Delivers a message and waits for nothing. */
  deliver(text: string, more?: Partial<Incoming>): Incoming;
  /** What a network heard and does not vouch for: it is not obeyed. Resolves when it is seen to. */
  overhear(text: string, more?: Partial<Incoming>): Promise<void>;
  stop(): Promise<void>;
};

const inProcessPeople = peopleOf([
  { id: "omar", name: "Omar", roles: ["admin"], language: "en", accounts: {} },
  { id: "zelie", name: "Zélie", roles: ["admin"], language: "fr", accounts: {} },
  { id: "ines", name: "Inès", roles: ["member"], language: "en", accounts: {} },
]);

function hostWith(vms: Readonly<Record<string, Partial<SimulatedDomain>>>): Model {
  const model = cardHost(Math.floor(Date.now() / 1000));
  return { ...model, domains: model.domains.map((domain) => ({ ...domain, ...vms[domain.name] })) };
}

export async function startInProcess(
  options: {
    readonly policies?: string;
    readonly now?: () => number;
    /** Where the store is to be, and nothing else; a folder of its own by default. */
    readonly storeFolder?: string;
    /** The folder of the simulated hypervisor and its executor, where it shall be one that was there before. */
    readonly state?: string;
    readonly log?: Log;
    /** What the simulated hypervisor is started with, besides its folder. */
    readonly options?: readonly string[];
    /** The factors of those who may approve, by person: what root has in the host's file of factors. */
    readonly factors?: Readonly<Record<string, { readonly totp?: string; readonly keys?: readonly string[] }>>;
    readonly people?: People;
    /** What is different on the simulated host from the start on, by VM. */
    readonly vms?: Readonly<Record<string, Partial<SimulatedDomain>>>;
    /** Instead of the policies' own: as they change under the bot. */
    readonly authorisation?: () => Authorisation;
  } = {},
): Promise<InProcess> {
  const folder = mkdtempSync(join(tmpdir(), "manchot-in-process-"));
  const log = options.log ?? testLog();
  const loaded = loadPolicies(options.policies ?? "policies", {
    actions: commands.map(({ action }) => action),
    host: "sandbox",
  });
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
  const store = openStore(join(options.storeFolder ?? folder, "manchot.sqlite"));
  const state = options.state ?? join(folder, "hypervisor");
  mkdirSync(state, { recursive: true });
  writeFileSync(join(state, "factors.json"), JSON.stringify({ persons: options.factors ?? {} }), { mode: 0o640 });
  if (options.vms !== undefined) writeState(join(state, "hypervisor"), hostWith(options.vms));
  const argv: [string, ...string[]] = [
    process.execPath,
    "src/simulator/main.ts",
    "--state",
    state,
    ...(options.options ?? []),
  ];
  const transport = childTransport(argv);
  const hypervisor = connectHypervisor({
    name: "sandbox",
    transport,
    log,
    heads: { last: () => store.head("sandbox"), keep: (head) => store.keepHead("sandbox", head) },
  });
  let inbox: Inbox = () => {};
  let overheard: Overheard = async () => {};
  const posts: Outgoing[] = [];
  const waiting = new Map<string, (answer: string) => void>();
  const bot = await startBot({
    store,
    people: options.people ?? inProcessPeople,
    authorisation: options.authorisation ?? (() => loaded.policies.authorisation),
    hypervisor,
    commands,
    networks: (["terminal", "matrix"] as const).map((network) => ({
      network,
      edits: true,
      start: async (given, heard) => {
        inbox = given;
        overheard = heard ?? overheard;
      },
      send: async (post) => {
        posts.push(post);
        if (post.answer.tone !== "progress") waiting.get(post.inReplyTo)?.(plain(post.answer));
        return { kind: "sent", eventId: randomUUID() };
      },
      stop: async () => {},
    })),
    host: { name: "sandbox", language: "en", timezone: "UTC", ageMs: 600_000 },
    log,
    ...(options.now === undefined ? {} : { now: options.now }),
  });
  const message = (text: string, more: Partial<Incoming>): Incoming => {
    const eventId = more.eventId ?? randomUUID();
    const venue = { network: "terminal", place: "test", thread: eventId, direct: true, encrypted: false } as const;
    const sentAt = (options.now ?? Date.now)();
    return { network: "terminal", eventId, venue, account: "omar", label: "Omar", text, sentAt, ...more };
  };
  return {
    bot,
    transport,
    argv,
    state,
    posts,
    say(text, more = {}) {
      const said = message(text, more);
      return new Promise((resolve) => {
        waiting.set(said.eventId, resolve);
        inbox(said);
      });
    },
    deliver(text, more = {}) {
      const said = message(text, more);
      inbox(said);
      return said;
    },
    overhear: (text, more = {}) => overheard(message(text, more)),
    async stop() {
      await bot.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
