/**
 * A counterpart of the terminal: a bot of a few lines that answers in the order and at the pace that a test asks for.
 * `say TEXT` answers at once, `slow MS TEXT` later, `job MS TEXT` tells progress and then the end, `tell` what it was told,
 * `show TEXT` shows a picture.
 */

import type { ChatNetwork, Incoming, Network } from "../../../src/chat/port.ts";
import { createTerminal, wantsColour } from "../../../src/chat/terminal/terminal.ts";
import type { Answer, Tone } from "../../../src/conversation/answer.ts";
import { say } from "../../../src/languages/index.ts";
import type { Person } from "../../../src/people/person.ts";

const [historyFile, early] = process.argv.slice(2);
const people: Person[] = [
  {
    id: "zelie",
    name: "Zélie",
    roles: ["admin"],
    accounts: { terminal: ["zelie"], matrix: ["@zelie:sandbox.example"] },
  },
  { id: "marc", name: "Marc", roles: ["member"], accounts: { terminal: ["marc"] } },
];
const answer = (tone: Tone, text: string): Answer => ({ tone, blocks: [{ kind: "text", text }] });
const working = new Set<Promise<void>>();
let broken = false;

const terminal = createTerminal({
  input: process.stdin,
  output: process.stdout,
  interactive: process.stdin.isTTY === true && process.stdout.isTTY === true,
  colour: wantsColour(process.stdout, process.env),
  say: say("en"),
  language: "en",
  people,
  speaker: "zelie",
  pictures: () => process.env.PICTURES ?? "/nowhere",
  ...(historyFile === undefined || historyFile === "" ? {} : { historyFile }),
  complete: (line, { account }) =>
    ["say hello", "say goodbye", ...(account === "marc" ? ["marc only"] : [])].filter((one) => one.startsWith(line)),
  breakable: {
    ssh: {
      break: () => {
        broken = true;
      },
      mend: () => {
        broken = false;
      },
    },
  },
  sign: (person, request) =>
    request === 41 ? { line: `say signed by ${person}, at length` } : { words: `${person} signs nothing` },
  hint: ({ answer }) => (JSON.stringify(answer).includes("sign me") ? "try /sign 41" : undefined),
  idle: async () => {
    while (working.size > 0) await Promise.all(working);
  },
});
const networks = new Map<Network, ChatNetwork>(terminal.networks.map((network) => [network.network, network]));

const pause = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));
let posts = 0;

async function post(message: Incoming, what: Answer): Promise<void> {
  posts += 1;
  const { venue, account, label } = message;
  const outgoing = {
    venue,
    inReplyTo: message.eventId,
    account,
    label,
    answer: what,
    language: "en" as const,
    key: `${posts}`,
    again: false,
    tries: 0,
    parts: [],
  };
  const network = networks.get(message.network);
  const first = await network?.send(outgoing);
  // The outbox may try again with the same key: it must not show twice.
  const second = await network?.send(outgoing);
  if (JSON.stringify(first) !== JSON.stringify(second)) throw new Error("the same key gave two posts");
}

async function handle(message: Incoming): Promise<void> {
  const [word, ...rest] = message.text.split(" ");
  if (word === "tell") {
    const { network, account, label, venue } = message;
    const minutes = Math.round((Date.now() - message.sentAt) / 60_000);
    const told = [network, account, label, venue.direct ? "direct" : "room", venue.visibility ?? "-", `${minutes} min`];
    return await post(message, answer("facts", told.join(" ")));
  }
  if (word === "slow") await pause(Number(rest.shift()));
  if (word === "job") {
    await pause(Number(rest.shift()));
    await post(message, answer("progress", "under way"));
    while (broken) await pause(20);
    await pause(50);
  }
  const done = answer("done", rest.join(" "));
  const shown = { png: process.env.PNG ?? "", alt: "what it shows", name: "screen-web.png", width: 2, height: 1 };
  await post(message, word === "show" ? { ...done, picture: shown } : done);
}

for (const network of terminal.networks) {
  await network.start((message) => {
    const work = handle(message).finally(() => working.delete(work));
    working.add(work);
  });
}
/** A post that answers a question of an earlier run. */
const earlier = (key: string) => {
  const venue = { network: "terminal", place: "p", thread: "t", direct: true, encrypted: false } as const;
  const to = {
    venue,
    inReplyTo: "an earlier run's",
    account: "marc",
    label: "Marc",
    language: "en",
    again: false,
    tries: 0,
    parts: [],
  } as const;
  return terminal.networks
    .find(({ network }) => network === "terminal")
    ?.send({ ...to, key, answer: answer("done", key) });
};
if (early === "early") await earlier("before anybody looked");
await terminal.run();
if (early === "early") process.stdout.write(`${(await earlier("after everybody left"))?.kind}\n`);
