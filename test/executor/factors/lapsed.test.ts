/** A yes is worth something for the plan's time, and while its factor is enrolled: also for what was accepted and had to wait. */
import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import type { Operation, Plan } from "../../../src/protocol/plan.ts";
import { origin, type Peer, planOf } from "../peer.ts";
import { type Approving, approving, planResume, signed, totp, writeFactors } from "./enrolled.ts";

const runs = ({ simulator }: Approving, name: string) =>
  simulator.model.domains.find((domain) => domain.name === name)?.state === "running";

/** The minute's operations are used up, and then a VM's stop is approved and accepted: it waits for the rate limit. */
async function waiting(here: Approving, peer: Peer): Promise<Plan> {
  for (let count = 0; count < 10; count++) {
    const { id, hash } = await peer.value<Plan>("plan", planOf(randomUUID(), ["tank/mail"]));
    await peer.value("apply", { id, hash });
  }
  const plan = await peer.value<Plan>("plan", { id: randomUUID(), do: "vm.stop", with: { vm: "sql" }, origin });
  await peer.value("approve", totp(plan, "zelie", here.zelie.code(here.clock.now)));
  const applied = await peer.value<Operation>("apply", { id: plan.id, hash: plan.hash });
  expect(applied).toMatchObject({ state: "queued", queuedUntil: expect.any(Number) });
  return plan;
}

async function pause(peer: Peer): Promise<void> {
  const { id, hash } = await peer.value<Plan>("plan", { id: randomUUID(), do: "executor.pause", with: {}, origin });
  await peer.value("apply", { id, hash });
}

async function resume({ yann }: Approving, peer: Peer): Promise<void> {
  const plan = await planResume(peer);
  await peer.value("approve", signed(plan, "yann", yann.key.approve(plan)));
  await peer.value("apply", { id: plan.id, hash: plan.hash });
}

test("what was approved and waited beyond its plan's time is not begun", async () => {
  const here = await approving();
  const peer = here.bench.connect();
  const { id, expires } = await waiting(here, peer);
  await pause(peer);
  here.clock.now = expires * 1000 + 1000;
  await resume(here, peer);
  const { state, failure } = await peer.end(id);
  expect({ state, failure }).toEqual({ state: "failed", failure: { reason: "expired", detail: { expired: expires } } });
  expect(runs(here, "sql")).toBe(true);
}, 20_000);

test("what was approved by a factor that is revoked while it waits is not begun", async () => {
  const here = await approving();
  const peer = here.bench.connect();
  const { id } = await waiting(here, peer);
  await pause(peer);
  writeFactors(here.file, { yann: here.yann });
  here.clock.now += 120_000;
  await resume(here, peer);
  expect(await peer.end(id)).toMatchObject({ state: "failed", failure: { reason: "needs-approval" } });
  expect(runs(here, "sql")).toBe(true);
}, 20_000);

test("what was approved and waited a little is begun", async () => {
  const here = await approving();
  const peer = here.bench.connect();
  const { id } = await waiting(here, peer);
  await pause(peer);
  here.clock.now += 120_000;
  await resume(here, peer);
  expect(await peer.end(id)).toMatchObject({ state: "done" });
  expect(runs(here, "sql")).toBe(false);
}, 20_000);

test("a clock that was set back makes no plan live longer", async () => {
  const { bench, zelie, clock } = await approving();
  const peer = bench.connect();
  const plan = await planResume(peer);
  const ten = 10 * 3600_000;
  clock.now += 29 * 60_000 - ten;
  clock.back += ten;
  await peer.value("approvals", { id: plan.id });
  clock.now += 2 * 60_000;
  const { reason } = await peer.refusal("approve", totp(plan, "zelie", zelie.code(clock.now)));
  expect(reason).toBe("expired");
});

test("whoever holds the bot ends nothing that was planned at the host's own terminal", async () => {
  const { bench } = await approving();
  const [host, bot] = [bench.connect("host"), bench.connect()];
  const from = { person: "zelie", network: "host", request: 0 };
  const plan = await host.value<Plan>("plan", { id: randomUUID(), do: "executor.resume", with: {}, origin: from });
  for (const method of ["deny", "cancel"]) {
    expect((await bot.refusal(method, { id: plan.id, by: "yann" })).reason).toBe("hosts-own");
  }
  const host1 = { id: plan.id, hash: plan.hash, by: "zelie", factor: { kind: "host" } };
  expect(await host.value("approve", host1)).toMatchObject({ enough: true });
});

test("who said no is told to whoever says yes afterwards", async () => {
  const { bench, zelie, clock } = await approving();
  const peer = bench.connect();
  const plan = await planResume(peer);
  await peer.value("deny", { id: plan.id, by: "yann" });
  expect(await peer.refusal("approve", totp(plan, "zelie", zelie.code(clock.now)))).toEqual({
    reason: "denied",
    detail: { by: "yann", through: "bot" },
  });
});

test("a bot that burns codes by trying them all is held up, and everybody's next code serves", async () => {
  const { bench, zelie, clock } = await approving();
  const peer = bench.connect();
  const tried = await Promise.all(
    Array.from({ length: 100 }, (_, index) => peer.call("burn", { code: String(index).padStart(6, "0") })),
  );
  expect(tried.filter(({ error }) => error === undefined).length).toBe(20);
  expect(tried.find(({ error }) => error !== undefined)?.error?.data).toMatchObject({ reason: "limit" });
  const plan = await planResume(peer);
  expect(await peer.value("approve", totp(plan, "zelie", zelie.code(clock.now)))).toMatchObject({ enough: true });
});

test("what waits for people is listed first, and that there is more is told", async () => {
  const { bench } = await approving({ limits: { perMinute: 10_000, perHour: 10_000 } });
  const peer = bench.connect();
  const plan = await planResume(peer);
  for (let count = 0; count < 200; count++) {
    await peer.value("plan", { id: randomUUID(), do: "executor.pause", with: {}, origin });
  }
  const open = await peer.value<{ operations: { id: string }[]; more?: boolean }>("open", {});
  expect([open.operations.length, open.operations[0]?.id, open.more]).toEqual([200, plan.id, true]);
});
