/**
 * Three days on the Fediverse, with streams that break and a bot that is restarted: what is asked is answered once, and at
 * the end no more is held than at the beginning. The adapter's own waits run faster; sockets, requests and disk do not.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, expect, test } from "vitest";
import { type Pleroma, startPleroma } from "../../rig/pleroma/pleroma.ts";
import { type Program, startProgram } from "../../rig/process.ts";
import { fastClock } from "./rig.ts";

const hours = Number(process.env.MANCHOT_SOAK_HOURS ?? "72");
const speed = 1_500;

let pleroma: Pleroma | undefined;
let program: Program | undefined;
afterAll(async () => {
  await program?.kill();
  await pleroma?.stop();
});

test(`${hours} hours of streams that break and restarts leave nothing behind`, async () => {
  const clock = fastClock(speed);
  const server = await startPleroma({ users: ["manchot", "zelie"], now: clock.now });
  pleroma = server;
  const users = Object.fromEntries(["manchot", "zelie"].map((name) => [name, server.user(name)]));
  program = startProgram([process.execPath, "--expose-gc", "test/chat/fediverse/soak-bot.ts"], {
    MANCHOT_SOAK: JSON.stringify({ url: server.url, users, speed, hours }),
  });
  await program.line(/^started$/);
  let over = false;
  void program.exited.then(() => {
    over = true;
  });
  const asked: string[] = [];
  let flaps = 0;
  const hourMs = 3_600_000 / speed;
  while (!over) {
    // A stream breaks every five minutes, in either way; a question comes every twenty.
    if (asked.length * 4 <= flaps) asked.push(server.say("zelie", "@manchot whoami", { visibility: "direct" }).id);
    await sleep(hourMs / 12);
    const looks = program.lines.findLast((line) => line === "look" || line === "looked");
    if (looks === "look") continue;
    if (server.streams > 0) flaps++;
    server.closeStreams(flaps % 2 === 0 ? 1000 : 1006);
    server.forgetCalls();
  }
  const told = program.lines.at(-1) ?? "";
  const { first, last, restarts } = JSON.parse(told) as {
    readonly first: Held;
    readonly last: Held;
    readonly restarts: number;
  };
  process.stdout.write(`${flaps} streams broken, ${restarts} restarts, ${asked.length} questions: ${told}\n`);
  expect(restarts).toBeGreaterThanOrEqual(hours / 8);
  expect(flaps).toBeGreaterThan(hours * 3);
  // Whatever came in the bot's very last moments may wait for a next start.
  const settled = asked.slice(0, -8);
  expect(settled.length).toBeGreaterThan(hours / 2);
  const answers = server.statuses({ by: "manchot" });
  expect(settled.filter((id) => answers.filter(({ inReplyTo }) => inReplyTo === id).length !== 1)).toEqual([]);
  expect(first.resources).toMatchObject({ TCPSocketWrap: 1 });
  expect(last.resources).toEqual(first.resources);
  // Less is no leak: V8 may drop some megabytes of Node's own (what it strips types with) at any time.
  expect(last.heap / first.heap).toBeLessThan(1.1);
}, 900_000);

type Held = { readonly heap: number; readonly resources: Readonly<Record<string, number>> };
