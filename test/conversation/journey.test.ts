/** A message's way inside one bot: what must happen to it, and what must never. */
import { appendFileSync, cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type InProcess, startInProcess } from "../rig/in-process.ts";

let rig: InProcess;
beforeAll(async () => {
  rig = await startInProcess();
});
afterAll(() => rig?.stop());

const minutes = (count: number): number => count * 60_000;

it("a second delivery of an event changes nothing and says nothing", async () => {
  const first = await rig.say("snapshot visio", { eventId: "event-1" });
  expect(first).toContain("tank/production/visio@");
  const [posts, requests] = [rig.posts.length, rig.bot.parts.store.requests({ limit: 100 }).length];
  rig.deliver("snapshot visio", { eventId: "event-1" });
  rig.deliver("snapshot audio", { eventId: "event-1" });
  await rig.bot.idle();
  expect(rig.posts.length).toBe(posts);
  expect(rig.bot.parts.store.requests({ limit: 100 }).length).toBe(requests);
  expect(await rig.say("snapshots visio")).toContain("manchot_add");
});

it.each([
  ["long ago", -minutes(11)],
  ["far in the future", minutes(11)],
])("a change that was sent %s is kept and not run, an ask is answered; `run` runs it, once", async (_, shift) => {
  const sentAt = Date.now() + shift;
  expect(await rig.say("vm list", { sentAt })).toContain("proxy");
  const late = await rig.say("snapshot tank/mail", { sentAt });
  const number = /#(\d+)/.exec(late)?.[1] ?? "none";
  expect(late).not.toContain("manchot_add");
  expect(rig.bot.parts.store.find(Number(number))?.state).toBe("late");
  // Not theirs: another admin, and a member who does not even see it.
  expect(await rig.say(`run ${number}`, { account: "zelie" })).not.toContain("manchot_add");
  await rig.say(`run ${number}`, { account: "ines" });
  expect(rig.bot.parts.store.find(Number(number))?.state).toBe("late");

  await rig.say(`run ${number}`);
  await rig.bot.idle();
  expect(rig.bot.parts.store.find(Number(number))?.state).toBe("done");
  await rig.say(`run ${number}`);
  await rig.bot.idle();
  const made = rig.bot.parts.store.history(Number(number)).filter(({ event }) => event === "done");
  expect(made.length).toBe(1);
});

it("what is not permitted does not tell how it is used, and asks nothing of the executor", async () => {
  await rig.bot.idle();
  const journal = () => readFileSync(join(rig.state, "executor", "journal.jsonl"), "utf8");
  const before = journal();
  for (const text of ["snapshot", "snapshot web", "snapshot web loudly", "vm list", "vm info"]) {
    const refusal = await rig.say(text, { account: "nobody" });
    expect(refusal).toContain("Omar");
    expect(refusal).not.toMatch(/Usage|For instance|Emploi/);
  }
  expect(journal()).toBe(before);
});

it("a stranger's flood is answered a few times, told so once, and then kept in silence; a person is answered before it", async () => {
  const { store } = rig.bot.parts;
  const flood = Array.from({ length: 60 }, () => rig.deliver("snapshot web", { account: "flood" }));
  const waiting = () => store.unfinished().filter(({ account }) => account === "flood").length;
  expect(await rig.say("help")).toContain("vm list");
  expect(waiting()).toBeGreaterThan(40);
  await rig.bot.idle();
  const toFlood = rig.posts.filter(({ account }) => account === "flood");
  expect(toFlood.length).toBe(7);
  expect(JSON.stringify(toFlood.at(-1)?.answer)).toContain("You write faster");
  const ids = new Set(flood.map(({ eventId }) => eventId));
  const kept = store.requests({ limit: 100 }).filter(({ eventId }) => ids.has(eventId));
  expect(kept.length).toBe(60);
  expect(store.history(kept[0]?.number ?? 0).map(({ event }) => event)).toEqual(["received", "unanswered"]);
  // Somebody else's messages are counted apart.
  expect(await rig.say("snapshot web", { account: "calm" })).toContain("Omar");
});

it("a flood of questions hides no change from `jobs`, and a moment that is none breaks no `why`", async () => {
  const number = /#(\d+)/.exec(await rig.say("snapshot audio"))?.[1];
  for (let n = 0; n < 201; n += 1) rig.deliver("", { account: `many ${n}` });
  await rig.bot.idle();
  expect(await rig.say("jobs")).toContain(`#${number}`);
  const { eventId } = rig.deliver("snapshot web", { sentAt: Number.MAX_SAFE_INTEGER });
  await rig.bot.idle();
  const odd = rig.bot.parts.store.requests({ limit: 9 }).find((one) => one.eventId === eventId);
  expect(await rig.say(`why ${odd?.number}`)).toContain("275760");
});

it("nobody sees another's requests, and cannot tell one from none", async () => {
  const answer = await rig.say("snapshot proxy");
  const number = /#(\d+)/.exec(answer)?.[1];
  const [theirs, none] = [
    await rig.say(`why ${number}`, { account: "ines" }),
    await rig.say("why 99999", { account: "ines" }),
  ];
  expect(theirs.replaceAll(number ?? "", "N")).toBe(none.replaceAll("99999", "N"));
});

it("a change waits for a line that is down, tells so, and is done once when it is up again", async () => {
  rig.transport.break();
  const answer = rig.say("snapshot sql");
  for (const until = Date.now() + 30_000; !rig.posts.some(({ answer }) => answer.tone === "progress"); ) {
    if (Date.now() > until) throw new Error("no progress was told");
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  rig.transport.mend();
  expect(await answer).toContain("tank/production/sql@");
  const listed = await rig.say("snapshots sql");
  expect(listed.match(/sql@manchot_add/g)?.length).toBe(1);
});

describe("with a rule against one target", () => {
  it("a command that names it among others is refused whole", async () => {
    const folder = mkdtempSync(join(tmpdir(), "manchot-policies-"));
    cpSync("policies", folder, { recursive: true });
    const rule = `@id("visio-rests")\n@fr("La visio se repose.")\n@en("The conference rests.")\nforbid (principal, action == Action::"zfs.snapshot", resource == Target::"visio");\n`;
    writeFileSync(join(folder, "rest.cedar"), rule);
    appendFileSync(
      join(folder, "cases.yaml"),
      "\n- { who: admin, on: terminal, may-not: zfs.snapshot, to: visio, because: visio-rests }\n",
    );
    const guarded = await startInProcess({ policies: folder });
    try {
      for (const text of ["snapshot visio", "snapshot web visio", "snapshot visio web"]) {
        const answer = await guarded.say(text);
        expect(answer).toContain("The conference rests.");
        expect(answer).not.toContain("manchot_add");
      }
      expect(await guarded.say("snapshot web")).toContain("manchot_add");
      expect(await guarded.say("snapshots visio")).not.toContain("manchot_add");
    } finally {
      await guarded.stop();
      rmSync(folder, { recursive: true });
    }
  });
});
