import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type ChildTransport, childTransport } from "../../src/hypervisor/child.ts";
import { connectHypervisor } from "../../src/hypervisor/client.ts";
import type { Hypervisor } from "../../src/hypervisor/port.ts";
import { memoryHeads, readableLog, told, until } from "./listeners.ts";

const one = "6f0f3c1e-4c1b-5e0a-9c7e-0123456789ab";
const origin = { person: "zelie", network: "terminal", request: 1 } as const;
const simulator = join(import.meta.dirname, "../../src/simulator/main.ts");
const timings = { firstRetryMs: 30, longestRetryMs: 200, wantedRetryMs: 100, patienceMs: 500 };

let folder: string;
let transport: ChildTransport;
let hypervisor: Hypervisor;
let reachable: string[];
let events: string[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "manchot-child-"));
  reachable = [];
  events = [];
});
afterEach(async () => {
  await hypervisor.close();
  rmSync(folder, { recursive: true });
});

/** The real executor's logic over the simulated host, each of whose commands takes `delay` milliseconds. */
async function start(delay = 0): Promise<void> {
  transport = childTransport([process.execPath, simulator, "--state", folder, "--delay", String(delay)]);
  hypervisor = connectHypervisor({ name: "sandbox", transport, heads: memoryHeads(), log: readableLog(), timings });
  hypervisor.onReachable(told(reachable));
  hypervisor.onOperation(({ state }) => events.push(state));
  await until("it is up", () => reachable.includes("up"), 30_000);
}

async function planned(): Promise<string> {
  const plan = await hypervisor.plan(one, "zfs.snapshot", { targets: ["web"] }, origin);
  if (!plan.ok) throw new Error(JSON.stringify(plan));
  return plan.value.hash;
}

async function ours(): Promise<number> {
  const reply = await hypervisor.ask("snapshot.list", { target: "web" });
  if (!reply.ok) throw new Error(JSON.stringify(reply));
  return reply.value.snapshots.filter(({ operation }) => operation === one).length;
}

/** The simulator's process, found by its state folder. */
function simulatorPid(): number {
  const found = readdirSync("/proc").find((pid) => {
    try {
      return /^\d+$/.test(pid) && readFileSync(`/proc/${pid}/cmdline`, "utf8").includes(folder);
    } catch {
      return false;
    }
  });
  return Number(found);
}

test("while the line is broken requests are refused with the way to mend it; mended, the executor is the same", async () => {
  await start();
  const pid = simulatorPid();
  expect(await hypervisor.ask("vm.list", {})).toMatchObject({ ok: true });
  transport.break();
  expect(await hypervisor.ask("vm.list", {})).toMatchObject({
    unavailable: { kind: "unreachable", why: expect.stringContaining("/mend ssh") },
  });
  await pause(500);
  expect(await hypervisor.ask("vm.list", {})).toMatchObject({ unavailable: { kind: "unreachable" } });
  expect(transport.broken).toBe(true);
  transport.mend();
  expect(await hypervisor.ask("vm.list", {})).toMatchObject({ ok: true });
  expect(reachable).toEqual(["up", "unreachable", "up"]);
  expect(simulatorPid()).toBe(pid);
});

test("broken in the midst of an operation and many answers: its end is told after the mending, and it ran once", async () => {
  await start(150);
  const hash = await planned();
  const asks = Array.from({ length: 20 }, () => hypervisor.ask("vm.list", {}));
  const applied = hypervisor.apply(one, hash);
  await until("it is on its way", () => events.length > 0);
  transport.break();
  await Promise.all([...asks, applied]);
  // The operation ends while nobody can hear it.
  await pause(2_000);
  expect(events).not.toContain("done");
  transport.mend();
  await until("its end is told", () => events.includes("done"));
  expect(await ours()).toBe(2);
});

test("an executor that is killed is started again, finishes what it had begun, and tells it", async () => {
  await start(150);
  const hash = await planned();
  const applied = hypervisor.apply(one, hash);
  await until("it is on its way", () => events.includes("running"));
  process.kill(simulatorPid(), "SIGKILL");
  await applied;
  await until("its end is told", () => events.includes("done"), 20_000);
  expect(reachable).toEqual(["up", "unreachable", "up"]);
  expect(await ours()).toBe(2);
});

test("close ends the child; a command that is not there is a reason, not a fault", async () => {
  await start();
  const pid = simulatorPid();
  await hypervisor.close();
  expect(() => process.kill(pid, 0)).toThrow(/ESRCH/);
  transport = childTransport(["/no/such/program"]);
  hypervisor = connectHypervisor({ name: "sandbox", transport, heads: memoryHeads(), log: readableLog(), timings });
  const reply = await hypervisor.ask("vm.list", {});
  expect(reply).toMatchObject({ unavailable: { kind: "unreachable", why: expect.stringContaining("ENOENT") } });
});
