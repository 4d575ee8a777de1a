/** A bot that was rewritten to lie: each lie is refused, and journalled. Over the real protocol, as the bot's socket has it. */
import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import {
  type Approvals,
  type JournalEntry,
  type Operation,
  type Plan,
  signedText,
} from "../../../src/protocol/plan.ts";
import { origin, type Peer } from "../peer.ts";
import { approving, planResume, secretsIn, signed, totp, writeFactors } from "./enrolled.ts";
import { makeKey } from "./keys.ts";

const refusals = async (peer: Peer, { id }: Plan) =>
  (await peer.value<JournalEntry[]>("journal", { id }))
    .filter(({ kind }) => kind === "refused")
    .map(({ detail }) => [detail.method, detail.reason]);

async function done(peer: Peer, { id, hash }: Plan): Promise<Operation> {
  const applied = await peer.value<Operation>("apply", { id, hash });
  return applied.state === "done" ? applied : peer.end(id);
}

test("an approval without a factor does not exist, and without approvals nothing is applied", async () => {
  const { bench } = await approving();
  const peer = bench.connect();
  const plan = await planResume(peer);
  expect(plan).toMatchObject({ class: "disrupt", wants: "one second factor" });
  for (const factor of [undefined, {}, { kind: "totp" }, { kind: "none" }, { kind: "totp", code: "12345" }]) {
    const { reason } = await peer.refusal("approve", { id: plan.id, hash: plan.hash, by: "zelie", factor });
    expect(reason).toBe("malformed");
  }
  const host = await peer.refusal("approve", { id: plan.id, hash: plan.hash, by: "zelie", factor: { kind: "host" } });
  expect(host.reason).toBe("factor-not-enough");
  expect(await peer.refusal("apply", { id: plan.id, hash: plan.hash })).toEqual({
    reason: "needs-approval",
    detail: { class: "disrupt", wants: "one second factor" },
  });
  expect(await peer.value<Approvals>("approvals", { id: plan.id })).toMatchObject({ given: [], enough: false });
  expect(await refusals(peer, plan)).toEqual([
    ["approve", "factor-not-enough"],
    ["apply", "needs-approval"],
  ]);
});

test("a plan's requester and content cannot be altered afterwards, nor can it be approved as another", async () => {
  const { bench, zelie, clock } = await approving();
  const peer = bench.connect();
  const plan = await planResume(peer);
  const asked = { id: plan.id, do: "executor.resume", with: {}, origin };
  for (const altered of [
    { ...asked, origin: { ...origin, person: "yann" } },
    { ...asked, do: "zfs.snapshot", with: { targets: ["web"] } },
  ]) {
    expect((await peer.refusal("plan", altered)).reason).toBe("id-reused");
  }
  const other = await planResume(peer, randomUUID(), "yann");
  const code = zelie.code(clock.now);
  const crossed = await peer.refusal("approve", { ...totp(plan, "zelie", code), hash: other.hash });
  expect(crossed).toEqual({ reason: "plan-changed", detail: { planned: plan.hash } });
  expect(await refusals(peer, plan)).toEqual([
    ["plan", "id-reused"],
    ["plan", "id-reused"],
    ["approve", "plan-changed"],
  ]);
});

describe("a code", () => {
  test("approves one disruption, which then goes", async () => {
    const { bench, zelie, clock } = await approving();
    const peer = bench.connect();
    const plan = await planResume(peer);
    const told = await peer.value<Approvals>("approve", totp(plan, "zelie", zelie.code(clock.now)));
    expect(told).toEqual({
      id: plan.id,
      class: "disrupt",
      wants: "one second factor",
      given: [{ person: "zelie", kind: "totp", at: clock.now / 1000 }],
      enough: true,
    });
    expect(await done(peer, plan)).toMatchObject({ state: "done", result: { paused: false } });
  });

  test("is spent with its time step for that person, for good: on another plan, after a restart, by a clock that was set back", async () => {
    const { bench, zelie, clock, again } = await approving();
    const peer = bench.connect();
    const [first, second] = [await planResume(peer), await planResume(peer)];
    const code = zelie.code(clock.now);
    await peer.value("approve", totp(first, "zelie", code));
    // The answer may be lost: the very same again is answered again, and gives nothing more.
    expect(await peer.value<Approvals>("approve", totp(first, "zelie", code))).toMatchObject({ enough: true });
    expect((await peer.refusal("approve", totp(second, "zelie", code))).reason).toBe("factor-spent");
    await bench.daemon.close();
    clock.now += 25_000;
    const after = (await again()).connect();
    expect((await after.refusal("approve", totp(second, "zelie", code))).reason).toBe("factor-spent");
    clock.now -= 45_000;
    clock.back += 45_000;
    expect((await after.refusal("approve", totp(second, "zelie", code))).reason).toBe("factor-spent");
    expect(await refusals(after, second)).toEqual(Array(3).fill(["approve", "factor-spent"]));
    expect((await after.refusal("apply", { id: second.id, hash: second.hash })).reason).toBe("needs-approval");
  });

  test("that is fresh serves another disruption than its owner meant: accepted, by design, and journalled", async () => {
    const { bench, zelie, clock } = await approving();
    const peer = bench.connect();
    const [, swapped] = [await planResume(peer), await planResume(peer, randomUUID(), "yann")];
    await peer.value("approve", totp(swapped, "zelie", zelie.code(clock.now)));
    expect(await done(peer, swapped)).toMatchObject({ state: "done" });
    const journal = await peer.value<JournalEntry[]>("journal", { id: swapped.id });
    expect(journal.find(({ kind }) => kind === "approved")?.detail).toMatchObject({
      identity: "bot",
      by: "zelie",
      kind: "totp",
      steps: [clock.now / 30_000],
    });
  });

  test("of one person is not another's, and nobody's is a stranger's", async () => {
    const { bench, zelie, yann, clock } = await approving();
    const peer = bench.connect();
    const plan = await planResume(peer);
    expect((await peer.refusal("approve", totp(plan, "zelie", yann.code(clock.now)))).reason).toBe("factor-wrong");
    for (const by of ["noe", "__proto__", "constructor"]) {
      const refusal = await peer.refusal("approve", totp(plan, by, zelie.code(clock.now)));
      expect(refusal).toEqual({ reason: "factor-unknown", detail: { person: by, kind: "totp" } });
    }
  });
});

describe("a signature", () => {
  test("approves its plan, by whichever of the persons' keys", async () => {
    const { bench, yann } = await approving();
    const peer = bench.connect();
    const plan = await planResume(peer);
    const told = await peer.value<Approvals>("approve", signed(plan, "yann", yann.key.approve(plan)));
    expect(told).toMatchObject({ given: [{ person: "yann", kind: "signature" }], enough: true });
    const journal = await peer.value<JournalEntry[]>("journal", { id: plan.id });
    expect(journal.find(({ kind }) => kind === "approved")?.detail).toMatchObject({ factor: yann.key.fingerprint });
    expect(await done(peer, plan)).toMatchObject({ state: "done" });
  });

  test("for another plan, another host, another decision, by another, or of another kind is refused", async () => {
    const { bench, zelie, yann } = await approving();
    const elsewhere = await approving({ host: "elsewhere" });
    const peer = bench.connect();
    const [plan, other] = [await planResume(peer), await planResume(peer)];
    // The same request to another host's executor.
    const there = await planResume(elsewhere.bench.connect(), plan.id);
    const lies: [string, string][] = [
      ["zelie", zelie.key.approve(other)],
      ["zelie", zelie.key.approve(there)],
      ["zelie", zelie.key.sign(plan.text)],
      ["zelie", zelie.key.sign(signedText(plan).replace("approve", "deny"))],
      ["zelie", zelie.key.sign(signedText(plan), "file")],
      ["zelie", yann.key.approve(plan)],
      ["zelie", makeKey().approve(plan)],
      ["zelie", "-----BEGIN SSH SIGNATURE-----\n-----END SSH SIGNATURE-----\n"],
    ];
    for (const [by, signature] of lies) {
      expect(await peer.refusal("approve", signed(plan, by, signature))).toEqual({
        reason: "factor-wrong",
        detail: { person: by, kind: "signature" },
      });
    }
    expect(await refusals(peer, plan)).toEqual(lies.map(() => ["approve", "factor-wrong"]));
    expect((await peer.refusal("apply", { id: plan.id, hash: plan.hash })).reason).toBe("needs-approval");
  });

  test("counts no more once its key is revoked, nor a code's once its secret is", async () => {
    const { bench, zelie, yann, clock, file } = await approving();
    const peer = bench.connect();
    const [one, two] = [await planResume(peer), await planResume(peer)];
    await peer.value("approve", signed(one, "yann", yann.key.approve(one)));
    await peer.value("approve", totp(two, "zelie", zelie.code(clock.now)));
    writeFactors(file, { zelie: { ...yann, key: zelie.key } });
    for (const { id, hash } of [one, two]) {
      expect(await peer.value<Approvals>("approvals", { id })).toMatchObject({ given: [], enough: false });
      expect((await peer.refusal("apply", { id, hash })).reason).toBe("needs-approval");
    }
  });
});

test("no secret and no code is in the journal, in an answer, or in the log, whatever was tried", async () => {
  const { bench, zelie, yann, clock, state } = await approving();
  const peer = bench.connect();
  const plan = await planResume(peer);
  const codes = [-1, 0, 1, 5].map((by) => zelie.code(clock.now, by));
  for (const code of codes) await peer.call("approve", totp(plan, "zelie", code));
  await peer.call("approve", totp(plan, "noe", codes[0] ?? ""));
  await peer.call("burn", { code: yann.code(clock.now) });
  await peer.call("approve", { ...totp(plan, "zelie", codes[0] ?? ""), more: codes[1] });
  const journal = readFileSync(join(state, "journal.jsonl"), "utf8");
  expect(journal).toContain('"kind":"burnt"');
  expect(journal).toContain('"kind":"factor-wrong"');
  const texts = [journal, JSON.stringify(peer.answers), bench.log.join("\n")];
  expect(secretsIn([zelie, yann], [...codes, yann.code(clock.now)], ...texts)).toEqual([]);
});
