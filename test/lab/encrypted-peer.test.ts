/** The tests' client for encrypted rooms: two of it on a real Synapse, and what lies on the server meanwhile. */
import { setTimeout as sleep } from "node:timers/promises";
import { Attachment } from "@matrix-org/matrix-sdk-crypto-wasm";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { decryptAttachment, type EncryptedFile } from "../../lab/encrypted-peer/attachment.ts";
import { type EncryptedPeer, startPeer } from "../../lab/encrypted-peer.ts";
import { labNeeds } from "../../lab/needs.ts";
import { type Synapse, startSynapse } from "../../lab/synapse.ts";
import { startProxy } from "../chat/matrix/proxy.ts";

const lab = await labNeeds("synapse");

test("an encrypted file is the one that was encrypted, or refused", () => {
  const bytes = Buffer.from("a picture of sorts");
  const attachment = Attachment.encrypt(bytes);
  const file = JSON.parse(attachment.mediaEncryptionInfo ?? "") as EncryptedFile;
  const sealed = Buffer.from(attachment.encryptedData);
  expect(sealed.includes(bytes)).toBe(false);
  expect(decryptAttachment(sealed, file)).toEqual(bytes);
  sealed[0] = (sealed[0] ?? 0) ^ 1;
  expect(() => decryptAttachment(sealed, file)).toThrow("hash");
});

describe.skipIf(lab.missing)(lab.name("the lab's client for encrypted rooms"), () => {
  let synapse: Synapse;
  let number = 0;
  const running: EncryptedPeer[] = [];

  beforeAll(async () => {
    synapse = await startSynapse();
  });
  afterEach(async () => {
    await Promise.all(running.splice(0).map((peer) => peer.stop()));
  });
  afterAll(async () => {
    await synapse?.stop();
  });

  type Options = NonNullable<Parameters<typeof startPeer>[2]>;
  async function peer(options: Options = {}, name = `person${++number}`): Promise<EncryptedPeer> {
    const made = await startPeer(synapse.url, await synapse.register(name), options);
    running.push(made);
    return made;
  }
  async function device(of: EncryptedPeer, options: Options = {}): Promise<EncryptedPeer> {
    const name = of.userId.slice(1).split(":")[0] ?? "";
    const made = await startPeer(synapse.url, await synapse.login(name), { crossSign: false, ...options });
    running.push(made);
    return made;
  }
  async function together(...[host, ...guests]: [EncryptedPeer, ...EncryptedPeer[]]): Promise<string> {
    const room = await host.createRoom({ invite: guests.map(({ userId }) => userId) });
    for (const guest of guests) await guest.join(room);
    return room;
  }

  test.each([false, true])("two talk, strict: %s; on the server nothing is to be read", async (strict) => {
    const zelie = await peer({ strict });
    const omar = await peer({ strict });
    const room = await together(zelie, omar);
    const root = await zelie.say(room, "salut", { "m.mentions": { user_ids: [omar.userId] } });
    const heard = await omar.waitFor(room, ({ eventId, undecryptable }) => eventId === root && !undecryptable);
    expect(heard).toMatchObject({
      type: "m.room.message",
      body: "salut",
      encrypted: true,
      undecryptable: undefined,
      shield: "none",
      content: { "m.mentions": { user_ids: [omar.userId] } },
    });
    const reply = await omar.reply(room, root, "dans le fil");
    const edit = await omar.edit(room, reply, "corrigé");
    const shown = await zelie.waitFor(room, ({ eventId, body }) => eventId === reply && body === "corrigé");
    expect(shown).toMatchObject({ thread: root, editedBy: edit, content: { body: "dans le fil" }, shield: "none" });
    expect(shown.session).not.toBe(heard.session);
    const said = await zelie.said(room, omar.userId);
    expect(said.map(({ eventId }) => eventId)).toEqual([reply]);
    const types = (await zelie.plain.events(room)).map(({ type }) => type);
    expect(types).not.toContain("m.room.message");
    expect(JSON.stringify(await zelie.plain.events(room))).not.toMatch(/salut|dans le fil|corrig/);
  });

  test("an edit, a reaction and a message in clear are told from what is encrypted", async () => {
    const zelie = await peer();
    const omar = await peer();
    const room = await together(zelie, omar);
    const secret = await zelie.say(room, "secret");
    const clear = await zelie.sendClear(room, "clear");
    const sealed = await zelie.send(room, "m.reaction", {
      "m.relates_to": { rel_type: "m.annotation", event_id: secret, key: "👍" },
    });
    await zelie.react(room, secret, "👎");
    await omar.waitFor(room, ({ eventId, type }) => eventId === sealed && type === "m.reaction");
    expect(
      (await omar.said(room, zelie.userId)).map(({ body, encrypted, shield }) => [body, encrypted, shield]),
    ).toEqual([
      ["secret", true, "none"],
      ["clear", false, undefined],
    ]);
    expect((await omar.events(room)).filter(({ type }) => type === "m.reaction")).toMatchObject([
      { encrypted: true, eventId: sealed },
      { encrypted: false },
    ]);
    expect((await omar.waitFor(room, ({ eventId }) => eventId === clear)).session).toBeUndefined();
  });

  test("who is strict neither reads nor serves a device that its owner did not sign; then signed, both", async () => {
    const zelie = await peer({ strict: true });
    const omar = await peer();
    const unsigned = await device(omar);
    expect(await zelie.isCrossSigned(omar.userId, omar.deviceId)).toBe(true);
    expect(await zelie.isCrossSigned(omar.userId, unsigned.deviceId)).toBe(false);
    const room = await together(zelie, omar);

    const fromUnsigned = await unsigned.say(room, "who am I?");
    const refused = await zelie.waitFor(room, ({ eventId }) => eventId === fromUnsigned);
    expect(refused).toMatchObject({ undecryptable: "UNSIGNED_SENDER_DEVICE", body: undefined, shield: undefined });
    const told = await zelie.say(room, "only for those who are signed");
    await omar.waitFor(room, ({ eventId, body }) => eventId === told && body !== undefined);
    const kept = await unsigned.waitFor(
      room,
      ({ eventId, undecryptable }) => eventId === told && undecryptable !== undefined,
    );
    expect(kept.undecryptable).toMatch(/^MEGOLM_/);
    // Another who is not strict reads it, with a warning beside it.
    const shown = await omar.waitFor(room, ({ eventId, body }) => eventId === fromUnsigned && body !== undefined);
    expect(shown).toMatchObject({ shield: "red", shieldReason: "UNSIGNED_DEVICE" });

    await omar.vouchFor(unsigned.deviceId);
    await expect.poll(() => zelie.isCrossSigned(omar.userId, unsigned.deviceId)).toBe(true);
    const now = await zelie.say(room, "for you too");
    await unsigned.waitFor(room, ({ eventId, body }) => eventId === now && body === "for you too");
  });

  test("who leaves cannot read what comes after, who joins not what came before", async () => {
    const zelie = await peer();
    const omar = await peer();
    const ines = await peer();
    const room = await together(zelie, omar);
    const first = await zelie.say(room, "one");
    await zelie.invite(room, ines.userId);
    await ines.join(room);
    const second = await zelie.say(room, "two");
    await ines.waitFor(room, ({ eventId, body }) => eventId === second && body === "two");
    const before = await ines.waitFor(room, ({ eventId }) => eventId === first);
    expect(before.undecryptable).toBeDefined();
    await zelie.kick(room, ines.userId);
    const third = await zelie.say(room, "three");
    await omar.waitFor(room, ({ eventId, body }) => eventId === third && body === "three");
    const sessions = (await omar.said(room, zelie.userId)).map(({ session }) => session);
    expect(sessions[2]).not.toBe(sessions[1]);
    const handed = (await omar.waitFor(room, ({ eventId }) => eventId === third)).raw;
    expect((await ines.read(room, handed)).undecryptable).toBeDefined();
    const kept = (await omar.waitFor(room, ({ eventId }) => eventId === second)).raw;
    expect((await ines.read(room, kept)).body).toBe("two");
    await zelie.rotate(room);
    await zelie.say(room, "four");
    const rotated = (await omar.said(room, zelie.userId)).map(({ session }) => session);
    expect(new Set(rotated.slice(1)).size).toBe(3);
  });

  test("a device that is blacklisted gets no key, and is told; as is one that nobody verified, where that is asked for", async () => {
    const zelie = await peer();
    const omar = await peer();
    const room = await together(zelie, omar);
    await zelie.blacklist(omar.userId, omar.deviceId);
    const withheld = await zelie.say(room, "not for you");
    const failed = await omar.waitFor(
      room,
      ({ eventId, undecryptable }) => eventId === withheld && undecryptable === "MEGOLM_KEY_WITHHELD",
    );
    expect(failed.body).toBeUndefined();

    const ines = await peer();
    const other = await together(ines, omar);
    ines.blacklistUnverified(true);
    const unverified = await ines.say(other, "not for you either");
    await omar.waitFor(
      other,
      ({ eventId, undecryptable }) =>
        eventId === unverified && undecryptable === "MEGOLM_KEY_WITHHELD_FOR_UNVERIFIED_DEVICE",
    );
    await ines.verify(omar.userId);
    const verified = await ines.say(other, "now that we met");
    await omar.waitFor(other, ({ eventId, body }) => eventId === verified && body === "now that we met");
  });

  test("an identity is known by its master key, and a new one is told from it", async () => {
    const zelie = await peer();
    const omar = await peer();
    const room = await together(zelie, omar);
    await zelie.say(room, "bonjour");
    const key = await omar.masterKey();
    expect(key).toMatch(/^[A-Za-z0-9+/]{43}$/);
    expect(await zelie.identityOf(omar.userId)).toEqual({ masterKey: key, changed: false });
    await omar.resetIdentity();
    await expect.poll(() => zelie.identityOf(omar.userId)).toMatchObject({ changed: true });
    expect((await zelie.identityOf(omar.userId)).masterKey).toBe(await omar.masterKey());
    expect(await omar.masterKey()).not.toBe(key);
    expect(await (await peer({ crossSign: false })).masterKey()).toBeUndefined();
  });

  test("it sends nothing to a room that is not encrypted", async () => {
    const zelie = await peer();
    const room = await zelie.createRoom({ encrypted: false });
    await expect(zelie.say(room, "secret")).rejects.toThrow(/m\.room\.encryption.*404/);
    expect(await zelie.plain.said(room, zelie.userId)).toEqual([]);
  });

  test("stopped, it asks the server nothing any more, and lets go of its long poll", async () => {
    const proxy = await startProxy(synapse.url);
    const polls = new Set<string>();
    proxy.after = (method, path) => void polls.delete(`${method} ${path}`);
    proxy.before = async (method, path) => void polls.add(`${method} ${path}`);
    const zelie = await startPeer(proxy.url, await synapse.register(`person${++number}`));
    await zelie.say(await zelie.createRoom(), "alone");
    await expect.poll(() => [...polls].filter((line) => line.includes("/sync")).length).toBe(1);
    await zelie.stop();
    await expect.poll(() => polls.size).toBe(0);
    const asked = proxy.seen.length;
    await sleep(1500);
    expect(proxy.seen.slice(asked)).toEqual([]);
    await proxy.close();
  });
});
