/** Commands and answers in encrypted rooms, as a person's client sees them, and as they lie on the server. */
import { beforeEach, describe, expect, test } from "vitest";
import type { EncryptedPeer } from "../../../../lab/encrypted-peer.ts";
import type { Delivery } from "../../../../src/chat/port.ts";
import { bytesOf, picture } from "../../../rig/picture.ts";
import { answerTo, type Rig, until } from "../rig.ts";
import { clearOf, command, type EncryptedBot, roomWith } from "./bot.ts";
import { cast, lab, makeBot, proxy } from "./stage.ts";

const modes = [{ strict: false }, { strict: true }] as const;

describe.skipIf(lab.missing)(lab.name("encrypted rooms"), () => {
  describe.each(modes)("with a person whose client is strict: $strict", ({ strict }) => {
    let zelie: EncryptedPeer;
    let bot: EncryptedBot;
    let rig: Rig;
    let room: string;
    beforeEach(async () => {
      zelie = await cast.person("zelie", { strict });
      bot = await makeBot(zelie.userId);
      rig = await bot.run();
      room = await roomWith(bot, zelie);
    });
    const shown = async (sent: Delivery, body?: string) => {
      if (sent.kind !== "sent") throw new Error(`not sent: ${JSON.stringify(sent)}`);
      return await zelie.waitFor(
        room,
        (event) => event.eventId === sent.eventId && event.body !== undefined && (body ?? event.body) === event.body,
      );
    };

    test("a command arrives as it was said, with where, by whom, and with whose identity", async () => {
      const root = await zelie.say(room, `${bot.handle} snapshot web note "avant mise à jour"\nand a second line`);
      const inThread = await zelie.reply(room, root, "why");
      await until(() => rig.inbox.length === 2);
      const identity = await zelie.masterKey();
      const venue = {
        network: "matrix",
        place: room,
        thread: root,
        direct: true,
        encrypted: true,
        local: true,
        identity,
      };
      const by = { network: "matrix", account: zelie.userId, label: zelie.userId, venue, sentAt: expect.any(Number) };
      expect(rig.inbox).toEqual([
        { ...by, eventId: root, text: 'snapshot web note "avant mise à jour"' },
        { ...by, eventId: inThread, text: "why" },
      ]);
    });

    test("an answer arrives in the thread without any warning, and calls who asked inside the encryption only", async () => {
      const message = await command(zelie, room, bot, rig, "vm list");
      const seen = await shown(await rig.adapter.send(answerTo(message, "trois machines")));
      expect(seen).toMatchObject({
        type: "m.room.message",
        sender: bot.user,
        encrypted: true,
        body: "trois machines",
        shield: "none",
        thread: message.eventId,
        content: { msgtype: "m.notice", "m.mentions": { user_ids: [zelie.userId] } },
      });
      expect(seen.raw.content).toMatchObject({ algorithm: "m.megolm.v1.aes-sha2" });
      // What the specification has outside, and nothing else.
      const outside = ["algorithm", "ciphertext", "device_id", "m.relates_to", "sender_key", "session_id"];
      expect(Object.keys(seen.raw.content).filter((key) => !outside.includes(key))).toEqual([]);
      expect(seen.raw.content["m.relates_to"]).toEqual({
        rel_type: "m.thread",
        event_id: message.eventId,
        is_falling_back: true,
        "m.in_reply_to": { event_id: message.eventId },
      });
      expect(await zelie.isCrossSigned(bot.user, bot.account.deviceId)).toBe(true);
      expect(await clearOf(zelie, room, bot)).toEqual([]);
    });

    test("progress that is edited shows as one event with its last text", async () => {
      const message = await command(zelie, room, bot, rig, "snapshot web");
      const first = await rig.adapter.send(answerTo(message, "under way"));
      await shown(first, "under way");
      if (first.kind !== "sent") throw new Error("shown above");
      const second = await rig.adapter.send(answerTo(message, "done", { edits: first.eventId }));
      const seen = await shown(first, "done");
      expect(seen).toMatchObject({
        editedBy: second.kind === "sent" && second.eventId,
        thread: message.eventId,
        shield: "none",
      });
      expect(seen.content.body).toBe("under way");
      expect((await zelie.said(room, bot.user)).map(({ body }) => body)).toEqual(["done"]);
      const edit = (await zelie.events(room)).find(({ eventId }) => eventId === seen.editedBy);
      expect(edit).toMatchObject({ encrypted: true, shield: "none" });
      expect(await clearOf(zelie, room, bot)).toEqual([]);
    });

    test("a picture arrives whole behind its words; the server has nothing of it, nor its name or kind", async () => {
      const message = await command(zelie, room, bot, rig, "vm screenshot web");
      const one = picture(100, 80, { alt: "what web showed, 100 × 80 pixels" });
      const answer = { tone: "facts", blocks: [{ kind: "text", text: "The screen of web." }], picture: one } as const;
      await shown(await rig.adapter.send(answerTo(message, "", { answer })), "The screen of web.");
      const image = await zelie.waitFor(room, ({ content }) => content.msgtype === "m.image");
      expect(image).toMatchObject({ encrypted: true, shield: "none", thread: message.eventId });
      expect(image.content).toMatchObject({
        body: "what web showed, 100 × 80 pixels",
        filename: one.name,
        info: { mimetype: "image/png", size: bytesOf(one).length, w: 100, h: 80 },
        "m.mentions": {},
      });
      expect(image.content.url).toBeUndefined();
      const { bytes, onServer } = await zelie.picture(image);
      expect(bytes).toEqual(bytesOf(one));
      expect(onServer.equals(bytesOf(one))).toBe(false);
      expect(onServer.includes("PNG") || onServer.includes("IHDR")).toBe(false);
      const { url } = image.content.file as { url: string };
      expect((await zelie.plain.download(url)).type).toBe("application/octet-stream");
      const asked = proxy.seen.filter((line) => line.includes("/upload"));
      expect(asked.length).toBeGreaterThan(0);
      expect(asked.filter((line) => /screen|web|png/.test(line.replace(/.*\?/, "")))).toEqual([]);
      expect(await clearOf(zelie, room, bot)).toEqual([]);
    });

    test("a long answer comes in parts, each of a size that encrypted fits into an event, and whole", async () => {
      const message = await command(zelie, room, bot, rig, "jobs");
      const lines = Array.from({ length: 1600 }, (_, n) => `${n} ${"é".repeat(99)}`);
      const sent = await rig.adapter.send(answerTo(message, lines.join("\n")));
      await shown(sent);
      await expect
        .poll(async () => (await zelie.said(room, bot.user)).map(({ body }) => body).join("\n"), { timeout: 20_000 })
        .toBe(lines.join("\n"));
      const parts = await zelie.said(room, bot.user);
      expect(parts.length).toBeGreaterThan(3);
      expect(new Set(parts.map(({ thread }) => thread))).toEqual(new Set([message.eventId]));
      expect(parts.filter(({ content }) => JSON.stringify(content["m.mentions"]).includes(zelie.userId)).length).toBe(
        1,
      );
      expect(await clearOf(zelie, room, bot)).toEqual([]);
    });

    test("the bot speaks first in a room where nobody has said anything, and is read", async () => {
      const message = await command(zelie, room, bot, rig, "help");
      const other = await roomWith(bot, zelie);
      const thread = await zelie.plain.send(other, "org.example.note", {});
      const venue = { ...message.venue, place: other, thread };
      const sent = await rig.adapter.send(answerTo(message, "unasked", { venue, inReplyTo: thread }));
      expect(sent.kind).toBe("sent");
      const seen = await zelie.waitFor(other, ({ sender, body }) => sender === bot.user && body === "unasked");
      expect(seen).toMatchObject({ shield: "none", encrypted: true });
    });
  });
});
