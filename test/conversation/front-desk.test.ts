/** What a request's person is told of others' help and of other places: by the real policies, in a bot that runs. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { venueOf } from "../../src/authorisation/circumstances.ts";
import type { Network } from "../../src/chat/port.ts";
import { frontDesk } from "../../src/conversation/front-desk.ts";
import { peopleOf } from "../../src/people/people.ts";
import { unpinned } from "../../src/people/trust.ts";
import { type InProcess, startInProcess } from "../rig/in-process.ts";

const server = "https://social.example.org";
const accounts = (id: string) => ({ matrix: [`@${id}:x.org`], fediverse: [`${server} ${id} ${server}/users/${id}`] });
const people = peopleOf([
  { id: "zelie", name: "Zélie", roles: ["admin"], accounts: accounts("zelie") },
  { id: "omar", name: "Omar", roles: ["admin"], accounts: accounts("omar") },
  { id: "ines", name: "Inès", roles: ["member"], accounts: accounts("ines") },
]);

let rig: InProcess;
beforeAll(async () => {
  rig = await startInProcess({ people });
});
afterAll(async () => await rig.stop());

function deskOf(id: string, network: Network, direct: boolean) {
  const account = people.byId(id)?.accounts[network]?.[0] ?? id;
  const venue = venueOf({
    network,
    place: "x",
    direct,
    encrypted: false,
    local: true,
    visibility: undefined,
    ...unpinned,
  });
  const { eventId } = rig.deliver("whoami", { network, account, venue });
  const request = rig.bot.parts.store.requests({ limit: 9 }).find((one) => one.eventId === eventId);
  if (request === undefined) throw new Error("not received");
  return frontDesk(rig.bot.parts, request);
}

test("those who can help are the admins, and never oneself", () => {
  expect(deskOf("ines", "matrix", false).admins).toEqual(["Zélie", "Omar"]);
  expect(deskOf("zelie", "matrix", false).admins).toEqual(["Omar"]);
  expect(deskOf("nobody", "fediverse", true).admins).toEqual(["Zélie", "Omar"]);
});

test.each<[string, Network, boolean, boolean]>([
  ["zelie", "fediverse", false, true],
  ["zelie", "fediverse", true, false],
  ["zelie", "matrix", false, false],
  ["ines", "fediverse", false, true],
  ["nobody", "fediverse", false, false],
  ["nobody", "matrix", false, false],
])("whether more is possible in a direct message: %s on %s, direct: %s", (id, network, direct, more) => {
  expect(deskOf(id, network, direct).moreDirectly()).toBe(more);
});
