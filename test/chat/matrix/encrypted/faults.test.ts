/** Keys that come late, or never, or are withheld; and stores of keys that are broken, or somebody else's. */
import { copyFileSync, readFileSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { beforeEach, describe, expect, test } from "vitest";
import type { EncryptedPeer } from "../../../../lab/encrypted-peer.ts";
import { keepSecret } from "../../../rig/logs.ts";
import { startProgram } from "../../../rig/process.ts";
import { answerTo, type Rig, until } from "../rig.ts";
import { clearOf, command, type EncryptedBot, roomWith } from "./bot.ts";
import { holdKeys } from "./held-keys.ts";
import { cast, lab, makeBot, proxy, synapse } from "./stage.ts";

const timing = { longPollMs: 1000, requestMs: 5000, startMs: 20_000, tellMs: 2000 };

describe.skipIf(lab.missing)(lab.name("keys that are not there"), () => {
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
  /** What the bot said in the thread of an event, as its author reads it. */
  const told = async (thread: string) => (await zelie.said(room, bot.user)).filter((event) => event.thread === thread);
  const sinceKey = (): string => `since:${bot.user}`;

  test("keys that come a little late hold nothing up: the commands run once, in order, and nothing is said", async () => {
    await rig.adapter.stop();
    rig = await bot.run({ timing: { ...timing, tellMs: 15_000 } });
    await command(zelie, room, bot, rig, "before");
    await zelie.rotate(room);
    const held = holdKeys(proxy);
    for (const words of ["one", "two", "three"]) await zelie.say(room, `${bot.handle} ${words}`);
    await until(() => held.count > 0);
    await new Promise((resolve) => setTimeout(resolve, 1000));
    expect(rig.texts()).toEqual(["before"]);
    held.release();
    await until(() => rig.inbox.length === 4);
    await command(zelie, room, bot, rig, "four");
    expect(rig.texts()).toEqual(["before", "one", "two", "three", "four"]);
    expect(await zelie.said(room, bot.user)).toEqual([]);
  });

  test("what cannot be read is told in its thread, once; when its key comes after all, it runs once", async () => {
    await command(zelie, room, bot, rig, "before");
    await zelie.rotate(room);
    const held = holdKeys(proxy);
    const late = await zelie.say(room, `${bot.handle} late`);
    await until(async () => (await told(late)).length === 1, 60_000);
    expect(await told(late)).toMatchObject([{ encrypted: true, shield: "none", undecryptable: undefined }]);
    expect(rig.texts()).toEqual(["before"]);
    held.release();
    await until(() => rig.inbox.length === 2, 30_000);
    const [, message] = rig.inbox;
    expect(message).toMatchObject({
      eventId: late,
      text: "late",
      venue: { encrypted: true, identity: await zelie.masterKey() },
    });
    if (message === undefined) throw new Error("compared above");
    expect((await rig.adapter.send(answerTo(message, "answer"))).kind).toBe("sent");
    await zelie.waitFor(room, ({ body }) => body === "answer");
    expect((await told(late)).length).toBe(2);
    await command(zelie, room, bot, rig, "after");
    expect(rig.texts()).toEqual(["before", "late", "after"]);
  }, 150_000);

  test("keys that come only after a restart are used by the next run", async () => {
    await command(zelie, room, bot, rig, "before");
    await zelie.rotate(room);
    const held = holdKeys(proxy);
    const late = await zelie.say(room, `${bot.handle} late`);
    await until(() => held.count > 0);
    await until(async () => (await told(late)).length === 1, 60_000);
    await rig.adapter.stop();
    rig = await bot.run({ timing });
    held.release();
    await until(() => rig.inbox.length >= 1, 30_000);
    expect(rig.texts()).toEqual(["late"]);
    await command(zelie, room, bot, rig, "after");
    expect(rig.texts()).toEqual(["late", "after"]);
    expect((await told(late)).length).toBe(1);
  }, 150_000);

  test("a message whose key came, and which could not be fetched until the bot was stopped, is read by the next run", async () => {
    await command(zelie, room, bot, rig, "before");
    await zelie.rotate(room);
    const held = holdKeys(proxy);
    const late = await zelie.say(room, `${bot.handle} late`);
    await until(async () => (await told(late)).length === 1, 60_000);
    const asked = (): number => proxy.seen.filter((line) => line.includes(`/event/${encodeURIComponent(late)}`)).length;
    const before = asked();
    proxy.fault = (_method, path) =>
      path.includes("/event/") ? { status: 502, body: "<html>Bad Gateway</html>" } : "pass";
    held.release();
    await until(() => asked() > before);
    await rig.adapter.stop();
    proxy.fault = () => "pass";
    expect(rig.texts()).toEqual(["before"]);
    rig = await bot.run({ timing });
    await until(() => rig.inbox.length >= 1);
    await command(zelie, room, bot, rig, "after");
    expect(rig.texts()).toEqual(["late", "after"]);
  }, 150_000);

  test("keys that are lost for good: it is told, what is said to others meanwhile runs, and the next session is read", async () => {
    const omar = await cast.person("omar");
    const shared = await roomWith(bot, zelie, omar);
    room = shared;
    await command(zelie, shared, bot, rig, "before");
    await command(omar, shared, bot, rig, "hello");
    await zelie.rotate(shared);
    const held = holdKeys(proxy);
    const lost = await zelie.say(shared, `${bot.handle} lost`);
    await until(() => held.count > 0);
    held.lose();
    held.release();
    await command(omar, shared, bot, rig, "meanwhile");
    await until(async () => (await told(lost)).length === 1, 60_000);
    await zelie.rotate(shared);
    await command(zelie, shared, bot, rig, "again");
    expect(rig.texts()).toEqual(["before", "hello", "meanwhile", "again"]);
    expect((await told(lost)).length).toBe(1);
  }, 150_000);

  test("a token of the sync is kept although something cannot be read: nothing waits for it for ever", async () => {
    await command(zelie, room, bot, rig, "before");
    await zelie.rotate(room);
    const held = holdKeys(proxy);
    await zelie.say(room, `${bot.handle} lost`);
    await until(() => held.count > 0);
    const before = bot.memory.read(sinceKey());
    held.lose();
    await until(() => bot.memory.read(sinceKey()) !== before, 60_000);
  }, 90_000);

  test("who has blacklisted the bot is told so at once, and not once for each message", async () => {
    await command(zelie, room, bot, rig, "before");
    await zelie.blacklist(bot.user, bot.account.deviceId);
    const withheld = await zelie.say(room, `${bot.handle} not for you`);
    await until(async () => (await told(withheld)).length === 1, 30_000);
    // The other direction is open.
    expect((await told(withheld))[0]).toMatchObject({ encrypted: true, shield: "none" });
    expect(rig.texts()).toEqual(["before"]);
    const second = await zelie.say(room, `${bot.handle} nor this`);
    await new Promise((resolve) => setTimeout(resolve, 3000));
    expect((await told(second)).length).toBeLessThanOrEqual(1);
    expect(rig.texts()).toEqual(["before"]);
    expect(rig.log.filter((line) => line.includes('"level":50'))).toEqual([]);
  }, 90_000);

  test("who sends keys to verified devices only is told so, and is heard once the bot is verified", async () => {
    await command(zelie, room, bot, rig, "before");
    zelie.blacklistUnverified(true);
    await zelie.rotate(room);
    const withheld = await zelie.say(room, `${bot.handle} not for you`);
    await until(async () => (await told(withheld)).length === 1, 30_000);
    await zelie.verify(bot.user);
    await command(zelie, room, bot, rig, "now for you");
    expect(rig.texts()).toEqual(["before", "now for you"]);
  }, 90_000);

  test("of those who may not speak to it, nothing unreadable is answered", async () => {
    const mallory = await cast.person("mallory");
    room = await roomWith(bot, zelie, mallory);
    await command(zelie, room, bot, rig, "before");
    await mallory.blacklist(bot.user, bot.account.deviceId);
    for (let n = 0; n < 20; n++) await mallory.say(room, `chatter ${n}`);
    await command(zelie, room, bot, rig, "after");
    await new Promise((resolve) => setTimeout(resolve, 3000));
    // At most one word for a room where much is unreadable.
    expect((await zelie.said(room, bot.user)).length).toBeLessThanOrEqual(1);
    expect(rig.texts()).toEqual(["before", "after"]);
  }, 90_000);

  const damages: readonly (readonly [string, (file: string) => void])[] = [
    [
      "is overwritten at its start",
      (file) => writeFileSync(file, Buffer.concat([Buffer.alloc(100, 0x55), readFileSync(file).subarray(100)])),
    ],
    [
      "has its middle overwritten",
      (file) => {
        const bytes = readFileSync(file);
        bytes.fill(0x55, 4096, bytes.length - 4096);
        writeFileSync(file, bytes);
      },
    ],
    ["is cut in half", (file) => truncateSync(file, Math.floor(statSync(file).size / 2))],
    ["is no database", (file) => writeFileSync(file, "nonsense\n".repeat(1000))],
  ];
  test.each(damages)(
    "a store that %s is refused at the start, with what to do, and left as it is",
    async (_, damage) => {
      await command(zelie, room, bot, rig, "before");
      await rig.adapter.stop();
      damage(bot.memory.encryption.file);
      const broken = readFileSync(bot.memory.encryption.file);
      const next = bot.rig({ timing });
      await expect(next.start()).rejects.toThrow(/encryption\.sqlite.*To resolve/s);
      await next.adapter.stop();
      expect(readFileSync(bot.memory.encryption.file).equals(broken)).toBe(true);
    },
  );

  test("the store of another device or account is refused, with what to do", async () => {
    await command(zelie, room, bot, rig, "before");
    await rig.adapter.stop();
    const other = await makeBot(zelie.userId);
    copyFileSync(bot.memory.encryption.file, other.memory.encryption.file);
    const strange = other.rig({ timing });
    await expect(strange.start()).rejects.toThrow(/another device or account.*To resolve/);
    await other.stop();

    const name = bot.user.slice(1).split(":")[0] ?? "";
    const { accessToken } = await synapse.login(name);
    const device = bot.rig({ timing, accessToken });
    await expect(device.start()).rejects.toThrow(/another device or account.*To resolve/);
  });

  test("a store that is gone although the device has published keys is refused, rather than replaced in silence", async () => {
    await command(zelie, room, bot, rig, "before");
    await rig.adapter.stop();
    const gone = bot.rig({
      timing,
      memory: { ...bot.memory, encryption: { file: `${bot.memory.encryption.file}.elsewhere` } },
    });
    await expect(gone.start()).rejects.toThrow(/knows other keys of this device.*To resolve/);
  });

  test("a second run on the same store is refused, in this process and in another, and the first goes on", async () => {
    const second = bot.rig({ timing });
    await expect(second.start()).rejects.toThrow(/To resolve, end the other process/);
    const child = startProgram([process.execPath, fileURLToPath(new URL("./child.ts", import.meta.url))], {
      HOMESERVER: synapse.url,
      TOKEN: keepSecret(bot.account.accessToken),
      FILE: bot.memory.encryption.file,
    });
    expect(await child.line(/^(refused|started)/)).toMatch(/^refused .*To resolve, end the other process/);
    expect(await child.exited).toBe(0);
    const message = await command(zelie, room, bot, rig, "still there");
    expect((await rig.adapter.send(answerTo(message, "yes"))).kind).toBe("sent");
    expect((await zelie.waitFor(room, ({ body }) => body === "yes")).shield).toBe("none");
    expect(await clearOf(zelie, room, bot)).toEqual([]);
  });
});
