/** The lab's Fediverse: two servers that federate, and a stranger who keeps to no rule, as the bot's server shows them. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Actor, everybody, type Json, startActor } from "../../lab/activitypub/actor.ts";
import { createFediverseClient, type FediverseClient, type Notification } from "../../lab/fediverse-client.ts";
import { labNeeds } from "../../lab/needs.ts";
import { type Fediverse, type FediverseUser, startFediverse } from "../../lab/snac.ts";

const lab = await labNeeds("snac");
const day = 86_400_000;
const servers = { ops: ["bot", "zelie"], peer: ["alice"] } as const;

describe.skipIf(lab.missing)(lab.name("the lab's Fediverse"), () => {
  let fediverse: Fediverse<typeof servers>;
  let bot: FediverseClient;
  let zelie: FediverseClient;
  let alice: FediverseClient;
  let account: FediverseUser;
  beforeAll(async () => {
    fediverse = await startFediverse({ servers });
    const { ops, peer } = fediverse.servers;
    account = ops.users.bot;
    bot = createFediverseClient(ops.url, account);
    zelie = createFediverseClient(ops.url, ops.users.zelie);
    alice = createFediverseClient(peer.url, peer.users.alice);
  });
  afterAll(async () => {
    await fediverse?.stop();
  });

  /** The bot's notification of the post with that URI. */
  const arrived = (uri: unknown): Promise<Notification> => bot.waitForNotification(({ status }) => status?.uri === uri);

  test("accounts have an actor URI and an id, and are found from the other server", async () => {
    expect((await bot.me()).id).toBe(account.id);
    expect(await bot.account(account.id)).toMatchObject({ acct: "bot@ops.test", uri: account.actorUri });
    expect(await alice.lookup("bot@ops.test")).toMatchObject({ uri: "http://ops.test/bot" });
    expect(await alice.lookup("nobody@ops.test")).toBeUndefined();
  });

  test("a mention from the other server arrives, and the answer gets back into its thread", async () => {
    const asked = await alice.post(`${account.handle} vm list\nmerci`, { visibility: "direct" });
    const { status, account: by } = await arrived(asked.uri);
    expect([by.acct, status?.account.acct, status?.visibility]).toEqual([
      "alice@peer.test",
      "alice@peer.test",
      "private",
    ]);
    expect(status?.content).toMatch(/>@bot@ops\.test<\/a><\/span> vm list<br>merci/);
    const answer = await bot.post("@alice@peer.test trois", { visibility: "direct", inReplyTo: status?.id ?? "" });
    const got = await alice.waitForReply(asked.id);
    expect([got.uri, got.account.acct]).toEqual([answer.uri, "bot@ops.test"]);
    await bot.edit(answer.id, "@alice@peer.test quatre");
    const edited = await alice.waitForReply(asked.id, (reply) => reply.edited_at !== null);
    expect(edited.content).toContain("quatre");
  });

  test("so does one from the same server; a boost is told", async () => {
    const asked = await zelie.post("@bot help");
    const { status } = await arrived(asked.uri);
    expect([status?.account.acct, status?.visibility]).toEqual(["zelie@ops.test", "public"]);
    const answer = await bot.post("@zelie@ops.test voilà", { visibility: "unlisted", inReplyTo: asked.id });
    expect((await bot.statuses(account.id)).map(({ uri }) => uri)).toContain(answer.uri);
    await zelie.boost((await zelie.waitForReply(asked.id)).id);
    const boosted = await bot.waitForNotification(({ type }) => type === "reblog");
    expect([boosted.account.acct, boosted.status?.reblog?.uri]).toEqual(["zelie@ops.test", answer.uri]);
  });

  test("notifications are read forwards, though a page that is too short has the newest of them", async () => {
    const before = await bot.notifications();
    const asked = await zelie.post("@bot encore");
    await arrived(asked.uri);
    const newer = await bot.notifications({ minId: before[0]?.id ?? "" });
    expect(newer.map(({ status }) => status?.uri)).toEqual([asked.uri]);
    const all = (await bot.notifications()).map(({ id }) => id);
    const page = await bot.notifications({ minId: all.at(-1) ?? "", limit: 2 });
    expect(all.length).toBeGreaterThan(3);
    expect(page.map(({ id }) => id)).toEqual(all.slice(0, 2));
  });

  describe("what a stranger sends", () => {
    let mallory: Actor;
    let robot: Actor;
    let twin: Actor;
    let url: Actor;
    const notes = new Map<string, Json>();
    const seen = new Map<string, readonly Notification[]>();
    const answers = new Map<string, number>();

    /** A note to the bot with the mention of it in the text, unless it says otherwise. */
    const note = (by: Actor, html: string, more: Partial<Parameters<Actor["note"]>[0]> = {}): Json => {
      const tagged = [{ uri: account.actorUri, handle: account.handle }];
      const mention = `<a href="${account.actorUri}" class="u-url mention">@<span>bot</span></a>`;
      return by.note({ html: `<p>${mention} ${html}</p>`, to: [account.actorUri], tagged, ...more });
    };
    /** All that the server has received until now is worked off: it takes one after the other. */
    const settled = async (): Promise<readonly Notification[]> => {
      const last = note(mallory, "fin");
      await mallory.deliver(mallory.create(last), account);
      await arrived(last.id);
      return bot.notifications();
    };

    beforeAll(async () => {
      const { zelie: victim } = fediverse.servers.ops.users;
      mallory = await startActor(fediverse.names, { preferredUsername: "mallory" });
      robot = await startActor(fediverse.names, { preferredUsername: "robot", type: "Service" });
      twin = await startActor(fediverse.names, { preferredUsername: "zelie", displayName: "zеlie" });
      url = await startActor(fediverse.names, { preferredUsername: "eve", url: victim.actorUri });
      const sent: Record<string, [Actor, Json]> = {
        plain: [mallory, note(mallory, "help")],
        late: [mallory, note(mallory, "late", { published: new Date(Date.now() - 30 * day) })],
        early: [mallory, note(mallory, "early", { published: new Date(Date.now() + day) })],
        addressed: [mallory, mallory.note({ html: "<p>help</p>", to: [account.actorUri] })],
        copied: [mallory, mallory.note({ html: "<p>help</p>", to: [everybody], cc: [account.actorUri] })],
        bidi: [mallory, note(mallory, "snapshot \u202Ebew\u202C")],
        robot: [robot, note(robot, "help")],
        twin: [twin, note(twin, "help")],
        url: [url, note(url, "help")],
        attributed: [mallory, note(mallory, "help", { attributedTo: victim.actorUri })],
        gone: [mallory, note(mallory, "gone")],
      };
      for (const [name, [by, made]] of Object.entries(sent)) {
        notes.set(name, made);
        answers.set(name, await by.deliver(by.create(made), account));
      }
      const deliver = async (name: string, made: Json, activity: Json, forged = {}): Promise<void> => {
        notes.set(name, made);
        answers.set(name, await mallory.deliver(activity, account, forged));
      };
      const thrice = note(mallory, "thrice");
      const create = mallory.create(thrice);
      for (let times = 0; times < 3; times++) await deliver("thrice", thrice, create);
      const key = note(mallory, "key");
      await deliver("key", key, mallory.create(key), { keyId: `${victim.actorUri}#main-key` });
      const changed = note(mallory, "changed");
      await deliver("changed", changed, mallory.create(note(mallory, "other")), { body: mallory.create(changed) });
      const actor = note(mallory, "actor", { attributedTo: victim.actorUri, id: `${victim.actorUri}/p/1` });
      await deliver("actor", actor, { ...mallory.create(actor), actor: victim.actorUri });
      const all = await settled();
      for (const [name, made] of notes)
        seen.set(
          name,
          all.filter(({ status }) => status?.uri === made.id),
        );
    });
    afterAll(async () => {
      await Promise.all([mallory, robot, twin, url].map((actor) => actor?.stop()));
    });

    const one = (name: string): Notification => {
      const [found, ...more] = seen.get(name) ?? [];
      if (found === undefined || more.length > 0) throw new Error(`${name}: ${more.length} more, ${found?.id}`);
      return found;
    };

    test("arrives as a mention by who signed it", () => {
      const { type, account: by, status } = one("plain");
      expect([type, by.acct, status?.account.id]).toEqual(["mention", `mallory@${mallory.host}`, by.id]);
      expect(status?.content).toContain("</a> help");
    });

    test("arrives whenever it claims to have been written", () => {
      const days = ["late", "early"].map((name) => {
        const { created_at: arrival, status } = one(name);
        return (Date.parse(status?.created_at ?? "") - Date.parse(arrival)) / day;
      });
      expect(days[0]).toBeCloseTo(-30, 1);
      expect(days[1]).toBeCloseTo(1, 1);
    });

    test("arrives as a mention too where the bot is in the addresses only", () => {
      for (const name of ["addressed", "copied"]) {
        const { type, status } = one(name);
        expect([type, status?.content]).toEqual(["mention", "<p>help</p>"]);
      }
      expect([one("addressed"), one("copied")].map(({ status }) => status?.visibility)).toEqual(["private", "public"]);
    });

    test("keeps its bidi controls", () => {
      expect(one("bidi").status?.content).toContain("\u202Ebew\u202C");
    });

    test("three times makes three notifications of one URI", () => {
      const thrice = seen.get("thrice") ?? [];
      expect([thrice.length, new Set(thrice.map(({ id }) => id)).size]).toEqual([3, 3]);
    });

    test("is marked where a program sends it", () => {
      expect([one("robot"), one("plain")].map(({ account }) => account.bot)).toEqual([true, false]);
    });

    test("a twin has a name like another's, and an account of its own", async () => {
      const real = await bot.account(fediverse.servers.ops.users.zelie.id);
      const { account: by } = one("twin");
      expect([by.username, by.display_name]).toEqual(["zelie", "zеlie"]);
      expect(by.display_name).not.toBe(real.display_name);
      expect([by.acct, by.id === real.id]).toEqual([`zelie@${twin.host}`, false]);
    });

    test("a page's address that pretends is not taken for the actor", () => {
      const { id, acct, uri } = one("url").account;
      expect([acct, uri]).toEqual([`eve@${url.host}`, url.uri]);
      const { ops } = fediverse.servers;
      const kept = JSON.parse(readFileSync(join(ops.folder, "object", id.slice(0, 2), `${id}.json`), "utf8")) as Json;
      expect(kept.url).toBe(ops.users.zelie.actorUri);
    });

    test("with a key that it has not, or changed on the way, it is refused", () => {
      expect([seen.get("key"), seen.get("changed")]).toEqual([[], []]);
      expect([answers.get("key"), answers.get("changed")]).toEqual([202, 400]);
    });

    test("in somebody else's name it is NOT refused by snac2: only the notification tells who sent it", () => {
      const { account: by, status } = one("attributed");
      expect([by.acct, status?.account.acct]).toEqual([`mallory@${mallory.host}`, "zelie@ops.test"]);
      expect(status?.uri).toBe(notes.get("attributed")?.id);
    });

    test("with a forged actor nothing tells it from the real one: a bot's home must not be such a server", () => {
      const { account: by, status } = one("actor");
      const forged = "zelie@ops.test";
      expect([by.acct, status?.account.acct, status?.uri]).toEqual([forged, forged, "http://ops.test/zelie/p/1"]);
    });

    test("edits, renames, boosts and deletes afterwards", async () => {
      const edited = notes.get("plain") ?? {};
      await mallory.deliver(mallory.update(edited, "<p>reboot web</p>"), account);
      await mallory.deliver(mallory.remove(String(notes.get("gone")?.id)), account);
      await mallory.deliver(mallory.announce((await bot.post("bonjour")).uri), account);
      await mallory.deliver(await mallory.become({ preferredUsername: "zelie" }, [account.actorUri]), account);
      const before = one("plain");
      const now = await settled();
      const after = now.find(({ id }) => id === before.id);
      expect(after?.status).toMatchObject({ content: "<p>reboot web</p>", uri: edited.id });
      expect([before.status?.edited_at, typeof after?.status?.edited_at]).toEqual([null, "string"]);
      expect(one("gone").status?.content).toContain("gone");
      expect(now.some(({ status }) => status?.uri === notes.get("gone")?.id)).toBe(false);
      expect(now.some(({ type, account: { id } }) => type === "reblog" && id === before.account.id)).toBe(true);
      expect(after?.account).toMatchObject({
        id: before.account.id,
        acct: mallory.handle().slice(1),
        uri: mallory.uri,
      });
    });
  });

  test("killed and started again, a server has what it had, and goes on", async () => {
    const { ops } = fediverse.servers;
    const said = await bot.post("avant la coupure");
    await ops.kill();
    await expect(bot.post("pendant")).rejects.toThrow();
    await ops.restart();
    expect((await bot.statuses(account.id)).map(({ uri }) => uri)).toContain(said.uri);
    const asked = await alice.post(`${account.handle} encore là ?`);
    expect((await arrived(asked.uri)).account.acct).toBe("alice@peer.test");
  });

  test("paused, it is silent; resumed, it goes on", async () => {
    const { ops } = fediverse.servers;
    ops.pause();
    const asked = bot.me();
    expect(await Promise.race([asked, new Promise((resolve) => setTimeout(resolve, 1500, "silence"))])).toBe("silence");
    ops.resume();
    expect((await asked).id).toBe(account.id);
  });

  test("two of one name do not meet, and leave nothing behind", async () => {
    const shared = readdirSync("/dev/shm");
    const second = await startFediverse({ servers: { ops: ["omar"] } });
    const { ops } = second.servers;
    expect(await createFediverseClient(ops.url, ops.users.omar).lookup("zelie@ops.test")).toBeUndefined();
    await second.stop();
    expect(existsSync(ops.folder)).toBe(false);
    await expect(fetch(ops.url)).rejects.toThrow();
    expect(readdirSync("/dev/shm")).toEqual(shared);
    const asked = await zelie.post("@bot toujours là ?");
    expect((await arrived(asked.uri)).status?.uri).toBe(asked.uri);
  });
});
