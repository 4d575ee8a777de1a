/**
 * Killed anywhere, nothing is lost and nothing is done twice: SIGKILL of the bot and of the executor at every named
 * point and at seeded random moments, and one power cut of the hypervisor. Snapshots are counted by `zfs list`, answers by
 * an independent Matrix client.
 */
import { writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { labNeeds } from "../../lab/needs.ts";
import { holdPoints, points } from "../../src/executor/points.ts";
import { points as botPoints } from "../../src/points.ts";
import { answersTo, answerTo, snapshotsOf } from "../rig/answers.ts";
import { type Live, startLive } from "../rig/live.ts";
import { untilPaused } from "../rig/paused.ts";
import type { Program } from "../rig/process.ts";
import { randomOf } from "../rig/random.ts";

const lab = await labNeeds("hypervisor", "synapse");
const kills = Number(process.env.MANCHOT_KILLS ?? "12");
const seed = Number(process.env.MANCHOT_SEED ?? "20261123");
/** A file for the outcome of a long run, to be kept: docs/kills.md. */
const reportFile = process.env.MANCHOT_KILLS_REPORT;

describe.skipIf(lab.missing)(lab.name("killed anywhere, each command is done once and answered once"), () => {
  let live: Live;
  let bot: Program;
  let said = 0;

  beforeAll(async () => {
    live = await startLive({ bundle: "manchot-executor-points.mjs", limits: { perMinute: 10_000, perHour: 100_000 } });
    bot = await live.startBot();
    await live.zelie.waitFor(
      live.room,
      (event) => event.state_key === live.botUser && event.content.membership === "join",
    );
  }, 400_000);
  afterAll(() => live?.stop());

  /** Every command carries a note of its own, which ZFS keeps: so each snapshot tells which command made it. */
  async function command(): Promise<{ readonly event: string; readonly note: string }> {
    const note = `kill test ${++said}`;
    const target = ["audio", "video", "sql", "tank/mail"][said % 4];
    return { event: await live.zelie.say(live.room, `@manchot snapshot ${target} note "${note}"`), note };
  }

  /** One snapshot, one answer, and the answer names that snapshot. */
  async function expectOnce(commands: readonly { readonly event: string; readonly note: string }[]): Promise<void> {
    for (const { event } of commands) await answerTo(live, event, 600_000);
    const [made, events] = [await snapshotsOf(live), await live.zelie.events(live.room)];
    const wrong = commands.flatMap(({ event, note }) => {
      const of = made.filter((snapshot) => snapshot.note === note);
      const answers = answersTo(events, live.botUser, event);
      const isTrue = answers[0]?.content.body?.includes(of[0]?.name ?? "no snapshot") === true;
      if (of.length === 1 && answers.length === 1 && isTrue) return [];
      return [{ note, snapshots: of.map(({ name }) => name), answers: answers.map(({ content }) => content.body) }];
    });
    expect(wrong).toEqual([]);
  }

  /** How many of them have no answer yet. */
  async function unanswered(commands: readonly { readonly event: string }[]): Promise<number> {
    const events = await live.zelie.events(live.room);
    return commands.filter(({ event }) => answersTo(events, live.botUser, event).length === 0).length;
  }

  /** The executor's main process, by its PID. */
  async function killExecutor(): Promise<void> {
    await live.guest.run([
      "sh",
      "-c",
      'p=$(systemctl show -p MainPID --value manchot-executor); [ "$p" = 0 ] || kill -9 "$p"',
    ]);
  }

  describe("the bot, at each point of the journey", () => {
    it.each(botPoints)(
      "%s",
      async (point) => {
        await bot.kill();
        const paused = await live.startBot({ pauseAt: point, ready: false });
        const asked = await command();
        await paused.line(new RegExp(`PAUSED ${point}$`), 90_000);
        await paused.kill();
        bot = await live.startBot();
        await expectOnce([asked]);
      },
      400_000,
    );
  });

  describe("the executor, at each step of an operation", () => {
    afterEach(async () => {
      await live.guest.run(["systemctl", "unset-environment", "MANCHOT_PAUSE_AT"]);
    });
    // Between freeze and thaw: test/scenarios/vms.test.ts. No guest stands still for a dataset's snapshot.
    it.each(points.filter((point) => !holdPoints.some((held) => held === point)))(
      "%s",
      async (point) => {
        await live.guest.run(["systemctl", "set-environment", `MANCHOT_PAUSE_AT=${point}`]);
        await live.guest.run(["systemctl", "restart", "manchot-executor"]);
        const asked = await command();
        const paused = await live.guest.run(["bash", "-c", untilPaused(point)], { timeoutMs: 200_000 });
        expect(paused.code, `the executor comes to ${point}`).toBe(0);
        await live.guest.run(["systemctl", "unset-environment", "MANCHOT_PAUSE_AT"]);
        await killExecutor();
        await expectOnce([asked]);
      },
      400_000,
    );
  });

  it(
    `either of them, at ${kills} seeded random moments (seed ${seed}), under load`,
    async () => {
      const random = randomOf(seed);
      const commands: { event: string; note: string }[] = [];
      const moments = { executor: 0, "bot, connected": 0, "bot, while it starts": 0, "with a command under way": 0 };
      for (let kill = 0; kill < kills; kill++) {
        if (random() < 0.75) commands.push(await command());
        // Both a start that is cut off and work that is cut off have to come about: a bot needs a while to connect.
        if (random() < 0.7) await bot.line(/"msg":"the executor answers"/, 120_000);
        await sleep(Math.round(random() * 6_000));
        if ((await unanswered(commands)) > 0) moments["with a command under way"]++;
        if (random() < 0.3) {
          moments.executor++;
          await killExecutor();
        } else {
          const connected = bot.lines.some((line) => line.includes('"msg":"the executor answers"'));
          moments[connected ? "bot, connected" : "bot, while it starts"]++;
          await bot.kill();
          bot = await live.startBot({ ready: false });
        }
      }
      await bot.kill();
      bot = await live.startBot();
      expect(commands.length).toBeGreaterThan(kills / 2);
      expect(moments["with a command under way"]).toBeGreaterThan(kills / 4);
      await expectOnce(commands);
      report(commands.length, moments);
    },
    600_000 + kills * 30_000,
  );

  it("the power of the hypervisor, once, with commands under way", async () => {
    const commands = [await command(), await command(), await command()];
    await sleep(1500);
    await live.guest.powerCut();
    commands.push(await command());
    await live.guest.coldBoot();
    await expectOnce(commands);
  }, 1_500_000);
});

/** Written only after every command was found to have been done once and answered once. */
function report(commands: number, moments: Readonly<Record<string, number>>): void {
  if (reportFile === undefined) return;
  const rows = Object.entries(moments).map(([what, count]) => `| ${what} | ${count} |`);
  writeFileSync(
    reportFile,
    `# Killed at random moments

Written on ${new Date().toISOString().slice(0, 10)} by \`MANCHOT_KILLS=${kills} MANCHOT_SEED=${seed} MANCHOT_KILLS_REPORT=docs/kills.md npm test -- test/scenarios/kills.test.ts\`:
Synapse, the bot's process, and the installed executor in the hypervisor guest. SIGKILL of the one or the other, ${kills} times, while
an admin went on asking for snapshots. Afterwards **each of the ${commands} commands had exactly one snapshot**, counted by \`zfs list\` in the
guest, **and exactly one answer, which names it**, counted by an independent Matrix client.

| killed | times |
|---|--:|
${rows.join("\n")}
`,
  );
}
