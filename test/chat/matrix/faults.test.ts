/** The adapter on a bad line: what is lost, doubled or said where it must not be when requests fail in every way they can. */
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { createMatrixClient, type MatrixClient } from "../../../lab/matrix-client.ts";
import { labNeeds } from "../../../lab/needs.ts";
import { type Account, type Synapse, startSynapse } from "../../../lab/synapse.ts";
import type { Incoming } from "../../../src/chat/port.ts";
import { startProgram } from "../../rig/process.ts";
import { type Fault, type FaultyProxy, startProxy } from "./proxy.ts";
import { answerTo, createMemory, createRig, type Rig, until } from "./rig.ts";

const lab = await labNeeds("synapse");
const html500: Fault = { status: 500, body: "<html><h1>Internal Server Error</h1></html>" };
const json500: Fault = { status: 500, body: '{"errcode":"M_UNKNOWN","error":"injected"}' };

describe.skipIf(lab.missing)(lab.name("Matrix on a bad line"), () => {
  let synapse: Synapse;
  let proxy: FaultyProxy;
  let zelie: MatrixClient;
  let bot: Account;
  let room: string;
  let rig: Rig;
  let memory = createMemory();
  let number = 0;

  beforeAll(async () => {
    synapse = await startSynapse();
    proxy = await startProxy(synapse.url);
    zelie = createMatrixClient(synapse.url, await synapse.register("zelie"));
  });
  afterEach(async () => {
    proxy.fault = () => "pass";
    await rig.adapter.stop();
  });
  afterAll(async () => {
    await proxy.close();
    await synapse.stop();
  });

  const timing = { longPollMs: 2000, requestMs: 1000, startMs: 10_000 };
  const newRig = () =>
    createRig({ homeserver: proxy.url, accessToken: bot.accessToken, inviters: [zelie.userId], memory, timing });

  /** A bot that listens, in a one-to-one room, and has had one message. */
  async function listening(): Promise<Incoming> {
    bot = await synapse.register(`manchot${++number}`);
    memory = createMemory();
    room = await zelie.createRoom({ invite: [bot.userId] });
    const fresh = newRig();
    rig = fresh;
    await fresh.start();
    await until(async () => (await zelie.members(room)).includes(bot.userId));
    await zelie.say(room, "first");
    await until(() => rig.inbox.length === 1);
    const [message] = rig.inbox;
    if (message === undefined) throw new Error("nothing");
    return message;
  }
  const said = async () => (await zelie.said(room, bot.userId)).map((event) => event.content.body);
  const isSend = (method: string, path: string): boolean => method === "PUT" && path.includes("/send/");

  test("a sync that hangs, is cut after it was taken, or is answered by a proxy's page: nothing is lost or doubled", async () => {
    await listening();
    const faults: Fault[] = [
      "hang",
      "reset",
      html500,
      json500,
      { status: 502, body: "" },
      { status: 200, body: "<html>" },
      { status: 200, body: "null" },
      { status: 200, body: '{"next_batch":7}' },
    ];
    let n = 0;
    proxy.fault = (_method, path) => {
      // Every second one goes through, so that the waits between tries stay short.
      if (!path.includes("/sync") || n++ % 2 === 1) return "pass";
      return faults[(n - 1) / 2] ?? "pass";
    };
    for (let k = 0; k < 12; k++) {
      await zelie.say(room, `command ${k}`);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    await until(() => n > 2 * faults.length && rig.inbox.length >= 13, 40_000);
    expect(rig.texts()).toEqual(["first", ...Array.from({ length: 12 }, (_, k) => `command ${k}`)]);
  });

  test("the homeserver is killed and comes back: nothing is lost", async () => {
    await listening();
    await synapse.kill();
    await new Promise((resolve) => setTimeout(resolve, 500));
    await synapse.restart();
    await zelie.say(room, "after its return");
    await until(() => rig.inbox.length === 2, 40_000);
    expect(rig.texts()).toEqual(["first", "after its return"]);
  });

  test("the older events that a gap hides are asked for until they come", async () => {
    await listening();
    await rig.adapter.stop();
    for (let k = 0; k < 105; k++) await zelie.say(room, `gap ${k}`);
    let fails = 0;
    proxy.fault = (_method, path) => (path.includes("/messages") && fails++ < 2 ? json500 : "pass");
    const next = newRig();
    rig = next;
    await next.start();
    await until(() => rig.inbox.length >= 105, 40_000);
    expect(fails).toBeGreaterThan(2);
    expect([...rig.texts()].sort()).toEqual(Array.from({ length: 105 }, (_, k) => `gap ${k}`).sort());
  });

  test("a post whose answer never came is not known to be made, and made once under the same key", async () => {
    const message = await listening();
    const faults: Fault[] = [
      "reset",
      "hang",
      html500,
      json500,
      { status: 404, body: "<html>" },
      { status: 200, body: "{}" },
    ];
    for (const [n, fault] of faults.entries()) {
      const post = answerTo(message, `answer ${n}`);
      proxy.fault = (method, path) => (isSend(method, path) ? fault : "pass");
      expect(await rig.adapter.send(post)).toMatchObject({ kind: "unknown" });
      proxy.fault = () => "pass";
      expect(await rig.adapter.send(post)).toMatchObject({ kind: "sent" });
    }
    expect(await said()).toEqual(faults.map((_, n) => `answer ${n}`));
  });

  test("a long answer whose middle part is refused goes on there, and is not said again from its start", async () => {
    const message = await listening();
    const lines = Array.from({ length: 800 }, (_, n) => `${n} ${"é".repeat(99)}`);
    const post = answerTo(message, lines.join("\n"));
    let sends = 0;
    proxy.fault = (method, path) =>
      isSend(method, path) && ++sends === 2 ? { status: 413, body: '{"errcode":"M_TOO_LARGE","error":"no"}' } : "pass";
    const refused = await rig.adapter.send(post);
    expect(refused).toMatchObject({ kind: "rejected", parts: [expect.stringMatching(/^\$/)] });
    if (refused.kind === "sent" || refused.parts === undefined) throw new Error("compared above");
    const { parts } = refused;
    expect(await rig.adapter.send({ ...post, key: "another", parts })).toEqual({ kind: "sent", eventId: parts[0] });
    expect((await said()).join("\n").split("\n")).toEqual(lines);
  });

  test("limits are honoured: as the homeserver says it, and as a proxy says it", async () => {
    const message = await listening();
    const answers: [Fault, object][] = [
      [
        { status: 429, body: '{"errcode":"M_LIMIT_EXCEEDED","error":"slow","retry_after_ms":1234}' },
        { kind: "retry", afterMs: 1234 },
      ],
      [
        { status: 429, body: "<html>", headers: { "retry-after": "3" } },
        { kind: "retry", afterMs: 3000 },
      ],
      [{ status: 401, body: '{"errcode":"M_UNKNOWN_TOKEN","error":"who"}' }, { kind: "retry" }],
      [
        { status: 403, body: '{"errcode":"M_FORBIDDEN","error":"no"}' },
        { kind: "rejected", why: expect.stringContaining("M_FORBIDDEN") },
      ],
      [{ status: 413, body: '{"errcode":"M_TOO_LARGE","error":"no"}' }, { kind: "rejected" }],
    ];
    for (const [fault, expected] of answers) {
      proxy.fault = (method, path) => (isSend(method, path) ? fault : "pass");
      expect(await rig.adapter.send(answerTo(message, "never"))).toMatchObject(expected);
    }
    expect(await said()).toEqual([]);
    let syncs = 0;
    proxy.fault = (_method, path) =>
      path.includes("/sync") && syncs++ === 0
        ? { status: 429, body: '{"errcode":"M_LIMIT_EXCEEDED","error":"slow","retry_after_ms":1500}' }
        : "pass";
    await until(() => syncs === 1);
    const begun = performance.now();
    await until(() => syncs === 2);
    expect(performance.now() - begun).toBeGreaterThan(1400);
  });

  test("Synapse's own limit: what it refuses is sent when it says, once", async () => {
    const message = await listening();
    await synapse.restart({ messages: { perSecond: 2, burst: 2 } });
    const posts = Array.from({ length: 6 }, (_, n) => answerTo(message, `answer ${n}`));
    let limited = 0;
    for (const post of posts) {
      for (;;) {
        const delivery = await rig.adapter.send(post);
        if (delivery.kind === "sent") break;
        if (delivery.kind !== "retry") continue;
        limited++;
        expect(delivery.afterMs).toBeGreaterThan(0);
        await new Promise((resolve) => setTimeout(resolve, delivery.afterMs));
      }
    }
    expect(limited).toBeGreaterThan(0);
    expect(await said()).toEqual(posts.map((_, n) => `answer ${n}`));
    await synapse.restart({});
  });

  test("where it cannot be known whether a room is encrypted, nothing is run and nothing is said until it is", async () => {
    const message = await listening();
    await rig.adapter.stop();
    proxy.fault = (_method, path) => (path.includes("/state/m.room.encryption") ? json500 : "pass");
    const unsure = newRig();
    rig = unsure;
    await unsure.start();
    await zelie.say(room, "in clear");
    await until(() => rig.log.filter((line) => line.includes("not taken")).length >= 2);
    expect(rig.inbox).toEqual([]);
    expect(await rig.adapter.send(answerTo(message, "answer"))).toMatchObject({ kind: "retry" });
    proxy.fault = () => "pass";
    await until(() => rig.inbox.length > 0);
    expect(rig.texts()).toEqual(["in clear"]);

    await zelie.call("PUT", `/rooms/${encodeURIComponent(room)}/state/m.room.encryption/`, {
      algorithm: "m.megolm.v1.aes-sha2",
    });
    await until(() => memory.read(`encrypted:${room}`) !== undefined);
    await rig.adapter.stop();
    // As if it had never heard of it: only the question would tell, and has no answer.
    memory.kept.delete(`encrypted:${room}`);
    proxy.fault = (_method, path) => (path.includes("/state/m.room.encryption") ? json500 : "pass");
    const forgetful = newRig();
    rig = forgetful;
    await forgetful.start();
    await zelie.say(room, "command");
    await until(() => rig.log.filter((line) => line.includes("not taken")).length >= 2);
    expect(await rig.adapter.send(answerTo(message, "secret"))).toMatchObject({ kind: "retry" });
    proxy.fault = () => "pass";
    const told = (event: { sender: string; type: string }) =>
      event.sender === bot.userId && event.type === "m.room.encrypted";
    await zelie.waitFor(room, told);
    expect(rig.inbox).toEqual([]);
    expect(await said()).toEqual([]);
  });

  test("a join that fails is tried again, also by the next run", async () => {
    await listening();
    let tries = 0;
    proxy.fault = (method, path) => {
      if (method !== "POST" || !path.includes("/join/")) return "pass";
      tries++;
      return json500;
    };
    const other = await zelie.createRoom({ invite: [bot.userId] });
    await until(() => tries >= 2);
    await rig.adapter.stop();
    proxy.fault = () => "pass";
    const next = newRig();
    rig = next;
    await next.start();
    await until(async () => (await zelie.members(other)).includes(bot.userId));
  });

  test("a start waits for a homeserver that is not there yet, and says the mend where it never comes", async () => {
    await listening();
    await rig.adapter.stop();
    let asked = 0;
    proxy.fault = () => (asked++ < 3 ? { status: 502, body: "<html>" } : "pass");
    const patient = newRig();
    rig = patient;
    await patient.start();
    expect(asked).toBeGreaterThan(3);
    proxy.fault = () => ({ status: 404, body: "<html>" });
    const never = createRig({
      homeserver: proxy.url,
      accessToken: bot.accessToken,
      inviters: [],
      memory,
      timing: { startMs: 500 },
    });
    await expect(never.start()).rejects.toThrow(/does not answer as a homeserver.*To resolve.*matrix\.homeserver/);
    await never.adapter.stop();
  });

  test("stops at once while the homeserver hangs, and while a post is under way", async () => {
    const message = await listening();
    proxy.fault = () => "hang";
    const delivery = rig.adapter.send(answerTo(message, "never"));
    await new Promise((resolve) => setTimeout(resolve, 100));
    const begun = performance.now();
    await rig.adapter.stop();
    expect(performance.now() - begun).toBeLessThan(400);
    expect(await delivery).toMatchObject({ kind: expect.stringMatching(/unknown|retry/) });
  });

  test("the token stands in no line of the log, whatever a homeserver echoes", async () => {
    const message = await listening();
    proxy.fault = (method, path) =>
      isSend(method, path) || path.includes("/sync")
        ? { status: 403, body: JSON.stringify({ errcode: "M_FORBIDDEN", error: `bad token ${bot.accessToken}` }) }
        : "pass";
    const delivery = await rig.adapter.send(answerTo(message, "never"));
    await until(() => rig.log.some((line) => line.includes("bad token")));
    expect(JSON.stringify([delivery, rig.log])).not.toContain(bot.accessToken);
  });

  test("killed by SIGKILL between an event and its token, it gets the same event again, with the same id", async () => {
    await listening();
    await rig.adapter.stop();
    const folder = memory.read(`since:${bot.userId}`);
    const child = fileURLToPath(new URL("./child.ts", import.meta.url));
    const env = {
      HOMESERVER: synapse.url,
      TOKEN: bot.accessToken,
      SINCE_KEY: `since:${bot.userId}`,
      SINCE: folder ?? "",
      STORE: memory.encryption.file,
    };
    const eventId = await zelie.say(room, "once and again");
    const seen: string[] = [];
    for (let run = 0; run < 2; run++) {
      const program = startProgram([process.execPath, child], env);
      seen.push(await program.line(/^accepted /));
      await program.kill();
      expect(program.lines.filter((line) => line.startsWith("kept "))).toEqual([]);
    }
    expect(seen).toEqual([`accepted ${eventId}`, `accepted ${eventId}`]);
  });
});
