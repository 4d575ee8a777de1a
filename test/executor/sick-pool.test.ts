/** A pool that does not answer is told of, and does not stop work on another. */
import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import type { Plan } from "../../src/protocol/plan.ts";
import { startBench } from "./bench.ts";
import { planOf } from "./peer.ts";

test("with one pool suspended, what lies on the other can be snapshotted, and what lies on it is refused by name", async () => {
  const { connect, simulator } = await startBench();
  const peer = connect();
  simulator.break("pool");
  const plan = await peer.value<Plan>("plan", planOf(randomUUID(), ["backup"]));
  await peer.call("apply", { id: plan.id, hash: plan.hash });
  expect((await peer.end(plan.id)).state).toBe("done");

  for (const name of ["tank", "tank/mail", "tank/production/nowhere"]) {
    const refused = await peer.call("plan", planOf(randomUUID(), [name]));
    expect(refused.error?.data).toMatchObject({
      reason: "pool-unhealthy",
      detail: { pool: "tank", health: "SUSPENDED" },
    });
  }
  const unknown = await peer.call("plan", planOf(randomUUID(), ["backup/nowhere"]));
  expect(unknown.error?.data.reason).toBe("unknown-target");
});

test("a VM with one disk on a suspended pool is refused, and not snapshotted by its other disk alone", async () => {
  const { connect, simulator } = await startBench();
  const [web, volume] = [
    simulator.model.domains.find(({ name }) => name === "web"),
    simulator.model.datasets.find(({ name }) => name === "tank/production/web"),
  ];
  if (web === undefined || volume === undefined) throw new Error("the card has changed");
  const disk = (target: string, dataset: string) =>
    ({ target, device: "disk", source: { dev: `/dev/zvol/${dataset}` } }) as const;
  simulator.model.datasets.push({ ...volume, name: "backup/split", guid: "77", snapshots: [] });
  const uuid = "11111111-2222-4333-8444-555555555555";
  const disks = [disk("vda", "backup/split"), disk("vdb", "tank/production/web")];
  simulator.model.domains.push({ ...web, uuid, name: "split", disks });
  const peer = connect();
  const healthy = await peer.call("plan", planOf(randomUUID(), ["split"]));
  expect(healthy.error?.data.reason).toBe("several-pools");
  simulator.break("pool");
  const refused = await peer.call("plan", planOf(randomUUID(), ["split"]));
  expect(refused.error?.data).toMatchObject({
    reason: "host-failed",
    detail: { words: expect.stringContaining("suspended") },
  });
});
