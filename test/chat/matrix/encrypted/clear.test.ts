/** Nothing in clear: what stands in an encrypted room in clear is no command, and the bot puts nothing there in clear, whatever fails. */
import { beforeEach, describe, expect, test } from "vitest";
import type { EncryptedPeer } from "../../../../lab/encrypted-peer.ts";
import type { Outgoing } from "../../../../src/chat/port.ts";
import { picture } from "../../../rig/picture.ts";
import type { Fault } from "../proxy.ts";
import { answerTo, type Rig, until } from "../rig.ts";
import { clearOf, command, type EncryptedBot, roomWith } from "./bot.ts";
import { cast, lab, makeBot, proxy } from "./stage.ts";

const timing = { longPollMs: 1000, requestMs: 1500, startMs: 20_000, tellMs: 1000 };
const json500: Fault = { status: 500, body: '{"errcode":"M_UNKNOWN","error":"injected"}' };
const html502: Fault = { status: 502, body: "<html><h1>Bad Gateway</h1></html>" };
const json404: Fault = { status: 404, body: '{"errcode":"M_NOT_FOUND","error":"injected"}' };
const json429: Fault = { status: 429, body: '{"errcode":"M_LIMIT_EXCEEDED","error":"slow","retry_after_ms":300}' };

describe.skipIf(lab.missing)(lab.name("what is clear in an encrypted room"), () => {
  let zelie: EncryptedPeer;
  let bot: EncryptedBot;
  let rig: Rig;
  let room: string;

  beforeEach(async () => {
    zelie = await cast.person("zelie");
    bot = await makeBot(zelie.userId);
    rig = await bot.run({ timing });
    room = await roomWith(bot, zelie);
  });

  test("what is said in clear is no command, and the encrypted one after it is", async () => {
    const words = `${bot.handle} vm stop web`;
    await zelie.sendClear(room, words);
    // As if it were encrypted: a server that forges can write whatever it likes.
    await zelie.plain.send(room, "m.room.encrypted", {
      msgtype: "m.text",
      body: words,
      algorithm: "m.megolm.v1.aes-sha2",
    });
    await zelie.plain.send(room, "m.room.encrypted", { algorithm: "m.olm.v1.curve25519-aes-sha2", ciphertext: {} });
    await zelie.plain.send(room, "m.room.encrypted", {});
    const first = await command(zelie, room, bot, rig, "help");
    await zelie.sendClear(room, words, { "m.relates_to": { rel_type: "m.thread", event_id: first.eventId } });
    await command(zelie, room, bot, rig, "whoami");
    expect(rig.texts()).toEqual(["help", "whoami"]);
    expect(await clearOf(zelie, room, bot)).toEqual([]);
  });

  test("edits, reactions, notices and others' words are no commands, clear or encrypted; nor is an event that is sent again", async () => {
    const words = `${bot.handle} vm stop web`;
    const first = await command(zelie, room, bot, rig, "help");
    const edited = {
      "m.new_content": { msgtype: "m.text", body: words },
      "m.relates_to": { rel_type: "m.replace", event_id: first.eventId },
    };
    const reaction = { "m.relates_to": { rel_type: "m.annotation", event_id: first.eventId, key: words } };
    await zelie.edit(room, first.eventId, words);
    await zelie.sendClear(room, `* ${words}`, edited);
    await zelie.react(room, first.eventId, words);
    await zelie.send(room, "m.reaction", reaction);
    await zelie.send(room, "m.room.message", { msgtype: "m.notice", body: words });
    await zelie.send(room, "m.room.message", { msgtype: "m.emote", body: words });
    await zelie.send(room, "m.room.topic", { topic: words });
    await zelie.send(room, "org.example.command", { msgtype: "m.text", body: words });
    await zelie.send(room, "m.room.message", { body: words });
    // The relation stands outside, where whoever runs the server can change it; inside it says otherwise.
    const { content } = (await zelie.plain.events(room)).find(({ event_id }) => event_id === first.eventId) ?? {};
    // The same ciphertext under another event id: a replay.
    await zelie.plain.send(room, "m.room.encrypted", content);
    await command(zelie, room, bot, rig, "whoami");
    expect(rig.texts()).toEqual(["help", "whoami"]);
    expect(await clearOf(zelie, room, bot)).toEqual([]);
  });

  test("what was encrypted for another room is none of this one's", async () => {
    const other = await roomWith(bot, zelie);
    await command(zelie, room, bot, rig, "help");
    const there = await command(zelie, other, bot, rig, "whoami");
    const { content } = (await zelie.plain.events(other)).find(({ event_id }) => event_id === there.eventId) ?? {};
    await zelie.plain.send(room, "m.room.encrypted", content);
    await command(zelie, room, bot, rig, "jobs");
    expect(rig.texts()).toEqual(["help", "whoami", "jobs"]);
  });

  test("what one person encrypted is not another's word", async () => {
    const mallory = await cast.person("mallory");
    const shared = await roomWith(bot, zelie, mallory);
    const hers = await command(zelie, shared, bot, rig, "help");
    const { content } = (await zelie.plain.events(shared)).find(({ event_id }) => event_id === hers.eventId) ?? {};
    await mallory.plain.send(shared, "m.room.encrypted", content);
    await command(zelie, shared, bot, rig, "jobs");
    expect(rig.texts()).toEqual(["help", "jobs"]);
  });

  /** Tries until it is sent, and asks that it is seen exactly once. */
  async function sendsOnce(post: Outgoing, words: string, readers: readonly EncryptedPeer[]): Promise<void> {
    await until(async () => (await rig.adapter.send({ ...post, again: true })).kind === "sent");
    expect((await rig.adapter.send({ ...post, again: true })).kind).toBe("sent");
    for (const reader of readers) {
      await reader.waitFor(room, ({ sender, body }) => sender === bot.user && body === words);
      const said = (await reader.said(room, bot.user)).filter(({ body }) => body === words);
      expect(said.map(({ shield }) => shield)).toEqual(["none"]);
    }
    expect(await clearOf(zelie, room, bot)).toEqual([]);
  }

  test.each<[string, Fault]>([
    ["fails", json500],
    ["is a proxy's page", html502],
    ["is that there is none", json404],
    ["hangs", "hang"],
  ])(
    "where the answer on the room's encryption %s, nothing goes out in clear, in a run that knew and in one that did not",
    async (_, fault) => {
      const message = await command(zelie, room, bot, rig, "help");
      const about = (_method: string, path: string): Fault =>
        path.includes("/state/m.room.encryption") ? fault : "pass";
      proxy.fault = about;
      const known = answerTo(message, "known", { key: "known" });
      expect((await rig.adapter.send(known)).kind).not.toBe("rejected");
      expect(await clearOf(zelie, room, bot)).toEqual([]);

      // A run that has forgotten what it knew of rooms, besides how far it has read.
      await rig.adapter.stop();
      for (const key of bot.memory.kept.keys()) if (!key.startsWith("since:")) bot.memory.kept.delete(key);
      rig = await bot.run({ timing });
      const unknown = answerTo(message, "unknown", { key: "unknown" });
      expect((await rig.adapter.send(unknown)).kind).not.toBe("rejected");
      expect(await clearOf(zelie, room, bot)).toEqual([]);
      proxy.fault = () => "pass";
      await sendsOnce(known, "known", [zelie]);
      await sendsOnce(unknown, "unknown", [zelie]);
    },
  );

  test("where the room's encryption is said to be nothing that is known, the answer is rejected, and not said in clear", async () => {
    const message = await command(zelie, room, bot, rig, "help");
    proxy.fault = (_method, path) => (path.includes("/state/m.room.encryption") ? { status: 200, body: "{}" } : "pass");
    expect((await rig.adapter.send(answerTo(message, "x"))).kind).toBe("rejected");
    expect(await zelie.said(room, bot.user)).toEqual([]);
    expect(await clearOf(zelie, room, bot)).toEqual([]);
  });

  test("a room that becomes encrypted has nothing in clear from then on", async () => {
    const later = await zelie.createRoom({ invite: [bot.user], encrypted: false });
    await until(async () => (await zelie.members(later)).includes(bot.user));
    await zelie.sendClear(later, `${bot.handle} help`);
    await until(() => rig.inbox.length === 1);
    const [message] = rig.inbox;
    if (message === undefined) throw new Error("it was there");
    expect(message.venue.encrypted).toBe(false);
    await zelie.plain.call("PUT", `/rooms/${encodeURIComponent(later)}/state/m.room.encryption/`, {
      algorithm: "m.megolm.v1.aes-sha2",
    });
    // At once, before the bot can have heard of it.
    await rig.adapter.send(answerTo(message, "answer", { key: "later" }));
    expect(await clearOf(zelie, later, bot)).toEqual([]);
    await command(zelie, later, bot, rig, "whoami");
    expect(await clearOf(zelie, later, bot)).toEqual([]);
    // Nor when the homeserver denies it afterwards, and the question was asked in clear; nor in a later run.
    proxy.fault = (_method, path) => (path.includes("/state/m.room.encryption") ? json404 : "pass");
    await rig.adapter.send(answerTo(message, "denied", { key: "denied" }));
    await rig.adapter.stop();
    rig = await bot.run({ timing });
    await rig.adapter.send(answerTo(message, "denied again", { key: "again" }));
    expect(await clearOf(zelie, later, bot)).toEqual([]);
  });

  test("a room whose algorithm nobody knows gets nothing, and no clear text either", async () => {
    const strange = await zelie.createRoom({ invite: [bot.user], encrypted: false });
    await until(async () => (await zelie.members(strange)).includes(bot.user));
    const message = await command(zelie, room, bot, rig, "help");
    await zelie.plain.call("PUT", `/rooms/${encodeURIComponent(strange)}/state/m.room.encryption/`, {
      algorithm: "org.example.rot13",
    });
    const sent = await rig.adapter.send(
      answerTo(message, "x", { venue: { ...message.venue, place: strange, direct: false } }),
    );
    expect(sent.kind).not.toBe("unknown");
    expect(await clearOf(zelie, strange, bot)).toEqual([]);
  });

  const needed: readonly string[] = ["/keys/query", "/keys/claim", "/sendToDevice/"];
  const faults: readonly (readonly [string, Fault])[] = [
    ["fails", json500],
    ["is a proxy's page", html502],
    ["hangs", "hang"],
    ["is cut after it took effect", "reset"],
    ["is limited", json429],
  ];
  test.each(needed.flatMap((path) => faults.map(([how, fault]) => [path, how, fault] as const)))(
    "where %s %s, nothing goes out until it works, then it is sent once, and readable for all",
    async (path, _how, fault) => {
      const message = await command(zelie, room, bot, rig, "help");
      // Somebody new: the bot has to learn of the devices, to claim a key, and to hand one over.
      const omar = await cast.person("omar");
      proxy.fault = (_method, asked) => (asked.includes(path) ? fault : "pass");
      await zelie.invite(room, omar.userId);
      await omar.join(room);
      const before = proxy.seen.length;
      // Not for one person alone: that would be withheld now.
      const post = answerTo(message, "after the join", { key: "one", venue: { ...message.venue, direct: false } });
      expect((await rig.adapter.send(post)).kind).toMatch(/^(retry|unknown)$/);
      expect(proxy.seen.slice(before).some((line) => line.includes(path))).toBe(true);
      const said = await zelie.said(room, bot.user);
      expect(said).toEqual([]);
      proxy.fault = () => "pass";
      await sendsOnce(post, "after the join", [zelie, omar]);
    },
    90_000,
  );

  test.each<[string, Fault]>([
    ["is cut after it took effect", "reset"],
    ["hangs", "hang"],
    ["fails", json500],
  ])("where the event's own request %s, it is made once under its key, and read", async (_, fault) => {
    const message = await command(zelie, room, bot, rig, "help");
    const post = answerTo(message, "once", { key: "once" });
    proxy.fault = (method, path) => (method === "PUT" && path.includes("/send/") ? fault : "pass");
    expect((await rig.adapter.send(post)).kind).toBe("unknown");
    proxy.fault = () => "pass";
    await sendsOnce(post, "once", [zelie]);
    // As another run would do it, which knows nothing of the first try.
    await rig.adapter.stop();
    rig = await bot.run({ timing });
    await sendsOnce(post, "once", [zelie]);
  });

  test("a picture that cannot be handed over leaves its words, encrypted, and nothing of it on the server in clear", async () => {
    const message = await command(zelie, room, bot, rig, "vm screenshot web");
    const one = picture(20, 10, { alt: "what web showed" });
    const answer = { tone: "facts", blocks: [{ kind: "text", text: "The screen." }], picture: one } as const;
    proxy.fault = (_method, path) => (path.includes("/upload") ? { status: 413, body: "" } : "pass");
    expect((await rig.adapter.send(answerTo(message, "", { answer }))).kind).toBe("sent");
    await until(async () => (await zelie.said(room, bot.user)).length === 2);
    const said = await zelie.said(room, bot.user);
    expect(said.map(({ content, encrypted }) => [content.msgtype, encrypted])).toEqual([
      ["m.notice", true],
      ["m.notice", true],
    ]);
    expect(await clearOf(zelie, room, bot)).toEqual([]);
  });
});
