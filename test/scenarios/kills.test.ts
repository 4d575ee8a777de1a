/**
 * Killed anywhere, nothing is lost and nothing is done twice: SIGKILL of the bot and of the executor at every named
 * point and at seeded random moments, and one power cut of the hypervisor. Snapshots are counted by `zfs list`, answers by
 * an independent Matrix client.
 */
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { labNeeds } from "../../lab/needs.ts";
import { points as executorPoints } from "../../src/executor/points.ts";
import { points as botPoints } from "../../src/points.ts";
import { answersTo, answerTo, snapshotsOf } from "../rig/answers.ts";
import { type Live, startLive } from "../rig/live.ts";
import type { Program } from "../rig/process.ts";
import { randomOf } from "../rig/random.ts";

const lab = await labNeeds("hypervisor", "synapse");
const kills = Number(process.env.MANCHOT_KILLS ?? "30");
const seed = Number(process.env.MANCHOT_SEED ?? "20261123");

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
    for (const { event } of commands) await answerTo(live, event, 240_000);
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
    it.each(executorPoints)(
      "%s",
      async (point) => {
        await live.guest.run(["systemctl", "set-environment", `MANCHOT_PAUSE_AT=${point}`]);
        await live.guest.run(["systemctl", "restart", "manchot-executor"]);
        const since = (await live.guest.run(["journalctl", "-u", "manchot-executor", "-o", "cat", "--no-pager"])).stdout
          .length;
        const asked = await command();
        for (const until = Date.now() + 180_000; ; ) {
          const log = (await live.guest.run(["journalctl", "-u", "manchot-executor", "-o", "cat", "--no-pager"]))
            .stdout;
          if (log.slice(since).includes(`PAUSED ${point}`)) break;
          // The guest has one processor, and the executor needs it.
          await new Promise((resolve) => setTimeout(resolve, 1500));
          if (Date.now() > until) throw new Error(`the executor did not come to ${point}: ${log.slice(since)}`);
        }
        await live.guest.run(["systemctl", "unset-environment", "MANCHOT_PAUSE_AT"]);
        await killExecutor();
        await expectOnce([asked]);
      },
      400_000,
    );
  });

  it(`either of them, at ${kills} seeded random moments (seed ${seed}), under load`, async () => {
    const random = randomOf(seed);
    const commands: { event: string; note: string }[] = [];
    for (let kill = 0; kill < kills; kill++) {
      if (random() < 0.5) commands.push(await command());
      if (random() < 0.25) await killExecutor();
      else {
        await bot.kill();
        bot = await live.startBot({ ready: false });
      }
      await new Promise((resolve) => setTimeout(resolve, Math.round(random() * 20_000)));
    }
    await bot.kill();
    bot = await live.startBot();
    expect(commands.length).toBeGreaterThan(kills / 4);
    await expectOnce(commands);
  }, 2_400_000);

  it("the power of the hypervisor, once, with commands under way", async () => {
    const commands = [await command(), await command(), await command()];
    await new Promise((resolve) => setTimeout(resolve, 1500));
    await live.guest.powerCut();
    commands.push(await command());
    await live.guest.coldBoot();
    await expectOnce(commands);
  }, 900_000);
});
