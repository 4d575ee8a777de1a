/** The adapter against a real Synapse; what it did is read by a client that shares no code with it. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { createMatrixClient, type MatrixClient } from "../../../lab/matrix-client.ts";
import { labNeeds } from "../../../lab/needs.ts";
import { type Account, type Synapse, startSynapse } from "../../../lab/synapse.ts";
import type { Incoming } from "../../../src/chat/port.ts";
import { answerTo, createMemory, createRig, type Rig, until } from "./rig.ts";

const lab = await labNeeds("synapse");

describe.skipIf(lab.missing)(lab.name("Matrix on Synapse"), () => {
  let synapse: Synapse;
  let zelie: MatrixClient;
  let mallory: MatrixClient;
  let number = 0;
  const running: Rig[] = [];

  beforeAll(async () => {
    synapse = await startSynapse();
    zelie = createMatrixClient(synapse.url, await synapse.register("zelie"));
    mallory = createMatrixClient(synapse.url, await synapse.register("mallory"));
  });
  afterEach(async () => {
    await Promise.all(running.splice(0).map(({ adapter }) => adapter.stop()));
  });
  afterAll(() => synapse.stop());

  async function newBot() {
    const account = await synapse.register(`manchot${++number}`);
    const handle = `@manchot${number}`;
    return {
      account,
      handle,
      user: account.userId,
      client: createMatrixClient(synapse.url, account),
      memory: createMemory(),
    };
  }
  type Bot = Awaited<ReturnType<typeof newBot>>;

  async function run(bot: Bot, inbox?: (message: Incoming) => void): Promise<Rig> {
    const { account, memory } = bot;
    const rig = createRig(
      {
        homeserver: synapse.url,
        accessToken: account.accessToken,
        user: account.userId,
        inviters: [zelie.userId],
        memory,
      },
      inbox,
    );
    running.push(rig);
    await rig.start();
    return rig;
  }
  /** A room of Zélie's with the bot in it, and Mallory, so that it is no one-to-one conversation. */
  async function opsRoom(bot: Bot): Promise<string> {
    const room = await zelie.createRoom({ invite: [bot.user, mallory.userId] });
    await mallory.join(room);
    await bot.client.join(room);
    return room;
  }

  test("the first start runs nothing that was said before it", async () => {
    const bot = await newBot();
    const room = await opsRoom(bot);
    for (let n = 0; n < 3; n++) await zelie.say(room, `${bot.handle} old ${n}`);
    const rig = await run(bot);
    await zelie.say(room, `${bot.handle} new`);
    await until(() => rig.inbox.length > 0);
    expect(rig.texts()).toEqual(["new"]);
  });

  test("says in full what was said, by whom, where, and when", async () => {
    const bot = await newBot();
    const room = await opsRoom(bot);
    const rig = await run(bot);
    const eventId = await zelie.say(room, `${bot.user}: snapshot web note "avant mise à jour"\nand a second line`);
    const inThread = await zelie.say(room, `${bot.handle} why`, {
      "m.relates_to": { rel_type: "m.thread", event_id: eventId },
    });
    await until(() => rig.inbox.length === 2);
    const venue = { network: "matrix", place: room, thread: eventId, direct: false, encrypted: false, local: true };
    const by = { network: "matrix", account: zelie.userId, label: zelie.userId };
    expect(rig.inbox[0]).toEqual({
      ...by,
      eventId,
      venue,
      text: 'snapshot web note "avant mise à jour"',
      sentAt: expect.any(Number),
    });
    expect(rig.inbox[1]).toMatchObject({ eventId: inThread, venue, text: "why" });
    expect(Math.abs((rig.inbox[0]?.sentAt ?? 0) - Date.now())).toBeLessThan(60_000);
  });

  test("80 commands among other messages while it was down: all of them, once, in order; and it starts at once", async () => {
    const bot = await newBot();
    const room = await opsRoom(bot);
    await (await run(bot)).adapter.stop();
    const sent = Array.from({ length: 80 }, (_, n) => `gap ${n}`);
    for (const words of sent) {
      await mallory.say(room, "chatter");
      await zelie.say(room, `${bot.handle} ${words}`);
    }
    const rig = await run(bot);
    await until(() => rig.inbox.length >= 80);
    await zelie.say(room, `${bot.handle} last`);
    await until(() => rig.texts().includes("last"));
    expect(rig.texts()).toEqual([...sent, "last"]);
    await rig.adapter.stop();
    const begun = performance.now();
    await run(bot);
    expect(performance.now() - begun).toBeLessThan(5000);
  });

  test("joining a room with a history runs nothing of it, however much is said until the next sync", async () => {
    const bot = await newBot();
    const first = await run(bot);
    const room = await zelie.createRoom({ invite: [mallory.userId] });
    await mallory.join(room);
    for (let n = 0; n < 5; n++) await zelie.say(room, `${bot.handle} before ${n}`);
    await zelie.invite(room, bot.user);
    await until(async () => (await zelie.members(room)).includes(bot.user));
    await zelie.say(room, `${bot.handle} after`);
    await until(() => first.inbox.length > 0);
    expect(first.texts()).toEqual(["after"]);
    await first.adapter.stop();

    // Joined while no sync runs, and more said than one sync holds: the gap reaches back beyond the joining.
    const other = await zelie.createRoom({ invite: [mallory.userId, bot.user] });
    for (let n = 0; n < 5; n++) await zelie.say(other, `${bot.handle} before ${n}`);
    await bot.client.join(other);
    for (let n = 0; n < 130; n++) await zelie.say(other, `${bot.handle} more ${n}`);
    const second = await run(bot);
    await until(() => second.inbox.length >= 130);
    expect(second.texts()).toEqual(Array.from({ length: 130 }, (_, n) => `more ${n}`));
  });

  test("a change of its own name is no joining: what was said before it while the bot was down is read", async () => {
    const bot = await newBot();
    const room = await opsRoom(bot);
    await (await run(bot)).adapter.stop();
    await zelie.say(room, `${bot.handle} one`);
    await bot.client.call("PUT", `/profile/${encodeURIComponent(bot.user)}/displayname`, { displayname: "Le manchot" });
    await zelie.say(room, `${bot.handle} two`);
    const rig = await run(bot);
    await until(() => rig.inbox.length >= 2);
    expect(rig.texts()).toEqual(["one", "two"]);
  });

  test("an inbox that fails loses nothing: the others arrive, and the failed one again, also after a restart", async () => {
    const bot = await newBot();
    const room = await opsRoom(bot);
    await (await run(bot)).adapter.stop();
    const before = bot.memory.read(`since:${bot.user}`);
    for (let n = 0; n < 5; n++) await zelie.say(room, `${bot.handle} t${n}`);
    const broken = await run(bot, ({ text }) => {
      if (text === "t1") throw new Error("disk full");
    });
    await until(() => broken.inbox.length >= 4);
    await until(() => broken.log.filter((line) => line.includes("disk full")).length >= 3);
    expect(broken.texts()).toEqual(["t0", "t2", "t3", "t4"]);
    expect(bot.memory.read(`since:${bot.user}`)).toBe(before);
    await broken.adapter.stop();
    // The next run gets the whole batch again; that the others were taken before is the store's to know.
    let fails = 2;
    const whole = await run(bot, ({ text }) => {
      if (text === "t1" && fails-- > 0) throw new Error("disk full");
    });
    await until(() => whole.inbox.length >= 5);
    expect([...whole.texts()].sort()).toEqual(["t0", "t1", "t2", "t3", "t4"]);
    await until(() => bot.memory.read(`since:${bot.user}`) !== before);
  });

  test("edits, reactions, notices, pictures, redacted and quoted words, and mentions inside the text are no commands", async () => {
    const bot = await newBot();
    const room = await opsRoom(bot);
    const original = await zelie.say(room, "bonjour");
    await (await run(bot)).adapter.stop();
    const words = `${bot.handle} wrong`;
    const redacted = await zelie.say(room, words);
    await zelie.call("PUT", `/rooms/${encodeURIComponent(room)}/redact/${encodeURIComponent(redacted)}/r1`, {});
    await zelie.say(room, `* ${words}`, {
      "m.new_content": { msgtype: "m.text", body: words },
      "m.relates_to": { rel_type: "m.replace", event_id: original },
    });
    await zelie.say(room, words, { "m.new_content": { msgtype: "m.text", body: words } });
    await zelie.react(room, original, words);
    await zelie.say(room, words, { msgtype: "m.notice" });
    await zelie.say(room, words, { msgtype: "m.emote" });
    await zelie.say(room, words, { msgtype: "m.image", url: "mxc://lab.localhost/x", filename: "x.png" });
    await zelie.say(room, `hello ${words}`, { "m.mentions": { user_ids: [bot.user] } });
    await zelie.say(room, `${bot.handle}:elsewhere.example wrong`);
    await zelie.say(room, `> <${zelie.userId}> ${words}\n\nthanks`, {
      "m.relates_to": { "m.in_reply_to": { event_id: original } },
    });
    await zelie.call("PUT", `/rooms/${encodeURIComponent(room)}/state/m.room.topic/`, {
      topic: words,
      msgtype: "m.text",
      body: words,
    });
    await zelie.call("PUT", `/rooms/${encodeURIComponent(room)}/state/m.room.message/`, {
      msgtype: "m.text",
      body: words,
    });
    await bot.client.say(room, words);
    await zelie.say(room, `> <${zelie.userId}> bonjour\n\n${bot.handle} right`, {
      "m.relates_to": { "m.in_reply_to": { event_id: original } },
    });
    const rig = await run(bot);
    await until(() => rig.inbox.length > 0);
    expect(rig.texts()).toEqual(["right"]);
  });

  test("in a one-to-one room no mention is needed; it is one no more when a third is invited, or when it is public", async () => {
    const bot = await newBot();
    const rig = await run(bot);
    const room = await zelie.createRoom({ invite: [bot.user] });
    await until(async () => (await zelie.members(room)).includes(bot.user));
    await zelie.say(room, "vm list");
    await until(() => rig.inbox.length === 1);
    expect(rig.inbox[0]).toMatchObject({ text: "vm list", venue: { direct: true } });
    await zelie.invite(room, mallory.userId);
    await zelie.say(room, "vm list again");
    await zelie.say(room, `${bot.handle} third`);
    await until(() => rig.inbox.length === 2);
    expect(rig.inbox[1]).toMatchObject({ text: "third", venue: { direct: false } });

    const open = (
      await zelie.call<{ room_id: string }>("POST", "/createRoom", { preset: "public_chat", invite: [bot.user] })
    ).room_id;
    await until(async () => (await zelie.members(open)).includes(bot.user));
    await zelie.say(open, "vm list");
    await zelie.say(open, `${bot.handle} fourth`);
    await until(() => rig.inbox.length === 3);
    expect(rig.inbox[2]).toMatchObject({ text: "fourth", venue: { direct: false } });
  });

  test("an answer for one alone is withheld, and says so, where somebody else came in before it", async () => {
    const bot = await newBot();
    const rig = await run(bot);
    const room = await zelie.createRoom({ invite: [bot.user] });
    await until(async () => (await zelie.members(room)).includes(bot.user));
    await zelie.say(room, "vm list");
    await until(() => rig.inbox.length === 1);
    const [question] = rig.inbox;
    if (question === undefined) throw new Error("nothing was said");
    expect((await rig.adapter.send(answerTo(question, "for her alone"))).kind).toBe("sent");
    await zelie.invite(room, mallory.userId);
    await mallory.join(room);
    // Right behind it, before any sync could tell the adapter.
    expect((await rig.adapter.send(answerTo(question, "a secret"))).kind).toBe("sent");
    const said = (await zelie.said(room, bot.user)).map(({ content }) => JSON.stringify(content));
    expect(said.length).toBe(2);
    expect(said[0]).toContain("for her alone");
    expect(said[1]).toContain("quelqu’un d’autre peut désormais lire ici");
    expect(said[1]).not.toContain("a secret");
  });

  test("a stranger's invite is left alone; one of an inviter is accepted, also when it came before the first start", async () => {
    const bot = await newBot();
    const early = await zelie.createRoom({ invite: [bot.user] });
    const strange = await mallory.createRoom({ invite: [bot.user] });
    const rig = await run(bot);
    await until(async () => (await zelie.members(early)).includes(bot.user));
    const strange2 = await mallory.createRoom({ invite: [bot.user] });
    await zelie.say(early, "vm list");
    await until(() => rig.inbox.length === 1);
    await until(() => rig.log.some((line) => line.includes(strange2)));
    expect(await mallory.members(strange)).toEqual([mallory.userId]);
    expect(await mallory.members(strange2)).toEqual([mallory.userId]);
    await until(() => bot.memory.read("joins") === "[]");
  });

  test("in an encrypted room nothing that came in clear is run, which is said encrypted, and nothing goes out in clear", async () => {
    const bot = await newBot();
    const rig = await run(bot);
    const room = await zelie.createRoom({ invite: [bot.user, mallory.userId], encrypted: true });
    await until(async () => (await zelie.members(room)).includes(bot.user));
    await mallory.join(room);
    // No ciphertext of anything: read by nobody, and worth no answer.
    await zelie.send(room, "m.room.encrypted", {
      algorithm: "m.megolm.v1.aes-sha2",
      ciphertext: "x",
      session_id: "s",
      device_id: "d",
      sender_key: "k",
    });
    const talk = await zelie.say(room, "just talking");
    for (let n = 0; n < 3; n++) await zelie.say(room, `${bot.handle} snapshot web`);
    await zelie.waitFor(room, (event) => event.sender === bot.user && event.type === "m.room.encrypted");
    const clear = await opsRoom(bot);
    await zelie.say(clear, `${bot.handle} here`);
    await until(() => rig.inbox.length > 0);
    expect(rig.texts()).toEqual(["here"]);
    const [message] = rig.inbox;
    if (message === undefined) throw new Error("nothing");
    const there = { venue: { ...message.venue, place: room, thread: talk }, inReplyTo: talk };
    expect(await rig.adapter.send(answerTo(message, "secret", there))).toMatchObject({ kind: "sent" });
    // What was asked encrypted is answered so, whatever the homeserver says of the room.
    const asked = { ...message.venue, encrypted: true };
    expect(await rig.adapter.send(answerTo(message, "secret", { venue: asked }))).toMatchObject({ kind: "sent" });
    const said = async (where: string) =>
      (await zelie.events(where)).filter(({ sender, state_key }) => sender === bot.user && state_key === undefined);
    // One notice for all of her clear messages, and the answer.
    expect((await said(room)).map(({ type }) => type)).toEqual(["m.room.encrypted", "m.room.encrypted"]);
    expect((await said(clear)).map(({ type }) => type)).toEqual(["m.room.encrypted"]);
    expect(JSON.stringify([await said(room), await said(clear)])).not.toMatch(/secret|m\.mentions|formatted_body/);
  });

  test("in a room that becomes encrypted under way, what was asked before is answered encrypted", async () => {
    const bot = await newBot();
    const room = await opsRoom(bot);
    const rig = await run(bot);
    await zelie.say(room, `${bot.handle} before`);
    await until(() => rig.inbox.length === 1);
    await zelie.call("PUT", `/rooms/${encodeURIComponent(room)}/state/m.room.encryption/`, {
      algorithm: "m.megolm.v1.aes-sha2",
    });
    await zelie.say(room, `${bot.handle} after`);
    await zelie.waitFor(room, (event) => event.sender === bot.user && event.type === "m.room.encrypted");
    const [message] = rig.inbox;
    if (message === undefined) throw new Error("nothing");
    expect(await rig.adapter.send(answerTo(message, "late answer"))).toMatchObject({ kind: "sent" });
    expect(rig.texts()).toEqual(["before"]);
    expect(await zelie.said(room, bot.user)).toEqual([]);
    // A homeserver that says it is not encrypted after all is not believed.
    await zelie.call("PUT", `/rooms/${encodeURIComponent(room)}/state/m.room.encryption/`, { algorithm: "none" });
    expect(await rig.adapter.send(answerTo(message, "later"))).toMatchObject({
      kind: "rejected",
      why: expect.stringContaining("encrypted in a way"),
    });
    expect(await zelie.said(room, bot.user)).toEqual([]);
  });

  test("an answer stands in the thread, calls who asked and nobody else; progress edits one post and calls nobody", async () => {
    const bot = await newBot();
    const room = await opsRoom(bot);
    const rig = await run(bot);
    const asked = await zelie.say(room, `${bot.handle} snapshot web`);
    await until(() => rig.inbox.length === 1);
    const [message] = rig.inbox;
    if (message === undefined) throw new Error("nothing");
    const progress = { tone: "progress", blocks: [{ kind: "text", text: "under way" }] } as const;
    const post = await rig.adapter.send(answerTo(message, "", { answer: progress }));
    if (post.kind !== "sent") throw new Error(JSON.stringify(post));
    await rig.adapter.send(answerTo(message, "", { answer: progress, edits: post.eventId }));
    await rig.adapter.send(answerTo(message, "@room <b>done</b> @mallory:lab.localhost"));
    const [first, edit, final] = (await zelie.said(room, bot.user)).map((event) => event.content);
    const thread = {
      rel_type: "m.thread",
      event_id: asked,
      is_falling_back: true,
      "m.in_reply_to": { event_id: asked },
    };
    // In full, unlike what follows: nobody else may stand beside those who are meant.
    const called = [first, edit, edit?.["m.new_content"] as typeof edit, final].map(
      (content) => content?.["m.mentions"],
    );
    expect(called).toEqual([{}, {}, {}, { user_ids: [zelie.userId] }]);
    expect(first).toMatchObject({ msgtype: "m.notice", "m.mentions": {}, "m.relates_to": thread });
    expect(edit).toMatchObject({
      "m.mentions": {},
      "m.relates_to": { rel_type: "m.replace", event_id: post.eventId },
      "m.new_content": { msgtype: "m.notice", body: expect.stringContaining("under way"), "m.mentions": {} },
    });
    expect(final).toMatchObject({
      msgtype: "m.notice",
      "m.mentions": { user_ids: [zelie.userId] },
      "m.relates_to": thread,
    });
    expect(final?.body).not.toMatch(/@(room|mallory)/);
    expect(final?.formatted_body).toContain("&lt;b&gt;");
  });

  test("the same key twice is one event; a long answer is several, none lost and none doubled", async () => {
    const bot = await newBot();
    const room = await opsRoom(bot);
    const rig = await run(bot);
    await zelie.say(room, `${bot.handle} vm list`);
    await until(() => rig.inbox.length === 1);
    const [message] = rig.inbox;
    if (message === undefined) throw new Error("nothing");
    const post = answerTo(message, "once");
    const first = await rig.adapter.send(post);
    expect(await rig.adapter.send(post)).toEqual(first);
    const lines = Array.from({ length: 4000 }, (_, n) => `line ${n} é ${"x".repeat(20)}`);
    const long = answerTo(message, lines.join("\n"));
    const sent = await rig.adapter.send(long);
    expect(await rig.adapter.send(long)).toEqual(sent);
    const bodies = (await zelie.said(room, bot.user)).map((event) => event.content.body ?? "");
    expect(bodies[0]).toBe("once");
    expect(bodies.length).toBeGreaterThan(2);
    expect(bodies.slice(1).join("\n")).toBe(lines.join("\n"));
  });

  test("a wrong token, or another account's, is told with the mend and without the token", async () => {
    const bot = await newBot();
    const start = (account: Account, user: string) =>
      createRig({
        homeserver: synapse.url,
        accessToken: account.accessToken,
        user,
        inviters: [],
        memory: bot.memory,
      }).start();
    await expect(start({ ...bot.account, accessToken: "syt_wrong_token" }, bot.user)).rejects.toThrow(
      /does not accept the access token.*To resolve/,
    );
    await expect(start({ ...bot.account, accessToken: "syt_wrong_token" }, bot.user)).rejects.not.toThrow(
      /syt_wrong_token/,
    );
    await expect(start(bot.account, "@other:lab.localhost")).rejects.toThrow(
      /belongs to @manchot\d+:lab.localhost.*To resolve/,
    );
  });

  test("stops at once, in the middle of a long poll, and leaves nothing open", async () => {
    const bot = await newBot();
    const sockets = (): number => process.getActiveResourcesInfo().filter((name) => name === "TCPSocketWrap").length;
    await until(() => sockets() === 0, 10_000).catch(() => undefined);
    const before = sockets();
    const rig = await run(bot);
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(sockets()).toBeGreaterThan(before);
    const begun = performance.now();
    await rig.adapter.stop();
    expect(performance.now() - begun).toBeLessThan(300);
    await until(() => sockets() <= before, 1000);
    expect(await rig.adapter.send(answerTo({ venue: { place: "!x:y" } } as Incoming, "late"))).toMatchObject({
      kind: "retry",
    });
  });
});
