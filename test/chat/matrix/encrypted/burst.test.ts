/** Many messages at once in an encrypted room, in both directions: each once, in order, each decrypted. */
import { describe, expect, test } from "vitest";
import type { Delivery, Incoming } from "../../../../src/chat/port.ts";
import { answerTo, type Rig, until } from "../rig.ts";
import { clearOf, command, type EncryptedBot, roomWith } from "./bot.ts";
import { cast, lab, makeBot } from "./stage.ts";

const many = Array.from({ length: 50 }, (_, n) => n);

describe.skipIf(lab.missing)(lab.name("many messages in an encrypted room"), () => {
  let bot: EncryptedBot;

  test.each([{ strict: false }, { strict: true }])(
    "50 commands and 50 answers, each once and in order, strict: $strict",
    async ({ strict }) => {
      const zelie = await cast.person("zelie", { strict });
      bot = await makeBot(zelie.userId);
      const rig = await bot.run();
      const room = await roomWith(bot, zelie);
      const deliveries: Delivery[] = [];
      let answered = 0;
      const answering = (async () => {
        while (answered < many.length) {
          await until(() => rig.inbox.length > answered, 60_000);
          const message = rig.inbox[answered++];
          if (message !== undefined)
            deliveries.push(await rig.adapter.send(answerTo(message, `answer to ${message.text}`)));
        }
      })();
      for (const n of many) await zelie.say(room, `${bot.handle} command ${n}`);
      await answering;
      expect(rig.texts()).toEqual(many.map((n) => `command ${n}`));
      expect(deliveries.map(({ kind }) => kind)).toEqual(many.map(() => "sent"));
      await expect
        .poll(async () => (await zelie.said(room, bot.user)).map(({ body }) => body), { timeout: 20_000 })
        .toEqual(many.map((n) => `answer to command ${n}`));
      const said = await zelie.said(room, bot.user);
      expect(said.filter(({ shield, encrypted }) => shield !== "none" || !encrypted)).toEqual([]);
      expect(await clearOf(zelie, room, bot)).toEqual([]);
    },
    120_000,
  );

  test("answers that are sent all at once, in two rooms: each once, none of them unreadable", async () => {
    const zelie = await cast.person("zelie");
    const omar = await cast.person("omar");
    bot = await makeBot(zelie.userId);
    const rig: Rig = await bot.run();
    const rooms = [await roomWith(bot, zelie, omar), await roomWith(bot, zelie)];
    const messages: Incoming[] = [];
    for (const room of rooms) messages.push(await command(zelie, room, bot, rig, "go"));
    const deliveries = await Promise.all(
      many.flatMap((n) => messages.map((message) => rig.adapter.send(answerTo(message, `answer ${n}`)))),
    );
    expect(new Set(deliveries.map(({ kind }) => kind))).toEqual(new Set(["sent"]));
    for (const [n, room] of rooms.entries()) {
      for (const reader of n === 0 ? [zelie, omar] : [zelie]) {
        await expect
          .poll(async () => (await reader.said(room, bot.user)).map(({ body }) => body).sort(), { timeout: 20_000 })
          .toEqual(many.map((k) => `answer ${k}`).sort());
      }
      expect(await clearOf(zelie, room, bot)).toEqual([]);
    }
  }, 120_000);

  test("a room whose sessions serve three messages each: all at once, each once, readable, and a session is used no longer", async () => {
    const zelie = await cast.person("zelie");
    bot = await makeBot(zelie.userId);
    const rig: Rig = await bot.run();
    const room = await roomWith(bot, zelie);
    await zelie.plain.call("PUT", `/rooms/${encodeURIComponent(room)}/state/m.room.encryption/`, {
      algorithm: "m.megolm.v1.aes-sha2",
      rotation_period_msgs: 3,
    });
    const message = await command(zelie, room, bot, rig, "go");
    const few = many.slice(0, 20);
    const deliveries = await Promise.all(few.map((n) => rig.adapter.send(answerTo(message, `answer ${n}`))));
    expect(new Set(deliveries.map(({ kind }) => kind))).toEqual(new Set(["sent"]));
    await expect
      .poll(async () => (await zelie.said(room, bot.user)).map(({ body }) => body).sort(), { timeout: 20_000 })
      .toEqual(few.map((n) => `answer ${n}`).sort());
    const uses = new Map<string | undefined, number>();
    for (const { session } of await zelie.said(room, bot.user)) uses.set(session, (uses.get(session) ?? 0) + 1);
    expect(Math.max(...uses.values())).toBeLessThanOrEqual(3);
  });
});
