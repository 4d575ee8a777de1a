/** Who can read what the bot says: those who are in the room when it says it, with the devices that they have then. */
import { describe, expect, test } from "vitest";
import type { SeenEvent } from "../../../../lab/encrypted-peer/seen.ts";
import type { EncryptedPeer } from "../../../../lab/encrypted-peer.ts";
import { answerTo, type Rig } from "../rig.ts";
import { command, type EncryptedBot, roomWith } from "./bot.ts";
import { cast, lab, makeBot } from "./stage.ts";

describe.skipIf(lab.missing)(lab.name("who is in an encrypted room"), () => {
  let bot: EncryptedBot;
  let rig: Rig;

  async function botFor(inviter: EncryptedPeer): Promise<void> {
    bot = await makeBot(inviter.userId);
    rig = await bot.run();
  }
  /** A command and its answer, as who asked sees it. */
  async function exchange(asker: EncryptedPeer, room: string, words: string): Promise<SeenEvent> {
    const sent = await rig.adapter.send(answerTo(await command(asker, room, bot, rig, words), `answer to ${words}`));
    if (sent.kind !== "sent") throw new Error(JSON.stringify(sent));
    const seen = await asker.waitFor(room, ({ eventId, body }) => eventId === sent.eventId && body !== undefined);
    expect(seen).toMatchObject({ body: `answer to ${words}`, shield: "none" });
    return seen;
  }
  const reads = async (who: EncryptedPeer, room: string, event: SeenEvent): Promise<void> =>
    void (await who.waitFor(room, ({ eventId, body }) => eventId === event.eventId && body === event.body));
  /** Waits a little: the key might still be on its way. */
  async function neverReads(who: EncryptedPeer, room: string, event: SeenEvent): Promise<void> {
    for (let tries = 0; tries < 5; tries++) {
      const { body, undecryptable } = await who.read(room, event.raw);
      expect(body).toBeUndefined();
      expect(undecryptable).toBeDefined();
      await new Promise((resolve) => setTimeout(resolve, 300));
    }
  }
  const modes = [{ strict: false }, { strict: true }] as const;

  test.each(modes)("who leaves cannot read what comes after; strict: $strict", async ({ strict }) => {
    const zelie = await cast.person("zelie", { strict });
    const omar = await cast.person("omar", { strict });
    const ines = await cast.person("ines", { strict });
    await botFor(zelie);
    const room = await roomWith(bot, zelie, omar, ines);
    const before = await exchange(zelie, room, "one");
    await reads(omar, room, before);
    await reads(ines, room, before);
    expect((await exchange(zelie, room, "two")).session).toBe(before.session);

    await omar.leave(room);
    const left = await exchange(zelie, room, "three");
    expect(left.session).not.toBe(before.session);
    await reads(ines, room, left);
    await neverReads(omar, room, left);

    await zelie.kick(room, ines.userId);
    const kicked = await exchange(zelie, room, "four");
    expect(kicked.session).not.toBe(left.session);
    await neverReads(ines, room, kicked);
    // What they had, they still have.
    expect((await omar.read(room, before.raw)).body).toBe("answer to one");
    expect((await ines.read(room, left.raw)).body).toBe("answer to three");
  });

  test.each(modes)("who joins reads what comes next, and nothing from before; strict: $strict", async ({ strict }) => {
    const zelie = await cast.person("zelie", { strict });
    const omar = await cast.person("omar", { strict });
    await botFor(zelie);
    const room = await roomWith(bot, zelie);
    const before = await exchange(zelie, room, "one");
    await zelie.invite(room, omar.userId);
    await omar.join(room);
    const after = await exchange(zelie, room, "two");
    await reads(omar, room, after);
    await neverReads(omar, room, before);
    await reads(omar, room, await exchange(omar, room, "three"));
  });

  test("who leaves and comes back reads what comes then, and not what was said meanwhile", async () => {
    const zelie = await cast.person("zelie");
    const omar = await cast.person("omar");
    await botFor(zelie);
    const room = await roomWith(bot, zelie, omar);
    await exchange(zelie, room, "one");
    await omar.leave(room);
    const meanwhile = await exchange(zelie, room, "two");
    await zelie.invite(room, omar.userId);
    await omar.join(room);
    await reads(omar, room, await exchange(zelie, room, "three"));
    await neverReads(omar, room, meanwhile);
  });

  test("a device more reads what comes next, one that is gone gets no further key", async () => {
    const zelie = await cast.person("zelie");
    await botFor(zelie);
    const room = await roomWith(bot, zelie);
    const before = await exchange(zelie, room, "one");
    const phone = await cast.device(zelie);
    await zelie.vouchFor(phone.deviceId);
    const both = await exchange(zelie, room, "two");
    await reads(phone, room, both);
    await neverReads(phone, room, before);
    // And the bot takes commands from there, with the same identity.
    await exchange(phone, room, "three");
    expect(rig.inbox.at(-1)?.venue).toMatchObject({ encrypted: true, identity: await zelie.masterKey() });

    await phone.plain.call("POST", "/logout", {});
    const gone = await exchange(zelie, room, "four");
    expect(gone.session).not.toBe(both.session);
    await neverReads(phone, room, gone);
  });

  test("of a device that its owner did not sign, commands come without an identity", async () => {
    const zelie = await cast.person("zelie");
    await botFor(zelie);
    const room = await roomWith(bot, zelie);
    const unsigned = await cast.device(zelie);
    const message = await command(unsigned, room, bot, rig, "help");
    expect(message.venue.encrypted).toBe(true);
    expect(message.venue).not.toHaveProperty("identity");
    expect((await command(zelie, room, bot, rig, "help")).venue).toHaveProperty("identity", await zelie.masterKey());
  });

  test("where only signed devices are listened to, another's commands are none, and a signed one's are", async () => {
    const zelie = await cast.person("zelie");
    bot = await makeBot(zelie.userId);
    rig = await bot.run({ trust: "cross-signed" });
    const room = await roomWith(bot, zelie);
    const unsigned = await cast.device(zelie);
    await unsigned.say(room, `${bot.handle} from nobody`);
    await command(zelie, room, bot, rig, "from zelie");
    expect(rig.texts()).toEqual(["from zelie"]);
  });
});
