/** Guests that hold still for a snapshot, and what happens where they, or the host, do not do as they are told. */
import { describe, expect, test } from "vitest";
import { Holds } from "../../src/executor/holds.ts";
import type { Host, Ran } from "../../src/executor/host/host.ts";
import { openLedger } from "../../src/executor/ledger.ts";
import type { ChangeResult } from "../../src/protocol/operations.ts";
import { steadyUuid } from "../../src/simulator/model.ts";
import { Simulator } from "../../src/simulator/simulator.ts";
import { approved, ranIn } from "./approved.ts";
import { temporaryFolder } from "./bench.ts";

const web = steadyUuid("domain web");
type Result = ChangeResult<"zfs.snapshot">;

/** The simulated host, on which some commands do something else. */
function tampered(
  simulator: Simulator,
  change: (argv: readonly string[], run: () => Promise<Ran>) => Promise<Ran>,
): Host {
  return {
    now: () => simulator.now(),
    monotonic: () => simulator.monotonic(),
    run: (argv, options) => change(argv, () => simulator.run(argv, options)),
  };
}

const refusal: Ran = {
  code: 1,
  signal: null,
  stdout: "",
  stderr: "error: Guest agent is not responding\n",
  truncated: false,
};

function frozen(simulator: Simulator): number {
  return simulator.model.domains.filter((one) => (one.frozen ?? 0) > 0).length;
}

describe("a snapshot of a VM with an agent", () => {
  test("is taken while its filesystems hold still, and says so; thawed at once", async () => {
    const simulator = new Simulator();
    let during = 0;
    const host = tampered(simulator, (argv, run) => {
      if (argv[1] === "snapshot") during = frozen(simulator);
      return run();
    });
    const { plan, run } = approved(host);
    const made = await plan("zfs.snapshot", { targets: ["web", "sql"] });
    const { ended, entries } = await run(made);
    expect(during).toBe(2);
    expect(frozen(simulator)).toBe(0);
    expect(ended.result).toMatchObject({ consistency: "filesystem" });
    const sql = steadyUuid("domain sql");
    const commands = ranIn(entries).map((line) => line.replace(/^snapshot .*/, "snapshot"));
    expect(commands).toEqual([
      `domfsfreeze ${web}`,
      `domfsfreeze ${sql}`,
      "snapshot",
      `domfsthaw ${web}`,
      `domfsthaw ${sql}`,
    ]);
    expect("text" in made && made.text).toContain(
      `\nbefore 1: "/usr/bin/virsh" "-c" "qemu:///system" "domfsfreeze" "${web}"\n`,
    );
  });

  test("is thawed where the snapshot fails", async () => {
    const simulator = new Simulator();
    simulator.break("full");
    const { plan, run } = approved(simulator);
    const { ended, entries } = await run(await plan("zfs.snapshot", { targets: ["web"] }));
    expect(ended.state).toBe("failed");
    expect(frozen(simulator)).toBe(0);
    expect(ranIn(entries).at(-1)).toBe(`domfsthaw ${web}`);
  });

  test("where it cannot be frozen is taken all the same, and tells why it is no better than a power cut", async () => {
    const host = tampered(new Simulator(), async (argv, run) => (argv.includes("domfsfreeze") ? refusal : run()));
    const { plan, run } = approved(host);
    const { ended, entries } = await run(await plan("zfs.snapshot", { targets: ["web"] }));
    const words = "error: Guest agent is not responding";
    expect(ended.result).toMatchObject({
      consistency: "crash",
      why: [{ target: "web", because: "freeze-failed", words }],
    });
    expect(ranIn(entries)).toContain(`domfsthaw ${web}`);
  });

  test("that shut down since it was planned is told as off: its disks are as it left them", async () => {
    const simulator = new Simulator();
    const { plan, run } = approved(simulator);
    const made = await plan("zfs.snapshot", { targets: ["web"] });
    const { domains } = simulator.model;
    simulator.model.domains = domains.map((one) => (one.name === "web" ? { ...one, state: "shut off" } : one));
    const { ended } = await run(made);
    expect(ended.result).toMatchObject({ consistency: "crash", why: [{ target: "web", because: "off" }] });
  });

  test("that somebody else thawed meanwhile is not told as held still", async () => {
    const simulator = new Simulator();
    const host = tampered(simulator, async (argv, run) => {
      const ran = await run();
      if (argv[1] === "snapshot") await simulator.run(["/usr/bin/virsh", "-c", "qemu:///system", "domfsthaw", web]);
      return ran;
    });
    const { plan, run } = approved(host);
    const { ended } = await run(await plan("zfs.snapshot", { targets: ["web"] }));
    expect(ended.result).toMatchObject({ consistency: "crash", why: [{ target: "web", because: "thawed-early" }] });
  });

  test("whose thaw fails is thawed again and again, until it is", async () => {
    const simulator = new Simulator();
    let failures = 0;
    const host = tampered(simulator, async (argv, run) =>
      argv.includes("domfsthaw") && ++failures <= 3 ? refusal : run(),
    );
    const { plan, run, ledger } = approved(host);
    const { ended } = await run(await plan("zfs.snapshot", { targets: ["web"] }));
    expect(ended.result).toMatchObject({ consistency: "crash", why: [{ because: "thawed-early" }] });
    while (frozen(simulator) > 0) await new Promise((resolve) => setTimeout(resolve, 20));
    expect(failures).toBe(4);
    while (ledger.memory.holding().length > 0) await new Promise((resolve) => setTimeout(resolve, 20));
  });
});

test.each([
  ["a dataset", { agent: "connected" }, ["tank/mail"], [{ target: "tank/mail", because: "dataset" }]],
  ["a VM without an agent", { agent: "none" }, ["web"], [{ target: "web", because: "no-agent" }]],
  ["a VM whose agent is not there", { agent: "disconnected" }, ["web"], [{ target: "web", because: "no-agent" }]],
  [
    "a VM that is paused, whose agent cannot answer",
    { state: "paused" },
    ["web"],
    [{ target: "web", because: "no-agent" }],
  ],
  ["a VM that is off", { state: "shut off" }, ["web"], [{ target: "web", because: "off" }]],
  ["a VM, and a dataset beside it", {}, ["web", "tank/mail"], [{ target: "tank/mail", because: "dataset" }]],
] as const)("%s is told as what it is", async (_what, more, targets, why) => {
  const simulator = new Simulator();
  const index = simulator.model.domains.findIndex((one) => one.name === "web");
  Object.assign(simulator.model.domains[index] ?? {}, more);
  const { plan, run } = approved(simulator);
  const { ended } = await run(await plan("zfs.snapshot", { targets }));
  expect((ended.result as Result).consistency).toBe("crash");
  expect((ended.result as Result).why).toEqual(why);
});

test("a step that hangs is not waited for: the guest is thawed in its time, and that is told", async () => {
  const simulator = new Simulator();
  const ledger = openLedger(temporaryFolder(), () => simulator.now());
  const surroundings = { host: simulator, ledger, log: () => undefined, fatal: () => undefined };
  const holds = new Holds(surroundings, 300);
  const { plan } = approved(simulator, temporaryFolder());
  const made = await plan("zfs.snapshot", { targets: ["web"] });
  if ("reason" in made) throw new Error(made.reason);
  ledger.record("planned", { identity: "bot", body: "", with: {}, basis: [], locks: [], plan: made }, made.id);
  const known = ledger.memory.get(made.id);
  if (known === undefined) throw new Error("it is not remembered");
  const begun = performance.now();
  let thawedAfter = 0;
  const [, held] = await holds.during(known, made.steps[0], async () => {
    expect(frozen(simulator)).toBe(1);
    while (frozen(simulator) > 0) await new Promise((resolve) => setTimeout(resolve, 10));
    thawedAfter = performance.now() - begun;
    await new Promise((resolve) => setTimeout(resolve, 100));
  });
  expect(thawedAfter).toBeGreaterThan(250);
  expect(thawedAfter).toBeLessThan(5_000);
  expect(held).toEqual([{ vm: web, taken: true, still: false }]);
  expect(ledger.entries(made.id).find(({ kind }) => kind === "released")?.detail).toEqual({ vm: web, early: true });
  holds.stop();
  ledger.close();
});
