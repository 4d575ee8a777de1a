/** What `policy explain` tells, against what the bot decides: for every person, command and circumstance. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { commands } from "../../commands/index.ts";
import { type Circumstances, venueOf } from "../../src/authorisation/circumstances.ts";
import { type Asker, type Change, explain } from "../../src/authorisation/explain.ts";
import { loadPolicies } from "../../src/authorisation/load.ts";
import { networks, type Venue } from "../../src/chat/port.ts";
import { printProblems } from "../../src/config/problem.ts";
import type { Command } from "../../src/conversation/command.ts";
import { decisionOn } from "../../src/conversation/decision.ts";
import { parse } from "../../src/conversation/parse.ts";
import { mayThey } from "../../src/conversation/parts.ts";
import { peopleOf } from "../../src/people/people.ts";
import type { People } from "../../src/people/person.ts";
import { unpinned } from "../../src/people/trust.ts";
import { startInProcess } from "../rig/in-process.ts";

const loaded = loadPolicies("policies", { actions: commands.map(({ action }) => action), host: "sandbox" });
if (!loaded.ok) throw new Error(printProblems(loaded.problems));
const { authorisation, roles } = loaded.policies;

const server = "https://social.example.org";
const onFediverse = (name: string): string => `${server} ${name} ${server}/users/${name}`;
/** Each has an account of which nothing is pinned, and one with its identity. */
const identityOf = (name: string): string => Buffer.alloc(32, name).toString("base64").replace("=", "");
const onMatrix = (name: string): string[] => [`@${name}:x.org`, `@${name}-pinned:x.org ed25519:${identityOf(name)}`];
const persons = [
  { id: "zelie", name: "Zélie", roles: ["admin"], accounts: { matrix: onMatrix("z"), fediverse: [onFediverse("z")] } },
  { id: "omar", name: "Omar", roles: ["admin", "member"], accounts: { matrix: onMatrix("o") } },
  { id: "ines", name: "Inès", roles: ["member"], accounts: { matrix: onMatrix("i"), fediverse: [onFediverse("i")] } },
];
type Persons = Parameters<typeof peopleOf>[0];

const visibilities = [undefined, "public", "unlisted", "private", "direct", "local", "list:1", ""];
const either = [false, true];

const matrixTrusts = [
  ...either.flatMap((encrypted) => either.map((pinned) => ({ encrypted, pinned, verified: false }))),
  { encrypted: true, pinned: true, verified: true },
];

/** Every circumstance that a network knows. */
const everywhere: Circumstances[] = either.flatMap((direct) => [
  { network: "terminal", place: "here", direct, encrypted: false, local: false, visibility: undefined, ...unpinned },
  ...either.flatMap((local) => [
    ...matrixTrusts
      .filter(({ pinned }) => !pinned || !local)
      .map(
        (trust): Circumstances => ({ network: "matrix", place: "!a", direct, local, visibility: undefined, ...trust }),
      ),
    ...visibilities.map(
      (visibility): Circumstances => ({
        network: "fediverse",
        place: "a",
        direct,
        encrypted: false,
        local,
        visibility,
        ...unpinned,
      }),
    ),
  ]),
]);

type Call = { readonly command: Command; readonly given: Readonly<Record<string, unknown>> };
const calls: Call[] = commands.map(({ name, example }) => {
  const parsed = parse(example.en, commands);
  if (parsed.kind !== "command") throw new Error(`the example of ${name} is ${parsed.kind}`);
  return parsed;
});

/** The account that a person has there, or nobody's; and the venue, with what the network proves of the device. */
function senderOf(people: People, id: string | undefined, at: Circumstances): { account: string; venue: Venue } {
  const person = id === undefined ? undefined : people.byId(id);
  const account = person?.accounts[at.network]?.[at.pinned && at.network === "matrix" ? 1 : 0] ?? "nobody's";
  // What is not verified has no identity, or another one.
  const own = person?.identities?.get(account);
  const identity = at.verified ? own : at.direct ? identityOf("other") : undefined;
  return { account, venue: { ...venueOf(at), ...(identity === undefined ? {} : { identity }) } };
}

/** What the bot decides on a message from the account that a person has there, or from nobody's. */
function byBot(all: Persons, id: string | undefined, at: Circumstances, { command, given }: Call) {
  const people = peopleOf(all);
  const request = { network: at.network, ...senderOf(people, id, at) };
  return mayThey({ people, authorisation }, request, command, given);
}

function explained(id: string | undefined, at: Circumstances, { command, given }: Call) {
  const asked: Asker = { person: id === undefined ? undefined : peopleOf(persons).byId(id), at };
  return explain(asked, { roles, networks }, ({ person, at: there }) =>
    decisionOn(authorisation, { person, venue: venueOf(there), trust: there }, command, given),
  );
}

const who = [...persons.map(({ id }) => id), undefined];

test("it tells what the bot decides, for every person, command and circumstance", { timeout: 240_000 }, () => {
  let count = 0;
  let allowed = 0;
  for (const id of who)
    for (const at of everywhere)
      for (const call of calls) {
        const { decision } = explained(id, at, call);
        expect(decision, JSON.stringify({ id, at, command: call.command.name })).toEqual(byBot(persons, id, at, call));
        count += 1;
        if (decision.allowed) allowed += 1;
      }
  expect(count).toBe(who.length * everywhere.length * commands.length);
  expect(allowed).toBeGreaterThan(count / 10);
  expect(allowed).toBeLessThan(count / 2 + count / 4);
});

/** Each single change, made on the people and the message themselves: independently of what explain does. */
function changed(
  id: string | undefined,
  at: Circumstances,
): { key: string; all: Persons; id: string | undefined; at: Circumstances }[] {
  const person = persons.find((one) => one.id === id);
  const here = (key: string, other: Partial<Circumstances>) => ({ key, all: persons, id, at: { ...at, ...other } });
  const as = (key: string, other: Persons[number]) => ({
    key,
    all: [...persons.filter((one) => one.id !== id), other],
    id: other.id,
    at,
  });
  const account = at.network === "fediverse" ? onFediverse("new") : "@new:x.org";
  const isPinned = at.network === "terminal" || person?.accounts[at.network as "matrix"] !== undefined;
  const given = ["admin", "member"];
  return [
    here("direct", { direct: !at.direct, visibility: undefined }),
    ...(at.network === "matrix" ? [here("encrypted", { encrypted: !at.encrypted, verified: false })] : []),
    ...(at.network === "matrix" && person !== undefined
      ? [
          here("pinned", { pinned: !at.pinned, verified: false }),
          ...(at.verified ? [here("verified", { verified: false })] : []),
          ...(at.pinned && !at.verified ? [here("verified", { encrypted: true, verified: true })] : []),
        ]
      : []),
    ...(at.network === "fediverse" ? [here("local", { local: !at.local })] : []),
    ...(at.network === "fediverse"
      ? ["public", "unlisted", "private", "direct", "local"].map((visibility) =>
          here(`visibility ${visibility}`, { visibility }),
        )
      : []),
    ...networks
      .filter((network) => network !== at.network)
      .map((network) => here(`network ${network}`, { network, verified: false, visibility: undefined })),
    ...(person !== undefined && !isPinned
      ? [as("account", { ...person, accounts: { ...person.accounts, [at.network]: [account] } })]
      : []),
    ...(person !== undefined && isPinned
      ? given.map((role) =>
          person.roles.includes(role)
            ? as(`no-role ${role}`, { ...person, roles: person.roles.filter((one) => one !== role) })
            : as(`role ${role}`, { ...person, roles: [...person.roles, role] }),
        )
      : []),
    ...(person === undefined
      ? given.map((role) =>
          as(`role ${role}`, {
            id: "new",
            name: "New",
            roles: [role],
            accounts: { [at.network]: { terminal: [], fediverse: [account], matrix: onMatrix("new") }[at.network] },
          }),
        )
      : []),
  ];
}

function keyOf(change: Change): string {
  if ("role" in change) return `${change.kind} ${change.role}`;
  if ("network" in change) return `network ${change.network}`;
  if ("visibility" in change) return `visibility ${change.visibility}`;
  return change.kind;
}

test("every change that it names turns the bot's decision round, and no other single one does", {
  timeout: 240_000,
}, () => {
  let turned = 0;
  const property = fc.property(
    fc.constantFrom(...who),
    fc.constantFrom(...everywhere),
    fc.constantFrom(...calls),
    (id, at, call) => {
      const { decision, changes } = explained(id, at, call);
      const turning = changed(id, at).filter(
        (other) => byBot(other.all, other.id, other.at, call).allowed !== decision.allowed,
      );
      expect(new Set(changes.map(({ change }) => keyOf(change)))).toEqual(new Set(turning.map(({ key }) => key)));
      turned += changes.length;
    },
  );
  fc.assert(property, { numRuns: 400 });
  expect(turned).toBeGreaterThan(100);
});

test("the role that gave it is one that would do alone; where none is needed, none is named", () => {
  const room = {
    network: "matrix",
    place: "!a",
    direct: false,
    encrypted: false,
    local: true,
    visibility: undefined,
    ...unpinned,
  } as const;
  const through = (id: string, name: string): readonly string[] => {
    const call = calls.find(({ command }) => command.name === name);
    if (call === undefined) throw new Error(name);
    return explained(id, room, call).through;
  };
  expect(through("omar", "snapshot")).toEqual(["admin"]);
  expect(through("omar", "jobs")).toEqual(["admin", "member"]);
  expect(through("ines", "jobs")).toEqual(["member"]);
  expect(through("omar", "help")).toEqual([]);
  expect(through("ines", "snapshot")).toEqual([]);
});

test("a bot that runs refuses what is explained as refused, and nothing else", async () => {
  const people = peopleOf(persons);
  const rig = await startInProcess({ people });
  try {
    const property = fc.asyncProperty(
      fc.constantFrom(...who),
      fc.constantFrom(...everywhere),
      fc.constantFrom(...commands),
      async (id, at, command) => {
        // A target that is not there: what is permitted is then refused by the executor, and takes none of its rate limit.
        const text = command.example.en.replace(/\b(web|tank\/\S+)/gu, "nowhere");
        const parsed = parse(text, commands);
        if (parsed.kind !== "command") throw new Error(text);
        const { account, venue } = senderOf(people, id, at);
        const unknown = people.byAccount(at.network, account) === undefined;
        const sender = { network: at.network, venue, account: unknown ? `nobody ${Math.random()}` : account };
        const said = rig.deliver(text, sender);
        const { store } = rig.bot.parts;
        const found = () => store.requests({ limit: 5 }).find((request) => request.eventId === said.eventId);
        await expect.poll(() => found()?.state, { timeout: 20_000 }).not.toBe("received");
        const history = store.history(found()?.number ?? 0);
        const refusal = history.find(({ event }) => event === "refused");
        const { decision } = explained(id, at, parsed);
        expect(refusal === undefined, JSON.stringify({ id, at, text })).toBe(decision.allowed);
        if (refusal !== undefined) expect(refusal.detail.rules).toEqual(decision.rules);
      },
    );
    await fc.assert(property, { numRuns: 80 });
  } finally {
    await rig.stop();
  }
});
