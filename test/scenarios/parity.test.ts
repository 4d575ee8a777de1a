/**
 * The same words get the same answers, whatever network they are said on: each scenario runs through every adapter, the
 * bot's answers are compared as values, and what each network's own readers see is compared with the answer.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { commands } from "../../commands/index.ts";
import { labNeeds } from "../../lab/needs.ts";
import { loadPolicies } from "../../src/authorisation/load.ts";
import { startBot } from "../../src/bot.ts";
import type { ChatNetwork, Network } from "../../src/chat/port.ts";
import type { Answer, Block } from "../../src/conversation/answer.ts";
import { childTransport } from "../../src/hypervisor/child.ts";
import { connectHypervisor } from "../../src/hypervisor/client.ts";
import type { Log } from "../../src/log.ts";
import { peopleOf } from "../../src/people/people.ts";
import type { Person } from "../../src/people/person.ts";
import { openStore } from "../../src/store/sqlite.ts";
import { testLog } from "../rig/logs.ts";
import { fediverseVoice } from "./parity/fediverse-voice.ts";
import { matrixVoice } from "./parity/matrix-voice.ts";
import { terminalVoice } from "./parity/terminal-voice.ts";
import type { Speaker, Voice } from "./parity/voice.ts";

const lab = await labNeeds("synapse");

/** Who says what; `late`: it reaches the bot twenty minutes after it was sent; `live`: the sandbox has something else to say. */
const scenario: readonly {
  readonly who: Speaker;
  readonly says: string;
  readonly late?: true;
  readonly live?: true;
}[] = [
  { who: "zelie", says: "aide" },
  { who: "zelie", says: "help snapshot" },
  { who: "zelie", says: "qui-suis-je" },
  { who: "zelie", says: "hôte" },
  { who: "zelie", says: "vm liste" },
  { who: "zelie", says: "vm info web" },
  { who: "zelie", says: 'instantané web note "avant mise à jour"' },
  { who: "zelie", says: "pourquoi 7" },
  { who: "zelie", says: "instantané tank/production recursive" },
  { who: "zelie", says: "instantané nulle-part" },
  { who: "zelie", says: "snapsot web" },
  { who: "zelie", says: "instantané" },
  { who: "zelie", says: 'instantané web note "sans fin' },
  { who: "zelie", says: "instantané sql", late: true },
  { who: "camille", says: "run 14" },
  { who: "zelie", says: "run 14" },
  { who: "zelie", says: "travaux" },
  ...Array.from({ length: 6 }, () => ({ who: "zelie", says: "instantané tank/production recursive" }) as const),
  { who: "zelie", says: "instantanés web" },
  { who: "zelie", says: "suite" },
  { who: "camille", says: "aide" },
  { who: "camille", says: "vm liste" },
  { who: "camille", says: "travaux" },
  { who: "camille", says: "pourquoi 7" },
  { who: "inconnue", says: "aide" },
  { who: "inconnue", says: "vm liste" },
  { who: "inconnue", says: "instantané web" },
  { who: "zelie", says: "vm arrêter web sous 5min" },
  { who: "zelie", says: "travaux attente" },
  { who: "camille", says: "vm arrêter web" },
  { who: "zelie", says: "refuser 33" },
  { who: "zelie", says: "vm démarrer web" },
  { who: "zelie", says: "vm redémarrer web sous 5s" },
  { who: "zelie", says: "vm démarrage-auto web non" },
  { who: "zelie", says: "annuler 39" },
  { who: "zelie", says: "pourquoi 39" },
  { who: "inconnue", says: "vm démarrer web" },
  { who: "zelie", says: "vm capture web" },
  { who: "zelie", says: "vm capture nulle-part" },
  { who: "camille", says: "vm capture web" },
  // Nobody is made known to the sandbox in manchot.yaml.
  { who: "inconnue", says: "qui-suis-je", live: true },
];

type Said = { readonly says: string; readonly answers: readonly Answer[]; readonly shown: string };

const runs = new Map<Network, readonly Said[]>();
const voices: { readonly [N in Network]?: (parts: Parts) => Voice | Promise<Voice> } = {
  terminal: ({ people, idle }) => terminalVoice(people, idle),
  fediverse: ({ log }) => fediverseVoice(log),
  ...(lab.missing ? {} : { matrix: ({ log }) => matrixVoice(log) }),
};
type Parts = {
  readonly people: readonly Person[];
  readonly idle: () => Promise<void>;
  readonly log: Log;
};

beforeAll(async () => {
  for (const [network, make] of Object.entries(voices)) runs.set(network as Network, await run(make));
}, 400_000);

async function run(make: (parts: Parts) => Voice | Promise<Voice>): Promise<readonly Said[]> {
  const folder = mkdtempSync(join(tmpdir(), "manchot-parity-"));
  const log = testLog();
  const names = { zelie: "Zélie", camille: "Camille" };
  const person = (id: "zelie" | "camille", voice?: Voice) => ({
    id,
    name: names[id],
    roles: [id === "zelie" ? "admin" : "member"],
    language: "fr" as const,
    accounts: voice === undefined || voice.network === "terminal" ? {} : { [voice.network]: [voice.accounts[id]] },
  });
  let idle = async (): Promise<void> => {};
  const voice = await make({ people: [person("zelie"), person("camille")], idle: () => idle(), log });
  const loaded = loadPolicies("policies", { actions: commands.map(({ action }) => action), host: "sandbox" });
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
  const store = openStore(join(folder, "manchot.sqlite"));
  const hypervisor = connectHypervisor({
    name: "sandbox",
    transport: childTransport([process.execPath, "src/simulator/main.ts", "--state", join(folder, "hypervisor")]),
    log,
    heads: { last: () => store.head("sandbox"), keep: (head) => store.keepHead("sandbox", head) },
  });
  let aheadMs = 0;
  const finals: Finals = new Map();
  const bot = await startBot({
    store,
    people: peopleOf([person("zelie", voice), person("camille", voice)]),
    authorisation: () => loaded.policies.authorisation,
    hypervisor,
    commands,
    networks: [heard(voice.chat, finals)],
    host: { name: "sandbox", language: "fr", timezone: "Europe/Paris", ageMs: 600_000 },
    log,
    now: () => Date.now() + aheadMs,
  });
  idle = () => bot.idle();
  try {
    await voice.ready();
    const shown: string[] = [];
    for (const [index, { who, says, late }] of scenario.entries()) {
      aheadMs = late === true ? 20 * 60_000 : 0;
      const handle = await voice.say(who, says);
      await answered(finals, index);
      await bot.idle();
      shown.push(await voice.shown(who, handle));
    }
    return [...finals.values()].map((answers, index) => ({
      says: scenario[index]?.says ?? "?",
      answers: answers.map((answer) => steady(answer, voice)),
      shown: shown[index] ?? "",
    }));
  } finally {
    await voice.leave();
    await bot.stop();
    await voice.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** By the question: a late change that was run has two. */
type Finals = Map<string, Answer[]>;

/** The adapter itself, with each final answer that is given to it kept. */
function heard(chat: ChatNetwork, finals: Finals): ChatNetwork {
  return {
    network: chat.network,
    edits: chat.edits,
    start: (inbox) => chat.start(inbox),
    async send(post) {
      const delivery = await chat.send(post);
      if (delivery.kind !== "sent" || post.answer.tone === "progress") return delivery;
      finals.set(post.inReplyTo, [...(finals.get(post.inReplyTo) ?? []), post.answer]);
      return delivery;
    },
    stop: () => chat.stop(),
  };
}

/** Waits until one question more is answered. */
async function answered(finals: Finals, index: number): Promise<void> {
  for (const until = Date.now() + 60_000; finals.size <= index; ) {
    if (Date.now() > until) throw new Error(`no answer to: ${scenario[index]?.says}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** What differs from run to run, and the names that each network has for the same account, place and message. */
const unsteady: readonly (readonly [RegExp, string])[] = [
  [/\d{8}T\d{6}Z_[0-9a-f]{8}/g, "<time>_<op>"],
  [/\d{8}T\d{6}Z\.png/g, "<time>.png"],
  [/\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/g, "<uuid>"],
  [/\b[0-9a-f]{32,64}\b|\b[0-9a-f]{12}…/g, "<hash>"],
  [/\d{1,2} \S{3,9} 20\d\d(?:,| à) \d\d:\d\d:\d\d|20\d\d-\d\d-\d\dT[\d:]+Z/g, "<moment>"],
  [/durée : \d+ ms/g, "durée : <ms>"],
  // Intl puts a no-break space between a number and its unit.
  [/20\sminutes(?: et \d+\ssecondes?)? après/g, "20 minutes après"],
  [/: \S+ n’appartient/g, ": <label> n’appartient"],
  [/a pris : [^"]+/g, "a pris : <time>"],
  [/message : [^"]+/g, "message : <message>"],
  [/\([^()]*\), compte/g, "(<label>), compte"],
  [/\([^()]*\), a dit/g, "(<place>), a dit"],
];

function steady(answer: Answer, voice: Voice): Answer {
  let text = JSON.stringify(answer);
  for (const [who, account] of Object.entries(voice.accounts)) text = text.replaceAll(account, who);
  // Whoever is known by another account could also sit at the host's own sandbox.
  text = text.replace(/"terminal: \w+",/g, "").replace(new RegExp(`\\b${voice.network}\\b`, "g"), "<network>");
  // Matrix alone has identities to pin, and says where they show.
  text = text.replace(/,\{"kind":"text","text":"Les identités ne se voient[^"]*"\}/, "");
  return JSON.parse(unsteady.reduce((steadied, [from, to]) => steadied.replace(from, to), text)) as Answer;
}

/** The words of a block that must be read, in their order. */
function wordsOf(block: Block): readonly string[] {
  const texts = block.kind === "list" ? block.items : block.kind === "table" ? block.rows.flat() : [block.text];
  return texts.flatMap((text) => text.split(/\s+/u)).filter((word) => word !== "");
}

describe.skipIf(lab.missing)(lab.name("the same words, the same answers"), () => {
  it.each(scenario.map((line, index) => ({ ...line, index })))("$who: $says", ({ index, live }) => {
    const [first, ...others] = [...runs].filter(([network]) => live !== true || network !== "terminal");
    expect(first?.[1][index]?.answers.length).toBeGreaterThan(0);
    expect(others.length).toBeGreaterThan(0);
    for (const [network, said] of others) expect(said[index]?.answers, network).toEqual(first?.[1][index]?.answers);
  });

  it.each(Object.keys(voices) as Network[])(
    "what readers on %s see is what the bot answered, whole and in order",
    (network) => {
      for (const { says, answers, shown } of runs.get(network) ?? []) {
        const read = shown.replace(/\u200b/gu, "").split(/\s+/u);
        let at = -1;
        for (const word of answers[0]?.blocks.flatMap(wordsOf) ?? []) {
          if (/[<>]/.test(word) || ["zelie", "camille", "inconnue"].some((name) => word.includes(name))) continue;
          const found = read.findIndex((one, index) => index > at && one.includes(word));
          expect(found, `${network}: ${says}: “${word}” after the ${at}th word of:\n${shown}`).toBeGreaterThan(at);
          at = found;
        }
      }
    },
  );
});
afterAll(() => runs.clear());
