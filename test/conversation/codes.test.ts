/** Codes that are said: taken in encrypted Matrix rooms, burnt elsewhere. A real executor judges them. */
import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, onTestFinished, test } from "vitest";
import type { Incoming, Venue } from "../../src/chat/port.ts";
import { codesIn } from "../../src/conversation/codes.ts";
import { plain } from "../../src/conversation/render/plain.ts";
import { codeAt, stepAt, toBase32 } from "../../src/executor/factors/totp.ts";
import { peopleOf } from "../../src/people/people.ts";
import { makeKey } from "../executor/factors/keys.ts";
import { type InProcess, startInProcess } from "../rig/in-process.ts";

const identity = Buffer.alloc(32, "z").toString("base64").replace("=", "");
const other = Buffer.alloc(32, "y").toString("base64").replace("=", "");
const people = peopleOf([
  { id: "omar", name: "Omar", roles: ["admin"], language: "en", accounts: { matrix: ["@omar:x.org"] } },
  {
    id: "zelie",
    name: "Zélie",
    roles: ["admin"],
    language: "en",
    accounts: { matrix: [`@zelie:x.org ed25519:${identity}`] },
  },
  { id: "ines", name: "Inès", roles: ["member"], language: "en", accounts: { matrix: ["@ines:x.org"] } },
]);

type From = Pick<Incoming, "network" | "account" | "label" | "venue">;
function from(id: string, how: Partial<Venue>): From {
  const venue = { network: "matrix", place: "!a", thread: "$1", direct: false, encrypted: false, ...how } as const;
  return { network: "matrix", account: `@${id}:x.org`, label: id, venue };
}
const encrypted = { encrypted: true } as const;
const verified = { encrypted: true, identity } as const;

async function start(given: Parameters<typeof startInProcess>[0] = {}) {
  const secrets = { omar: randomBytes(20), zelie: randomBytes(20) };
  const key = makeKey();
  const factors = {
    omar: { totp: toBase32(secrets.omar), keys: [key.line] },
    zelie: { totp: toBase32(secrets.zelie) },
  };
  const rig = await startInProcess({ factors, people, ...given });
  onTestFinished(() => rig.stop());
  const code = (person: keyof typeof secrets, by = 0) => codeAt(secrets[person], stepAt(Date.now() / 1000) + by);
  return { rig, code };
}

const records = (rig: InProcess, kind: string) =>
  readFileSync(join(rig.state, "executor", "journal.jsonl"), "utf8")
    .split("\n")
    .filter((line) => line.includes(`"kind":"${kind}"`));
const said = (rig: InProcess): string => rig.posts.map(({ answer }) => plain(answer)).join("\n");

async function ends(rig: InProcess, number: number, state: "done" | "failed"): Promise<void> {
  await expect.poll(() => rig.bot.parts.store.find(number)?.state, { timeout: 20_000 }).toBe(state);
  await rig.bot.idle();
}

describe("in an encrypted room", () => {
  test.each([
    ["whose identity is not pinned", "omar", encrypted],
    ["from a device that the pinned identity signed", "zelie", verified],
  ] as const)("approve with a code approves, %s", async (_how, id, how) => {
    const { rig, code } = await start();
    const asked = await rig.say("vm stop audio", from(id, how));
    expect(asked).toContain("say here “approve #1 CODE”");
    expect(asked).not.toContain("Never here");
    expect(await rig.say(`approve #1 ${code(id)}`, from(id, how))).toContain("#1 is approved, and goes on");
    await ends(rig, 1, "done");
    expect(records(rig, "approved").length).toBe(1);
    expect(records(rig, "burnt")).toEqual([]);
    const why = await rig.say("why 1", from(id, how));
    expect(why).toContain("approved in chat");
    expect(why).toContain("with a code");
  });

  test("it may stand in two groups, as phones show it", async () => {
    const { rig, code } = await start();
    await rig.say("resume", from("omar", encrypted));
    const shown = code("omar").replace(/^.../u, "$& ");
    expect(await rig.say(`approve 1 ${shown}`, from("omar", encrypted))).toContain("#1 is approved");
    expect(records(rig, "burnt")).toEqual([]);
  });

  test("one that was used is refused, and so is a wrong one, and the plan waits on", async () => {
    const { rig, code } = await start();
    for (const _ of [1, 2]) await rig.say("resume", from("omar", encrypted));
    const used = code("omar");
    expect(await rig.say(`approve 1 ${used}`, from("omar", encrypted))).toContain("#1 is approved");
    const again = await rig.say(`approve 2 ${used}`, from("omar", encrypted));
    expect(again).toMatch(/✘ This code was already used/u);
    expect(again).not.toContain("useless");
    const wrong = await rig.say(`approve 2 ${code("omar", 100)}`, from("omar", encrypted));
    expect(wrong).toMatch(/✘ The second factor does not fit/u);
    expect(wrong).not.toContain("useless");
    expect(rig.bot.parts.store.find(2)?.state).toBe("planned");
  });

  test("after five wrong ones none is taken, and the person is told", async () => {
    const { rig, code } = await start();
    await rig.say("resume", from("omar", encrypted));
    for (let count = 0; count < 5; count++) await rig.say(`approve 1 ${code("omar", 100)}`, from("omar", encrypted));
    const locked = await rig.say(`approve 1 ${code("omar")}`, from("omar", encrypted));
    expect(locked).toContain("Too many wrong codes");
    expect(locked).toContain("The code that you said is useless now");
    expect(records(rig, "burnt").length).toBe(1);
  });

  test("another person's, and one for what does not wait, serve for nothing any more", async () => {
    const { rig, code } = await start();
    await rig.say("resume", from("omar", encrypted));
    const theirs = await rig.say(`approve 1 ${code("zelie")}`, from("omar", encrypted));
    expect(theirs).toMatch(/does not fit.*useless now/su);
    expect(await rig.say(`approve 99 ${code("omar")}`, from("omar", encrypted))).toMatch(/not a plan.*useless now/su);
    expect(records(rig, "burnt").length).toBe(2);
    expect(records(rig, "approved")).toEqual([]);
  });

  test.each([
    ["among words", "my code is CODE"],
    ["in a command that has no use for it", "vm info CODE"],
    ["wrongly used", "approve CODE"],
    ["behind the one that is brought", "approve 1 000000 CODE"],
  ])("said otherwise, %s, it is burnt there too", async (_how, words) => {
    const { rig, code } = await start();
    await rig.say("resume", from("omar", encrypted));
    expect(await rig.say(words.replace("CODE", code("omar")), from("omar", encrypted))).toContain("now useless");
    expect(records(rig, "burnt").length).toBe(1);
    expect(rig.bot.parts.store.find(1)?.state).toBe("planned");
  });

  test("another one further down in the same message is burnt, while the first approves", async () => {
    const { rig, code } = await start();
    await rig.say("resume", from("omar", encrypted));
    const words = `approve 1 ${code("omar")}\n${code("zelie")}`;
    expect(await rig.say(words, from("omar", encrypted))).toContain("#1 is approved");
    expect(records(rig, "burnt").length).toBe(1);
  });

  test("whoever may not approve burns it", async () => {
    const { rig, code } = await start();
    await rig.say("resume", from("omar", encrypted));
    const answer = await rig.say(`approve 1 ${code("omar")}`, from("ines", encrypted));
    expect(answer).toMatch(/⛔.*now useless/su);
    expect(records(rig, "burnt").length).toBe(1);
  });

  test.each([
    ["that no identity signed", encrypted],
    ["that another identity signed", { encrypted: true, identity: other }],
  ] as const)("from a device %s, where the identity is pinned, it is burnt", async (_how, how) => {
    const { rig, code } = await start();
    await rig.say("resume", from("omar", encrypted));
    const answer = await rig.say(`approve 1 ${code("zelie")}`, from("zelie", how));
    expect(answer).toMatch(/⛔ .*device that your identity has not signed.*now useless/su);
    expect(records(rig, "burnt").length).toBe(1);
    expect(records(rig, "approved")).toEqual([]);
    // The code is hers no more, from her own device either.
    expect(await rig.say(`approve 1 ${code("zelie")}`, from("zelie", verified))).toContain("✘");
  });

  test("where the executor is away, nobody is told that it is approved", async () => {
    const { rig, code } = await start();
    await rig.say("resume", from("omar", encrypted));
    rig.argv.splice(1, rig.argv.length, "-e", "process.exit(1)");
    await rig.transport.close();
    const answer = await rig.say(`approve 1 ${code("omar")}`, from("omar", encrypted));
    expect(answer).toContain("Whether your code arrived is not known");
    expect(answer).not.toContain("is approved");
  });
});

describe("anywhere else", () => {
  test.each([
    ["a room without encryption", "omar", {}],
    ["a room without encryption, whoever is alone there", "omar", { direct: true }],
    ["a room without encryption, whatever is said of a device", "zelie", { identity }],
  ] as const)("%s: burnt, and told where codes are taken", async (_where, id, how) => {
    const { rig, code } = await start();
    await rig.say("resume", from("omar", {}));
    expect(said(rig)).toContain("“approve #1 CODE” in an encrypted Matrix room. Never here");
    expect(await rig.say(`approve 1 ${code(id)}`, from(id, how))).toMatch(/now useless/u);
    expect(records(rig, "burnt").length).toBe(1);
    expect(records(rig, "approved")).toEqual([]);
  });

  test("another network that calls itself encrypted is none", async () => {
    const { rig, code } = await start();
    await rig.say("resume");
    const venue = { network: "terminal", place: "x", thread: "t", direct: true, encrypted: true } as const;
    expect(await rig.say(`approve 1 ${code("omar")}`, { venue })).toContain("now useless");
    expect(records(rig, "approved")).toEqual([]);
  });
});

test("whoever's identity is pinned resumes and approves nothing without encryption, and is told how", async () => {
  const { rig } = await start();
  expect(await rig.say("resume", from("zelie", {}))).toContain(
    "a room without encryption does not prove that it is you",
  );
  const asked = await rig.say("vm stop audio", from("zelie", {}));
  expect(asked).toContain("say the line that it prints in an encrypted room");
  expect(await rig.say("pause", from("zelie", encrypted))).toContain("✔");
});

test("whoami tells the identity where it shows, ready to be pinned, and what it is worth", async () => {
  const { rig } = await start();
  const whoami = (id: string, how: Partial<Venue>) => rig.say("whoami", from(id, how));
  expect(await whoami("omar", { encrypted: true, identity: other })).toContain(`@omar:x.org ed25519:${other}`);
  expect(await whoami("omar", encrypted)).toContain("not signed by an identity of yours");
  const clear = await whoami("omar", { identity: other });
  expect(clear).toContain("Identities show in encrypted rooms only");
  expect(clear).not.toContain("ed25519");
  expect(await whoami("zelie", verified)).toContain("what you say from here counts as yours");
  expect(await whoami("zelie", encrypted)).toContain("ATTENTION");
  const reset = await whoami("zelie", { encrypted: true, identity: other });
  expect(reset).toContain("ATTENTION: this device is signed by another identity");
  expect(reset).toContain(`@zelie:x.org ed25519:${other}`);
  expect(await whoami("zelie", {})).toContain("Your identity is pinned");
  expect(await whoami("nobody", { encrypted: true, identity: other })).toContain(`@nobody:x.org ed25519:${other}`);
});

describe("codes in a text", () => {
  test("a number before one hides it not", () => {
    expect(codesIn("approve 412 123 456")).toContain("123456");
    expect(codesIn("approve #412 123 456")).toEqual(["123456"]);
    expect(codesIn("1234567 #123456")).toEqual([]);
  });

  test("none is overlooked, whatever words and numbers stand round it", () => {
    const digits = fc.stringMatching(/^[0-9]{6}$/);
    const around = fc.array(fc.oneof(fc.stringMatching(/^[a-z#]{1,5}$/), fc.nat(9_999).map(String)), { maxLength: 4 });
    fc.assert(
      fc.property(around, digits, fc.boolean(), around, (before, code, parted, after) => {
        const shown = parted ? `${code.slice(0, 3)} ${code.slice(3)}` : code;
        expect(codesIn([...before, shown, ...after].join(" "))).toContain(code);
      }),
      { numRuns: 1_000 },
    );
  });
});

test("a code in what is not obeyed at all, because anybody could have written it, is burnt too, and nothing else is done", async () => {
  const { rig, code } = await start();
  const spoilt = code("omar");
  await rig.say("vm stop audio", from("omar", encrypted));
  await rig.overhear(`approve #1 ${spoilt}`, from("omar", encrypted));
  expect(records(rig, "burnt").length).toBe(1);
  expect(records(rig, "approved")).toEqual([]);
  expect(rig.bot.parts.store.find(2)).toBeUndefined();
  expect(await rig.say(`approve #1 ${spoilt}`, from("omar", encrypted))).not.toContain("is approved");
  await rig.overhear(`approve #1 ${code("omar")}`, from("stranger", encrypted));
  expect(records(rig, "burnt").length).toBe(1);
});
