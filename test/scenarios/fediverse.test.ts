/**
 * The Fediverse on real parts: two snac2 servers that federate, an ActivityPub actor that keeps to no rule, ZFS and libvirt
 * in the guest, the bot and the executor as they are installed.
 */
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { type Actor, everybody, type NoteOptions, startActor } from "../../lab/activitypub/actor.ts";
import { labNeeds } from "../../lab/needs.ts";
import { snapshotsOf } from "../rig/answers.ts";
import { botHandle, type LiveFediverse, pinned, startLiveFediverse, textOf } from "../rig/live-fediverse.ts";
import { watchRelay } from "../rig/live-host.ts";
import type { Program } from "../rig/process.ts";

const lab = await labNeeds("hypervisor", "snac");

describe.skipIf(lab.missing)(
  lab.name("a mention on the Fediverse, a real snapshot, an answer in the thread"),
  { timeout: 400_000 },
  () => {
    let live: LiveFediverse;
    let program: Program;
    const actors: Actor[] = [];

    beforeAll(async () => {
      live = await startLiveFediverse();
      program = await live.startBot();
    }, 400_000);
    afterEach(async () => {
      await Promise.all(actors.splice(0).map((actor) => actor.stop()));
    });
    afterAll(() => live?.stop());

    /** What is said to the bot must not have been done: a valid command comes after it, and only that one is. */
    async function onlyTheValidOneRuns(target: string, before: readonly unknown[]): Promise<void> {
      const valid = await live.zelie.post(`@manchot snapshot ${target}`);
      expect(textOf(await live.answer(live.zelie, valid.id))).toContain(`${target}@`);
      const after = await snapshotsOf(live);
      expect(after.slice(before.length).length).toBe(1);
      expect((await live.answers(live.zelie, valid.id)).length).toBe(1);
    }
    const bot = () => live.fediverse.servers.ops.users.manchot;
    /** The bot's answers to a note, as its own server has them; undefined where the note did not arrive. */
    async function answersTo(note: { readonly id?: unknown }): Promise<readonly string[] | undefined> {
      const status = (await live.reader.notifications()).find((one) => one.status?.uri === note.id)?.status;
      if (status === undefined) return undefined;
      return (await live.answers(live.reader, status.id)).map(textOf);
    }

    it("takes the snapshot that a local admin asked for, and answers in the thread", async () => {
      const question = await live.zelie.post('@manchot instantané web note "avant mise à jour"');
      const answer = await live.answer(live.zelie, question.id);
      const made = await snapshotsOf(live);
      expect(made.map(({ dataset }) => dataset)).toEqual(["tank/production/web", "tank/production/web-data"]);
      expect(made.map(({ note }) => note)).toEqual(["avant mise à jour", "avant mise à jour"]);
      for (const { name } of made) expect(textOf(answer)).toContain(name);
      expect(answer.in_reply_to_id).toBe(question.id);
      expect(textOf(answer)).toMatch(/^@zelie@ops\.test/);
    });

    it("refuses the same words from an account of the same name elsewhere, and not one byte goes to the executor", async () => {
      const before = await snapshotsOf(live);
      const relay = await watchRelay(live.guest);
      const question = await live.impostor.post(`${botHandle} instantané web note "avant mise à jour"`);
      const refusal = textOf(await live.answer(live.impostor, question.id));
      expect(refusal).toMatch(/⛔/);
      expect(await relay.calls()).toEqual([]);
      expect(await snapshotsOf(live)).toEqual(before);
      await onlyTheValidOneRuns("tank/mail", before);
      expect((await relay.calls()).length).toBeGreaterThan(3);
      await relay.end();
    });

    it("refuses changes to a pinned account of another server, whose roles let it ask", async () => {
      const before = await snapshotsOf(live);
      const question = await live.camille.post(`${botHandle} snapshot sql`);
      expect(textOf(await live.answer(live.camille, question.id))).toMatch(/⛔/);
      const help = await live.camille.post(`${botHandle} qui-suis-je`);
      expect(textOf(await live.answer(live.camille, help.id))).toContain("Camille");
      await onlyTheValidOneRuns("tank/mail", before);
    });

    describe("on its own server", () => {
      it("an edit that makes a command of a post runs nothing", async () => {
        const before = await snapshotsOf(live);
        const harmless = await live.zelie.post("bonjour tout le monde");
        await live.zelie.edit(harmless.id, "@manchot snapshot audio");
        await onlyTheValidOneRuns("tank/mail", before);
        expect(await live.answers(live.zelie, harmless.id)).toEqual([]);
      });

      it("a boosted command runs no second time", async () => {
        const asked = await live.zelie.post("@manchot snapshot tank/mail");
        await live.answer(live.zelie, asked.id);
        const before = await snapshotsOf(live);
        await live.impostor.lookup("zelie@ops.test");
        await live.zelie.boost(asked.id);
        await onlyTheValidOneRuns("tank/mail", before);
      });

      it("a mention that does not lead, or leads for two, runs nothing", async () => {
        const before = await snapshotsOf(live);
        const first = await live.zelie.post("dis, @manchot snapshot audio");
        const second = await live.zelie.post("@manchot @camille@peer.test snapshot audio");
        await onlyTheValidOneRuns("tank/mail", before);
        for (const { id } of [first, second]) expect(await live.answers(live.zelie, id)).toEqual([]);
      });
    });

    describe("by an actor that keeps to no rule", () => {
      const mention = (words: string, more: Partial<NoteOptions> = {}): NoteOptions => ({
        html: `<p><span class="h-card"><a href="${bot().actorUri}" class="u-url mention">@<span>manchot</span></a></span> ${words}</p>`,
        to: [everybody, bot().actorUri],
        tagged: [{ uri: bot().actorUri, handle: botHandle }],
        ...more,
      });
      async function hostile(name: string, more: Partial<Parameters<typeof startActor>[1]> = {}): Promise<Actor> {
        const actor = await startActor(live.fediverse.names, { preferredUsername: name, ...more });
        actors.push(actor);
        return actor;
      }
      const send = (actor: Actor, activity: ReturnType<Actor["create"]>) => actor.deliver(activity, bot());
      type Note = ReturnType<Actor["note"]>;
      /** Delivers a note, and waits until the bot's server notifies of it: what comes later is then read later. */
      async function say(actor: Actor, options: NoteOptions): Promise<Note> {
        const note = actor.note(options);
        await send(actor, actor.create(note));
        await live.reader.waitForNotification((one) => one.status?.uri === note.id);
        return note;
      }
      /** So many answers, each a refusal: waits for them, for they come after the valid one's where it was quicker. */
      async function expectRefused(note: Note, times = 1): Promise<void> {
        await live.reader.waitFor(async () => ((await answersTo(note))?.length === times ? true : undefined));
        for (const text of (await answersTo(note)) ?? []) expect(text).toMatch(/⛔|⚠/u);
      }
      /** How often each is answered: whose handle is none, and bots, are left alone. */
      const impostors: readonly (readonly [string, Parameters<typeof startActor>[1], number])[] = [
        ["a homoglyph of the admin's name", { preferredUsername: "zеlie", displayName: "Zélie" }, 0],
        [
          "the admin's name and page",
          { preferredUsername: "zelie", displayName: "Zélie", url: "http://ops.test/zelie" },
          1,
        ],
        ["a bot", { preferredUsername: "robot", type: "Service" }, 0],
      ];
      it.each(impostors)("%s", async (_what, profile, times) => {
        const before = await snapshotsOf(live);
        const actor = await startActor(live.fediverse.names, profile, `h${actors.length}-${Date.now()}.test`);
        actors.push(actor);
        const note = await say(actor, mention("snapshot audio"));
        await onlyTheValidOneRuns("tank/mail", before);
        await expectRefused(note, times);
      });

      it("a new name, after the old one was known", async () => {
        const before = await snapshotsOf(live);
        const actor = await hostile("passante");
        await say(actor, mention("whoami"));
        await send(actor, await actor.become({ preferredUsername: "zelie" }, [bot().actorUri]));
        const note = await say(actor, mention("snapshot audio"));
        await onlyTheValidOneRuns("tank/mail", before);
        await expectRefused(note);
      });

      it("a name that a known person gave up, taken again by somebody else", async () => {
        const before = await snapshotsOf(live);
        const [name, host] = [{ preferredUsername: "revenante", displayName: "Revenante" }, `rev-${Date.now()}.test`];
        const known = await startActor(live.fediverse.names, name, host);
        const account = await live.reader.lookup(known.handle().slice(1));
        const { url } = live.fediverse.servers.ops;
        const pin = pinned(url, account?.id ?? "nobody", known.uri);
        live.configure({
          people: [
            "  - id: revenante",
            "    name: Revenante",
            "    roles: [member]",
            `    accounts: { fediverse: ["${pin}"] }`,
          ],
        });
        await program.kill();
        program = await live.startBot();
        const first = await say(known, mention("whoami"));
        expect(await live.reader.waitFor(async () => (await answersTo(first))?.[0])).toContain("(revenante)");
        await known.stop();

        const next = await startActor(live.fediverse.names, name, host, "/users/2");
        actors.push(next);
        expect(next.handle()).toBe(known.handle());
        const second = await say(next, mention("whoami"));
        const told = await live.reader.waitFor(async () => (await answersTo(second))?.[0]);
        expect(told).not.toContain("(revenante)");
        expect(told).toContain(`${next.uri}`);
        const note = await say(next, mention("snapshot audio"));
        await onlyTheValidOneRuns("tank/mail", before);
        await expectRefused(note);
      });

      it("an edit of its note into a command", async () => {
        const before = await snapshotsOf(live);
        const actor = await hostile("passante");
        const note = await say(actor, mention("whoami"));
        await send(actor, actor.update(note, mention("snapshot audio").html));
        const edited = (one: { readonly status?: { readonly uri: string; readonly content: string } }) =>
          one.status?.uri === note.id && one.status?.content.includes("audio") === true;
        await live.reader.waitForNotification(edited);
        await onlyTheValidOneRuns("tank/mail", before);
        for (const text of (await answersTo(note)) ?? []) expect(text).not.toContain("audio");
      });

      it("a boost of the admin's old command", async () => {
        const asked = await live.zelie.post("@manchot snapshot tank/mail");
        await live.answer(live.zelie, asked.id);
        const before = await snapshotsOf(live);
        const actor = await hostile("passante");
        await send(actor, actor.announce(asked.uri));
        await onlyTheValidOneRuns("tank/mail", before);
      });

      it("a mention in the addressing alone, and one that the text only shows", async () => {
        const before = await snapshotsOf(live);
        const actor = await hostile("passante");
        const hidden = await say(actor, { ...mention(""), html: "<p>snapshot audio</p>" });
        const html = "<p>@manchot@ops.test.evil.example snapshot audio</p>";
        const shown = await say(actor, { ...mention(""), html });
        await onlyTheValidOneRuns("tank/mail", before);
        expect(await answersTo(hidden)).toEqual([]);
        expect(await answersTo(shown)).toEqual([]);
      });

      it("text that is turned around by bidi controls", async () => {
        const before = await snapshotsOf(live);
        const actor = await hostile("passante");
        const note = await say(actor, mention("\u202eoidua tohspans\u202c"));
        await onlyTheValidOneRuns("tank/mail", before);
        await expectRefused(note);
      });

      it("one note three times, then notes from the past and the future, out of order", async () => {
        const before = await snapshotsOf(live);
        const actor = await hostile("passante");
        const note = await say(actor, mention("whoami"));
        for (let time = 0; time < 2; time++) await send(actor, actor.create(note));
        const days = (count: number) => new Date(Date.now() + count * 86_400_000);
        const later = await say(actor, mention("snapshot audio", { published: days(3) }));
        const earlier = await say(actor, mention("snapshot audio", { published: days(-3) }));
        await onlyTheValidOneRuns("tank/mail", before);
        for (const one of [later, earlier]) await expectRefused(one);
        expect((await answersTo(note))?.length).toBe(1);
      });

      it("a note in the admin's name whose id stays on its own host", async () => {
        const before = await snapshotsOf(live);
        const actor = await hostile("passante");
        const { zelie } = live.fediverse.servers.ops.users;
        const note = await say(actor, mention("snapshot audio", { attributedTo: zelie.actorUri }));
        await onlyTheValidOneRuns("tank/mail", before);
        expect(await answersTo(note)).toEqual([]);
      });
    });
  },
);
