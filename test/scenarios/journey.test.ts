/** The whole journey on real parts: Synapse, ZFS and libvirt in the guest, the bot and the executor as they are installed. */
import { join } from "node:path";
import Database from "better-sqlite3";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { labNeeds } from "../../lab/needs.ts";
import { answersTo, answerTo as finalAnswerTo, snapshotsOf } from "../rig/answers.ts";
import { type Live, startLive } from "../rig/live.ts";
import { watchRelay } from "../rig/live-host.ts";
import type { Program } from "../rig/process.ts";

const lab = await labNeeds("hypervisor", "synapse");

describe.skipIf(lab.missing)(
  lab.name("a mention in Matrix, a real snapshot, an answer in the thread"),
  { timeout: 400_000 },
  () => {
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

    const answerTo = (question: string) => finalAnswerTo(live, question, 120_000);
    const snapshots = () => snapshotsOf(live);
    it("takes the snapshot that was asked for, and `why` tells the whole story", async () => {
      const question = await live.zelie.say(live.room, '@manchot instantané web note "avant mise à jour"');
      const answer = await answerTo(question);
      const made = await snapshots();
      expect(made.map(({ dataset }) => dataset)).toEqual(["tank/production/web", "tank/production/web-data"]);
      expect(new Set(made.map(({ operation }) => operation)).size).toBe(1);
      expect(made[0]?.operation).toMatch(/^[0-9a-f-]{36}$/);
      expect(made.map(({ note }) => note)).toEqual(["avant mise à jour", "avant mise à jour"]);
      for (const { name } of made) expect(answer.content.body).toContain(name);
      expect(answer.content["m.relates_to"]).toMatchObject({ rel_type: "m.thread", event_id: question });

      const number = /#(\d+)/.exec(answer.content.body ?? "")?.[1];
      const why = await live.zelie.say(live.room, `@manchot pourquoi ${number}`);
      const story = (await answerTo(why)).content.body ?? "";
      for (const part of ["zelie", "admins-change", made[0]?.operation ?? "?", "/usr/sbin/zfs snapshot"])
        expect(story).toContain(part);
    });

    it("refuses a stranger with a reason, and not one byte goes to the executor", async () => {
      const count = (await snapshots()).length;
      const relay = await watchRelay(live.guest);
      const question = await live.mallory.say(live.room, "@manchot snapshot web");
      const refusal = await answerTo(question);
      expect(refusal.content.body).toMatch(/Zélie/);
      expect(await relay.calls()).toEqual([]);
      expect((await snapshots()).length).toBe(count);

      const valid = await live.zelie.say(live.room, "@manchot snapshot sql");
      expect((await answerTo(valid)).content.body).toContain("tank/production/sql@");
      expect((await snapshots()).length).toBe(count + 1);
      expect((await relay.calls()).length).toBeGreaterThan(3);
      await relay.end();
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
      const since = (await live.zelie.said(live.room, live.botUser)).slice(spoken);
      // An edit of its own progress has no thread; whatever has one belongs to the valid command.
      for (const event of since) {
        const relation = event.content["m.relates_to"];
        expect(relation?.rel_type === "m.replace" || relation?.event_id === valid, event.content.body).toBe(true);
      }
    });

    it("an event delivered three times is answered once", async () => {
      // A homeserver delivers again whatever came after the token it is shown: so the bot is given its old one back.
      await bot.kill();
      const token = rememberedOf(live);
      const question = await live.zelie.say(live.room, "@manchot snapshot audio");
      bot = await live.startBot();
      await answerTo(question);
      for (let time = 0; time < 2; time++) {
        await bot.kill();
        expect(rememberedOf(live)).not.toEqual(token);
        rememberedOf(live, token);
        bot = await live.startBot();
      }
      const valid = await live.zelie.say(live.room, "@manchot snapshot video");
      await answerTo(valid);
      expect(answersTo(await live.zelie.events(live.room), live.botUser, question).length).toBe(1);
      const names = (await snapshots()).map(({ dataset }) => dataset);
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
        (event) => answersTo([event], live.botUser, valid).length > 0,
        120_000,
      );
      expect(unknown.content.body).toContain("mail");
      const answered = (await live.zelie.said(old, live.botUser)).map(
        (event) => event.content["m.relates_to"]?.event_id,
      );
      expect(new Set(answered)).toEqual(new Set([valid]));
      expect((await snapshots()).some(({ dataset }) => dataset === "tank/production/proxy")).toBe(false);
    });

    it("refuses a changed host key, loudly, and serves again with the right one", async () => {
      await bot.kill();
      const other = `SHA256:${"A".repeat(43)}`;
      live.configure({ hostKey: other });
      bot = await live.startBot({ reachable: false });
      const question = await live.zelie.say(live.room, "@manchot vm list");
      expect((await answerTo(question)).content.body).toMatch(/identité|clé/i);
      expect(bot.lines.some((line) => /"level":50/.test(line) && /host key|HOST KEY/i.test(line))).toBe(true);
      await bot.kill();
      live.configure({ hostKey: live.guest.hostKey.fingerprint });
      bot = await live.startBot();
      const valid = await live.zelie.say(live.room, "@manchot vm list");
      expect((await answerTo(valid)).content.body).toContain("visio");
    });
  },
);

type Memory = { readonly adapter: string; readonly key: string; readonly value: string };

/** What the Matrix adapter remembers, read from the store of a bot that does not run; or put back. */
function rememberedOf(live: Live, old?: readonly Memory[]): readonly Memory[] {
  const db = new Database(join(live.folder, "state/manchot.sqlite"));
  try {
    const put = db.prepare("INSERT OR REPLACE INTO memory (adapter, key, value) VALUES (@adapter, @key, @value)");
    for (const row of old ?? []) put.run(row);
    return db.prepare<[], Memory>("SELECT adapter, key, value FROM memory ORDER BY key").all();
  } finally {
    db.close();
  }
}
