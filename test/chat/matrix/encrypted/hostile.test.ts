/** What somebody in an encrypted room, or whoever can reach the bot's device, does to harm it: others are heard and answered as ever. */
import { randomBytes } from "node:crypto";
import { beforeEach, describe, expect, test, vi } from "vitest";
import { type EncryptedPeer, startPeer } from "../../../../lab/encrypted-peer.ts";
import { createMatrixClient } from "../../../../lab/matrix-client.ts";
import { answerTo, type Rig, until } from "../rig.ts";
import { command, type EncryptedBot, roomWith } from "./bot.ts";
import { holdKeys } from "./held-keys.ts";
import { rawMegolm } from "./raw-megolm.ts";
import { cast, lab, makeBot, proxy, synapse } from "./stage.ts";

const timing = { longPollMs: 500, requestMs: 5000, startMs: 20_000, tellMs: 1000 };
const algorithm = "m.megolm.v1.aes-sha2";

describe.skipIf(lab.missing)(lab.name("hostile company in encrypted rooms"), () => {
  let zelie: EncryptedPeer;
  let mallory: EncryptedPeer;
  let bot: EncryptedBot;
  let rig: Rig;
  let room: string;

  beforeEach(async () => {
    zelie = await cast.person("zelie");
    mallory = await cast.person("mallory");
    bot = await makeBot(zelie.userId);
    rig = await bot.run({ timing });
    room = await roomWith(bot, zelie, mallory);
  });

  const since = (): string | undefined => bot.memory.read(`since:${bot.user}`);
  /** Whatever came before is done with: the token of a later sync is kept. */
  async function goesOn(): Promise<void> {
    await command(zelie, room, bot, rig, `still there ${Math.random()}`);
    const before = since();
    await zelie.plain.react(room, "$0000000000000000000000000000000000000000000", "x").catch(() => undefined);
    await command(zelie, room, bot, rig, `and then ${Math.random()}`);
    await until(() => since() !== before, 15_000);
  }
  /** An encrypted event whose key nobody has. */
  const unknown = (session = randomBytes(32).toString("base64").replace(/=+$/, "")) => ({
    algorithm,
    session_id: session,
    ciphertext: rawMegolm("{}").ciphertext,
  });

  const plaintexts = (inside: string): string => `{"room_id":${JSON.stringify(room)},"type":"m.room.message"${inside}}`;
  test.each([
    ["no content", ""],
    ["a list as content", ',"content":[]'],
    ["nothing as content", ',"content":null'],
  ])(
    "a message that is no event inside, with %s, keeps nothing from going on",
    async (_, inside) => {
      await command(mallory, room, bot, rig, "hello");
      const { sessionId: session_id, sessionKey: session_key, ciphertext } = rawMegolm(plaintexts(inside));
      await mallory.whisper(bot.user, bot.account.deviceId, "m.room_key", {
        algorithm,
        room_id: room,
        session_id,
        session_key,
      });
      await mallory.plain.send(room, "m.room.encrypted", { algorithm, session_id, ciphertext });
      await goesOn();
      expect(rig.log.filter((line) => line.includes("to be tried again"))).toEqual([]);
    },
    60_000,
  );

  test("that a key is withheld, said by somebody else than whose key it is, loses no message", async () => {
    await command(zelie, room, bot, rig, "before");
    await zelie.rotate(room);
    const held = holdKeys(proxy);
    const eventId = await zelie.say(room, `${bot.handle} important`);
    await until(() => held.count > 0);
    const { content } = (await zelie.plain.events(room)).find((event) => event.event_id === eventId) ?? {};
    const withheld = {
      algorithm,
      room_id: room,
      session_id: content?.session_id,
      sender_key: content?.sender_key,
      code: "m.unverified",
    };
    const keyed = held.count;
    await mallory.plain.call("PUT", `/sendToDevice/m.room_key.withheld/${Math.random()}`, {
      messages: { [bot.user]: { [bot.account.deviceId]: withheld } },
    });
    await until(() => held.count > keyed);
    held.releaseLast();
    await until(() => rig.log.some((line) => line.includes("the key of a message is withheld")));
    held.release();
    await until(() => rig.texts().includes("important"), 20_000);
  }, 60_000);

  test("a flood of what cannot be read pushes nobody else's message out", async () => {
    await command(zelie, room, bot, rig, "before");
    await zelie.rotate(room);
    const held = holdKeys(proxy);
    await zelie.say(room, `${bot.handle} important`);
    await until(() => held.count > 0);
    for (let n = 0; n < 260; n++) await mallory.plain.send(room, "m.room.encrypted", unknown());
    await until(() => rig.log.filter((line) => line.includes("no key for this message")).length > 260, 60_000);
    held.release();
    await until(() => rig.texts().includes("important"), 20_000);
  }, 150_000);

  test("a room whose encryption becomes one that is not known keeps nothing from going on", async () => {
    const other = await roomWith(bot, zelie, mallory);
    await command(zelie, other, bot, rig, "before");
    await zelie.plain.call("PUT", `/rooms/${encodeURIComponent(other)}/state/m.room.encryption/`, {
      algorithm: "m.new",
    });
    await mallory.sendClear(other, `${bot.handle} hello`);
    await mallory.plain.send(other, "m.room.encrypted", unknown());
    await goesOn();
  }, 60_000);

  test("somebody in the room whose ID is an odd one makes nobody mute", async () => {
    const message = await command(zelie, room, bot, rig, "before");
    await zelie.invite(room, `@Ünknown person!:${zelie.userId.slice(zelie.userId.indexOf(":") + 1)}`);
    expect(await rig.adapter.send(answerTo(message, "yes"))).toMatchObject({ kind: "sent" });
    await zelie.waitFor(room, ({ body }) => body === "yes", 10_000);
  });

  test("who joins behind the question who is there cannot read what was for one person alone", async () => {
    const alone = await roomWith(bot, zelie);
    const message = await command(zelie, alone, bot, rig, "what of it");
    expect(message.venue.direct).toBe(true);
    let asked = 0;
    proxy.before = async (_method, path) => {
      if (!path.includes("/members") || ++asked !== 2) return;
      await zelie.invite(alone, mallory.userId);
      await mallory.join(alone);
    };
    const sent = await rig.adapter.send(answerTo(message, "a secret"));
    expect(asked).toBeGreaterThanOrEqual(2);
    if (sent.kind !== "sent") return;
    await zelie.waitFor(alone, ({ body }) => body === "a secret", 10_000);
    await new Promise((resolve) => setTimeout(resolve, 1500));
    expect((await mallory.events(alone)).filter(({ body }) => body === "a secret")).toEqual([]);
  }, 60_000);

  test("a code said in clear is no command, and reaches those who can make it useless", async () => {
    await command(zelie, room, bot, rig, "before");
    await zelie.sendClear(room, `${bot.handle} approve 1 123456`);
    await zelie.sendClear(room, "approve 1 234567, said to somebody else");
    await command(zelie, room, bot, rig, "after");
    expect(rig.overheard.map(({ text, account }) => [text, account])).toEqual([["approve 1 123456", zelie.userId]]);
    expect(rig.texts()).toEqual(["before", "after"]);
  });

  test("a clock that jumps between the sharing of a key and its use: the answer is made, once, with a new key", async () => {
    const message = await command(zelie, room, bot, rig, "before");
    let ahead = 0;
    const { now } = Date;
    const clock = vi.spyOn(Date, "now").mockImplementation(() => now() + ahead);
    try {
      proxy.before = async (_method, path) => {
        if (path.includes("/sendToDevice/")) ahead = 8 * 86_400_000;
      };
      expect(await rig.adapter.send(answerTo(message, "yes"))).toMatchObject({ kind: "sent" });
      expect(ahead).toBeGreaterThan(0);
    } finally {
      clock.mockRestore();
    }
    const seen = await zelie.waitFor(room, ({ body }) => body === "yes", 10_000);
    expect(seen.shield).toBe("none");
  }, 30_000);

  test("an identity of the bot's account that somebody replaced, where only signed devices are spoken with: nothing stands still", async () => {
    await rig.adapter.stop();
    rig = await bot.run({ timing, trust: "cross-signed" });
    const message = await command(zelie, room, bot, rig, "before");
    const account = await synapse.login(bot.user.slice(1).split(":")[0] ?? "");
    const thief = await startPeer(synapse.url, account, { crossSign: false });
    await thief.resetIdentity();
    await thief.stop();
    await until(async () => (await rig.adapter.send(answerTo(message, "yes"))).kind !== "sent");
    const delivery = await rig.adapter.send(answerTo(message, "yes"));
    expect(delivery).toMatchObject({ kind: "retry", why: expect.stringContaining("manchot enrol matrix") });
    expect(delivery).toHaveProperty("afterMs", 60_000);
    await zelie.sendClear(room, `${bot.handle} hello`);
    await goesOn();
    expect(rig.log.filter((line) => line.includes("to be tried again"))).toEqual([]);
  }, 60_000);

  test("a crowd whose messages cannot be taken is told so a few times, and what is said to others does not wait", async () => {
    const message = await command(zelie, room, bot, rig, "before");
    for (let n = 0; n < 13; n++) {
      const one = createMatrixClient(synapse.url, await synapse.register(`crowd${n}`));
      await zelie.invite(room, one.userId);
      await one.join(room);
      await one.say(room, `${bot.handle} hello`);
    }
    await until(() => rig.overheard.length === 13, 40_000);
    expect(await rig.adapter.send(answerTo(message, "yes"))).toMatchObject({ kind: "sent" });
    await zelie.waitFor(room, ({ body }) => body === "yes", 20_000);
    expect((await zelie.said(room, bot.user)).length).toBe(11);
  }, 90_000);
});
