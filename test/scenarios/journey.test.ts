/** The whole journey on real parts: Synapse, ZFS and libvirt in the guest, the bot and the executor as they are installed. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { labNeeds } from "../../lab/needs.ts";
import { type Live, startLive } from "../rig/live.ts";
import type { Program } from "../rig/process.ts";

const lab = await labNeeds("hypervisor", "synapse");

describe.skipIf(lab.missing)(lab.name("a mention in Matrix, a real snapshot, an answer in the thread"), () => {
  let live: Live;
  let bot: Program;

  beforeAll(async () => {
    live = await startLive();
    bot = await live.startBot();
    await live.zelie.waitFor(
      live.room,
      (event) =>
        event.type === "m.room.member" && event.state_key === live.botUser && event.content.membership === "join",
    );
  }, 400_000);
  afterAll(() => live?.stop());

  /** The bot's answer in the thread of a message: not an edit, and not progress. */
  const answerTo = (question: string) =>
    live.zelie.waitFor(
      live.room,
      (event) =>
        event.sender === live.botUser &&
        event.content["m.relates_to"]?.event_id === question &&
        event.content["m.new_content"] === undefined,
      120_000,
    );
  const snapshots = async (): Promise<string[][]> => {
    const listed = await live.guest.run([
      "/usr/sbin/zfs",
      "list",
      "-Hp",
      "-t",
      "snapshot",
      "-o",
      "name,manchot:op,manchot:note",
    ]);
    return listed.stdout
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => line.split("\t"));
  };
  /** Bytes that the relay between sshd and the daemon has read so far: every byte of the protocol passes it. */
  const relayed = async (): Promise<number> => {
    const script = 'for p in $(pgrep -f "manchot-executor.mjs attach"); do grep rchar /proc/$p/io; done';
    const counted = await live.guest.run(["sh", "-c", script]);
    const numbers = counted.stdout
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => Number(line.split(" ")[1]));
    expect(numbers.length).toBeGreaterThan(0);
    return numbers.reduce((sum, one) => sum + one, 0);
  };

  it("takes the snapshot that was asked for, and `why` tells the whole story", async () => {
    const question = await live.zelie.say(live.room, '@manchot instantané web note "avant mise à jour"');
    const answer = await answerTo(question);
    const made = await snapshots();
    expect(made.map(([name]) => name?.split("@")[0])).toEqual(["tank/production/web", "tank/production/web-data"]);
    expect(new Set(made.map(([, operation]) => operation)).size).toBe(1);
    expect(made[0]?.[1]).toMatch(/^[0-9a-f-]{36}$/);
    expect(made.map(([, , note]) => note)).toEqual(["avant mise à jour", "avant mise à jour"]);
    for (const [name] of made) expect(answer.content.body).toContain(name);
    expect(answer.content["m.relates_to"]).toMatchObject({ rel_type: "m.thread", event_id: question });

    const number = /#(\d+)/.exec(answer.content.body ?? "")?.[1];
    const why = await live.zelie.say(live.room, `@manchot pourquoi ${number}`);
    const story = (await answerTo(why)).content.body ?? "";
    for (const part of ["zelie", "admins-change", made[0]?.[1] ?? "?", "/usr/sbin/zfs snapshot"])
      expect(story).toContain(part);
  });

  it("refuses a stranger with a reason, and not one byte goes to the executor", async () => {
    const count = (await snapshots()).length;
    const before = await relayed();
    const question = await live.mallory.say(live.room, "@manchot snapshot web");
    const refusal = await answerTo(question);
    expect(refusal.content.body).toMatch(/Zélie/);
    expect(await relayed()).toBe(before);
    expect((await snapshots()).length).toBe(count);

    const valid = await live.zelie.say(live.room, "@manchot snapshot sql");
    expect((await answerTo(valid)).content.body).toContain("tank/production/sql@");
    expect((await snapshots()).length).toBe(count + 1);
    expect(await relayed()).toBeGreaterThan(before);
  });

  it("runs nothing for an edit, a reaction, a notice, or a mention that does not lead", async () => {
    const count = (await snapshots()).length;
    const spoken = (await live.zelie.said(live.room, live.botUser)).length;
    const harmless = await live.zelie.say(live.room, "bonjour");
    await live.zelie.say(live.room, "* @manchot snapshot audio", {
      "m.new_content": { msgtype: "m.text", body: "@manchot snapshot audio" },
      "m.relates_to": { rel_type: "m.replace", event_id: harmless },
    });
    await live.zelie.react(live.room, harmless, "👍");
    await live.zelie.send(live.room, "m.room.message", { msgtype: "m.notice", body: "@manchot snapshot audio" });
    await live.zelie.say(live.room, "dis, @manchot snapshot audio");
    const valid = await live.zelie.say(live.room, "@manchot snapshot visio");
    await answerTo(valid);
    expect((await snapshots()).length).toBe(count + 1);
    expect((await live.zelie.said(live.room, live.botUser)).length).toBe(spoken + 1);
  });

  it("an event delivered three times is answered once", async () => {
    // The homeserver delivers again what was not confirmed: a bot that is killed right after the inbox gets it anew.
    await bot.kill();
    const question = await live.zelie.say(live.room, "@manchot snapshot audio");
    for (let time = 0; time < 2; time++) {
      const killed = await live.startBot({ pauseAt: "received", ready: false });
      await killed.line(/PAUSED received/);
      await killed.kill();
    }
    bot = await live.startBot();
    await answerTo(question);
    const valid = await live.zelie.say(live.room, "@manchot snapshot video");
    await answerTo(valid);
    const answers = (await live.zelie.said(live.room, live.botUser)).filter(
      (event) => event.content["m.relates_to"]?.event_id === question,
    );
    expect(answers.length).toBe(1);
    const names = (await snapshots()).map(([name]) => name?.split("@")[0]);
    expect(names.filter((name) => name === "tank/production/audio").length).toBe(1);
    expect(names.filter((name) => name === "tank/production/video").length).toBe(1);
  });

  it("runs nothing from before it joined", async () => {
    const old = await live.zelie.createRoom();
    await live.zelie.say(old, "@manchot snapshot proxy");
    await live.zelie.invite(old, live.botUser);
    await live.zelie.waitFor(
      old,
      (event) =>
        event.type === "m.room.member" && event.state_key === live.botUser && event.content.membership === "join",
    );
    const valid = await live.zelie.say(old, "@manchot snapshot mail");
    const unknown = await live.zelie.waitFor(
      old,
      (event) => event.sender === live.botUser && event.content["m.relates_to"]?.event_id === valid,
    );
    expect(unknown.content.body).toContain("mail");
    expect((await live.zelie.said(old, live.botUser)).length).toBe(1);
    expect((await snapshots()).some(([name]) => name?.startsWith("tank/production/proxy@"))).toBe(false);
  });

  it("refuses a changed host key, loudly, and serves again with the right one", async () => {
    await bot.kill();
    const other = `SHA256:${"A".repeat(43)}`;
    live.configure({ hostKey: other });
    bot = await live.startBot();
    const question = await live.zelie.say(live.room, "@manchot vm list");
    expect((await answerTo(question)).content.body).toMatch(/identité|clé/i);
    expect(bot.lines.some((line) => /"level":50/.test(line) && /host key|HOST KEY/i.test(line))).toBe(true);
    await bot.kill();
    live.configure({ hostKey: live.guest.hostKey.fingerprint });
    bot = await live.startBot();
    const valid = await live.zelie.say(live.room, "@manchot vm list");
    expect((await answerTo(valid)).content.body).toContain("visio");
  });
});
