/** The adapter on the stand-in: from a mention to the inbox, and from an answer to posts. */
import { afterEach, beforeEach, expect, test } from "vitest";
import { answerTo, type Rig, settle, startRig, until } from "./rig.ts";

let rig: Rig;
beforeEach(async () => {
  rig = await startRig();
});
afterEach(() => rig.stop());

test("a mention comes in whole, and is answered in its thread", async () => {
  const { pleroma } = rig;
  const zelie = pleroma.user("zelie");
  const asked = pleroma.say("zelie", "@manchot snapshot web\nplease", { visibility: "direct", language: "fr" });
  await until(() => rig.inbox.length === 1);
  const [message] = rig.inbox;
  if (message === undefined) throw new Error("nothing");
  expect(message).toMatchObject({
    network: "fediverse",
    eventId: asked.uri,
    account: `${pleroma.url} ${zelie.id} ${zelie.apId}`,
    label: "@zelie@127.0.0.1",
    text: "snapshot web",
    venue: {
      network: "fediverse",
      thread: asked.id,
      direct: true,
      encrypted: false,
      visibility: "direct",
      local: true,
    },
  });
  const sent = await settle(rig.adapter, answerTo(message, "C'est fait."));
  const [answer] = pleroma.statuses({ by: "manchot" });
  expect(sent).toEqual({ kind: "sent", eventId: answer?.id });
  expect(answer).toMatchObject({
    text: "@zelie C'est fait.",
    inReplyTo: asked.id,
    visibility: "direct",
    addressed: ["zelie"],
    language: "fr",
  });
});

test("what was said before the first start is not run; what was said while the bot was away is, in order", async () => {
  const { pleroma } = rig;
  await rig.halt();
  const fresh = await startRig();
  fresh.pleroma.say("zelie", "@manchot early");
  await fresh.halt();
  fresh.memory.kept.clear();
  await fresh.restart();
  for (let n = 1; n <= 95; n++) fresh.pleroma.say("zelie", `@manchot number ${n}`);
  await until(() => fresh.inbox.length >= 95);
  expect(fresh.texts()).toEqual(Array.from({ length: 95 }, (_, n) => `number ${n + 1}`));
  await fresh.stop();
  for (let n = 1; n <= 40; n++) pleroma.say("zelie", `@manchot away ${n}`);
  await rig.restart();
  await until(() => rig.inbox.length >= 40);
  expect(rig.texts()).toEqual(Array.from({ length: 40 }, (_, n) => `away ${n + 1}`));
});
