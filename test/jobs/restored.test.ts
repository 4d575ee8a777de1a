/** A bot that was restored from an old backup: what the executor remembers is told, and nothing is asked that is decided. */
import { expect, onTestFinished, test } from "vitest";
import { temporaryFolder } from "../executor/bench.ts";
import { makeKey } from "../executor/factors/keys.ts";
import { type InProcess, startInProcess } from "../rig/in-process.ts";

const eventId = "the event that is delivered again";

async function start(state: string, key: ReturnType<typeof makeKey>): Promise<InProcess> {
  const rig = await startInProcess({ state, factors: { omar: { keys: [key.line] } } });
  onTestFinished(() => rig.stop().catch(() => undefined));
  return rig;
}

function approval(rig: InProcess, key: ReturnType<typeof makeKey>): string {
  const { text } = rig.bot.parts.store.history(1).findLast(({ event }) => event === "planned")?.detail ?? {};
  if (typeof text !== "string") throw new Error("no plan");
  return `approve #1 ${key.approve({ text }).split("\n").slice(1, -2).join("")}`;
}

async function over(rig: InProcess): Promise<void> {
  await expect.poll(() => rig.bot.parts.store.find(1)?.state, { timeout: 20_000 }).toMatch(/done|failed/);
  await rig.bot.idle();
}

const tones = (rig: InProcess): string[] =>
  rig.posts
    .filter(({ inReplyTo, answer }) => inReplyTo === eventId && answer.tone !== "progress")
    .map(({ answer }) => answer.tone);

test.each([
  [
    "approved and done",
    (rig: InProcess, key: ReturnType<typeof makeKey>) => rig.say(approval(rig, key)),
    "done",
    undefined,
  ],
  ["denied", (rig: InProcess) => rig.say("deny 1"), "failed", "denied"],
  ["called off", (rig: InProcess) => rig.say("cancel 1"), "failed", "cancelled"],
] as const)(
  "what was %s before is told as that, and no approval is asked for",
  async (_what, decide, state, endedAs) => {
    const [folder, key] = [temporaryFolder(), makeKey()];
    const first = await start(folder, key);
    await first.say("resume", { eventId });
    await decide(first, key);
    await over(first);
    expect(tones(first)).toEqual(["question", "done"]);
    await first.stop();

    const second = await start(folder, key);
    second.deliver("resume", { eventId });
    await over(second);
    expect(second.bot.parts.store.find(1)).toMatchObject({ state, ...(endedAs === undefined ? {} : { endedAs }) });
    expect(tones(second)).toEqual(["done"]);
  },
);
