/** The sandbox's hypervisor as a process: it speaks the protocol, obeys its control line, and forgets nothing when killed. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Writable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Simulator } from "../../src/simulator/simulator.ts";

const program = fileURLToPath(new URL("../../src/simulator/main.ts", import.meta.url));
const origin = { person: "zelie", network: "terminal", request: 1 };
let folder = "";
const children: ChildProcess[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "simulator-"));
});
afterEach(() => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
  rmSync(folder, { recursive: true, force: true });
});

type Message = { id?: number; result?: { value: Record<string, unknown> }; error?: { data: { reason: string } } };

function start() {
  const child = spawn(process.execPath, [program, "--state", folder, "--control"], {
    stdio: ["pipe", "pipe", "inherit", "pipe"],
  });
  children.push(child);
  const waiting = new Map<number, (message: Message) => void>();
  createInterface({ input: child.stdout ?? process.stdin }).on("line", (line) => {
    const message: Message = JSON.parse(line);
    if (message.id !== undefined) waiting.get(message.id)?.(message);
  });
  let last = 0;
  const call = (method: string, params: unknown): Promise<Message> => {
    const id = ++last;
    const answer = new Promise<Message>((resolve) => waiting.set(id, resolve));
    child.stdin?.write(`${JSON.stringify({ jsonrpc: "2.0", id, method, params })}\n`);
    return answer;
  };
  const order = (what: unknown) => (child.stdio[3] as Writable).write(`${JSON.stringify(what)}\n`);
  return { child, call, order };
}

type Simulation = ReturnType<typeof start>;

async function snapshot({ call }: Simulation, id: string, target: string): Promise<void> {
  const planned = await call("plan", { id, do: "zfs.snapshot", with: { targets: [target] }, origin });
  await call("apply", { id, hash: planned.result?.value.hash });
  for (let state: unknown = "running"; state !== "done"; await sleep(10)) {
    state = (await call("watch", { id })).result?.value.state;
    if (state === "failed") throw new Error(`operation ${id} failed`);
  }
}

/** The operations that left a snapshot, by what is in the file. */
function operations(): string[] {
  const { model } = new Simulator({ folder: join(folder, "hypervisor") });
  const snapshots = model.datasets.flatMap((one) => one.snapshots);
  return snapshots.flatMap((one) => one.properties["manchot:op"] ?? []).sort();
}

test("takes a snapshot of both disks of web, and remembers it over a SIGKILL", async () => {
  const first = start();
  const id = "0b0e7a52-6a3c-5d53-9d0f-1c6a2f5b7e11";
  await snapshot(first, id, "web");
  first.child.kill("SIGKILL");
  await once(first.child, "exit");
  expect(operations()).toEqual([id, id]);
  const second = start();
  const watched = await second.call("watch", { id });
  expect(watched.result?.value.state).toBe("done");
  expect(operations()).toEqual([id, id]);
});

test("breaks and mends as it is told", async () => {
  const simulation = start();
  const { call, order } = simulation;
  const health = async () => {
    const facts = await call("ask", { do: "host.facts", with: {} });
    const pools = facts.result?.value.pools as { name: string; health: string }[] | undefined;
    return pools?.find((one) => one.name === "tank")?.health;
  };
  const becomes = async (wanted: string) => {
    while ((await health()) !== wanted) await sleep(10);
  };
  expect(await health()).toBe("ONLINE");
  order({ break: "pool" });
  await becomes("SUSPENDED");
  const id = "0b0e7a52-6a3c-5d53-9d0f-1c6a2f5b7e12";
  const planned = await call("plan", { id, do: "zfs.snapshot", with: { targets: ["tank/mail"] }, origin });
  expect(planned.error).toBeDefined();
  order("nonsense");
  order({ mend: true });
  await becomes("ONLINE");
  await snapshot(simulation, "0b0e7a52-6a3c-5d53-9d0f-1c6a2f5b7e13", "tank/mail");
});

test("ends well when its stdin ends", async () => {
  const { child, call } = start();
  await call("hello", { protocol: 1 });
  child.stdin?.end();
  expect(await once(child, "exit")).toEqual([0, null]);
});
