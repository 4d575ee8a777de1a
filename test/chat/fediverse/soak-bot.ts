/**
 * A whole bot for a long run, in a process of its own, so that what it holds can be counted: run with --expose-gc. It prints
 * `started`, `look` and `looked` around each count of what it holds, and once its days are over, one line of JSON.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { botOn } from "./bot.ts";
import { fastClock } from "./rig.ts";

const user = z.object({ id: z.string(), apId: z.string(), acct: z.string(), token: z.string(), password: z.string() });
const { url, users, speed, hours } = z
  .object({ url: z.string(), users: z.record(z.string(), user), speed: z.number(), hours: z.number() })
  .parse(JSON.parse(process.env.MANCHOT_SOAK ?? "{}"));
const clock = fastClock(speed);
const hourMs = 3_600_000 / speed;
/** One restart in so many hours. */
const restartHours = 6;

function userOf(name: string): z.infer<typeof user> {
  const found = users[name];
  if (found === undefined) throw new Error(`nobody is called ${name}`);
  return found;
}

type Held = { readonly heap: number; readonly resources: Readonly<Record<string, number>> };

/**
 * What is held at rest, with the stream up: no stream is broken between `look` and `looked`. The least of many looks,
 * because a poll may be under way during any one of them.
 */
async function held(): Promise<Held> {
  process.stdout.write("look\n");
  await sleep(hourMs);
  await fleet.idle();
  const least = new Map<string, number>();
  for (let look = 0; look < 60; look++) {
    const counts = new Map<string, number>();
    for (const kind of process.getActiveResourcesInfo()) counts.set(kind, (counts.get(kind) ?? 0) + 1);
    for (const kind of new Set([...least.keys(), ...counts.keys()]))
      least.set(kind, look === 0 ? (counts.get(kind) ?? 0) : Math.min(least.get(kind) ?? 0, counts.get(kind) ?? 0));
    await sleep(20);
  }
  // V8 drops the compiled form of what has not run for a few collections: after enough of them it has done so each time.
  for (let time = 0; time < 20; time++) {
    globalThis.gc?.();
    await sleep(10);
  }
  process.stdout.write("looked\n");
  const resources = Object.fromEntries([...least].filter(([, count]) => count > 0).sort());
  return { heap: process.memoryUsage().heapUsed, resources };
}

const fleet = botOn({ url, user: userOf }, { clock, timing: { handshakeMs: 2_000 } }, "silent");
const restart = async (): Promise<void> => {
  await fleet.stop();
  await fleet.start();
};
await fleet.start();
process.stdout.write("started\n");
await sleep(restartHours * hourMs);
await restart();
await sleep(restartHours * hourMs);
const first = await held();
const until = clock.now() + hours * 3_600_000;
let restarts = 0;
while (clock.now() < until) {
  await sleep(restartHours * hourMs);
  await restart();
  restarts++;
}
const last = await held();
await fleet.end();
// What is left over is to be told, and not to hold this process.
process.stdout.write(`${JSON.stringify({ first, last, restarts })}\n`, () => process.exit());
