/** The adapter on what snac2 2.75 really said: another shape of accounts, no stream, handles with domains everywhere. */
import { readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, expect, test } from "vitest";
import { fediverseNetwork } from "../../../src/chat/fediverse/network.ts";
import type { ChatNetwork, Incoming } from "../../../src/chat/port.ts";
import { keepSecret, testLog } from "../../rig/logs.ts";
import { createMemory, quick, until } from "./rig.ts";

type Account = { readonly id: string; readonly acct: string; readonly uri: string };
type Notification = { readonly id: string; readonly account: Account };
const recorded = <T>(name: string): T =>
  (JSON.parse(readFileSync(`test/fixtures/fediverse/snac2/snac2_m_${name}.json`, "utf8")) as { readonly data: T }).data;
const notifications = recorded<readonly Notification[]>("notifications");
const [bot] = recorded<{ readonly accounts: readonly Account[] }>("search").accounts;
const accounts = [bot, ...notifications.map(({ account }) => account)];

let server: Server;
let url: string;
let adapter: ChatNetwork;
const inbox: Incoming[] = [];
beforeEach(async () => {
  inbox.length = 0;
  server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? "", "http://x");
    const json = (body: unknown): void => void response.end(JSON.stringify(body));
    if (pathname === "/api/v1/instance") return json(recorded("instance"));
    if (pathname === "/api/v1/accounts/verify_credentials") return json(recorded("verify"));
    if (pathname === "/api/v1/notifications") {
      const [least, most] = [Number(searchParams.get("min_id") ?? 0), Number(searchParams.get("max_id") ?? Infinity)];
      const fit = notifications.filter(({ id }) => Number(id) > least && Number(id) < most);
      return json(fit.slice(0, Number(searchParams.get("limit"))));
    }
    const account = accounts.find((one) => pathname === `/api/v1/accounts/${one?.id}`);
    if (account !== undefined) return json(account);
    response.statusCode = 404;
    response.end("<h1>404 Not Found</h1>");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(async () => {
  await adapter.stop();
  await new Promise((resolve) => server.close(resolve));
});

async function start(since?: string, user = "@bot@ops.test", forgeable = true): Promise<void> {
  const memory = createMemory();
  if (since !== undefined) memory.write(`since:${url} ${bot?.id} ${bot?.uri}`, since);
  const log = testLog();
  const account = { server: url, accessToken: keepSecret("token-of-the-bot-on-snac2"), user };
  adapter = fediverseNetwork({ ...account, forgeable, memory, log, timing: quick });
  await adapter.start((message) => void inbox.push(message));
}

test("its own accounts are local, those of its peer are not, and each is the account that it is", async () => {
  await start("0");
  await until(() => inbox.length === 3);
  expect(inbox.map(({ text, label, venue, account }) => [text, label, venue.local, venue.visibility, account])).toEqual(
    [
      [
        'snapshot prod --label "q&a <1>"',
        "@bob@peer.test",
        false,
        "public",
        `${url} 7789213222f7a038c3d61e4b0c16849f http://peer.test/bob`,
      ],
      ["quota bob", "@bob@peer.test", false, "private", `${url} 7789213222f7a038c3d61e4b0c16849f http://peer.test/bob`],
      ["help", "@admin@ops.test", true, "public", `${url} 3ad6d9a8bad23b197f7b87cfdfd2adee http://ops.test/admin`],
    ],
  );
  for (const { venue } of inbox) expect(venue.direct).toBe(false);
});

test("without a cursor nothing of what was said before is read", async () => {
  await start();
  await new Promise((resolve) => setTimeout(resolve, 200));
  expect(inbox).toEqual([]);
});

test("the handle that is configured must be the bot's, with its domain", async () => {
  await expect(start(undefined, "@bot@peer.test")).rejects.toThrow("belongs to @bot@ops.test");
});

test("does not start on it, unless that anybody can speak as anybody there is accepted", async () => {
  await expect(start("0", "@bot@ops.test", false)).rejects.toThrow(/anybody could speak as an admin.*To resolve/u);
  expect(inbox).toEqual([]);
});
