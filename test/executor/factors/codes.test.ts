/** Guessing codes, burning them, and the file of factors that is not as it must be. */
import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parseFactors, readFactors } from "../../../src/executor/factors/file.ts";
import { toBase32 } from "../../../src/executor/factors/totp.ts";
import type { Approvals } from "../../../src/protocol/plan.ts";
import { temporaryFolder } from "../bench.ts";
import { approving, makePerson, planResume, signed, totp, writeFactors } from "./enrolled.ts";

const records = (state: string, kind: string): { detail: Record<string, unknown> }[] =>
  readFileSync(join(state, "journal.jsonl"), "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line))
    .filter((record) => record.kind === kind);

describe("whoever guesses", () => {
  test("has five codes in a quarter of an hour, and then not even the right one is taken; a signature still is", async () => {
    const { bench, zelie, clock, state, again } = await approving();
    const peer = bench.connect();
    const plan = await planResume(peer);
    const wrong = zelie.code(clock.now, 50);
    for (let count = 0; count < 5; count++) {
      expect((await peer.refusal("approve", totp(plan, "zelie", wrong))).reason).toBe("factor-wrong");
      clock.now += 60_000;
    }
    const until = clock.now / 1000 - 60 + 15 * 60;
    const locked = { reason: "factor-locked", detail: { person: "zelie", until } };
    expect(await peer.refusal("approve", totp(plan, "zelie", zelie.code(clock.now)))).toEqual(locked);
    await bench.daemon.close();
    const after = (await again()).connect();
    expect(await after.refusal("approve", totp(plan, "zelie", zelie.code(clock.now)))).toEqual(locked);
    expect(records(state, "factor-wrong").map(({ detail }) => detail)).toEqual(
      Array(5).fill({ identity: "bot", by: "zelie" }),
    );
    const told = await after.value<Approvals>("approve", signed(plan, "zelie", zelie.key.approve(plan)));
    expect(told.enough).toBe(true);
    clock.now = until * 1000;
    const next = await planResume(after);
    await after.value("approve", totp(next, "zelie", zelie.code(clock.now)));
  });

  test("and goes on for days has twenty a day", async () => {
    const { bench, zelie, clock, state } = await approving();
    const peer = bench.connect();
    for (let count = 0; count < 24 * 60; count++) {
      clock.now += 60_000;
      if (count % 25 !== 0) continue;
      const plan = await planResume(peer);
      await peer.refusal("approve", totp(plan, "zelie", zelie.code(clock.now, 50)));
    }
    expect(records(state, "factor-wrong").length).toBe(20);
  });

  test("locks nobody out for longer than that by a clock that jumped ahead and was set back", async () => {
    const { bench, zelie, clock } = await approving();
    const peer = bench.connect();
    const plan = await planResume(peer);
    // Set ahead, and later back: meanwhile next to no time passes.
    clock.now += 1000_000;
    clock.back -= 1000_000;
    for (let count = 0; count < 5; count++)
      await peer.refusal("approve", totp(plan, "zelie", zelie.code(clock.now, 50)));
    clock.now -= 1000_000;
    clock.back += 1000_000;
    expect(await peer.refusal("approve", totp(plan, "zelie", zelie.code(clock.now)))).toMatchObject({
      reason: "factor-locked",
    });
    clock.now += 15 * 60_000;
    await peer.value("approve", totp(plan, "zelie", zelie.code(clock.now)));
  });

  test("gets nowhere with what is no code at all", async () => {
    const { bench } = await approving();
    const peer = bench.connect();
    const plan = await planResume(peer);
    for (const code of ["", "12345", "1234567", "12345a", " 12345", 123456]) {
      expect((await peer.refusal("approve", totp(plan, "zelie", code as string))).reason).toBe("malformed");
    }
  });
});

describe("a code that was seen where it may not be", () => {
  test("is burnt for whoever has it, now and in the half minutes round it, also across a restart", async () => {
    const { bench, zelie, clock, state, again } = await approving();
    const peer = bench.connect();
    const plan = await planResume(peer);
    const codes = [-1, 0, 1, 2].map((by) => zelie.code(clock.now, by));
    for (const code of codes) expect(await peer.value("burn", { code })).toEqual({ burnt: 1 });
    expect(records(state, "burnt").map(({ detail }) => detail)).toEqual(
      [-1, 0, 1, 2].map((by) => ({
        identity: "bot",
        spent: [{ person: "zelie", steps: [clock.now / 30_000 + by] }],
      })),
    );
    await bench.daemon.close();
    const after = (await again()).connect();
    for (const code of codes.slice(0, 3)) {
      expect((await after.refusal("approve", totp(plan, "zelie", code))).reason).toBe("factor-spent");
    }
    clock.now += 30_000;
    expect((await after.refusal("approve", totp(plan, "zelie", codes[3] ?? ""))).reason).toBe("factor-spent");
    clock.now += 60_000;
    await after.value("approve", totp(plan, "zelie", zelie.code(clock.now)));
  });

  test("is nobody's where it is nobody's, and nothing is journalled of it", async () => {
    const { bench, zelie, clock, state } = await approving();
    const peer = bench.connect();
    for (const by of [-3, 3, 1000]) {
      expect(await peer.value("burn", { code: zelie.code(clock.now, by) })).toEqual({ burnt: 0 });
    }
    expect(records(state, "burnt")).toEqual([]);
  });
});

describe("the file of factors", () => {
  const shared = {
    totp: toBase32(Buffer.from("twenty bytes of text")),
    keys: ["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHgNg8DSWShu04fUJTH3EeptCmdckCna72vgqqVULqy2 nobody's"],
  };
  const wrongs: [string, string][] = [
    ["is no JSON", "{"],
    ["is empty", ""],
    ["is a list", "[]"],
    ["has a key too many", JSON.stringify({ persons: {}, person: {} })],
    ["has a person whose name cannot be", JSON.stringify({ persons: { Zelie: shared } })],
    ["has a key too many of a person", JSON.stringify({ persons: { zelie: { ...shared, code: "1" } } })],
    ["has a short secret", JSON.stringify({ persons: { zelie: { totp: toBase32(Buffer.alloc(15, 1)) } } })],
    [
      "has a secret that is no base32",
      JSON.stringify({ persons: { zelie: { totp: `${shared.totp.slice(0, -1)}1` } } }),
    ],
    ["has a private key", JSON.stringify({ persons: { zelie: { keys: ["-----BEGIN OPENSSH PRIVATE KEY-----"] } } })],
    ["has a key with options", JSON.stringify({ persons: { zelie: { keys: [`cert-authority ${shared.keys[0]}`] } } })],
    ["has two keys in one", JSON.stringify({ persons: { zelie: { keys: [`${shared.keys[0]}\n${shared.keys[0]}`] } } })],
    [
      "gives one key to two persons",
      JSON.stringify({ persons: { zelie: { keys: shared.keys }, yann: { keys: shared.keys } } }),
    ],
    [
      "gives one secret to two persons",
      JSON.stringify({ persons: { zelie: { totp: shared.totp }, yann: { totp: shared.totp } } }),
    ],
  ];

  test("is taken where nothing is wrong", () => {
    expect(parseFactors(JSON.stringify({ persons: { zelie: shared } }), "the file").ok).toBe(true);
  });

  test.each(wrongs)("%s: all of it is refused, and none of it repeated", (_what, text) => {
    const read = parseFactors(text, "the file");
    if (read.ok) throw new Error("it was taken");
    expect(read.why).not.toContain(shared.totp);
    expect(read.why).not.toMatch(/[A-Z2-7]{16}|AAAA/);
  });

  test.each([
    ["may be written by others", (file: string) => chmodSync(file, 0o646), "chmod"],
    ["may be read by others", (file: string) => chmodSync(file, 0o644), "chmod"],
    ["may be written by its group", (file: string) => chmodSync(file, 0o660), "chmod"],
    ["is wrong", (file: string) => writeFileSync(file, "{"), "JSON"],
  ])("%s: nothing is accepted, nothing that was given counts, and each answer says why", async (_what, spoil, says) => {
    const { bench, zelie, yann, clock, file, state } = await approving();
    const peer = bench.connect();
    const plan = await planResume(peer);
    await peer.value("approve", signed(plan, "yann", yann.key.approve(plan)));
    spoil(file);
    const why = { reason: "factors-unreadable", detail: { words: expect.stringContaining(says) } };
    const host = bench.connect("host");
    const yes = { id: plan.id, hash: plan.hash, by: "zelie", factor: { kind: "host" } };
    expect(await peer.refusal("approve", totp(plan, "zelie", zelie.code(clock.now)))).toEqual(why);
    expect(await peer.refusal("approve", signed(plan, "zelie", zelie.key.approve(plan)))).toEqual(why);
    expect(await host.refusal("approve", yes)).toEqual(why);
    expect(await peer.refusal("burn", { code: zelie.code(clock.now) })).toEqual(why);
    expect(await peer.refusal("apply", { id: plan.id, hash: plan.hash })).toEqual(why);
    expect(records(state, "factors-changed").at(-1)?.detail).toMatchObject({ trouble: why.detail.words });
    writeFactors(file, { zelie, yann });
    await peer.value("apply", { id: plan.id, hash: plan.hash });
  });

  test("that changed is read anew, and what changed is journalled: persons and fingerprints, no secret", async () => {
    const { bench, zelie, yann, file, state, clock } = await approving();
    const peer = bench.connect();
    const plan = await planResume(peer);
    const noe = makePerson();
    writeFactors(file, { zelie, noe });
    await peer.value("approve", totp(plan, "noe", noe.code(clock.now)));
    const [first, second, ...more] = records(state, "factors-changed").map(({ detail }) => detail);
    const marks = (name: string, { key }: typeof noe) => [
      expect.stringMatching(`^${name} totp:[0-9a-f]{8}$`),
      `${name} ${key.fingerprint}`,
    ];
    expect(first).toMatchObject({ added: [...marks("zelie", zelie), ...marks("yann", yann)], removed: [] });
    expect(second).toMatchObject({ added: marks("noe", noe), removed: marks("yann", yann) });
    expect(more).toEqual([]);
    expect(JSON.stringify([first, second])).not.toContain(toBase32(zelie.secret));
  });

  test("that is not there: nobody is enrolled", () => {
    expect(readFactors(join(temporaryFolder(), "none.json"))).toEqual({ ok: true, value: new Map() });
  });
});
