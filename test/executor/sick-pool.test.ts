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
