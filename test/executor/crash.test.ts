/** SIGKILL at each step of an operation, and at any moment under load: one snapshot, one end, nothing lost. */
import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { verifyFolder } from "../../src/executor/journal/verify.ts";
import { points } from "../../src/executor/points.ts";
import type { JournalEntry, Operation, Plan } from "../../src/protocol/plan.ts";
import { Simulator } from "../../src/simulator/simulator.ts";
import { temporaryFolder } from "./bench.ts";
import { type Peer, planOf } from "./peer.ts";
import { paused, type Running, snapshotsOf, startProcess } from "./process.ts";

/** What a bot does after a break: the same calls again, until the end is known. */
async function insist(peer: Peer, id: string): Promise<Operation> {
  const plan = await peer.value<Plan>("plan", planOf(id, ["web"]));
  const applied = await peer.value<Operation>("apply", { id, hash: plan.hash });
  return applied.state === "done" || applied.state === "failed" ? applied : peer.end(id);
}

function isOver(error: unknown): undefined {
  if (!(error instanceof Error) || !/ended|EPIPE|destroyed|refused/.test(error.message)) throw error;
  return undefined;
}

describe("killed at", () => {
  test.each(points)("%s", async (point) => {
    const folder = temporaryFolder();
    const id = randomUUID();
    const first = startProcess(folder, point);
    void insist(first.peer, id).catch(isOver);
    await paused(first);
    await first.kill();

    const second = startProcess(folder);
    const ended = await insist(second.peer, id);
    const entries = await second.peer.value<JournalEntry[]>("journal", { id });
    const again = await second.peer.value<Operation>("watch", { id });
    await second.kill();

    expect(ended.state).toBe("done");
    expect(again).toEqual(ended);
    expect([ended.step, ended.steps]).toEqual([1, 1]);
    expect(snapshotsOf(folder, id)).toBe(2);
    expect(entries.filter(({ kind }) => kind === "ended").length).toBe(1);
    const cutInAStep = points
      .slice(points.indexOf("intent-journalled"), points.indexOf("done-journalled"))
      .includes(point);
    expect(ended.recovered ?? false).toBe(cutInAStep);
    expect(verifyFolder(join(folder, "executor")).ok).toBe(true);
  });

  // With this the guests' own time of a minute is far from over: what thaws them is the next start.
  test.each(["hold-run", "guest-frozen", "guest-thawing"])(
    "%s: the guest was frozen, and is thawed by the next start",
    async (point) => {
      const folder = temporaryFolder();
      const id = randomUUID();
      const first = startProcess(folder, point);
      void insist(first.peer, id).catch(isOver);
      await paused(first);
      await first.kill();
      expect(frozenIn(folder)).toEqual(["web"]);

      const begun = performance.now();
      const second = startProcess(folder);
      // Nobody asks anything of it: it thaws by itself.
      while (frozenIn(folder).length > 0) {
        expect(performance.now() - begun).toBeLessThan(20_000);
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      const ended = await insist(second.peer, id);
      const entries = await second.peer.value<JournalEntry[]>("journal", { id });
      await second.kill();
      expect(frozenIn(folder)).toEqual([]);
      expect(entries.filter(({ kind, detail }) => kind === "released" && detail.early === true).length).toBe(1);
      // Where it was cut off with the snapshot taken, nobody saw the guest hold still until then.
      const isTaken = point === "guest-thawing";
      expect(ended.result).toMatchObject(
        isTaken
          ? { consistency: "crash", why: [{ target: "web", because: "cut-off" }] }
          : { consistency: "filesystem" },
      );
    },
  );
});

/** The VMs of the simulated hypervisor with frozen filesystems, as its disk has it. */
function frozenIn(folder: string): string[] {
  const { model } = new Simulator({ folder: join(folder, "hypervisor") });
  return model.domains.filter(({ frozen = 0 }) => frozen > 0).map(({ name }) => name);
}

test("killed at 30 moments under load, nothing is lost and nothing is done twice", async () => {
  const folder = temporaryFolder();
  const ids = Array.from({ length: 40 }, () => randomUUID());
  let running: Running = startProcess(folder);
  let seed = 20261123;
  const random = () => {
    seed = (seed * 1103515245 + 12345) % 2 ** 31;
    return seed / 2 ** 31;
  };
  const accepted = new Set<string>();
  for (let round = 0; round < 30; round++) {
    const { peer } = running;
    const work = ids.slice(0, round + 10).map(async (id) => {
      const plan = await peer.value<Plan>("plan", planOf(id, ["tank/mail"]));
      await peer.value("apply", { id, hash: plan.hash });
      accepted.add(id);
    });
    // Begin the random time only when it serves: a start takes longer than the work.
    await peer.value("hello", { protocol: 1 });
    await Promise.race([
      Promise.allSettled(work),
      new Promise((resolve) => setTimeout(resolve, Math.floor(random() * 120))),
    ]);
    await running.kill();
    running = startProcess(folder);
  }
  // The rate limit lets ten run now; all that were accepted are remembered, and each that ran ran once.
  const stands = await Promise.all([...accepted].map((id) => running.peer.value<Operation>("watch", { id })));
  await running.kill();
  expect(accepted.size).toBeGreaterThanOrEqual(20);
  for (const { id, state } of stands) {
    expect(["queued", "running", "done"]).toContain(state);
    expect(snapshotsOf(folder, id)).toBeLessThanOrEqual(1);
    if (state === "done") expect(snapshotsOf(folder, id)).toBe(1);
  }
  expect(stands.filter(({ state }) => state !== "queued").length).toBeGreaterThanOrEqual(10);
  expect(verifyFolder(join(folder, "executor")).ok).toBe(true);
}, 180_000);
