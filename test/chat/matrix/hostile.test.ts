/** A homeserver that is not one: answers that Synapse never gives, from a small server of the test's own. */
import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, test } from "vitest";
import { createMemory, createRig, type Rig, until } from "./rig.ts";

const self = "@manchot:x";
let server: Server | undefined;
let rig: Rig | undefined;

afterEach(async () => {
  await rig?.adapter.stop();
  server?.closeAllConnections();
  server?.close();
});

/** Whose token it is, and that its keys are taken: as every homeserver says it. */
function known(path: string): object | undefined {
  if (path.endsWith("/whoami")) return { user_id: self, device_id: "DEVICE" };
  if (path.endsWith("/keys/upload")) return { one_time_key_counts: { signed_curve25519: 50 } };
  return /\/(keys|room_keys|account_data)\//.test(path) ? {} : undefined;
}

type Answers = (path: string, query: URLSearchParams, answer: ServerResponse) => unknown;

/** An adapter that was there before, before a server that answers as told; what gives undefined has answered itself. */
async function before(answers: Answers) {
  server = createServer((asked, answer) => {
    asked.resume();
    const { pathname, searchParams } = new URL(asked.url ?? "", "http://x");
    const told = known(pathname) ?? answers(pathname, searchParams, answer);
    if (told !== undefined) answer.end(JSON.stringify(told));
  });
  await new Promise<void>((resolve) => server?.listen(0, "127.0.0.1", resolve));
  const memory = createMemory();
  memory.write(`since:${self}`, "s0");
  const homeserver = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const made = createRig({
    homeserver,
    accessToken: "token-of-the-test",
    inviters: [],
    memory,
    timing: { longPollMs: 5000, requestMs: 5000 },
  });
  rig = made;
  return made;
}

const command = (id: string) => ({
  event_id: id,
  type: "m.room.message",
  sender: "@zelie:x",
  origin_server_ts: 1,
  content: { msgtype: "m.text", body: `@manchot ${id}` },
});
const notFound = (answer: ServerResponse): undefined =>
  void answer.writeHead(404).end('{"errcode":"M_NOT_FOUND","error":"none"}');

/** Left out of its sync is more than ever ends: `page` gives the events of each page of it. */
const endlessGap = (page: () => { readonly chunk: readonly object[]; readonly end: string }) =>
  before((path, query, answer) => {
    if (path.includes("/messages")) return page();
    if (path.includes("/state/")) return notFound(answer);
    if (path.endsWith("/members")) return { chunk: [] };
    if (query.get("since") === "s1") return void setTimeout(() => answer.end('{"next_batch":"s1"}'), 4000);
    return {
      next_batch: "s1",
      rooms: { join: { "!r:x": { timeline: { limited: true, prev_batch: "t0", events: [command("$last")] } } } },
    };
  });

test("a gap without an end is read as far as may be, and that the rest is not is said loudly", async () => {
  let page = 0;
  const endless = await endlessGap(() => ({ chunk: [command(`$older${page++}`)], end: `t${page}` }));
  await endless.start();
  expect(page).toBe(200);
  expect([endless.texts().at(0), endless.texts().at(-2), endless.texts().at(-1)]).toEqual([
    "$older199",
    "$older0",
    "$last",
  ]);
  expect(endless.log.some((line) => line.includes('"level":50') && line.includes("is not read"))).toBe(true);
});

test("a gap of events that are each as long as may be does not fill the memory: what is read of it ends, which is said", async () => {
  let page = 0;
  const long = "x".repeat(60_000);
  const heavy = await endlessGap(() => {
    page++;
    const chunk = Array.from({ length: 100 }, (_, n) => ({ ...command(`$${page}.${n}`), unsigned: { long } }));
    return { chunk, end: `t${page}` };
  });
  await heavy.start();
  expect(page).toBe(12);
  expect(heavy.texts().at(-1)).toBe("$last");
  expect(heavy.log.some((line) => line.includes('"level":50') && line.includes("is not read"))).toBe(true);
});

test("answers that come at once and are always the same do not keep the machine busy", async () => {
  let syncs = 0;
  const busy = await before(() => ({ next_batch: "s0", count: syncs++ }));
  await busy.start();
  await new Promise((resolve) => setTimeout(resolve, 1500));
  expect(syncs).toBeLessThan(6);
});

test("an answer without an end is cut, and asked for again", async () => {
  let syncs = 0;
  const flooded = await before((_path, _query, answer) => {
    if (syncs++ > 0) return { next_batch: "s1", rooms: { join: {} } };
    const more = (): void => {
      while (!answer.destroyed && answer.write("x".repeat(1 << 20)));
      if (!answer.destroyed) answer.once("drain", more);
    };
    more();
    return undefined;
  });
  await flooded.start();
  expect(syncs).toBeGreaterThan(1);
  await until(() => flooded.log.some((line) => line.includes("longer than")));
});

test("a start that is stopped ends", async () => {
  const hanging = await before(() => undefined);
  const start = expect(hanging.start()).rejects.toThrow();
  await new Promise((resolve) => setTimeout(resolve, 300));
  await hanging.adapter.stop();
  await start;
});
