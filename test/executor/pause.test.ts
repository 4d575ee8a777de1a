/** All changes stopped, and let go on: by plans like any other, and for as long as the journal says so. */
import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { holdPoints, points } from "../../src/executor/points.ts";
import type { HostFacts } from "../../src/protocol/facts.ts";
import type { Operation, Plan } from "../../src/protocol/plan.ts";
import { startBench, temporaryFolder } from "./bench.ts";
import { approving, makePerson, planResume, totp, writeFactors } from "./factors/enrolled.ts";
import { origin, type Peer, planOf, snapshot } from "./peer.ts";
import { paused, type Running, snapshotsOf, startProcess } from "./process.ts";

const pauseOf = (id: string) => ({ id, do: "executor.pause", with: {}, origin });

async function pause(peer: Peer, id: string = randomUUID()): Promise<Operation> {
  const plan = await peer.value<Plan>("plan", pauseOf(id));
  const applied = await peer.value<Operation>("apply", { id, hash: plan.hash });
  return applied.state === "done" ? applied : peer.end(id);
}

async function end(peer: Peer, { id, hash }: Plan): Promise<Operation> {
  const applied = await peer.value<Operation>("apply", { id, hash });
  return applied.state === "done" ? applied : peer.end(id);
}

describe("while changes are paused", () => {
  test("nothing is planned or applied, questions are answered, and resuming wants a factor", async () => {
    const { bench, zelie, clock, simulator } = await approving();
    const peer = bench.connect();
    const before = await peer.value<Plan>("plan", planOf(randomUUID(), ["web"]));
    expect(await pause(peer)).toMatchObject({ state: "done", result: { paused: true } });
    const refused = { reason: "paused", detail: { by: "zelie", since: clock.now / 1000 } };
    expect(await peer.refusal("plan", planOf(randomUUID(), ["web"]))).toEqual(refused);
    expect(await peer.refusal("apply", { id: before.id, hash: before.hash })).toEqual(refused);
    const facts = await peer.value<HostFacts>("ask", { do: "host.facts", with: {} });
    expect(facts.paused).toEqual({ by: "zelie", at: clock.now / 1000 });
    // Once more does no harm.
    expect(await pause(peer)).toMatchObject({ state: "done" });

    const plan = await planResume(peer);
    expect((await peer.refusal("apply", { id: plan.id, hash: plan.hash })).reason).toBe("needs-approval");
    await peer.value("approve", totp(plan, "zelie", zelie.code(clock.now)));
    expect(await end(peer, plan)).toMatchObject({ state: "done", result: { paused: false } });
    expect(await peer.value("ask", { do: "host.facts", with: {} })).not.toHaveProperty("paused");
    expect(await end(peer, before)).toMatchObject({ state: "done" });
    expect(JSON.stringify(simulator.model).split(before.id).length - 1).toBe(2);
  });

  test("what waited for its turn waits on, also across a restart, and goes when they are resumed", async () => {
    const { bench, zelie, clock, simulator, again } = await approving({ limits: { perMinute: 2, perHour: 60 } });
    const peer = bench.connect();
    for (const target of ["web", "sql"]) await snapshot(peer, randomUUID(), [target]);
    const waits = await peer.value<Plan>("plan", planOf(randomUUID(), ["web"]));
    const applied = await peer.value<Operation>("apply", { id: waits.id, hash: waits.hash });
    expect(applied.queuedUntil).toBe(clock.now / 1000 + 60);
    await pause(peer);
    await bench.daemon.close();

    clock.now += 120_000;
    const after = (await again()).connect();
    expect(await after.value<Operation>("watch", { id: waits.id })).toMatchObject({ state: "queued", paused: true });
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(JSON.stringify(simulator.model)).not.toContain(waits.id);
    const plan = await planResume(after);
    await after.value("approve", totp(plan, "zelie", zelie.code(clock.now)));
    await after.value("apply", { id: plan.id, hash: plan.hash });
    expect(await after.end(waits.id)).toMatchObject({ state: "done" });
  });
});

test("everything can be stopped, however much is asked for and however sick the host is", async () => {
  const { connect, simulator } = await startBench({ rules: { limits: { perMinute: 1, perHour: 1 } } });
  const peer = connect();
  for (let count = 0; count < 10; count++) await peer.value("plan", planOf(randomUUID(), ["web"]));
  const { reason } = await peer.refusal("plan", planOf(randomUUID(), ["web"]));
  expect(reason).toBe("limit");
  simulator.break("pool");
  expect(await pause(peer)).toMatchObject({ state: "done" });
});

/** What a bot does after a break. */
const isBroken = (error: unknown): undefined => {
  if (!(error instanceof Error) || !/ended|EPIPE|destroyed|refused/.test(error.message)) throw error;
  return undefined;
};

describe("a pause that is killed at", () => {
  const own = points.filter((point) => !["step-begun", ...holdPoints, "step-run"].includes(point));

  test.each(own)("%s is done once the bot asks again, and holds after one kill more", async (point) => {
    const folder = temporaryFolder();
    const id = randomUUID();
    const first = startProcess(folder, point);
    void pause(first.peer, id).catch(isBroken);
    await paused(first);
    await first.kill();
    const second = startProcess(folder);
    expect(await pause(second.peer, id)).toMatchObject({ state: "done", result: { paused: true } });
    await second.kill();
    const third = startProcess(folder);
    const snap = randomUUID();
    expect((await third.peer.refusal("plan", planOf(snap, ["web"]))).reason).toBe("paused");
    await third.kill();
    expect(snapshotsOf(folder, snap)).toBe(0);
  });
});

describe("an approval by a code that is killed", () => {
  const approve = async (point: string) => {
    const folder = temporaryFolder();
    const zelie = makePerson();
    writeFactors(join(folder, "factors.json"), { zelie });
    const first = startProcess(folder, point);
    const plan = await planResume(first.peer);
    const other = await planResume(first.peer);
    const code = zelie.code(Date.now());
    void first.peer.call("approve", totp(plan, "zelie", code));
    await paused(first);
    await first.kill();
    return { second: startProcess(folder), plan, other, code };
  };
  const stands = ({ peer }: Running, { id }: Plan) => peer.value<{ enough: boolean }>("approvals", { id });

  test.each(["approve-received", "factor-good"])(
    "at %s was not given, and its code serves once still",
    async (point) => {
      const { second, plan, other, code } = await approve(point);
      expect((await stands(second, plan)).enough).toBe(false);
      await second.peer.value("approve", totp(plan, "zelie", code));
      expect((await second.peer.refusal("approve", totp(other, "zelie", code))).reason).toBe("factor-spent");
      expect(await end(second.peer, plan)).toMatchObject({ state: "done" });
      await second.kill();
    },
  );

  test("at approve-journalled was given, and its code serves for nothing else", async () => {
    const { second, plan, other, code } = await approve("approve-journalled");
    expect((await stands(second, plan)).enough).toBe(true);
    expect((await second.peer.refusal("approve", totp(other, "zelie", code))).reason).toBe("factor-spent");
    expect((await stands(second, other)).enough).toBe(false);
    expect(await second.peer.value("approve", totp(plan, "zelie", code))).toMatchObject({ enough: true });
    expect(await end(second.peer, plan)).toMatchObject({ state: "done" });
    await second.kill();
  });
});
