/** Pictures in rooms of a real Synapse: shown behind their words, or with why they are missing; once, on a bad line too. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { createMatrixClient, type MatrixClient } from "../../../lab/matrix-client.ts";
import { labNeeds } from "../../../lab/needs.ts";
import { type Account, type Synapse, startSynapse } from "../../../lab/synapse.ts";
import type { Incoming, Outgoing } from "../../../src/chat/port.ts";
import { bytesOf, picture } from "../../rig/picture.ts";
import { type Fault, type FaultyProxy, startProxy } from "./proxy.ts";
import { answerTo, createMemory, createRig, type Rig, until } from "./rig.ts";

const lab = await labNeeds("synapse");
const one = picture(400, 400, { alt: "what web showed @room, 400 × 400 pixels" });

describe.skipIf(lab.missing)(lab.name("pictures on Synapse"), () => {
  let synapse: Synapse;
  let proxy: FaultyProxy;
  let zelie: MatrixClient;
  let bot: Account;
  let room: string;
  let rig: Rig;
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
    await proxy?.close();
    await synapse?.stop();
  });

  /** A bot in a one-to-one room that was asked for a screen there. */
  async function asked(): Promise<Incoming> {
    bot = await synapse.register(`manchot${++number}`);
    room = await zelie.createRoom({ invite: [bot.userId] });
    const timing = { longPollMs: 2000, requestMs: 3000, startMs: 10_000 };
    const account = { homeserver: proxy.url, accessToken: bot.accessToken, inviters: [zelie.userId] };
    const fresh = createRig({ ...account, memory: createMemory(), timing });
    rig = fresh;
    await fresh.start();
    await until(async () => (await zelie.members(room)).includes(bot.userId));
    await zelie.say(room, "vm screenshot web");
    await until(() => rig.inbox.length === 1);
    const [message] = rig.inbox;
    if (message === undefined) throw new Error("nothing");
    return message;
  }
  const shown = (message: Incoming, more: Partial<Outgoing> = {}): Outgoing =>
    answerTo(message, "", {
      answer: { tone: "facts", blocks: [{ kind: "text", text: "The screen of web." }], picture: one },
      language: "en",
      ...more,
    });
  const said = async () => (await zelie.said(room, bot.userId)).map((event) => event.content);
  const isUpload = (method: string, path: string): boolean => method === "POST" && path.includes("/media/");
  const isSend = (method: string, path: string): boolean => method === "PUT" && path.includes("/send/");
  const uploads = (): number => proxy.seen.filter((line) => line.includes("/upload")).length;

  test("a picture stands in the thread behind its words, with all that clients want to know, and calls nobody", async () => {
    const message = await asked();
    const sent = await rig.adapter.send(shown(message));
    const events = await zelie.said(room, bot.userId);
    expect(sent).toEqual({ kind: "sent", eventId: events[0]?.event_id });
    const [words, shows] = events.map((event) => event.content);
    expect(words).toMatchObject({ body: "The screen of web.", "m.mentions": { user_ids: [zelie.userId] } });
    expect(shows).toEqual({
      msgtype: "m.image",
      body: "what web showed @\u200broom, 400 × 400 pixels",
      filename: one.name,
      url: expect.stringMatching(/^mxc:\/\/lab\.localhost\//),
      info: { mimetype: "image/png", size: bytesOf(one).length, w: 400, h: 400 },
      "m.mentions": {},
      "m.relates_to": {
        rel_type: "m.thread",
        event_id: message.venue.thread,
        is_falling_back: true,
        "m.in_reply_to": { event_id: message.eventId },
      },
    });
    expect(await zelie.download(String(shows?.url))).toEqual({ type: "image/png", bytes: bytesOf(one) });
  });

  const refusals: readonly (readonly [string, Fault, RegExp])[] = [
    ["too large", { status: 413, body: '{"errcode":"M_TOO_LARGE","error":"no"}' }, /no file of that size/],
    ["too large for a proxy", { status: 413, body: "<html></html>" }, /no file of that size/],
    ["not known", { status: 404, body: '{"errcode":"M_UNRECOGNIZED","error":"no"}' }, /takes no pictures/],
    ["not known to a proxy", { status: 404, body: "<html></html>" }, /takes no pictures/],
    ["forbidden", { status: 403, body: '{"errcode":"M_FORBIDDEN","error":"no"}' }, /status 403/],
  ];
  test.each(refusals)("one that is %s leaves its words, and why it is missing", async (_, fault, why) => {
    const message = await asked();
    proxy.fault = (method, path) => (isUpload(method, path) ? fault : "pass");
    expect((await rig.adapter.send(shown(message))).kind).toBe("sent");
    const contents = await said();
    expect(contents.map(({ msgtype }) => msgtype)).toEqual(["m.notice", "m.notice"]);
    expect(contents[0]?.body).toBe("The screen of web.");
    expect(contents[1]?.body).toMatch(/^The picture is missing here/);
    expect(contents[1]?.body).toMatch(why);
    expect(contents[1]?.["m.relates_to"]?.event_id).toBe(message.venue.thread);
  });

  test("one that Synapse itself finds too large is told so", async () => {
    const message = await asked();
    await synapse.restart({ uploadBytes: 1000 });
    await until(async () => (await rig.adapter.send(shown(message))).kind === "sent");
    expect((await said()).map(({ body }) => body)).toEqual([
      "The screen of web.",
      expect.stringContaining("no file of that size"),
    ]);
    await synapse.restart({});
  });

  test.each<[string, Fault]>([
    ["hangs", "hang"],
    ["is cut after it took effect", "reset"],
    ["is answered by a proxy's page", { status: 502, body: "<html></html>" }],
    ["fails", { status: 500, body: '{"errcode":"M_UNKNOWN","error":"no"}' }],
    ["has a strange answer", { status: 200, body: '{"content_uri":"https://elsewhere"}' }],
    ["is limited", { status: 429, body: '{"errcode":"M_LIMIT_EXCEEDED","error":"no","retry_after_ms":1}' }],
  ])("one whose upload %s is tried again, and left out in the end; the words are said once", async (_, fault) => {
    const message = await asked();
    proxy.fault = (method, path) => (isUpload(method, path) ? fault : "pass");
    const first = await rig.adapter.send(shown(message, { key: "one" }));
    expect(first).toMatchObject({ kind: "retry", parts: [expect.stringMatching(/^\$/)] });
    expect(first.kind === "retry" && first.afterMs).toBeGreaterThanOrEqual(10_000);
    const last = await rig.adapter.send(shown(message, { key: "one", again: true, tries: 3 }));
    expect(last.kind).toBe("sent");
    expect((await said()).map(({ body }) => body)).toEqual([
      "The screen of web.",
      expect.stringContaining("could not be handed"),
    ]);
  });

  test("the event whose answer never came is made once, with another upload of the same file", async () => {
    const message = await asked();
    const post = shown(message);
    let sends = 0;
    proxy.fault = (method, path) => (isSend(method, path) && ++sends === 2 ? "reset" : "pass");
    const before = uploads();
    const first = await rig.adapter.send(post);
    expect(first).toMatchObject({ kind: "unknown", parts: [expect.stringMatching(/^\$/)] });
    // As after a crash: nothing is known of any part.
    expect((await rig.adapter.send({ ...post, again: true })).kind).toBe("sent");
    expect(uploads() - before).toBe(2);
    expect((await said()).map(({ msgtype }) => msgtype)).toEqual(["m.notice", "m.image"]);
    // Nor does it become the words for a missing one, where that is what the second try comes to.
    proxy.fault = (method, path) => (isUpload(method, path) ? { status: 413, body: "" } : "pass");
    expect((await rig.adapter.send({ ...post, again: true })).kind).toBe("sent");
    expect((await said()).length).toBe(2);
  });

  test("an encrypted room gets it encrypted, as does one that became encrypted during the upload", async () => {
    const message = await asked();
    const secret = await zelie.createRoom({ invite: [bot.userId], encrypted: true });
    await until(async () => (await zelie.members(secret)).includes(bot.userId));
    const talk = await zelie.say(secret, "bonjour", { msgtype: "m.notice" });
    const there = { venue: { ...message.venue, place: secret, thread: talk }, inReplyTo: talk };
    expect(await rig.adapter.send(shown(message, there))).toMatchObject({ kind: "sent" });
    const types = async (where: string) =>
      (await zelie.events(where))
        .filter(({ sender, state_key }) => sender === bot.userId && state_key === undefined)
        .map(({ type }) => type);
    expect(await types(secret)).toEqual(["m.room.encrypted", "m.room.encrypted"]);

    // The room is encrypted before the upload is answered: that file is shown to nobody, another is handed over.
    proxy.before = async (method, path) => {
      if (!isUpload(method, path)) return;
      const state = `/rooms/${encodeURIComponent(room)}/state/m.room.encryption/`;
      await zelie.call("PUT", state, { algorithm: "m.megolm.v1.aes-sha2" });
    };
    const before = uploads();
    const post = shown(message);
    const first = await rig.adapter.send(post);
    expect(first).toMatchObject({ kind: "retry", parts: [expect.any(String)] });
    delete proxy.before;
    const parts = first.kind === "retry" ? (first.parts ?? []) : [];
    expect(await rig.adapter.send({ ...post, parts, again: true })).toMatchObject({ kind: "sent" });
    expect(uploads() - before).toBe(2);
    expect((await said()).filter(({ msgtype }) => msgtype === "m.image")).toEqual([]);
    expect((await types(room)).at(-1)).toBe("m.room.encrypted");
  });

  test("a picture for one person alone is withheld where somebody came in during the upload", async () => {
    const message = await asked();
    expect(message.venue.direct).toBe(true);
    const mallory = await synapse.register(`mallory${number}`);
    // The invitation is in the room before the upload is answered.
    proxy.before = async (method, path) => {
      if (isUpload(method, path)) await zelie.invite(room, mallory.userId);
    };
    expect((await rig.adapter.send(shown(message))).kind).toBe("sent");
    delete proxy.before;
    const contents = await said();
    expect(contents.map(({ msgtype }) => msgtype)).toEqual(["m.notice", "m.notice"]);
    expect(contents[1]?.body).not.toContain("screen");
  });
});
