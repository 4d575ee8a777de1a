/** Approvals, from what is said to the executor's own judgement: real signatures, a real executor, the simulated host. */
import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import type { Incoming } from "../../src/chat/port.ts";
import { codeAt, stepAt, toBase32 } from "../../src/executor/factors/totp.ts";
import { type Key, makeKey } from "../executor/factors/keys.ts";
import { type InProcess, startInProcess } from "../rig/in-process.ts";

async function start(given: Parameters<typeof startInProcess>[0] = {}) {
  const [omar, zelie] = [makeKey(), makeKey()];
  const secret = randomBytes(20);
  const factors = { omar: { totp: toBase32(secret), keys: [omar.line] }, zelie: { keys: [zelie.line] } };
  const rig = await startInProcess({ factors, ...given });
  onTestFinished(() => rig.stop());
  return { rig, omar, zelie, code: () => codeAt(secret, stepAt(Date.now() / 1000)) };
}

/** Said as it is read back from the history: what people sign is what was shown. */
function planOf(rig: InProcess, number: number): { readonly text: string } {
  const { text } = rig.bot.parts.store.history(number).findLast(({ event }) => event === "planned")?.detail ?? {};
  if (typeof text !== "string") throw new Error(`no plan of ${number}`);
  return { text };
}

const inOnePiece = (armoured: string): string => armoured.split("\n").slice(1, -2).join("");
const approval = (rig: InProcess, number: number, key: Key): string =>
  `approve #${number} ${inOnePiece(key.approve(planOf(rig, number)))}`;
const zelieSays = { account: "zelie", label: "Zélie" };

/** All that was told to one question, the progress left out. */
const toldTo = (rig: InProcess, number: number): readonly string[] =>
  rig.posts
    .filter(({ inReplyTo, answer }) => {
      return inReplyTo === rig.bot.parts.store.find(number)?.eventId && answer.tone !== "progress";
    })
    .map(({ answer }) => answer.tone);

async function ends(rig: InProcess, number: number, state: "done" | "failed"): Promise<void> {
  await expect.poll(() => rig.bot.parts.store.find(number)?.state, { timeout: 20_000 }).toBe(state);
  await rig.bot.idle();
}

test("what wants a factor shows its plan and waits; a signature of it, by another person too, lets it go on", async () => {
  const { rig, zelie } = await start();
  const asked = await rig.say("resume");
  expect(asked).toContain("✋ #1 is planned, and waits for one second factor. Nothing is done yet.");
  expect(asked).toContain("Manchot plan 1\n");
  expect(asked).toContain("do: executor.resume");
  expect(asked).toContain("manchot sign 1");
  expect(await rig.say("jobs waiting")).toContain("waits for approvals");
  expect(await rig.say(approval(rig, 1, zelie), zelieSays)).toContain("#1 est approuvé");
  await ends(rig, 1, "done");
  expect(toldTo(rig, 1)).toEqual(["question", "done"]);
  const why = await rig.say("why 1");
  expect(why).toContain("waits for approvals");
  expect(why).toContain("zelie");
});

test("a signature of another plan, or somebody else's, is refused by the executor, and it waits on", async () => {
  const { rig, omar, zelie } = await start();
  await rig.say("resume");
  await rig.say("resume");
  const ofTheOther = `approve #2 ${inOnePiece(omar.approve(planOf(rig, 1)))}`;
  expect(await rig.say(ofTheOther)).toContain("✘");
  expect(await rig.say(approval(rig, 2, zelie))).toContain("✘");
  expect(rig.bot.parts.store.find(2)?.state).toBe("planned");
  expect(await rig.say(approval(rig, 2, omar))).toContain("#2 is approved");
  await ends(rig, 2, "done");
  expect(rig.bot.parts.store.find(1)?.state).toBe("planned");
});

test("whoever may not, and a stranger, approve and deny nothing; whoever is not enrolled neither", async () => {
  const { rig, omar } = await start();
  await rig.say("resume");
  const line = approval(rig, 1, omar);
  expect(await rig.say(line, { account: "ines", label: "Inès" })).toContain("⛔");
  expect(await rig.say(line, { account: "nobody", label: "nobody" })).toContain("⛔");
  expect(await rig.say("deny 1", { account: "ines", label: "Inès" })).toContain("⛔");
  expect(await rig.say(line, zelieSays)).toContain("✘");
  expect(rig.bot.parts.store.find(1)?.state).toBe("planned");
});

test("deny and cancel end it, for good and with one answer that says who", async () => {
  const { rig, omar } = await start();
  for (const [number, word, told] of [
    [1, "deny", "denied by Zélie"],
    [3, "cancel", "called off by Zélie"],
  ] as const) {
    await rig.say("resume");
    const signed = approval(rig, number, omar);
    await rig.say(`${word} ${number}`, zelieSays);
    await ends(rig, number, "failed");
    expect(toldTo(rig, number)).toEqual(["question", "done"]);
    expect(JSON.stringify(rig.posts.at(-1)?.answer)).toContain(told);
    expect(rig.bot.parts.store.find(number)?.endedAs).toBe(word === "deny" ? "denied" : "cancelled");
    // The numbers of the questions: 1 resume, 2 deny, 3 resume, 4 cancel; then this, which must do nothing any more.
    if (number === 3) expect(await rig.say(signed)).toContain("not a plan that waits for approvals");
  }
});

test.each<{ how: string; words: string; more?: Partial<Incoming> }>([
  { how: "to approve", words: "approve 1 CODE" },
  { how: "in two groups", words: "approve 1 COD E" },
  { how: "among words", words: "my code is COD E" },
  { how: "wrongly used", words: "approve CODE" },
  { how: "where it is refused", words: "approve 1 CODE", more: { account: "ines", label: "Inès" } },
  { how: "in a command that has no use for it", words: "vm info CODE" },
  { how: "in a change", words: "snapshot tank/mail note CODE" },
])("a code said in chat, $how, is spent there, approves nothing, and the person is told", async ({ words, more }) => {
  const { rig, code } = await start();
  await rig.say("resume");
  const said = code();
  const text = words.replace("COD E", `${said.slice(0, 3)} ${said.slice(3)}`).replace("CODE", said);
  const answer = await rig.say(text, more);
  expect(JSON.stringify(rig.posts.slice(1).map((post) => post.answer))).toMatch(/now useless/);
  if (words.startsWith("approve 1")) expect(answer).not.toContain(said);
  expect(rig.bot.parts.store.find(1)?.state).toBe("planned");
  const journal = readFileSync(join(rig.state, "executor", "journal.jsonl"), "utf8").split("\n");
  const burnt = journal.filter((line) => line.includes('"kind":"burnt"'));
  expect(burnt.length).toBe(1);
  expect(burnt[0]).not.toContain(said);
});

test("codes that cannot be spent, because the executor is away, are told as that, after one try", async () => {
  const { rig } = await start();
  await rig.say("resume");
  rig.argv.splice(1, rig.argv.length, "-e", "process.exit(1)");
  await rig.transport.close();
  const begun = performance.now();
  expect(await rig.say("my codes are 123456 234567 345678")).toContain("could not make it useless");
  expect(performance.now() - begun).toBeLessThan(20_000);
  expect(await rig.say("help 1234567")).not.toContain("could not make it useless");
});

test("an approval that nobody gave in time: told once, nothing is done, nothing is planned anew", async () => {
  const clock = { ahead: 0 };
  const { rig, omar } = await start({ now: () => Date.now() + clock.ahead });
  await rig.say("resume");
  const late = approval(rig, 1, omar);
  // Beyond the age of a late change: for a plan that waits, the executor's own time counts.
  clock.ahead = 20 * 60_000;
  rig.bot.parts.wake(1);
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect(rig.bot.parts.store.find(1)?.state).toBe("planned");
  rig.argv.push("--ahead=3600");
  await rig.transport.close();
  await ends(rig, 1, "failed");
  expect(toldTo(rig, 1)).toEqual(["question", "problem"]);
  expect(rig.bot.parts.store.find(1)).toMatchObject({ endedAs: "expired", attempt: 0 });
  expect(await rig.say(late)).toContain("not a plan that waits for approvals");
});

test("pause stops changes for everybody, asks go on, and resume wants its factor", async () => {
  const { rig, omar } = await start();
  expect(await rig.say("pause", zelieSays)).toContain("✔ Tous les changements sont suspendus");
  expect(await rig.say("snapshot web")).toMatch(/✘.*paused/s);
  expect(await rig.say("vm list")).toContain("web");
  await rig.say("resume");
  await rig.say(approval(rig, 4, omar));
  await ends(rig, 4, "done");
  expect(await rig.say("snapshot web")).toContain("✔");
});
