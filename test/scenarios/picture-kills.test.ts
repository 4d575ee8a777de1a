/**
 * `manchot serve`, killed between a picture's upload and its post, before the first and after the second: the next run
 * makes the post once, with the picture. The server keeps no keys, so nothing but the bot itself sees to that.
 */
import { join } from "node:path";
import Sqlite from "better-sqlite3";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { storeFile } from "../../src/programs/store-file.ts";
import type { Call, Fault } from "../rig/pleroma/faults.ts";
import type { Program } from "../rig/process.ts";
import { type SmallLive, startSmallLive } from "../rig/small-live.ts";

let live: SmallLive;
let bot: Program;
beforeAll(async () => {
  live = await startSmallLive({ idempotencyMs: 0 });
});
afterEach(() => bot.stop());
afterAll(() => live?.stop());

const posts = () => live.pleroma.statuses({ by: "manchot" });

async function serve(): Promise<void> {
  bot = live.manchot("serve", "--log", "debug");
  await bot.line(/"msg":"listening"/);
}

test.each<[string, string, Fault]>([
  ["while the picture is handed over", "POST /api/v2/media", "hang"],
  ["after that, before its post", "POST /api/v1/statuses", "hang"],
  ["when the post is made, before the bot knows", "POST /api/v1/statuses", "reset-after"],
])("killed %s: one post, with the picture, and nothing of it is left in the store", async (_, call, fault) => {
  const before = posts().length;
  const { pleroma } = live;
  let reached: (() => void) | undefined;
  const there = new Promise<void>((resolve) => {
    reached = resolve;
  });
  await serve();
  pleroma.fault = (made: Call) => {
    if (`${made.method} ${made.path}` !== call) return "pass";
    reached?.();
    return fault;
  };
  pleroma.forgetCalls();
  const asked = pleroma.say("zelie", "@manchot vm capture web", { visibility: "direct" });
  await there;
  if (fault === "reset-after") await expect.poll(() => posts().length).toBe(before + 1);
  await bot.kill();
  pleroma.fault = () => "pass";
  await serve();
  await bot.line(/"msg":"a post is settled"/);
  expect(posts().slice(before)).toMatchObject([
    {
      inReplyTo: asked.id,
      visibility: "direct",
      text: expect.stringMatching(/^@zelie L’écran de web, pris le /),
      pictures: [{ mimeType: "image/png", description: expect.stringMatching(/machine virtuelle web.* × .* pixels/) }],
    },
  ]);
  expect(pleroma.calls.filter(({ path }) => path === "/api/v2/media").length).toBeGreaterThan(0);
  await bot.stop();
  const db = new Sqlite(join(live.folder, "state", storeFile), { readonly: true });
  const answers = db.prepare<[], string>("SELECT answer_json FROM outbox").pluck().all();
  db.close();
  expect(answers.some((json) => json.includes('"picture"'))).toBe(true);
  expect(answers.filter((json) => json.includes('"png"'))).toEqual([]);
});
