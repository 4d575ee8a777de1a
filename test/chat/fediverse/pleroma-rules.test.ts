/** What the stand-in for Pleroma does where one recording alone does not show it: rules, limits, faults, streams. */
import { afterEach, describe, expect, test } from "vitest";
import WebSocket from "ws";
import type { Fault } from "../../rig/pleroma/faults.ts";
import { type Pleroma, startPleroma } from "../../rig/pleroma/pleroma.ts";
import { recordedEvents } from "../../rig/pleroma/recordings.ts";
import type { PleromaOptions } from "../../rig/pleroma/seen-by-tests.ts";
import { listen } from "./frames.ts";

const running: Pleroma[] = [];
afterEach(async () => {
  for (const pleroma of running.splice(0)) await pleroma.stop();
});

async function start(options: Partial<PleromaOptions> = {}): Promise<Pleroma> {
  const pleroma = await startPleroma({ users: ["bot", "zelie", "alice"], ...options });
  running.push(pleroma);
  return pleroma;
}

type Given = { readonly status: number; readonly body: unknown; readonly replayed: boolean };

async function call(
  pleroma: Pleroma,
  method: string,
  path: string,
  more: { readonly body?: object; readonly as?: string; readonly key?: string; readonly waitMs?: number } = {},
): Promise<Given> {
  const answer = await fetch(`${pleroma.url}${path}`, {
    method,
    headers: {
      authorization: `Bearer ${pleroma.user(more.as ?? "bot").token}`,
      ...(more.body === undefined ? {} : { "content-type": "application/json" }),
      ...(more.key === undefined ? {} : { "idempotency-key": more.key }),
    },
    ...(more.body === undefined ? {} : { body: JSON.stringify(more.body) }),
    signal: AbortSignal.timeout(more.waitMs ?? 5_000),
  });
  return {
    status: answer.status,
    body: JSON.parse(await answer.text()),
    replayed: answer.headers.get("idempotent-replayed") === "true",
  };
}

const say = (pleroma: Pleroma, text: string, more: { key?: string; as?: string; waitMs?: number } = {}) =>
  call(pleroma, "POST", "/api/v1/statuses", { ...more, body: { status: text, visibility: "unlisted" } });

const idOf = (given: Given) => (given.body as { id: string }).id;

describe("who is addressed", () => {
  test.each([
    ["@zelie hello", ["zelie"]],
    ["hello @zelie, and (@alice)", ["alice", "zelie"]],
    ["@zelie's and @alice.", ["alice", "zelie"]],
    ["@zelie: yes; @alice!", ["alice", "zelie"]],
    ["tank/web@alice and mail@zelie", []],
    ["@zelie/web", []],
    ['<@zelie> "@alice"', []],
    ["@zelie@127.0.0.1", []],
    ["@nobody", []],
  ])("%s", async (text, addressed) => {
    const pleroma = await start();
    expect(pleroma.say("bot", text, { visibility: "direct" }).addressed).toEqual(addressed);
  });

  test("by name and host, where the host is a real one", async () => {
    const pleroma = await start({ origin: "https://social.example.org" });
    pleroma.peer("zelie@peer.example.net", "https://peer.example.net/users/zelie");
    const text = "@zelie@social.example.org @zelie@peer.example.net @alice@elsewhere.example.org";
    const made = pleroma.say("bot", text, { visibility: "direct" });
    expect(made.addressed).toEqual(["zelie@peer.example.net", "zelie"]);
    expect(pleroma.user("zelie").apId).toBe("https://social.example.org/users/zelie");
  });

  test("a direct answer to a post that is not direct reaches whom it names alone; to a direct one, its author too", async () => {
    const pleroma = await start();
    const open = pleroma.say("zelie", "@bot help");
    const closed = pleroma.say("zelie", "@bot help", { visibility: "direct" });
    expect(pleroma.say("bot", "hello", { visibility: "direct", inReplyTo: open.id }).addressed).toEqual([]);
    expect(pleroma.say("bot", "hello", { visibility: "direct", inReplyTo: closed.id }).addressed).toEqual(["zelie"]);
    expect(pleroma.say("bot", "hello", { visibility: "unlisted", inReplyTo: open.id }).addressed).toEqual(["zelie"]);
  });

  test.each(["public", "unlisted", "private", "local"])("no %s answer to a direct post", async (visibility) => {
    const pleroma = await start();
    const closed = pleroma.say("zelie", "@bot help", { visibility: "direct" });
    const body = { status: "@zelie hello", visibility, in_reply_to_id: closed.id };
    const refused = await call(pleroma, "POST", "/api/v1/statuses", { body });
    expect(refused).toMatchObject({ status: 422, body: { error: "The message visibility must be direct" } });
    expect(pleroma.statuses({ by: "bot" })).toEqual([]);
  });

  test("what is direct or private is not there for others", async () => {
    const pleroma = await start();
    pleroma.follow("alice", "zelie");
    const closed = pleroma.say("zelie", "@bot help", { visibility: "direct" });
    const followers = pleroma.say("zelie", "for followers", { visibility: "private" });
    const seen = async (as: string, id: string) =>
      (await call(pleroma, "GET", `/api/v1/statuses/${id}`, { as })).status;
    expect([await seen("bot", closed.id), await seen("alice", closed.id)]).toEqual([200, 404]);
    expect([await seen("bot", followers.id), await seen("alice", followers.id)]).toEqual([404, 200]);
  });
});

describe("notifications", () => {
  type Listed = { readonly id: string; readonly type: string; readonly status: Record<string, unknown> }[];
  const listed = async (pleroma: Pleroma, query: string) =>
    (await call(pleroma, "GET", `/api/v1/notifications?${query}`)).body as Listed;

  test("after min_id the oldest come, after since_id the newest; each page newest first, forty at most", async () => {
    const pleroma = await start();
    for (let n = 1; n <= 100; n += 1) pleroma.say("zelie", `@bot ${n}`);
    const idsOf = async (query: string) => (await listed(pleroma, query)).map((one) => Number(one.id));
    expect(await idsOf("min_id=8&limit=3")).toEqual([11, 10, 9]);
    expect(await idsOf("since_id=8&limit=3")).toEqual([100, 99, 98]);
    expect(await idsOf("limit=80")).toHaveLength(40);
    expect(await idsOf("")).toHaveLength(20);
    expect(await idsOf("min_id=100")).toEqual([]);
  });

  test("one note that comes three times makes three, of one uri; an edit at its server shows in all of them", async () => {
    const pleroma = await start();
    const note = {
      acct: "mallory@peer.example.net",
      apId: "https://peer.example.net/users/mallory",
      html: "<p>hello</p>",
      visibility: "direct",
      uri: "https://peer.example.net/notes/1",
      createdAt: Date.parse("2020-01-01T00:00:00Z"),
      mentions: ["bot"],
    };
    const [first] = [pleroma.remote(note), pleroma.remote(note), pleroma.remote(note)];
    pleroma.edit(first.id, "<p>goodbye</p>");
    const all = await listed(pleroma, "");
    expect(all.map((one) => one.type)).toEqual(["mention", "mention", "mention"]);
    for (const { status } of all) {
      expect(status).toMatchObject({
        uri: note.uri,
        content: "<p>goodbye</p>",
        created_at: "2020-01-01T00:00:00.000Z",
      });
      expect(status.edited_at).not.toBeNull();
    }
  });

  test("an edit that newly mentions makes none; a deleted post takes its own away", async () => {
    const pleroma = await start();
    const quiet = pleroma.say("zelie", "hello");
    pleroma.edit(quiet.id, "@bot help");
    expect(await listed(pleroma, "")).toEqual([]);
    pleroma.delete(pleroma.say("zelie", "@bot help").id);
    expect(await listed(pleroma, "")).toEqual([]);
  });

  test("boosts and follows come as what they are", async () => {
    const pleroma = await start();
    const mine = pleroma.say("bot", "hello");
    pleroma.boost("zelie", mine.id);
    pleroma.favourite("zelie", mine.id);
    pleroma.follow("zelie", "bot");
    expect((await listed(pleroma, "")).map((one) => one.type)).toEqual(["follow", "favourite", "reblog"]);
    expect(await listed(pleroma, "types[]=mention")).toEqual([]);
    expect((await listed(pleroma, "exclude_types[]=follow")).map((one) => one.type)).toEqual(["favourite", "reblog"]);
  });
});

describe("limits and idempotency", () => {
  test("fifteen posts and deletions in ten seconds, for each user", async () => {
    let now = Date.parse("2026-11-25T00:00:00Z");
    const pleroma = await start({ now: () => now });
    const first = idOf(await say(pleroma, "0"));
    for (let n = 1; n < 14; n += 1) expect((await say(pleroma, `${n}`)).status).toBe(200);
    expect((await call(pleroma, "DELETE", `/api/v1/statuses/${first}`)).status).toBe(200);
    now += 9_999;
    expect(await say(pleroma, "too many")).toMatchObject({ status: 429, body: { error: "Throttled" } });
    expect((await say(pleroma, "another's", { as: "zelie" })).status).toBe(200);
    now += 1;
    expect((await say(pleroma, "again")).status).toBe(200);
    expect(pleroma.statuses({ by: "bot" })).toHaveLength(14);
  });

  test("a key keeps its answer for six hours, whoever asks", async () => {
    let now = Date.parse("2026-11-25T00:00:00Z");
    const pleroma = await start({ now: () => now });
    const first = idOf(await say(pleroma, "one", { key: "k" }));
    now += 6 * 3_600_000 - 1;
    const again = await say(pleroma, "another text", { key: "k", as: "zelie" });
    expect([idOf(again), again.replayed]).toEqual([first, true]);
    now += 1;
    expect(idOf(await say(pleroma, "one", { key: "k" }))).not.toBe(first);
    expect(pleroma.statuses().map((one) => one.text)).toEqual(["one", "one"]);
  });

  test("a key keeps a refusal too, for want of room or of words", async () => {
    let now = Date.parse("2026-11-25T00:00:00Z");
    const pleroma = await start({ now: () => now, limits: { posts: 1 } });
    expect((await say(pleroma, "one")).status).toBe(200);
    expect((await say(pleroma, "two", { key: "k" })).status).toBe(429);
    now += 60_000;
    expect(await say(pleroma, "two", { key: "k" })).toMatchObject({ status: 429, replayed: true });
    expect((await say(pleroma, "", { key: "l" })).status).toBe(422);
    now += 60_000;
    expect(await say(pleroma, "words", { key: "l" })).toMatchObject({ status: 422, replayed: true });
    expect((await say(pleroma, "two", { key: "m" })).status).toBe(200);
  });

  test("a server that starts anew has forgotten its keys and its limits, and nothing else", async () => {
    const pleroma = await start({ limits: { posts: 1 } });
    const first = idOf(await say(pleroma, "one", { key: "k" }));
    pleroma.restart();
    expect(idOf(await say(pleroma, "one", { key: "k" }))).not.toBe(first);
    expect(pleroma.statuses({ by: "bot" })).toHaveLength(2);
  });

  test("five thousand characters, as people count them, warning included", async () => {
    const pleroma = await start();
    const body = (status: string) => ({ body: { status, spoiler_text: "four", visibility: "public" } });
    expect((await call(pleroma, "POST", "/api/v1/statuses", body("🐧".repeat(4_996)))).status).toBe(200);
    expect((await call(pleroma, "POST", "/api/v1/statuses", body("🐧".repeat(4_997)))).status).toBe(422);
  });
});

describe("faults", () => {
  const effects: readonly [string, Fault, boolean][] = [
    ["hang", "hang", false],
    ["reset-before", "reset-before", false],
    ["reset-after", "reset-after", true],
    ["429", { status: 429, body: '{"error":"Throttled"}' }, false],
    ["500", { status: 500, body: "{}" }, false],
    ["HTML", { status: 200, body: "<html>", headers: { "content-type": "text/html" } }, false],
    ["403", { status: 403, body: '{"error":"Invalid credentials."}' }, false],
  ];

  test.each(effects)("%s, and whether it took effect", async (_, fault, effect) => {
    const pleroma = await start();
    pleroma.fault = ({ method, route, n }) =>
      method === "POST" && route === "/api/v1/statuses" && n === 2 ? fault : "pass";
    expect((await say(pleroma, "one")).status).toBe(200);
    const outcome = await say(pleroma, "two", { key: "k", waitMs: 300 }).then(
      ({ status }) => status,
      () => "no answer",
    );
    expect(outcome).toBe(typeof fault === "object" && fault.status !== 200 ? fault.status : "no answer");
    expect(pleroma.statuses({ by: "bot" }).map((one) => one.text)).toEqual(effect ? ["one", "two"] : ["one"]);
    // The key has the answer that was lost; where nothing happened it has none.
    expect((await say(pleroma, "two", { key: "k" })).replayed).toBe(effect);
    expect(pleroma.statuses({ by: "bot" })).toHaveLength(2);
  });

  test.each([
    ["a handshake that hangs", "hang" as const],
    ["one that is reset", "reset-before" as const],
    ["one that is refused", { status: 503, body: "" }],
  ])("%s", async (_, fault) => {
    const pleroma = await start();
    pleroma.fault = () => fault;
    const socket = open(pleroma, { stream: "user", access_token: pleroma.user("bot").token });
    const ends = new Promise<string>((resolve) => socket.on("error", ({ message }) => resolve(message)));
    const timeout = new Promise<string>((resolve) => setTimeout(() => resolve("nothing"), 300));
    expect(await Promise.race([ends, timeout])).toMatch(
      { hang: /^nothing$/u, other: /ECONNRESET|hang up|503/u }[fault === "hang" ? "hang" : "other"],
    );
    expect(pleroma.streams).toBe(0);
    socket.terminate();
  });

  test("every call is noted, its token never", async () => {
    const pleroma = await start();
    await say(pleroma, "one");
    (await listen(pleroma, "bot", "user")).close();
    expect(pleroma.calls.map(({ method, route }) => `${method} ${route}`)).toEqual([
      "POST /api/v1/statuses",
      "GET /api/v1/streaming",
    ]);
    expect(JSON.stringify(pleroma.calls)).not.toContain(pleroma.user("bot").token);
  });
});

describe("streams", () => {
  const opened = recordedEvents("011").filter((event) => ["open", "http"].includes(event.ev));
  const asRecorded = (label: string) => {
    const event = opened.find((one) => one.label === label);
    return event?.ev === "open" ? "open" : `${event?.status} ${event?.body}`;
  };

  test.each([
    ["bot-query", { stream: "user" }, "query"],
    ["bot-user:notification", { stream: "user:notification" }, "query"],
    ["bot-header", { stream: "user" }, "header"],
    ["bot-protocol", { stream: "user" }, "protocol"],
    ["bad-token", { stream: "user" }, "bad"],
    ["no-token", { stream: "user" }, "none"],
    ["bad-stream", { stream: "no-such-stream" }, "query"],
  ])("%s opens as recorded", async (label, query, how) => {
    const pleroma = await start();
    const { token } = pleroma.user("bot");
    const given = { query: { access_token: token }, bad: { access_token: "no-such-token" } }[how] ?? {};
    const socket = open(
      pleroma,
      { ...query, ...given },
      how === "protocol" ? [token] : [],
      how === "header" ? { authorization: `Bearer ${token}` } : {},
    );
    const outcome = await new Promise<string>((resolve) => {
      socket.on("open", () => resolve("open"));
      socket.on("unexpected-response", (_, answer) => {
        let body = "";
        answer.on("data", (chunk) => (body += String(chunk))).on("end", () => resolve(`${answer.statusCode} ${body}`));
      });
      socket.on("error", () => undefined);
    });
    expect(outcome).toBe(asRecorded(label));
    socket.terminate();
  });

  test.each([
    [1000, (pleroma: Pleroma) => pleroma.closeStreams(1000)],
    [1006, (pleroma: Pleroma) => pleroma.closeStreams(1006)],
    [1006, (pleroma: Pleroma) => pleroma.restart()],
    [recordedEvents("133").find((one) => one.ev === "close")?.code, (pleroma: Pleroma) => pleroma.revoke("bot")],
  ])("end with %s", async (code, end) => {
    const pleroma = await start();
    const socket = open(pleroma, { stream: "user", access_token: pleroma.user("bot").token });
    await new Promise((resolve) => socket.once("open", resolve));
    const closed = new Promise((resolve) => socket.once("close", resolve));
    end(pleroma);
    expect(await closed).toBe(code);
    await expect.poll(() => pleroma.streams).toBe(0);
  });

  test("ping, answer pings, and stop to answer where a test wants it", async () => {
    const pleroma = await start({ pingMs: 20 });
    const socket = open(pleroma, { stream: "user", access_token: pleroma.user("bot").token });
    await new Promise((resolve) => socket.once("ping", resolve));
    const ponged = () =>
      new Promise<string>((resolve) => {
        socket.once("pong", () => resolve("pong"));
        setTimeout(() => resolve("nothing"), 200);
        socket.ping();
      });
    expect(await ponged()).toBe("pong");
    pleroma.pongs = false;
    expect(await ponged()).toBe("nothing");
    socket.terminate();
  });

  test.each([
    [false, ["notification", "update"]],
    [true, ["update", "notification"]],
  ])("carry a mention twice, in either order", async (first, events) => {
    const pleroma = await start();
    pleroma.updateFirst = first;
    const [all, notes] = await Promise.all([
      listen(pleroma, "bot", "user"),
      listen(pleroma, "bot", "user:notification"),
    ]);
    pleroma.say("zelie", "@bot help");
    pleroma.frame("bot", '{"event":"odd","payload":"0"}');
    await Promise.all([all.caughtUp(), notes.caughtUp()]);
    expect(all.frames.map((frame) => frame.event)).toEqual([...events, "odd"]);
    expect(notes.frames.map((frame) => frame.event)).toEqual(["notification", "odd"]);
    all.close();
    notes.close();
  });
});

describe("a call that no recording covers", () => {
  const authorised = (pleroma: Pleroma) => ({ authorization: `Bearer ${pleroma.user("bot").token}` });
  const json = { "content-type": "application/json" };
  test.each<[string, string, RequestInit, string]>([
    ["a route", "/api/v1/timelines/public", {}, "GET /api/v1/timelines/public: no such route"],
    ["a method", "/api/v1/notifications", { method: "DELETE" }, "DELETE /api/v1/notifications: no such route"],
    ["a parameter", "/api/v1/notifications?max_id=7", {}, "GET /api/v1/notifications: parameter max_id as given"],
    ["a value", "/api/v1/notifications?limit=all", {}, "GET /api/v1/notifications: parameter limit as given"],
    [
      "a key of a body",
      "/api/v1/statuses",
      { method: "POST", headers: json, body: '{"status":"x","poll":{}}' },
      "POST /api/v1/statuses: key poll as given",
    ],
    [
      "a type of body",
      "/api/v1/statuses",
      { method: "POST", headers: { "content-type": "application/x-www-form-urlencoded" }, body: "status=x" },
      "POST /api/v1/statuses: a body of type application/x-www-form-urlencoded",
    ],
    [
      "a rendering",
      "/api/v1/statuses",
      { method: "POST", headers: json, body: '{"status":"x","content_type":"text/markdown"}' },
      "POST /api/v1/statuses: key content_type as given",
    ],
    [
      "a key for idempotency",
      "/api/v1/notifications",
      { headers: { "idempotency-key": "k" } },
      "GET /api/v1/notifications: an idempotency key",
    ],
  ])("%s", async (_, path, init, named) => {
    const pleroma = await startPleroma({ users: ["bot"] });
    const headers = { ...authorised(pleroma), ...(init.headers as object) };
    expect((await fetch(`${pleroma.url}${path}`, { ...init, headers })).status).toBe(501);
    await expect(pleroma.stop()).rejects.toThrow(named);
  });

  test("a stream", async () => {
    const pleroma = await startPleroma({ users: ["bot"] });
    const socket = open(pleroma, { stream: "public", access_token: pleroma.user("bot").token });
    await new Promise((resolve) => socket.on("error", resolve));
    await expect(pleroma.stop()).rejects.toThrow("GET /api/v1/streaming: stream public");
  });
});

function open(
  pleroma: Pleroma,
  query: Readonly<Record<string, string>>,
  protocols: string[] = [],
  headers: Readonly<Record<string, string>> = {},
): WebSocket {
  const url = `${pleroma.url.replace("http", "ws")}/api/v1/streaming?${new URLSearchParams(query)}`;
  return new WebSocket(url, protocols, { headers });
}
