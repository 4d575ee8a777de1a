/**
 * What wants two persons' signatures. No kind of change is of that class yet, so the plan is written into the journal as the
 * planner would; from there on it is the executor itself, over the protocol.
 */
import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { sha256 } from "../../../src/executor/canonical.ts";
import { openLedger } from "../../../src/executor/ledger.ts";
import type { OperationClass } from "../../../src/protocol/operations.ts";
import type { Approvals, JournalEntry, Plan } from "../../../src/protocol/plan.ts";
import { startBench, temporaryFolder } from "../bench.ts";
import { origin, planOf } from "../peer.ts";
import { makePerson, type Person, signed, totp, writeFactors } from "./enrolled.ts";

/** An executor that remembers a plan of this class, and for which these persons are enrolled. */
async function remembering(ofClass: OperationClass, persons: Readonly<Record<string, Person>>) {
  const folder = temporaryFolder();
  const [state, file] = [join(folder, "state"), join(folder, "factors.json")];
  writeFactors(file, persons);
  const first = await startBench({ state, rules: { factors: file } });
  const milder = await first.connect().value<Plan>("plan", planOf(randomUUID(), ["web"]));
  const other = await first
    .connect()
    .value<Plan>("plan", { ...planOf(randomUUID(), []), do: "executor.resume", with: {} });
  await first.daemon.close();
  const text = milder.text.replace("class: add", `class: ${ofClass}`);
  const plan: Plan = { ...milder, id: randomUUID(), class: ofClass, origin, text, hash: sha256(text) };
  const ledger = openLedger(state, () => Date.now());
  const record = { identity: "bot", body: "", with: { targets: ["web"] }, basis: [], locks: [], plan };
  ledger.record("planned", record, plan.id);
  ledger.secure();
  ledger.close();
  const bench = await startBench({ state, rules: { factors: file } });
  return { peer: bench.connect(), host: bench.connect("host"), plan, other, file };
}

const both = () => ({ zelie: makePerson(), yann: makePerson() });
const yes = ({ id, hash }: Plan, by: string) => ({ id, hash, by, factor: { kind: "host" } });

describe("a destruction", () => {
  test("is not approved by a code: refused, journalled, and the code is burnt", async () => {
    const persons = both();
    const { peer, plan, other } = await remembering("destroy", persons);
    const code = persons.zelie.code(Date.now());
    expect(await peer.refusal("approve", totp(plan, "zelie", code))).toEqual({
      reason: "factor-not-enough",
      detail: { class: "destroy", wants: "signatures of two enrolled persons", person: "zelie" },
    });
    expect((await peer.refusal("approve", totp(other, "zelie", code))).reason).toBe("factor-spent");
    const entries = await peer.value<JournalEntry[]>("journal", { id: plan.id });
    expect(entries.at(-1)).toMatchObject({
      kind: "refused",
      detail: { method: "approve", reason: "factor-not-enough" },
    });
    expect((await peer.refusal("apply", plan)).reason).toBe("malformed");
    expect(await peer.refusal("apply", { id: plan.id, hash: plan.hash })).toEqual({
      reason: "needs-approval",
      detail: { class: "destroy", wants: "signatures of two enrolled persons" },
    });
  });

  test("wants two persons, the requester may be one, and one person's two factors are one person's", async () => {
    const { zelie, yann } = both();
    const { peer, host, plan } = await remembering("destroy", { zelie, yann });
    const apply = () => peer.refusal("apply", { id: plan.id, hash: plan.hash });
    const one = await peer.value<Approvals>("approve", signed(plan, "zelie", zelie.key.approve(plan)));
    expect(one).toMatchObject({ given: [{ person: "zelie", kind: "signature" }], enough: false });
    await peer.value("approve", signed(plan, "zelie", zelie.key.approve(plan)));
    await host.value("approve", yes(plan, "zelie"));
    expect(await apply()).toMatchObject({ reason: "needs-approval", detail: { given: ["zelie (host)"] } });
    // Zélie's own signature, told as Yann's.
    expect((await peer.refusal("approve", signed(plan, "yann", zelie.key.approve(plan)))).reason).toBe("factor-wrong");
    expect((await host.refusal("approve", yes(plan, "yan"))).reason).toBe("factor-unknown");
    const two = await peer.value<Approvals>("approve", signed(plan, "yann", yann.key.approve(plan)));
    expect(two).toMatchObject({ given: [{ person: "zelie", kind: "host" }, { person: "yann" }], enough: true });
    await peer.value("apply", { id: plan.id, hash: plan.hash });
  });

  test("falls back to nothing where one of the two is revoked before it is applied", async () => {
    const { zelie, yann } = both();
    const { peer, plan, file } = await remembering("destroy", { zelie, yann });
    for (const [by, { key }] of Object.entries({ zelie, yann })) {
      await peer.value("approve", signed(plan, by, key.approve(plan)));
    }
    writeFactors(file, { zelie, yann: makePerson() });
    expect((await peer.refusal("apply", { id: plan.id, hash: plan.hash })).reason).toBe("needs-approval");
  });

  test("where one person alone is enrolled is approved at the host, and not by that person's signature", async () => {
    const zelie = makePerson();
    const { peer, host, plan } = await remembering("destroy", { zelie });
    expect(await peer.value("approve", signed(plan, "zelie", zelie.key.approve(plan)))).toMatchObject({
      enough: false,
    });
    expect(await host.value("approve", yes(plan, "zelie"))).toMatchObject({ enough: true });
    await peer.value("apply", { id: plan.id, hash: plan.hash });
  });
});

test("a disruption for good wants one signature, and no code", async () => {
  const { zelie, yann } = both();
  const { peer, plan } = await remembering("disrupt-for-good", { zelie, yann });
  expect((await peer.refusal("approve", totp(plan, "zelie", zelie.code(Date.now())))).reason).toBe("factor-not-enough");
  expect(await peer.value("approve", signed(plan, "yann", yann.key.approve(plan)))).toMatchObject({ enough: true });
  await peer.value("apply", { id: plan.id, hash: plan.hash });
});
