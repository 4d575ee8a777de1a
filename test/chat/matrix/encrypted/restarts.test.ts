/** The bot's second and third start: the same device, the same identity, and it reads and writes at once. */
import { describe, expect, test } from "vitest";
import type { EncryptedPeer } from "../../../../lab/encrypted-peer.ts";
import { answerTo, type Rig, until } from "../rig.ts";
import { clearOf, command, type EncryptedBot, roomWith } from "./bot.ts";
import { cast, lab, makeBot } from "./stage.ts";

describe.skipIf(lab.missing)(lab.name("starts of a bot with encryption"), () => {
  let bot: EncryptedBot;

  type Keys = { readonly device_keys: object; readonly master_keys: object; readonly self_signing_keys: object };
  /** All that the server publishes of the bot: its devices with their keys and signatures, and its identity. */
  async function published(by: EncryptedPeer): Promise<Keys> {
    const { device_keys, master_keys, self_signing_keys } = await by.plain.call<Keys>("POST", "/keys/query", {
      device_keys: { [bot.user]: [] },
    });
    return { device_keys, master_keys, self_signing_keys };
  }

  test.each([{ strict: false }, { strict: true }])(
    "three starts on one store; strict: $strict",
    async ({ strict }) => {
      const zelie = await cast.person("zelie", { strict });
      bot = await makeBot(zelie.userId);
      let rig: Rig = await bot.run();
      const room = await roomWith(bot, zelie);
      const first = await command(zelie, room, bot, rig, "one");
      expect((await rig.adapter.send(answerTo(first, "answer one"))).kind).toBe("sent");
      await zelie.waitFor(room, ({ body }) => body === "answer one");
      const keys = await published(zelie);
      expect(Object.keys(keys.device_keys)).toEqual([bot.user]);
      expect(Object.keys((keys.device_keys as Record<string, object>)[bot.user] ?? {})).toEqual([bot.account.deviceId]);
      expect(Object.keys(keys.master_keys)).toEqual([bot.user]);

      for (const word of ["two", "three"]) {
        await rig.adapter.stop();
        const missed = await zelie.say(room, `${bot.handle} missed ${word}`);
        const begun = performance.now();
        rig = await bot.run();
        // Before anything else is heard: what an earlier run was asked is answered by this one.
        expect((await rig.adapter.send(answerTo(first, `late answer ${word}`))).kind).toBe("sent");
        await zelie.waitFor(room, ({ body }) => body === `late answer ${word}`);
        expect(performance.now() - begun).toBeLessThan(15_000);
        await until(() => rig.inbox.some(({ eventId }) => eventId === missed));
        const again = await command(zelie, room, bot, rig, word);
        expect(again.venue).toMatchObject({ encrypted: true, identity: await zelie.masterKey() });
        expect((await rig.adapter.send(answerTo(again, `answer ${word}`))).kind).toBe("sent");
        const seen = await zelie.waitFor(room, ({ body }) => body === `answer ${word}`);
        expect(seen.shield).toBe("none");
        expect(rig.texts()).toEqual([`missed ${word}`, word]);
        expect(await published(zelie)).toEqual(keys);
        expect((await zelie.identityOf(bot.user)).changed).toBe(false);
      }
      const said = await zelie.said(room, bot.user);
      expect(said.map(({ body }) => body)).toEqual([
        "answer one",
        "late answer two",
        "answer two",
        "late answer three",
        "answer three",
      ]);
      expect(await clearOf(zelie, room, bot)).toEqual([]);
    },
    120_000,
  );

  test("what was said to it while it was down, by many and with many sessions, is read by the next run", async () => {
    const zelie = await cast.person("zelie");
    const omar = await cast.person("omar");
    bot = await makeBot(zelie.userId);
    let rig: Rig = await bot.run();
    const room = await roomWith(bot, zelie, omar);
    await command(zelie, room, bot, rig, "hello");
    await rig.adapter.stop();
    const said: string[] = [];
    for (let n = 0; n < 20; n++) {
      const who = n % 2 === 0 ? zelie : omar;
      await who.rotate(room);
      await who.say(room, `${bot.handle} missed ${n}`);
      said.push(`missed ${n}`);
    }
    rig = await bot.run();
    await until(() => rig.inbox.length >= said.length, 30_000);
    expect(rig.texts()).toEqual(said);
  }, 120_000);

  test("after a gap that one sync does not hold, all is read, once and in order", async () => {
    const zelie = await cast.person("zelie");
    bot = await makeBot(zelie.userId);
    let rig: Rig = await bot.run();
    const room = await roomWith(bot, zelie);
    await command(zelie, room, bot, rig, "hello");
    await rig.adapter.stop();
    const said = Array.from({ length: 130 }, (_, n) => `gap ${n}`);
    for (const words of said) await zelie.say(room, `${bot.handle} ${words}`);
    rig = await bot.run();
    await until(() => rig.inbox.length >= said.length, 30_000);
    expect(rig.texts()).toEqual(said);
  }, 120_000);
});
