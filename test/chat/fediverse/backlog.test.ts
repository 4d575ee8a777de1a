/** The whole bot on the stand-in: what was said while it was away, how much of it whatsoever, within the server's limit. */
import { afterEach, expect, test } from "vitest";
import { type Pleroma, startPleroma } from "../../rig/pleroma/pleroma.ts";
import type { PleromaPost } from "../../rig/pleroma/seen-by-tests.ts";
import { botOn, type Fleet } from "./bot.ts";
import { until } from "./rig.ts";

let pleroma: Pleroma;
let fleet: Fleet;
afterEach(async () => {
  await fleet.end();
  await pleroma.stop();
});

const answersTo = (asked: PleromaPost): readonly PleromaPost[] =>
  pleroma.statuses({ by: "manchot" }).filter(({ inReplyTo }) => inReplyTo === asked.id);

test("a snapshot asked in public is taken once and answered once, though the first answer's outcome was never told", async () => {
  pleroma = await startPleroma({ users: ["manchot", "zelie"], idempotencyMs: 0 });
  fleet = botOn(pleroma);
  await fleet.start();
  pleroma.fault = ({ method, route, n }) =>
    method === "POST" && route === "/api/v1/statuses" && n === 1 ? "reset-after" : "pass";
  const asked = pleroma.say("zelie", '@manchot snapshot web note "before the update"', { visibility: "public" });
  await until(() => answersTo(asked).some(({ text }) => text.includes("✔")), 30_000);
  await fleet.stop();
  await fleet.start();
  await fleet.idle();
  const answers = answersTo(asked);
  expect(answers.filter(({ text }) => text.includes("✔"))).toHaveLength(1);
  expect(new Set(answers.map(({ text }) => text)).size).toBe(answers.length);
  for (const { visibility, addressed } of answers)
    expect({ visibility, addressed }).toEqual({ visibility: "unlisted", addressed: ["zelie"] });
});

test("forty mentions while it was away: each is answered once, and the late changes are kept", async () => {
  let behind = 20 * 60_000;
  pleroma = await startPleroma({ users: ["manchot", "zelie", "alice"], now: () => Date.now() - behind });
  fleet = botOn(pleroma);
  await fleet.start();
  await fleet.stop();
  const late = Array.from({ length: 8 }, (_, n) => pleroma.say("zelie", `@manchot snapshot web note "late ${n}"`));
  behind = 0;
  const fresh = Array.from({ length: 32 }, () => pleroma.say("zelie", "@manchot whoami", { visibility: "direct" }));
  await fleet.start();
  const asked = [...late, ...fresh];
  await until(() => asked.every((one) => answersTo(one).length > 0), 55_000);
  await fleet.idle();
  for (const one of asked) expect(answersTo(one)).toHaveLength(1);
  for (const one of late) expect(answersTo(one)[0]?.text).toMatch(/“run #\d+” runs it now/u);
  for (const one of fresh) expect(answersTo(one)[0]).toMatchObject({ visibility: "direct", addressed: ["zelie"] });
  expect(fleet.log.filter((line) => line.includes("Throttled"))).toEqual([]);
});

test("a thousand mentions in a backlog: each is answered once, in order, without ever running into the limit", async () => {
  const window = { windowMs: 250 };
  pleroma = await startPleroma({ users: ["manchot", "zelie"], limits: { posts: 15, ...window } });
  fleet = botOn(pleroma, { timing: window });
  await fleet.start();
  await fleet.stop();
  const asked = Array.from({ length: 1000 }, (_, n) =>
    pleroma.say("zelie", "@manchot whoami", { visibility: n % 2 === 0 ? "direct" : "public" }),
  );
  await fleet.start();
  await until(() => pleroma.statuses({ by: "manchot" }).length >= 1000, 170_000);
  await fleet.idle();
  const answers = pleroma.statuses({ by: "manchot" });
  expect(answers).toHaveLength(1000);
  const order = new Map(asked.map(({ id }, index) => [id, index]));
  const indices = answers.map(({ inReplyTo }) => order.get(inReplyTo ?? "") ?? -1);
  expect([...indices].sort((a, b) => a - b)).toEqual(asked.map((_, index) => index));
  // Four posts are under way at once, and may overtake one another.
  for (const [place, index] of indices.entries()) expect(Math.abs(place - index)).toBeLessThanOrEqual(4);
  for (const { visibility, inReplyTo } of answers)
    expect(visibility).toBe((order.get(inReplyTo ?? "") ?? 0) % 2 === 0 ? "direct" : "unlisted");
  expect(fleet.log.filter((line) => line.includes("Throttled"))).toEqual([]);
  expect(fleet.log.join("")).not.toContain(pleroma.user("manchot").token);
}, 200_000);
