/** The operations on VMs over the simulated host; what they come to on real libvirt is in `vm-lab.test.ts`. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { helper } from "../../src/executor/host/commands.ts";
import type { Host } from "../../src/executor/host/host.ts";
import { kinds } from "../../src/executor/operations/table.ts";
import type { Plan } from "../../src/protocol/plan.ts";
import type { SimulatedDomain } from "../../src/simulator/model.ts";
import { steadyUuid } from "../../src/simulator/model.ts";
import { Simulator } from "../../src/simulator/simulator.ts";
import { approved, ranIn } from "./approved.ts";
import { temporaryFolder } from "./bench.ts";

const web = steadyUuid("domain web");

function change(simulator: Simulator, name: string, more: Partial<SimulatedDomain>): void {
  const { domains } = simulator.model;
  const index = domains.findIndex((one) => one.name === name);
  const domain = domains[index];
  if (domain === undefined) throw new Error(`the card has no ${name}`);
  domains[index] = { ...domain, ...more };
}

function hostWith(more: Partial<SimulatedDomain>): Simulator {
  const simulator = new Simulator();
  change(simulator, "web", more);
  return simulator;
}

function stateOf(simulator: Simulator, name = "web") {
  return simulator.model.domains.find((one) => one.name === name)?.state;
}

/** A clock that runs a thousand times as fast wherever the host waits: events that do not come are over at once. */
function hurried(simulator: Simulator): Host & { hurry(ms: number): void } {
  let ahead = 0;
  return {
    hurry(ms) {
      ahead += ms;
    },
    now: () => simulator.now() + ahead,
    monotonic: () => simulator.monotonic() + ahead,
    async run(argv, options) {
      if (!argv.includes("event")) return simulator.run(argv, options);
      ahead += Number(argv[argv.indexOf("--timeout") + 1]) * 1000;
      return { code: 1, signal: null, stdout: "", stderr: "event loop timed out\n", truncated: false };
    },
  };
}

describe("vm.start", () => {
  test("starts a VM that is off, once, and locks its disks with it", async () => {
    const simulator = hostWith({ state: "shut off" });
    const { plan, run, ledger } = approved(simulator);
    const made = await plan("vm.start", { vm: "web" });
    const { ended, entries } = await run(made);
    expect(ended).toMatchObject({ state: "done", result: { uuid: web, name: "web", state: "running" } });
    expect(ranIn(entries)).toEqual([`start ${web}`]);
    const known = ledger.memory.get(ended.id);
    const locks = known === undefined ? [] : ledger.planned(known).locks;
    expect(locks.map((lock) => lock.split(" ")[0])).toEqual(["vm", "dataset", "dataset"]);
    expect(locks[0]).toBe(`vm ${web}`);
    expect(kinds["vm.start"].class).toBe("add");
  });

  test("is done where somebody else started it meanwhile", async () => {
    const simulator = hostWith({ state: "shut off" });
    const { plan, run } = approved(simulator);
    const made = await plan("vm.start", { vm: "web" });
    change(simulator, "web", { state: "running" });
    expect((await run(made)).ended.state).toBe("done");
  });

  test.each(["running", "idle", "in shutdown"] as const)("is refused of one that is %s", async (state) => {
    const refused = { reason: "already-so", detail: { vm: "web", state } };
    expect(await approved(hostWith({ state })).plan("vm.start", { vm: "web" })).toEqual(refused);
  });

  test.each(["paused", "crashed", "pmsuspended"] as const)("cannot be of one that is %s", async (state) => {
    const refused = { reason: "wrong-state", detail: { vm: "web", state } };
    expect(await approved(hostWith({ state })).plan("vm.start", { vm: "web" })).toEqual(refused);
  });

  test("is void where its disks are others by then", async () => {
    const simulator = hostWith({ state: "shut off" });
    const { plan, run } = approved(simulator);
    const made = await plan("vm.start", { vm: "web" });
    const { disks } = simulator.model.domains.find(({ name }) => name === "web") ?? { disks: [] };
    change(simulator, "web", { disks: [...disks, { target: "vdc", device: "disk", source: { dev: "/dev/sdb" } }] });
    expect((await run(made)).ended).toMatchObject({ state: "failed", failure: { reason: "void" } });
    expect(stateOf(simulator)).toBe("shut off");
  });
});

describe("vm.stop", () => {
  test("asks the agent, through the root helper, and waits for libvirt's event", async () => {
    const simulator = hostWith({ shutdownMs: 700, heeds: "agent" });
    const { plan, run } = approved(simulator);
    const { ended, entries, steps } = await run(await plan("vm.stop", { vm: "web" }));
    expect(ended).toMatchObject({ state: "done", result: { uuid: web, name: "web", state: "shut off" } });
    expect(ranIn(entries)).toEqual([`shutdown-agent ${web}`]);
    const events = entries.filter(({ kind, detail }) => kind === "read" && (detail.argv as string[]).includes("event"));
    expect(events.length).toBe(1);
    expect(steps.some(({ progress }) => progress?.state === "running")).toBe(true);
    expect(kinds["vm.stop"].class).toBe("disrupt");
  });

  test("presses the button where there is no agent", async () => {
    const simulator = hostWith({ shutdownMs: 300, agent: "none" });
    const { plan, run } = approved(simulator);
    const { ended, entries } = await run(await plan("vm.stop", { vm: "web" }));
    expect(ended.state).toBe("done");
    expect(ranIn(entries)).toEqual([`shutdown --mode acpi ${web}`]);
  });

  test.each([
    ["that went away since it was planned", { agent: "disconnected" }, 0],
    ["that takes the request and does nothing", { heeds: "button" }, 3],
  ] as const)("presses the button after an agent %s", async (_what, more, waits) => {
    const simulator = new Simulator();
    const { plan, run } = approved(hurried(simulator));
    const made = await plan("vm.stop", { vm: "web" });
    change(simulator, "web", more);
    const { ended, entries } = await run(made);
    expect(ended.state).toBe("done");
    expect(ranIn(entries)).toEqual([`shutdown-agent ${web}`, `shutdown --mode acpi ${web}`]);
    // Three times ten seconds for one that may still do it; no time for one that is not there.
    expect(entries.filter(({ detail }) => (detail.argv as string[] | undefined)?.includes("event")).length).toBe(waits);
  });

  test("of a guest that heeds nothing fails in its time, having forced nothing", async () => {
    const simulator = hostWith({ heeds: "nothing" });
    const { plan, run } = approved(hurried(simulator));
    const { ended, entries } = await run(await plan("vm.stop", { vm: "web", within: 100 }));
    expect(ended.failure).toEqual({ reason: "still-running", detail: { vm: "web", seconds: 100 } });
    expect(stateOf(simulator)).toBe("running");
    const button = `shutdown --mode acpi ${web}`;
    expect(ranIn(entries)).toEqual([`shutdown-agent ${web}`, button, button, button]);
  });

  test("does not wait for an agent that is deaf as long as libvirt does: a minute, where the plan says half of one", async () => {
    const simulator = hostWith({ heeds: "nothing" });
    const host = hurried(simulator);
    const { plan, run } = approved({
      ...host,
      async run(argv, options) {
        if (argv[0] !== helper) return host.run(argv, options);
        const waited = Math.min(60_000, options?.timeoutMs ?? 0);
        host.hurry(waited);
        return { code: waited < 60_000 ? null : 1, signal: null, stdout: "", stderr: "", truncated: false };
      },
    });
    const { ended, entries } = await run(await plan("vm.stop", { vm: "web", within: 100 }));
    expect(ended.failure?.reason).toBe("still-running");
    const button = `shutdown --mode acpi ${web}`;
    expect(ranIn(entries)).toEqual([`shutdown-agent ${web}`, button, button, button]);
  });

  test("of a guest that is just rebooting presses again, until it is heard", async () => {
    const simulator = hostWith({ agent: "none", backAt: Date.now() + 1_000 });
    const host = hurried(simulator);
    let waits = 0;
    const { plan, run } = approved({
      ...host,
      async run(argv, options) {
        // By the third time it has come back.
        if (argv.includes("event") && ++waits === 3) change(simulator, "web", { backAt: 0 });
        return host.run(argv, options);
      },
    });
    const { ended, entries } = await run(await plan("vm.stop", { vm: "web" }));
    expect(ended.state).toBe("done");
    expect(ranIn(entries).length).toBe(2);
  });

  test("does nothing where it is off by then, and is refused where it is off already", async () => {
    const simulator = new Simulator();
    const { plan, run } = approved(simulator);
    const made = await plan("vm.stop", { vm: "web" });
    change(simulator, "web", { state: "shut off" });
    const { ended, entries } = await run(made);
    expect(ended.state).toBe("done");
    expect(ranIn(entries)).toEqual([]);
    expect(await plan("vm.stop", { vm: "web" })).toMatchObject({ reason: "already-so" });
    expect(await plan("vm.restart", { vm: "web" })).toMatchObject({ reason: "wrong-state" });
  });

  test("is refused of a guest that cannot hear, and of one that would be gone", async () => {
    for (const what of ["vm.stop", "vm.restart"] as const) {
      const paused = approved(hostWith({ state: "paused" }));
      expect(await paused.plan(what, { vm: "web" })).toMatchObject({ reason: "wrong-state" });
      const transient = approved(hostWith({ transient: true }));
      expect(await transient.plan(what, { vm: "web" })).toMatchObject({ reason: "not-persistent" });
    }
  });
});

describe("how it stands while it runs", () => {
  /** A guest that is on its way down says so from the first event on. */
  function goingDown(simulator: Simulator): Host {
    let heard = false;
    return {
      now: () => simulator.now(),
      monotonic: () => simulator.monotonic(),
      async run(argv, options) {
        if (!argv.includes("event") || heard) return simulator.run(argv, options);
        heard = true;
        change(simulator, "web", { state: "in shutdown", offAt: simulator.now() + 1500 });
        return { code: 0, signal: null, stdout: "", stderr: "", truncated: false };
      },
    };
  }

  test("the VM's state is told anew when it changes, until when stays; it is carried through", async () => {
    const simulator = hostWith({ heeds: "nothing", agent: "none" });
    const { plan, run } = approved(goingDown(simulator));
    const { ended, steps } = await run(await plan("vm.restart", { vm: "web", within: 60 }));
    expect(ended).toMatchObject({ state: "done", result: { state: "running" } });
    const told = steps.flatMap(({ progress }) => progress ?? []);
    expect(told.map(({ state }) => state)).toEqual(["running", "in shutdown"]);
    expect(new Set(told.map(({ until }) => until)).size).toBe(1);
    // While it is started again nobody waits for its end any more.
    expect(steps.filter(({ state }) => state === "running").at(-1)?.progress).toBeUndefined();
    expect(steps.filter(({ state }) => state === "running").every(({ whole }) => whole === true)).toBe(true);
    expect(ended).not.toHaveProperty("whole");
  }, 20_000);
});

describe("vm.restart", () => {
  test("stops, and then starts", async () => {
    const simulator = hostWith({ shutdownMs: 200 });
    const { plan, run } = approved(simulator);
    const { ended, entries } = await run(await plan("vm.restart", { vm: "web" }));
    expect(ended).toMatchObject({ state: "done", result: { state: "running" } });
    expect(ranIn(entries)).toEqual([`shutdown-agent ${web}`, `start ${web}`]);
  });

  test("starts nothing where it did not stop", async () => {
    const simulator = hostWith({ heeds: "nothing", agent: "none" });
    const { plan, run } = approved(hurried(simulator));
    const { ended, entries } = await run(await plan("vm.restart", { vm: "web", within: 20 }));
    expect(ended.failure?.reason).toBe("still-running");
    expect(ranIn(entries)).toEqual([`shutdown --mode acpi ${web}`]);
  });
});

describe("vm.autostart", () => {
  test("goes through the root helper, both ways, and is refused where it is so", async () => {
    const simulator = new Simulator();
    const { plan, run } = approved(simulator);
    const off = await run(await plan("vm.autostart", { vm: "web", on: false }));
    expect(off.ended).toMatchObject({ state: "done", result: { name: "web", autostart: false } });
    expect(ranIn(off.entries)).toEqual([`autostart ${web} off`]);
    expect(await plan("vm.autostart", { vm: "web", on: false })).toMatchObject({ reason: "already-so" });
    const on = await run(await plan("vm.autostart", { vm: "web", on: true }));
    expect(on.ended).toMatchObject({ state: "done", result: { autostart: true } });
  });
});

describe("names", () => {
  const odd = ["1", "2", "a;b", "a b", " c  d ", "$(reboot)", "é 🐧", "--all", "web\u00a0", "Web", "'; DROP"];

  /** A host where each of these VMs exists, and is off. */
  function oddHost(names: readonly string[]): Simulator {
    const simulator = new Simulator();
    for (const name of names) {
      const disks: SimulatedDomain["disks"] = [];
      const rest = { state: "shut off", vcpus: 1, memoryKiB: 1024, autostart: false, agent: "none", disks } as const;
      simulator.model.domains.push({ uuid: steadyUuid(`odd ${name}`), name, ...rest });
    }
    return simulator;
  }

  test.each(odd)("%j: that VM is started, or none", async (name) => {
    const simulator = oddHost(odd);
    const before = JSON.stringify(simulator.model.domains.filter((one) => one.name !== name));
    const { plan, run } = approved(simulator);
    const made = await plan("vm.start", { vm: name });
    if ("reason" in made) expect([name, made.reason]).toEqual(["--all", "malformed"]);
    else expect((await run(made)).ended.state).toBe("done");
    expect(stateOf(simulator, name)).toBe("reason" in made ? "shut off" : "running");
    expect(JSON.stringify(simulator.model.domains.filter((one) => one.name !== name))).toBe(before);
  });

  test("any: the UUID in every command is that of the VM of exactly this name", async () => {
    const name = fc
      .string({ minLength: 1, maxLength: 12, unit: "grapheme" })
      .filter((text) => !text.includes("\n") && text.trim() !== "");
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(name, { minLength: 1, maxLength: 4 }), name, async (names, asked) => {
        const { plan } = approved(oddHost(names));
        const made = await plan("vm.start", { vm: asked });
        if ("reason" in made) return;
        const wanted = steadyUuid(`odd ${asked}`);
        expect(made.targets).toEqual([{ kind: "vm", name: asked, id: wanted }]);
        expect(made.steps.map(({ argv }) => argv.at(-1))).toEqual([wanted]);
      }),
      { numRuns: 60 },
    );
  });

  test("another VM's UUID as a name: neither of the two", async () => {
    const simulator = oddHost([web]);
    const { plan } = approved(simulator);
    for (const vm of [web, "web"]) {
      expect(await plan("vm.stop", { vm })).toMatchObject({ reason: "ambiguous-target" });
    }
  });

  test("a dataset's name is no VM's", async () => {
    expect(await approved(new Simulator()).plan("vm.stop", { vm: "tank/production/web" })).toMatchObject({
      reason: "unknown-target",
    });
  });
});

test("an executor that stops leaves a VM that is shutting down to its next start, which tells its end", async () => {
  const simulator = hostWith({ shutdownMs: 3_000, agent: "none" });
  const impatient: Host = {
    now: () => simulator.now(),
    monotonic: () => simulator.monotonic(),
    run: (argv, options) =>
      simulator.run(argv.map((word) => (word === "10" ? "1" : word)) as unknown as typeof argv, options),
  };
  const state = temporaryFolder();
  const first = approved(impatient, state);
  const made = (await first.plan("vm.stop", { vm: "web" })) as Plan;
  void first.run(made);
  while (!first.ledger.entries(made.id).some(({ kind }) => kind === "ran"))
    await new Promise((go) => setTimeout(go, 10));
  const before = performance.now();
  await first.runner.stop(2_500);
  // It was left, and not waited for: the guest is off after three seconds.
  expect(performance.now() - before).toBeLessThan(2_000);
  expect(stateOf(simulator)).toBe("running");
  expect(first.ledger.entries(made.id).some(({ kind }) => kind === "ended")).toBe(false);

  const second = approved(simulator, state);
  const known = second.ledger.memory.get(made.id);
  if (known === undefined) throw new Error("it is forgotten");
  second.runner.start(known);
  while (!second.ledger.entries(made.id).some(({ kind }) => kind === "ended"))
    await new Promise((go) => setTimeout(go, 10));
  expect(second.ledger.operation(known)).toMatchObject({ state: "done", recovered: true });
});
